"""DID documents of others (did:web): fetched through the one guarded way out, kept for some minutes.

Source: W3C Decentralized Identifiers 1.0, did:web method.
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import limits
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.outbound import Refused, Unreachable, origin_of
from meguri.proof.multibase import NotDecodable
from meguri.proof.multikey import PublicKey, from_jwk, from_multikey
from meguri.storage import Database

MOST_BYTES = 64 << 10
_MOST_KEPT = 10_000


class Document(msgspec.Struct, frozen=True):
    """What we need of a DID document: keys for requests and for statements, and the addresses it names."""

    did: str
    request_keys: dict[str, Any]
    statement_keys: dict[str, Any]
    endpoints: tuple[str, ...]
    services: tuple[tuple[str, str], ...] = ()

    def authentication(self, kid: str) -> PublicKey | None:
        """The key of this name, if it may sign requests."""
        return _key(self.request_keys.get(kid))

    def assertion(self, kid: str) -> PublicKey | None:
        """The key of this name, if it may sign statements."""
        return _key(self.statement_keys.get(kid))

    def endpoint(self, kind: str) -> str | None:
        """The address of the first service of this type."""
        return next((address for one, address in self.services if one == kind), None)


def _key(method: Any) -> PublicKey | None:
    if not isinstance(method, Mapping):
        return None
    try:
        if "publicKeyMultibase" in method:
            return from_multikey(str(method["publicKeyMultibase"]))
        jwk = method.get("publicKeyJwk")
        return from_jwk(jwk) if isinstance(jwk, Mapping) else None
    except NotDecodable:
        return None


def address_of(did: str) -> str:
    """Where the document of a did:web is. Raises TokenRefused for every other identifier."""
    parts = did.split(":")
    if parts[:2] != ["did", "web"] or len(parts) < 3 or not all(parts[2:]) or len(did) > 500:
        raise TokenRefused("not a did:web")
    host = unquote(parts[2])
    if any(sign in host for sign in "/@?#\\ ") or host.replace(".", "").replace(":", "").isdigit():
        raise TokenRefused("not a host name")
    path = "/".join(parts[3:]) or ".well-known"
    loopback = next((peer for peer in node().peers if origin_of(peer).partition("://")[2] == host), None)
    return f"{loopback.rstrip('/') if loopback else f'https://{host}'}/{path}/did.json"


def read_document(did: str, raw: bytes) -> Document:
    """The document that `raw` holds. Raises TokenRefused when it is none, or another one's."""
    try:
        body = loads(raw)
    except NotStrict:
        raise TokenRefused("document: not JSON") from None
    if not isinstance(body, dict) or body.get("id") != did:
        raise TokenRefused("document: not of this identifier")
    methods = {_full(did, one["id"]): one for one in body.get("verificationMethod", ()) if _named(one)}
    services = tuple(
        (str(one.get("type", "")), str(one["serviceEndpoint"]))
        for one in body.get("service", ())
        if isinstance(one, dict) and isinstance(one.get("serviceEndpoint"), str)
    )
    return Document(
        did=did,
        request_keys=_listed(did, body.get("authentication", ()), methods),
        statement_keys=_listed(did, body.get("assertionMethod", ()), methods),
        endpoints=tuple(address for _, address in services),
        services=services,
    )


def _named(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


def _full(did: str, name: str) -> str:
    return did + name if name.startswith("#") else name


def _listed(did: str, entries: Any, methods: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, str) and _full(did, one) in methods:
            found[_full(did, one)] = methods[_full(did, one)]
        elif _named(one):
            found[_full(did, one["id"])] = one
    return found


class Documents:
    """Remembers documents; an unknown key makes it look again, at most once a minute per identifier."""

    def __init__(self, db: Database) -> None:
        """Fetches nothing yet."""
        self._db = db
        self._kept: dict[str, tuple[float, Document]] = {}

    async def of(self, did: str, kid: str = "") -> Document:
        """The document of a DID. Raises TokenRefused when it cannot be had."""
        now, rules = time.monotonic(), limits()
        kept = self._kept.get(did)
        if kept is not None:
            age, document = now - kept[0], kept[1]
            known = not kid or kid in document.request_keys or kid in document.statement_keys
            if age < (rules.document_cache_s if known else rules.document_refresh_s):
                return document
        document = await self._fetched(did)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[did] = (now, document)
        return document

    async def _fetched(self, did: str) -> Document:
        try:
            reply = await node().outbound.send(
                "GET", address_of(did), headers={"accept": "application/json"}, timeout_s=5, most_bytes=MOST_BYTES
            )
        except (Refused, Unreachable):
            raise TokenRefused("document: not to be had") from None
        if reply.status != 200:
            raise TokenRefused("document: not there")
        return read_document(did, reply.body)

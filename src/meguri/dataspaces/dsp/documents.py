"""DID documents of others (did:web): fetched through the one guarded way out, kept for some minutes.

Source: W3C Decentralized Identifiers 1.0, did:web method.
"""

import time
from typing import Any

import msgspec

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import limits
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused, Unreachable, origin_of
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.proof import did as did_web
from meguri.proof import keyring
from meguri.proof.multibase import NotDecodable
from meguri.proof.multikey import PublicKey
from meguri.storage import Database, Transaction

MOST_BYTES = 64 << 10
_MOST_KEPT = 10_000


class Document(msgspec.Struct, frozen=True):
    """A DID document: its keys for requests and for statements, and the addresses it names as (type, address)."""

    did: str
    body: dict[str, Any]
    services: tuple[tuple[str, str], ...]

    def authentication(self, kid: str) -> PublicKey | None:
        """The key of this name, if it may sign requests."""
        return self._key(kid, "authentication")

    def assertion(self, kid: str) -> PublicKey | None:
        """The key of this name, if it may sign statements."""
        return self._key(kid, "assertionMethod")

    def _key(self, kid: str, purpose: str) -> PublicKey | None:
        try:
            return did_web.key_in(self.body, kid, purpose)
        except NotDecodable:
            return None

    @property
    def keys(self) -> list[PublicKey]:
        """Every key that may sign statements or requests."""
        names = [
            (name, listed if isinstance(listed, str) else str(listed.get("id", "") if isinstance(listed, dict) else ""))
            for name in ("assertionMethod", "authentication")
            for listed in self.body.get(name, ())
        ]
        found = [self._key(kid, purpose) for purpose, kid in names if kid]
        return [one for one in found if one is not None]

    @property
    def signs_now(self) -> PublicKey | None:
        """The key that proves requests now: the first one under `authentication`."""
        listed = next(iter(self.body.get("authentication", ())), None)
        kid = listed.get("id") if isinstance(listed, dict) else listed
        return self.authentication(kid) if isinstance(kid, str) else None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """All addresses."""
        return tuple(address for _, address in self.services)

    def endpoint(self, kind: str) -> str | None:
        """The address of the first service of this type."""
        return next((address for one, address in self.services if one == kind), None)


def address_of(did: str) -> str:
    """Where the document of a did:web is; loopback peers of a demonstration answer without TLS. Raises TokenRefused."""
    try:
        address = did_web.address_of(did)
    except NotDecodable:
        raise TokenRefused("not a did:web") from None
    host = address.removeprefix("https://").partition("/")[0]
    if host.rpartition(":")[0].replace(".", "").isdigit() or host.replace(".", "").isdigit():
        host_allowed = any(origin_of(peer).partition("://")[2] == host for peer in node().peers)
        if not host_allowed:
            raise TokenRefused("not a host name")
    peer = next((one for one in node().peers if origin_of(one).partition("://")[2] == host), None)
    return address.replace(f"https://{host}", peer.rstrip("/"), 1) if peer else address


def read_document(did: str, raw: bytes) -> Document:
    """The document that `raw` holds. Raises TokenRefused when it is none, or another one's."""
    try:
        body = loads(raw)
    except NotStrict:
        raise TokenRefused("document: not JSON") from None
    if not isinstance(body, dict) or body.get("id") != did:
        raise TokenRefused("document: not of this identifier")
    services = tuple(
        (str(one.get("type", "")), str(one["serviceEndpoint"]))
        for one in body.get("service", ())
        if isinstance(one, dict) and isinstance(one.get("serviceEndpoint"), str)
    )
    return Document(did=did, body=body, services=services)


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
            known = not kid or document.authentication(kid) is not None or document.assertion(kid) is not None
            if age < (rules.document_cache_s if known else rules.document_refresh_s):
                return document
        document = await self._own(did) or await self._fetched(did)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[did] = (now, document)
        return document

    async def _own(self, did: str) -> Document | None:
        """A company of this very node: its document is made here, without a way around through the net."""
        return await self._db.run(system_scope("dsp"), _own_document, did)

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


async def _own_document(tx: Transaction, _: OperatorScope, did: str) -> Document | None:
    operator_id = parse_uuid(did.rpartition(":")[2])
    if operator_id is None or keyring.did_of(tx.installation.origin, operator_id) != did:
        return None
    async with tx.across():
        body = await keyring.document(tx, operator_id)
        participant = await store.participant_of_tenant(tx, str(operator_id))
    if body is None:
        return None
    origin = tx.installation.origin
    named = (("MeguriFederation", f"{origin}/federation/v1"),)
    connector = (("DataService", f"{origin}/t/{operator_id}/dsp"),) if participant else ()
    services = (*named, *connector)
    return Document(did=did, body=body, services=services)

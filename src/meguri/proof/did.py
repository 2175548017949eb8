"""did:web: names that are web addresses, and the documents that stand there (W3C DID Core; did:web method)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from meguri.proof.multibase import NotDecodable
from meguri.proof.multikey import PublicKey, from_jwk, from_multikey, to_jwk

CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
_FORM = re.compile(r"did:web:(?P<host>[A-Za-z0-9.-]+(?:%3[Aa][0-9]{1,5})?)(?P<path>(?::[A-Za-z0-9._%-]+)*)\Z")


class PublishedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as a DID document shows it.

    authentication   whether it signs requests now
    assertion        whether what it signed is to be believed
    """

    kid: str
    multikey: str
    authentication: bool
    assertion: bool


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Where something of the subject is served; `name` is its fragment."""

    name: str
    type: str
    endpoint: str


def did_of(origin: str, *path: str) -> str:
    """The DID that stands at `origin` (`https://id.example.jp`), beneath `path`."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    host = f"{host}%3A{parts.port}" if parts.port else host
    return ":".join(["did:web", host, *(quote(part, safe="") for part in path)])


def address_of(did: str) -> str:
    """Where the document of `did` stands (HTTPS). Raises NotDecodable for what is no did:web."""
    matched = _FORM.match(did)
    if matched is None:
        raise NotDecodable("not a did:web")
    host = unquote(matched["host"])
    if not matched["path"]:
        return f"https://{host}/.well-known/did.json"
    path = "/".join(quote(unquote(part), safe="") for part in matched["path"].split(":")[1:])
    return f"https://{host}/{path}/did.json"


def subject_of(method: str) -> str:
    """The DID of a verification method's URL (`did:web:…#key-1` → `did:web:…`)."""
    return method.partition("#")[0]


def document(
    did: str, keys: Sequence[PublishedKey], services: Iterable[Service] = (), also_known_as: Sequence[str] = ()
) -> dict[str, Any]:
    """The DID document: each key as Multikey, and as JSON Web Key under `#…-jwk`."""
    made: dict[str, Any] = {"@context": CONTEXTS, "id": did}
    if also_known_as:
        made["alsoKnownAs"] = list(also_known_as)
    made["verificationMethod"] = [method for key in keys for method in _methods(did, key)]
    made["authentication"] = [name for key in keys if key.authentication for name in _names(did, key)]
    made["assertionMethod"] = [name for key in keys if key.assertion for name in _names(did, key)]
    made["service"] = [{"id": f"{did}#{s.name}", "type": s.type, "serviceEndpoint": s.endpoint} for s in services]
    return made


def _names(did: str, key: PublishedKey) -> tuple[str, str]:
    return f"{did}#{key.kid}", f"{did}#{key.kid}-jwk"


def _methods(did: str, key: PublishedKey) -> list[dict[str, Any]]:
    multikey, jwk = _names(did, key)
    return [
        {"id": multikey, "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey},
        {
            "id": jwk,
            "type": "JsonWebKey",
            "controller": did,
            "publicKeyJwk": {**to_jwk(from_multikey(key.multikey)), "kid": key.kid},
        },
    ]


def key_in(did_document: Mapping[str, Any], method: str, purpose: str = "assertionMethod") -> PublicKey | None:
    """The key of `method` if the document has it for `purpose`, else None. Raises NotDecodable for an unreadable one."""
    did = str(did_document.get("id", ""))
    wanted = _whole(method, did)
    for listed in _list(did_document.get(purpose)):
        inline = isinstance(listed, Mapping)
        if _whole(str(listed.get("id", "") if inline else listed), did) != wanted:
            continue
        return _public_key(listed if inline else _method(did_document, wanted, did))
    return None


def _whole(name: str, did: str) -> str:
    return did + name if name.startswith("#") else name


def _method(did_document: Mapping[str, Any], wanted: str, did: str) -> Mapping[str, Any]:
    for method in _list(did_document.get("verificationMethod")):
        if isinstance(method, Mapping) and _whole(str(method.get("id", "")), did) == wanted:
            return method
    raise NotDecodable("the method is named but not described")


def _public_key(method: Mapping[str, Any]) -> PublicKey:
    if isinstance(method.get("publicKeyMultibase"), str):
        return from_multikey(method["publicKeyMultibase"])
    jwk = method.get("publicKeyJwk")
    if isinstance(jwk, Mapping):
        return from_jwk(jwk)
    raise NotDecodable("the method has no key of a known form")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

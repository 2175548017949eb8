"""Selective disclosure: a signed list of digests, and of the values behind them only those that a holder may see.

SD-JWT (RFC 9901) and SD-JWT VC. Every value is one disclosure; digests are padded with decoys to a fixed count, so that
nobody sees whether a value exists.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from meguri.proof import jws
from meguri.proof.jws import NotVerified
from meguri.proof.multibase import NotDecodable, base64url, from_base64url
from meguri.proof.multikey import PrivateKey, PublicKey

TYP = "dc+sd-jwt"
ALGORITHM = "sha-256"
_RESERVED = frozenset({"_sd", "...", "_sd_alg", "iss", "nbf", "exp", "cnf", "vct", "status"})


def disclosure(salt: str, key: str, value: Any) -> str:
    """One disclosure: base64url of the compact JSON `[salt,key,value]`."""
    return base64url(json.dumps([salt, key, value], ensure_ascii=False, separators=(",", ":")).encode())


def digest(disclosed: str) -> str:
    """Base64url of SHA-256 over the disclosure's ASCII."""
    return base64url(hashlib.sha256(disclosed.encode("ascii")).digest())


def disclosures_of(values: Mapping[str, Any]) -> dict[str, str]:
    """A disclosure with a fresh salt for each value, by its key."""
    return {key: disclosure(base64url(secrets.token_bytes(16)), key, value) for key, value in values.items()}


def issue(
    claims: Mapping[str, Any],
    every: Iterable[str],
    shown: Iterable[str],
    key: PrivateKey,
    *,
    kid: str,
    padded_to: int,
) -> str:
    """`<JWS>~<disclosure>~…~`.

    claims     what everybody sees: `iss`, `iat`, `vct`, `sub`, `status` …
    every      all disclosures of the document; their digests are signed
    shown      those that the holder gets
    padded_to  how many digests there are, decoys included; never fewer than `every`
    """
    digests = [digest(one) for one in every]
    digests += [digest(base64url(secrets.token_bytes(32))) for _ in range(padded_to - len(digests))]
    whole = {**claims, "_sd_alg": ALGORITHM, "_sd": sorted(digests)}  # sorted by digest: the order tells nothing
    return "~".join([jws.sign(whole, key, typ=TYP, kid=kid), *shown, ""])


class Presented(msgspec.Struct, frozen=True):
    """What a verified SD-JWT says: the claims that all see, and the disclosed values."""

    claims: dict[str, Any]
    values: dict[str, Any]


def split(text: str) -> tuple[str, list[str]]:
    """The JWS and its disclosures; a key-binding JWT at the end is left out. Raises NotVerified."""
    token, *rest = text.split("~")
    if not rest:
        raise NotVerified("not an SD-JWT")
    return token, [one for one in rest[:-1] if one]


def presented(text: str, key: PublicKey) -> Presented:
    """What `text` says, if `key` signed it and each disclosure's digest is among the signed ones. Raises NotVerified."""
    token, disclosed = split(text)
    claims = jws.verified(token, key)
    if jws.header_of(token).get("typ") not in (TYP, "vc+sd-jwt"):
        raise NotVerified("not an SD-JWT VC")
    if claims.get("_sd_alg", ALGORITHM) != ALGORITHM:
        raise NotVerified("unknown digest algorithm")
    signed = claims.get("_sd", [])
    values: dict[str, Any] = {}
    for one in disclosed:
        if digest(one) not in signed:
            raise NotVerified("a disclosure was not signed")
        name, value = _read(one)
        if name in values or name in claims or name in _RESERVED:
            raise NotVerified("a disclosure names a claim that exists")
        values[name] = value
    bare = {name: value for name, value in claims.items() if name not in ("_sd", "_sd_alg")}
    return Presented(bare, values)


def _read(disclosed: str) -> tuple[str, Any]:
    try:
        _, name, value = msgspec.json.decode(from_base64url(disclosed), type=tuple[str, str, Any])
    except (NotDecodable, msgspec.DecodeError, UnicodeEncodeError):
        raise NotVerified("a disclosure cannot be read") from None
    return name, value

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
_MARKS = frozenset({"_sd", "..."})
_DEEPEST = 64
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
    """What a verified SD-JWT says: the claims that all see (disclosed parts of them filled in), and the disclosed values."""

    claims: dict[str, Any]
    values: dict[str, Any]


def split(text: str) -> tuple[str, list[str]]:
    """The JWS and its disclosures; a key-binding JWT at the end is left out. Raises NotVerified."""
    token, *rest = text.split("~")
    if not rest:
        raise NotVerified("not an SD-JWT")
    return token, [one for one in rest[:-1] if one]


def presented(text: str, key: PublicKey) -> Presented:
    """What `text` says, if `key` signed it and each disclosure's digest is among the signed ones (RFC 9901 §7.1).

    Disclosures within disclosed values and of elements of arrays are followed. Raises NotVerified.
    """
    token, disclosed = split(text)
    claims = jws.verified(token, key)
    if jws.header_of(token).get("typ") not in (TYP, "vc+sd-jwt"):
        raise NotVerified("not an SD-JWT VC")
    if claims.get("_sd_alg", ALGORITHM) != ALGORITHM:
        raise NotVerified("unknown digest algorithm")
    filling = _Filling(disclosed)
    values = filling.disclosed_in(claims, top=True)
    bare = {name: filling.filled(value) for name, value in claims.items() if name not in ("_sd", "_sd_alg")}
    filling.closed()
    return Presented(bare, values)


class _Filling:
    """Puts disclosures where their digests stand; each digest may stand in one place, each disclosure must have one."""

    def __init__(self, disclosed: Iterable[str]) -> None:
        given = list(disclosed)
        self._open = {digest(one): one for one in given}
        self._met: set[str] = set()
        self._depth = 0
        if len(self._open) != len(given):
            raise NotVerified("a disclosure is there twice")

    def closed(self) -> None:
        """Raises NotVerified when a disclosure found no place."""
        if self._open:
            raise NotVerified("a disclosure was not signed")

    def disclosed_in(self, held: Mapping[str, Any], *, top: bool = False) -> dict[str, Any]:
        """The values that the digests of this object disclose."""
        found: dict[str, Any] = {}
        for one in _digests(held.get("_sd", [])):
            parts = self._taken(one, 3)
            if parts is None:
                continue
            name, value = parts[1], parts[2]
            if not isinstance(name, str) or name in found or name in held or name in (_RESERVED if top else _MARKS):
                raise NotVerified("a disclosure names a claim that exists")
            found[name] = self.filled(value)
        return found

    def filled(self, value: Any) -> Any:
        """The value with all that is disclosed of it, and without digests that are not."""
        if not isinstance(value, dict | list):
            return value
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotVerified("nested too deeply")
        made = self._object(value) if isinstance(value, dict) else self._array(value)
        self._depth -= 1
        return made

    def _object(self, held: dict[str, Any]) -> dict[str, Any]:
        disclosed = self.disclosed_in(held)
        return {**{name: self.filled(value) for name, value in held.items() if name != "_sd"}, **disclosed}

    def _array(self, held: list[Any]) -> list[Any]:
        made = []
        for one in held:
            if not (isinstance(one, dict) and one.keys() == {"..."}):
                made.append(self.filled(one))
                continue
            parts = self._taken(one["..."], 2)
            if parts is not None:
                made.append(self.filled(parts[1]))
        return made

    def _taken(self, named: Any, length: int) -> list[Any] | None:
        """The parts of the disclosure with this digest, None when it was not given. Raises NotVerified."""
        if not isinstance(named, str) or named in self._met:
            raise NotVerified("a digest stands in two places")
        self._met.add(named)
        text = self._open.pop(named, None)
        if text is None:
            return None
        parts = _parts(text)
        if len(parts) != length:
            raise NotVerified("a disclosure stands where it does not belong")
        return parts


def _digests(listed: Any) -> list[Any]:
    if not isinstance(listed, list):
        raise NotVerified("_sd is no list")
    return listed


def _parts(disclosed: str) -> list[Any]:
    try:
        parts: list[Any] = msgspec.json.decode(from_base64url(disclosed), type=list[Any])
    except (NotDecodable, msgspec.DecodeError, UnicodeEncodeError):
        raise NotVerified("a disclosure cannot be read") from None
    return parts

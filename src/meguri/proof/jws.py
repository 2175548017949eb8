"""Compact JSON Web Signatures with ES256 and EdDSA (RFC 7515, RFC 8037), nothing else: `none` and HMAC are refused."""

from collections.abc import Mapping
from typing import Any

import jwt
import msgspec
from jwt.api_jws import PyJWS

from meguri.proof.multibase import NotDecodable, from_base64url
from meguri.proof.multikey import PrivateKey, PublicKey, algorithm_of

_ALGORITHMS = ("ES256", "EdDSA")
_jws = PyJWS(algorithms=list(_ALGORITHMS))


class NotVerified(ValueError):
    """The signature is not that of the key, or the token is no compact JWS of an allowed algorithm."""


def sign(claims: Mapping[str, Any], key: PrivateKey, *, typ: str, kid: str, **header: Any) -> str:
    """`claims` as a compact JWS; `header` adds to `alg`, `typ` and `kid`."""
    payload = msgspec.json.encode(claims)
    return _jws.encode(payload, key, algorithm_of(key), headers={"typ": typ, "kid": kid, **header})


def header_of(token: str) -> dict[str, Any]:
    """The header, not verified. Raises NotVerified for a token that is none."""
    return _object(token.split(".", 1)[0])


def claims_of(token: str) -> dict[str, Any]:
    """The claims, not verified. Raises NotVerified for a token that is none."""
    parts = token.split(".")
    if len(parts) != 3:
        raise NotVerified("not a compact JWS")
    return _object(parts[1])


def verified(token: str, key: PublicKey) -> dict[str, Any]:
    """The claims of a token that `key` signed. Raises NotVerified.

    Times within the claims are the caller's matter, for each kind of token has its own rules.
    """
    try:
        payload = _jws.decode(token, key, algorithms=[algorithm_of(key)])
        claims = msgspec.json.decode(payload, type=dict[str, Any])
    except (jwt.PyJWTError, msgspec.DecodeError, ValueError) as wrong:
        raise NotVerified(str(wrong)) from None
    return claims


def _object(part: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(from_base64url(part), type=dict[str, Any])
    except (NotDecodable, msgspec.DecodeError, UnicodeEncodeError):
        raise NotVerified("not a compact JWS") from None

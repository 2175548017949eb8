"""One signed token per request: the authentication profile `MeguriDidJwt` version 1.

`Authorization: Bearer <JWS>` made by the caller's DID key over method, address, audience and the body's hash, for at most five
minutes. Pure: keys and time come in; replay and DID documents are looked after elsewhere. Sources: RFC 7515, RFC 8037, RFC 9449.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from meguri.proof import jws
from meguri.proof.multibase import base64url
from meguri.proof.multikey import PrivateKey, PublicKey

TYPE = "meguri-req+jwt"
LONGEST_S = 300
SKEW_S = 60


class TokenRefused(Exception):
    """The token proves nothing; the message says why, for our own log only."""


class Claims(msgspec.Struct, frozen=True):
    """What a token that holds has proved."""

    iss: str
    jti: str
    exp: int
    kid: str


def body_hash(raw: bytes) -> str:
    """`bh`: base64url of the SHA-256 of the body's bytes."""
    return base64url(hashlib.sha256(raw).digest())


def address(url: str) -> str:
    """`htu`: the URL without query and fragment."""
    return url.split("#")[0].split("?")[0]


def issue(key: PrivateKey, kid: str, did: str, audience: str, method: str, url: str, raw: bytes, now: int) -> str:
    """A token for one request to `audience`."""
    payload = {
        "iss": did,
        "sub": did,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + LONGEST_S,
        "jti": str(uuid4()),
        "htm": method,
        "htu": address(url),
        "bh": body_hash(raw),
    }
    return jws.sign(payload, key, typ=TYPE, kid=kid)


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, unverified. Raises TokenRefused."""
    if len(token) > 8192:
        raise TokenRefused("too long")
    try:
        return jws.header_of(token), jws.claims_of(token)
    except jws.NotVerified:
        raise TokenRefused("not a compact JWS") from None


def verify(
    token: str,
    key_of: Callable[[str], PublicKey | None],
    *,
    audience: str,
    method: str,
    url: str,
    raw: bytes,
    now: float,
) -> Claims:
    """What the token proves. `key_of` gives the key of a DID URL that the issuer lists under `authentication`.

    Raises TokenRefused.
    """
    header, payload = opened(token)
    kid, issuer = str(header.get("kid", "")), payload.get("iss")
    if header.get("typ") != TYPE or header.get("alg") not in ("EdDSA", "ES256") or "crit" in header:
        raise TokenRefused("header")
    if not isinstance(issuer, str) or payload.get("sub") != issuer or kid.partition("#")[0] != issuer:
        raise TokenRefused("issuer")
    key = key_of(kid)
    if key is None:
        raise TokenRefused("key")
    try:
        jws.verified(token, key)
    except jws.NotVerified:
        raise TokenRefused("signature") from None
    _check_time(payload, now)
    expected = {"aud": audience, "htm": method, "htu": address(url), "bh": body_hash(raw)}
    for name, value in expected.items():
        if payload.get(name) != value:
            raise TokenRefused(name)
    jti = payload.get("jti")
    if not isinstance(jti, str) or not 16 <= len(jti) <= 64:
        raise TokenRefused("jti")
    return Claims(iss=issuer, jti=jti, exp=payload["exp"], kid=kid)


def _check_time(payload: Mapping[str, Any], now: float) -> None:
    times = [payload.get(name) for name in ("iat", "nbf", "exp")]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in times):
        raise TokenRefused("times")
    issued, valid_from, expires = (int(one or 0) for one in times)
    if expires - issued > LONGEST_S or expires <= issued:
        raise TokenRefused("valid for too long")
    if now > expires + SKEW_S or now < valid_from - SKEW_S or now < issued - SKEW_S:
        raise TokenRefused("not valid now")

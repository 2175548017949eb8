"""The keys that sign access tokens (ES256), and when each signs and is published.

A key is published before it signs, so that others have fetched it, and stays published until its last token has ended.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from meguri.identity.rules import TokenRule


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key pair as it is stored; `private_sealed` is PKCS#8 under the installation's secret."""

    kid: str
    private_sealed: bytes
    public_jwk: dict[str, str]
    signs_from: datetime
    signs_until: datetime
    published_until: datetime


def signing_now(keys: Iterable[SigningKey], now: datetime) -> SigningKey | None:
    """The key that signs at `now`: of those within their time the youngest.

    When the clock was set back to before the first key, that key, which is published already; without keys None.
    """
    keys = [key for key in keys if now < key.signs_until]
    begun = [key for key in keys if key.signs_from <= now]
    if begun:
        return max(begun, key=lambda key: key.signs_from)
    return min(keys, key=lambda key: key.signs_from, default=None)


def next_start(keys: Iterable[SigningKey], now: datetime, rule: TokenRule) -> datetime | None:
    """From when a key that should be made now would sign; None when none is needed yet.

    Without a key that signs, at once (dated back by the clock skew, for processes whose clock is behind); within the
    time of publishing ahead of the last key's end, at that end.
    """
    last = max((key.signs_until for key in keys), default=now)
    if last <= now:
        return now - timedelta(seconds=rule.clock_skew_s)
    return last if last - now <= timedelta(seconds=rule.key_published_before_s) else None


def published_until(signs_until: datetime, rule: TokenRule) -> datetime:
    """Until when a key must be known: the end of its last token, and the clock skew allowed to others."""
    return signs_until + timedelta(seconds=rule.access_ttl_s + rule.clock_skew_s)


def new_private_key() -> ec.EllipticCurvePrivateKey:
    """A new key on the curve of ES256."""
    return ec.generate_private_key(ec.SECP256R1())


def to_pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The private key as DER, to be sealed."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def from_pkcs8(content: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key within DER `content`."""
    key = serialization.load_der_private_key(content, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not a key on an elliptic curve")
    return key


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a JWK whose `kid` is its thumbprint (RFC 7517, RFC 7638)."""
    point = key.public_numbers()
    bare = {"crv": "P-256", "kty": "EC", "x": _base64url(point.x), "y": _base64url(point.y)}
    thumbprint = hashlib.sha256(msgspec.json.encode(bare, order="sorted")).digest()
    kid = base64.urlsafe_b64encode(thumbprint).decode().rstrip("=")
    return {**bare, "kid": kid, "alg": "ES256", "use": "sig"}


def _base64url(coordinate: int) -> str:
    return base64.urlsafe_b64encode(coordinate.to_bytes(32, "big")).decode().rstrip("=")


def public_key_of(jwk: dict[str, str]) -> ec.EllipticCurvePublicKey:
    """The public key within a JWK that `jwk_of` made."""
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[axis] + "="), "big") for axis in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()

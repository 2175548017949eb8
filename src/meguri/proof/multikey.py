"""Public keys of signatures, as Multikey and as JWK: Ed25519 and P-256 (W3C Controlled Identifiers 1.0; RFC 8037)."""

import hashlib
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meguri.proof import jcs
from meguri.proof.multibase import NotDecodable, base64url, from_base64url, from_multibase, multibase

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey
PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_ED25519 = bytes.fromhex("ed01")
_P256 = bytes.fromhex("8024")


def algorithm_of(key: PublicKey | PrivateKey) -> str:
    """The JOSE name of what the key signs with: `EdDSA` or `ES256`."""
    return "EdDSA" if isinstance(key, Ed25519PublicKey | Ed25519PrivateKey) else "ES256"


def to_multikey(key: PublicKey) -> str:
    """The key as Multikey: `z6Mk…` (Ed25519) or `zDn…` (P-256, compressed point)."""
    if isinstance(key, Ed25519PublicKey):
        return multibase(_ED25519 + key.public_bytes_raw())
    return multibase(_P256 + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def from_multikey(text: str) -> PublicKey:
    """The key that `text` spells. Raises NotDecodable."""
    data = from_multibase(text)
    try:
        if data.startswith(_ED25519):
            return Ed25519PublicKey.from_public_bytes(data[2:])
        if data.startswith(_P256):
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data[2:])
    except ValueError:
        raise NotDecodable("not a point of its curve") from None
    raise NotDecodable("neither an Ed25519 nor a P-256 key")


def to_jwk(key: PublicKey) -> dict[str, str]:
    """The key as JWK, bare."""
    if isinstance(key, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_bytes_raw())}
    point = key.public_numbers()
    x, y = (base64url(coordinate.to_bytes(32, "big")) for coordinate in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The key within a JWK. Raises NotDecodable."""
    try:
        if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(from_base64url(str(jwk["x"])))
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
            x, y = (int.from_bytes(from_base64url(str(jwk[axis])), "big") for axis in ("x", "y"))
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except (KeyError, ValueError):
        raise NotDecodable("not a point of its curve") from None
    raise NotDecodable("neither an Ed25519 nor a P-256 key")


def thumbprint(key: PublicKey) -> str:
    """The JWK thumbprint, base64url of SHA-256 (RFC 7638)."""
    return base64url(hashlib.sha256(jcs.canonical(to_jwk(key))).digest())


def ed25519_from_seed(seed: bytes) -> Ed25519PrivateKey:
    """The private key of 32 secret bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed)

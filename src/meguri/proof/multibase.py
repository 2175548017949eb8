"""Bytes as text: base58btc and base64url, with and without the multibase prefix (draft-multiformats-multibase)."""

import base64
import binascii

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {sign: value for value, sign in enumerate(_ALPHABET)}
_LONGEST = 4096


class NotDecodable(ValueError):
    """The text is not of the encoding that its place demands."""


def base58(data: bytes) -> str:
    """`data` in base58btc: each leading zero byte is a `1`."""
    number, signs = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        signs = _ALPHABET[rest] + signs
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + signs


def from_base58(text: str) -> bytes:
    """The bytes that `text` spells. Raises NotDecodable."""
    if len(text) > _LONGEST:
        raise NotDecodable("too long")
    number = 0
    try:
        for sign in text:
            number = number * 58 + _DIGITS[sign]
    except KeyError:
        raise NotDecodable("not base58btc") from None
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base64url(data: bytes) -> str:
    """`data` in base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes that `text` spells; only the one spelling without padding is taken. Raises NotDecodable."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotDecodable("not base64url") from None
    if base64url(data) != text:
        raise NotDecodable("not base64url")
    return data


def multibase(data: bytes) -> str:
    """`z` and base58btc."""
    return "z" + base58(data)


def from_multibase(text: str) -> bytes:
    """The bytes behind `z` (base58btc) or `u` (base64url without padding). Raises NotDecodable."""
    if text.startswith("z"):
        return from_base58(text[1:])
    if text.startswith("u"):
        return from_base64url(text[1:])
    raise NotDecodable("neither base58btc nor base64url")

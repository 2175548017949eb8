"""The code that both sides compare by voice or mail: it proves that nobody stands between them."""

import hashlib

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def link_code(one: str, other: str, link_id: str) -> str:
    """Ten Crockford base32 characters from both keys' thumbprints (RFC 7638) and the link's id: `XXXXX-XXXXX`."""
    first, second = sorted((one, other))
    bits = int.from_bytes(hashlib.sha256(f"{first}|{second}|{link_id}".encode()).digest(), "big") >> (256 - 50)
    signs = "".join(_DIGITS[(bits >> shift) & 31] for shift in range(45, -1, -5))
    return f"{signs[:5]}-{signs[5:]}"

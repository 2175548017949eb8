"""Token status lists (IETF OAuth Status List) for SD-JWTs: one bit each, index 0 the least significant bit of byte 0."""

import zlib
from typing import Any

from meguri.proof.bitstring import StatusUnavailable, inflated
from meguri.proof.multibase import NotDecodable, base64url, from_base64url

TYP = "statuslist+jwt"
VALID, INVALID = 0, 1


def with_status(bits: bytes, index: int, value: bool = True) -> bytes:
    """The list with the status at `index` set to INVALID, or back to VALID."""
    changed = bytearray(bits)
    mask = 1 << (index % 8)
    changed[index // 8] = changed[index // 8] | mask if value else changed[index // 8] & ~mask
    return bytes(changed)


def reference(list_url: str, index: int) -> dict[str, Any]:
    """The claim `status` of a token."""
    return {"status_list": {"idx": index, "uri": list_url}}


def claims(list_url: str, bits: bytes, issued_at: int, ttl_s: int) -> dict[str, Any]:
    """The claims of the list's own token."""
    compressed = base64url(zlib.compress(bits, 9))
    return {"sub": list_url, "iat": issued_at, "ttl": ttl_s, "status_list": {"bits": 1, "lst": compressed}}


def status_in(list_claims: dict[str, Any], index: int) -> int:
    """The status at `index`, for lists of 1, 2, 4 and 8 bits. Raises StatusUnavailable."""
    listed = list_claims.get("status_list")
    if not isinstance(listed, dict) or listed.get("bits") not in (1, 2, 4, 8):
        raise StatusUnavailable("no status list")
    width: int = listed["bits"]
    try:
        data = inflated(from_base64url(str(listed.get("lst", ""))), 15)
    except NotDecodable as wrong:
        raise StatusUnavailable(str(wrong)) from None
    each = 8 // width
    if not 0 <= index < len(data) * each:
        raise StatusUnavailable("index beyond the list")
    return (data[index // each] >> (width * (index % each))) & ((1 << width) - 1)

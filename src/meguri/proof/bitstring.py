"""Bitstring status lists (W3C Bitstring Status List 1.0): which credentials are revoked or suspended, among many.

Index 0 is the most significant bit of byte 0. A list holds at least 131 072 bits, so that asking for it says little about
which credential one asks for.
"""

import gzip
import zlib
from typing import Any

from meguri.proof.multibase import NotDecodable, base64url, from_base64url

LEAST_BITS = 131_072
_MOST_BYTES = 16 << 20


class StatusUnavailable(ValueError):
    """The list can't be read, is of another purpose, or is shorter than the index."""


def empty(bits: int = LEAST_BITS) -> bytes:
    """A list in which nothing is revoked."""
    return bytes(bits // 8)


def with_bit(bits: bytes, index: int, value: bool = True) -> bytes:
    """The list with the bit at `index` set or cleared."""
    changed = bytearray(bits)
    mask = 0x80 >> (index % 8)
    changed[index // 8] = changed[index // 8] | mask if value else changed[index // 8] & ~mask
    return bytes(changed)


def bit(bits: bytes, index: int) -> bool:
    """The bit at `index`. Raises StatusUnavailable beyond the end."""
    if not 0 <= index < len(bits) * 8:
        raise StatusUnavailable("index beyond the list")
    return bool(bits[index // 8] & (0x80 >> (index % 8)))


def encoded(bits: bytes) -> str:
    """`u` and base64url of the gzipped list; the same bits always give the same text."""
    return "u" + base64url(gzip.compress(bits, mtime=0))


def decoded(text: str) -> bytes:
    """The list behind `encodedList`; a list without the prefix `u` (older drafts) is taken. Raises StatusUnavailable."""
    try:
        return inflated(from_base64url(text.removeprefix("u")), 31)
    except NotDecodable as wrong:
        raise StatusUnavailable(str(wrong)) from None


def inflated(data: bytes, window: int) -> bytes:
    """What zlib finds in `data` (`window` 31: gzip, 15: zlib), up to 16 MiB. Raises StatusUnavailable."""
    machine = zlib.decompressobj(window)
    try:
        found = machine.decompress(data, _MOST_BYTES)
    except zlib.error as wrong:
        raise StatusUnavailable(str(wrong)) from None
    if machine.unconsumed_tail or not machine.eof:
        raise StatusUnavailable("cut off or too large")
    return found


def entry(list_url: str, index: int, purpose: str = "revocation") -> dict[str, Any]:
    """The `credentialStatus` of a credential; the index is a string, as the standard has it."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def credential(list_url: str, issuer: str, bits: bytes, valid_from: str, purpose: str = "revocation") -> dict[str, Any]:
    """The list as a credential, not yet signed."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": valid_from,
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded(bits),
        },
    }


def is_set(list_credential: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the list says so of the credential whose `credentialStatus` is `wanted`. Raises StatusUnavailable."""
    subject = list_credential.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("statusPurpose") != wanted.get("statusPurpose"):
        raise StatusUnavailable("the list is of another purpose")
    index = str(wanted.get("statusListIndex", ""))
    if not (index.isascii() and index.isdigit()):
        raise StatusUnavailable("the index is no number")
    bits = decoded(str(subject.get("encodedList", "")))
    if len(bits) * 8 < LEAST_BITS:
        raise StatusUnavailable("the list is too short to hide whom it is about")
    return bit(bits, int(index))

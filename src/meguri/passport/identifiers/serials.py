"""Serial numbers: random ones, which tell nobody how many batteries are made, and ranges that a maker names."""

import re
import secrets
from collections.abc import Iterator

from meguri.passport.identifiers.errors import InvalidIdentifier
from meguri.passport.identifiers.gs1 import SERIAL, checked

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U to be misread."""
LENGTH = 12
_RANGE = re.compile(r"(?P<head>[^{}]*)\{(?P<first>[0-9]{1,12})\.\.(?P<last>[0-9]{1,12})\}(?P<tail>[^{}]*)\Z")


def new_serial() -> str:
    """A random serial number of 60 bits. Never ordered by time: such serials leak the rate of production."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def serial_range(text: str) -> Iterator[str]:
    """The serials that `MG26A{000001..001000}` stands for; a text without braces stands for itself.

    Numbers keep the width of the first. Raises InvalidIdentifier, SerialTooLong, InvalidSerialCharset.
    """
    if "{" not in text:
        yield checked(SERIAL, text)
        return
    matched = _RANGE.match(text)
    if matched is None or int(matched["first"]) > int(matched["last"]):
        raise InvalidIdentifier(value=text)
    width = len(matched["first"])
    for number in range(int(matched["first"]), int(matched["last"]) + 1):
        yield checked(SERIAL, f"{matched['head']}{number:0{width}d}{matched['tail']}")

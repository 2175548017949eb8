"""Parts of GS1 keys: character set, lengths, check digits (GS1 General Specifications; GS1 Syntax Dictionary)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from meguri.kernel.identifiers import gs1_check_digit, is_gln
from meguri.passport.identifiers.errors import (
    EmptyIdentifier,
    InvalidGln,
    InvalidGtinCheckDigit,
    InvalidGtinLength,
    InvalidIdentifier,
    InvalidSerialCharset,
    SerialTooLong,
)

CSET_82 = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
"""GS1 AI encodable character set 82."""

GTIN, VARIANT, LOT, SERIAL, THIRD_PARTY_SERIAL = "01", "22", "10", "21", "235"
SITE, SITE_EXTENSION, PARTY, ASSET = "414", "254", "417", "8004"
MOST = {VARIANT: 20, LOT: 20, SERIAL: 20, THIRD_PARTY_SERIAL: 28, SITE_EXTENSION: 20, ASSET: 30}
QUALIFIERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    GTIN: ((VARIANT, LOT, SERIAL), (THIRD_PARTY_SERIAL,)),
    SITE: ((SITE_EXTENSION,),),
    PARTY: (),
    ASSET: (),
}
"""Primary key → sequences of which its qualifiers are a selection, in that order."""

_GIAI = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Key:
    """A GS1 key with its qualifiers in the order of the standard, all values decoded and checked."""

    ai: str
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()

    def get(self, ai: str) -> str | None:
        """The value of a qualifier, or None."""
        return dict(self.qualifiers).get(ai)

    @property
    def path(self) -> str:
        """The path of its GS1 Digital Link URI, from `/`; every reserved character is percent-encoded once."""
        pairs = ((self.ai, self.value), *self.qualifiers)
        return "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in pairs)

    @property
    def element_string(self) -> str:
        """The human-readable interpretation: `(01)…(21)…`."""
        return "".join(f"({ai}){value}" for ai, value in ((self.ai, self.value), *self.qualifiers))


def gtin14(text: str, *, pad: bool = False) -> str:
    """`text` as a 14-digit GTIN with the right check digit.

    pad  whether 8, 12 and 13 digits are filled with zeros, as in forms and files; in a URI they are not valid
    Raises EmptyIdentifier, InvalidGtinLength, InvalidGtinCheckDigit.
    """
    if not text:
        raise EmptyIdentifier(ai=GTIN)
    padded = text.zfill(14) if pad and len(text) in (8, 12, 13) else text
    if len(padded) != 14 or not (padded.isascii() and padded.isdigit()):
        raise InvalidGtinLength(value=text)
    expected = gs1_check_digit(padded[:13])
    if int(padded[13]) != expected:
        raise InvalidGtinCheckDigit(value=text, expected=expected)
    return padded


def checked(ai: str, value: str) -> str:
    """`value`, fit for the application identifier `ai`. Raises what names the broken rule."""
    if not value:
        raise EmptyIdentifier(ai=ai)
    if ai == GTIN:
        return gtin14(value)
    if ai in (SITE, PARTY):
        if not is_gln(value):
            raise InvalidGln(value=value)
        return value
    odd = next((sign for sign in value if sign not in CSET_82), None)
    if odd is not None:
        raise InvalidSerialCharset(ai=ai, sign=odd)
    if value in (".", ".."):  # a path that every browser folds away: it would lead to another product
        raise InvalidSerialCharset(ai=ai, sign=value)
    if len(value) > MOST[ai]:
        raise SerialTooLong(ai=ai, most=MOST[ai], length=len(value))
    if ai == ASSET and not _GIAI.match(value):  # begins with a GS1 company prefix
        raise InvalidIdentifier(value=value)
    return value

"""Decimal numbers: exact inside, rounded only at a border and by that border's rule."""

import re
import unicodedata
from decimal import ROUND_UP, Decimal, localcontext
from typing import Annotated

from msgspec import Meta

ZERO = Decimal(0)
ONE = Decimal(1)
FIFTH = Decimal("0.00001")
_TYPED = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DASHES = str.maketrans("\u2212\u2010\u2013", "---")


Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]
"""A number that is one: bodies may write floats as text, and `"NaN"` or `"Infinity"` would be kept as nothing."""


def typed(text: str) -> Decimal | None:
    """A number as people type it, with full-width signs and commas between thousands; None for anything else.

    `1,234.5` is read, `1,5` is not: it would be 15 for one reader and 1.5 for another.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if not _TYPED.fullmatch(folded) or not any(sign.isdigit() for sign in folded.lower().partition("e")[0]):
        return None
    return Decimal(folded.replace(",", ""))


def whole(text: str) -> int | None:
    """A count or a year as digits alone; None for anything else, and for more digits than a database's integer has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def plain(number: Decimal) -> str:
    """The shortest plain decimal form: `10`, `0.5`, never `10.0`, `1E+2` or `-0`."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_up(number: Decimal, step: Decimal = FIFTH) -> Decimal:
    """`number` rounded away from zero to a multiple of `step` (default: the fifth decimal)."""
    with localcontext() as context:
        context.prec = 60
        return number.quantize(step, rounding=ROUND_UP)

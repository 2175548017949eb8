"""Decimal numbers: exact inside, rounded only at a border and by that border's rule."""

from decimal import ROUND_UP, Decimal, localcontext

ZERO = Decimal(0)
ONE = Decimal(1)
FIFTH = Decimal("0.00001")


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

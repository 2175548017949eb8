"""Numbers of a calculation: Decimals with fifty digits inside, checked where they come in."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from meguri.footprint.calculation.errors import OutOfRange, ValueInvalid

P = ParamSpec("P")
R = TypeVar("R")

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
DIGITS = 50


def precise(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, computing with fifty significant digits whatever the caller's setting."""

    @wraps(function)
    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext() as context:
            context.prec = DIGITS
            return function(*args, **kwargs)

    return within


def finite(field: str, value: Decimal) -> Decimal:
    """`value` itself. Raises ValueInvalid for NaN and infinity."""
    if not value.is_finite():
        raise ValueInvalid(field=field, value=value)
    return value


def at_least(field: str, value: Decimal, least: Decimal = ZERO) -> Decimal:
    """`value` itself. Raises OutOfRange below `least`."""
    if finite(field, value) < least:
        raise OutOfRange(field=field, value=value, limits=f"≥ {least}")
    return value


def above(field: str, value: Decimal, bound: Decimal = ZERO) -> Decimal:
    """`value` itself. Raises OutOfRange unless it is above `bound`."""
    if finite(field, value) <= bound:
        raise OutOfRange(field=field, value=value, limits=f"> {bound}")
    return value


def between(field: str, value: Decimal, least: Decimal, most: Decimal) -> Decimal:
    """`value` itself. Raises OutOfRange unless least ≤ value ≤ most."""
    if not least <= finite(field, value) <= most:
        raise OutOfRange(field=field, value=value, limits=f"{least} … {most}")
    return value

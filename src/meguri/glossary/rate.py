"""The rate characteristic as figures that one can move: E = E₀ − r·I (pure)."""

from decimal import Decimal, InvalidOperation

import msgspec

_MOST = Decimal(10_000)
_POINTS = 11


class RateCurve(msgspec.Struct, frozen=True, kw_only=True):
    """What the form was given, the voltage under that current, and points (current A, voltage V) up to twice of it."""

    e0: Decimal
    r: Decimal
    i: Decimal
    voltage: Decimal
    points: tuple[tuple[Decimal, Decimal], ...]


def terminal_voltage(e0: Decimal, r: Decimal, i: Decimal) -> Decimal:
    """The voltage at the terminals [V] of a cell with open-circuit voltage `e0` [V] and resistance `r` [Ω].

    i  current [A], positive when discharging, negative when charging
    """
    return e0 - r * i


def curve(e0: str, r: str, i: str) -> RateCurve | None:
    """The curve for what was typed, or None when it is no figure, negative where it can't be, or beyond all batteries."""
    try:
        volts, ohms, amperes = (Decimal(text.strip() or "x") for text in (e0, r, i))
    except InvalidOperation:
        return None
    if not all(value.is_finite() and abs(value) <= _MOST for value in (volts, ohms, amperes)) or volts < 0 or ohms < 0:
        return None
    step = (abs(amperes) or Decimal(10)) * 2 / (_POINTS - 1)
    at = [step * n for n in range(_POINTS)]
    return RateCurve(
        e0=volts,
        r=ohms,
        i=amperes,
        voltage=terminal_voltage(volts, ohms, amperes),
        points=tuple((current, terminal_voltage(volts, ohms, current)) for current in at),
    )

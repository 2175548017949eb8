"""What the pages of health show: results and reasons made ready for templates, nothing decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from meguri.health.assess.run import Assessment
from meguri.health.model import Result, Status
from meguri.kernel.text import Language
from meguri.telemetry.model import Quality
from meguri.ui.words import phrase

KIND = {
    Status.OK: "ok",
    Status.NOT_ASSESSABLE: "attention",
    Status.OUT_OF_DOMAIN: "attention",
    Status.ERROR: "stop",
}
_DAYS_A_YEAR = 365.25
_SMALL_OHM = 0.1
_HEADLINE = ("soh_capacity", "soh_energy", "soce", "capacity", "usable_energy", "resistance", "soh_resistance")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One result as a row of a table."""

    quantity: str
    method: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    status: str
    badge: str
    reasons: str


class FlagLine(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about the data."""

    words: str
    flag: str
    count: int
    first: int


class MethodLine(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a method could be used."""

    method: str
    status: str
    badge: str
    reasons: str


def reason(language: Language, code: str) -> str:
    """A code in words; what follows the colon stays as it is. A code without words is shown itself."""
    name, _, detail = code.partition(":")
    words = _said(language, f"health.reason.{name}", name)
    if name in ("FROM", "BETWEEN", "HELPS"):
        return f"{words}: {_said(language, f'health.method.{detail}', detail)}"
    return f"{words} ({detail})" if detail else words


def _said(language: Language, key: str, otherwise: str) -> str:
    try:
        return phrase(key).of(language, {})
    except KeyError:
        return otherwise


def reasons(language: Language, codes: Iterable[str]) -> str:
    """Several codes in one line."""
    return " · ".join(dict.fromkeys(reason(language, code) for code in codes))


def line(language: Language, result: Result) -> Line:
    """One result; small resistances are written in milliohm."""
    factor, unit = _written(result)
    return Line(
        quantity=_said(language, f"health.quantity.{result.quantity}", result.quantity),
        method=_said(language, f"health.method.{result.method}", result.method),
        value=_times(result.value, factor),
        lower=_times(result.lower, factor),
        upper=_times(result.upper, factor),
        unit=unit,
        status=_said(language, f"health.status.{result.status}", result.status.value),
        badge=KIND[result.status],
        reasons=reasons(language, result.reasons),
    )


def _written(result: Result) -> tuple[float, str]:
    """By what a value is multiplied to be read well, and its unit then."""
    if result.unit == "ohm":
        return (1000.0, "mΩ") if (result.value or 0.0) < _SMALL_OHM else (1.0, "Ω")
    return 1.0, "" if result.unit == "1" else result.unit


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def lines(language: Language, results: Iterable[Result]) -> list[Line]:
    """Results, those that a reader looks for first on top."""

    def place(result: Result) -> int:
        return _HEADLINE.index(result.quantity) if result.quantity in _HEADLINE else len(_HEADLINE)

    return [line(language, result) for result in sorted(results, key=place)]


def flags(language: Language, quality: Quality) -> list[FlagLine]:
    """What was found in the data."""
    return [
        FlagLine(
            words=_said(language, f"health.flag.{flag.flag}", flag.flag),
            flag=flag.flag,
            count=flag.count,
            first=flag.first_row,
        )
        for flag in quality.flags
    ]


def methods(language: Language, found: Assessment) -> list[MethodLine]:
    """Which methods could be used, and why the others could not."""
    return [
        MethodLine(
            method=_said(language, f"health.method.{name}", name),
            status=_said(language, f"health.status.{one.status}", one.status),
            badge=KIND[Status(one.status)],
            reasons=reasons(language, one.reasons),
        )
        for name, one in found.quality.assessable.items()
    ]


def interval_words(language: Language, soh: Result) -> str:
    """Interval and reference in one line."""
    if soh.value is None or soh.lower is None or soh.upper is None:
        return reasons(language, soh.reasons)
    reference = phrase("health.battery.no_reference").of(language, {})
    if soh.reference is not None:
        words = phrase("health.battery.rated").of(language, {})
        reference = words.format(value=soh.reference.value, unit=soh.reference.unit)
    words = phrase("health.battery.interval").of(language, {})
    return words.format(low=f"{soh.lower:.1f}", high=f"{soh.upper:.1f}", reference=reference)


def years(days: float | None) -> float | None:
    """Days as years."""
    return None if days is None else days / _DAYS_A_YEAR


def measured_at(result: Result) -> datetime | None:
    """When a result was measured."""
    return datetime.fromisoformat(result.measured_at) if result.measured_at else None


def band(rows: Iterable[Any]) -> list[tuple[datetime, float, float, float]]:
    """A history as the chart wants it: moment, value, low, high."""
    return [
        (row.measured_at, round(row.value, 2), round(row.lower, 2), round(row.upper, 2))
        for row in rows
        if row.value is not None and row.lower is not None and row.upper is not None
    ]

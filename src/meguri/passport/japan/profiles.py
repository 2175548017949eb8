"""Completeness for Japan's grid storage and its auction: each point fulfilled, missing or expired, with its evidence."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from meguri.passport.expressions import filled
from meguri.passport.japan.rules import (
    Verdict,
    countries_over,
    has_jis,
    kw_by_country,
    lasts_long_enough,
    needs_jis,
    operating_hours,
    rules,
)

Values = Mapping[str, Any]


class PointResult(msgspec.Struct, frozen=True, kw_only=True):
    """One point: how it stands, and what shows it."""

    code: str
    name_ja: str
    name_en: str
    verdict: Verdict
    evidence: list[str]
    valid_until: str | None = None


class JapanReport(msgspec.Struct, frozen=True, kw_only=True):
    """A profile's points. `fulfilled` of `asked`; `rule` names the rule data."""

    profile: str
    name_ja: str
    name_en: str
    rule: str
    asked: int
    fulfilled: int
    points: list[PointResult]
    kw_by_country: dict[str, float]
    hours: float | None


def japan_report(profile: str, values: Values, today: date) -> JapanReport:
    """The report of `jp-grid-storage` or `jp-auction-3`. Raises KeyError for another."""
    data = rules()
    rule = data.profiles[profile]
    points = [_judged(code, values, today) for code in rule.points]
    asked = [each for each in points if each.verdict not in ("not_applicable", "not_yet_applicable")]
    energy, power = values.get("storage_energy"), values.get("storage_power")
    return JapanReport(
        profile=profile,
        name_ja=rule.name.ja,
        name_en=rule.name.en,
        rule=f"{data.id}@{data.version}",
        asked=len(asked),
        fulfilled=sum(each.verdict == "fulfilled" for each in asked),
        points=points,
        kw_by_country=kw_by_country(values.get("cell_origin_countries") or [], power),
        hours=operating_hours(energy, power) if energy and power else None,
    )


def _judged(code: str, values: Values, today: date) -> PointResult:
    point = rules().points[code]
    held = [values[key] for key in point.keys if filled(values.get(key))]
    verdict = _CHECKS[point.check](values, held, today)
    ends = [each["valid_until"] for each in _documents(held) if each.get("valid_until")]
    return PointResult(
        code=code,
        name_ja=point.name.ja,
        name_en=point.name.en,
        verdict=verdict,
        evidence=[shown for value in held for shown in _evidence(value)],
        valid_until=min(ends) if ends else None,
    )


def _documents(held: list[Any]) -> list[dict[str, Any]]:
    return [
        each for value in held for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)
    ]


def _evidence(value: Any) -> list[str]:
    """What shows it, in a line each: a certificate's number, a document's title, a figure."""
    found = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            found.append(f"{each:g}" if isinstance(each, int | float) else str(each))
        elif "number" in each:
            found.append(
                " ".join(str(each[name]) for name in ("standard", "edition", "number", "issuer") if each.get(name))
            )
        elif "registration_no" in each:
            found.append(f"★{each['level']} {each['registration_no']}")
        elif "country" in each:
            found.append(f"{each['country']} {each['share_pct']:g} %" + (f" {each['kw']:g} kW" if "kw" in each else ""))
        else:
            title = each.get("title", {})
            found.append(title.get("ja") or next(iter(title.values()), str(each.get("id", ""))))
    return found


def _expired(held: list[Any], today: date) -> bool:
    documents = _documents(held)
    return bool(documents) and all(str(each.get("valid_until") or "9999") < today.isoformat() for each in documents)


def _given(_: Values, held: list[Any], today: date) -> Verdict:
    if not held:
        return "missing"
    return "expired" if _expired(held, today) else "fulfilled"


def _jc_star(values: Values, held: list[Any], today: date) -> Verdict:
    if not held:
        return "missing"
    if _expired(held, today):
        return "expired"
    return "fulfilled" if held[0].get("level", 0) >= 1 else "failed"


def _jis(values: Values, held: list[Any], today: date) -> Verdict:
    if not needs_jis(values):
        return "not_applicable"
    if not held:
        return "missing"
    if _expired(held, today):
        return "expired"
    return "fulfilled" if has_jis(values) else "failed"


def _duration(values: Values, held: list[Any], _: date) -> Verdict:
    energy, power = values.get("storage_energy"), values.get("storage_power")
    if not energy or not power:
        return "missing"
    return "fulfilled" if lasts_long_enough(energy, power) else "failed"


def _cells(values: Values, held: list[Any], _: date) -> Verdict:
    kw = kw_by_country(values.get("cell_origin_countries") or [], values.get("storage_power"))
    if not kw:
        return "missing"
    return "failed" if countries_over(kw) else "fulfilled"


_CHECKS: dict[str, Callable[[Values, list[Any], date], Verdict]] = {
    "given": _given,
    "document": _given,
    "certificate": _given,
    "jc_star": _jc_star,
    "jis": _jis,
    "duration": _duration,
    "cells": _cells,
}

"""Completeness for Japan's grid storage and its auction: each point fulfilled, missing or expired, with its evidence."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from meguri.passport.expressions import filled
from meguri.passport.japan.rules import (
    Verdict,
    countries_over,
    fire_class,
    has_jis,
    kw_by_country,
    lasts_long_enough,
    needs_jis,
    operating_hours,
    rules,
    summed,
    thermal_due,
    thermal_verdict,
)
from meguri.passport.kinds import battery

Values = Mapping[str, Any]


class PointResult(msgspec.Struct, frozen=True, kw_only=True):
    """One point: how it stands, and what shows it. `asked_from`: the month from which it is asked, while it is not yet."""

    code: str
    name_ja: str
    name_en: str
    verdict: Verdict
    evidence: list[str]
    valid_until: str | None = None
    asked_from: str | None = None


class JapanReport(msgspec.Struct, frozen=True, kw_only=True):
    """A profile's points. `fulfilled` of `asked`; `rule` names the rule data; `country_limit_kw`: what cells of one
    foreign country stay below; `fire_class` by the model fire ordinance, of stationary and industrial batteries.
    """

    profile: str
    name_ja: str
    name_en: str
    rule: str
    asked: int
    fulfilled: int
    points: list[PointResult]
    kw_by_country: dict[str, float]
    country_limit_kw: float
    hours: float | None
    fire_class: str | None


def japan_report(profile: str, values: Values, today: date, others: Sequence[Values] = ()) -> JapanReport:
    """The report of `jp-grid-storage`, `jp-auction-3` or `jp-vehicle`. Raises KeyError for another.

    others  the other batteries of the same project: the limit on the cells of a country is the project's
    """
    data = rules()
    rule = data.profiles[profile]
    kw = summed(kw_by_country(each.get(_CELLS) or [], each.get("storage_power")) for each in (values, *others))
    points = [_judged(code, values, today, kw) for code in rule.points]
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
        kw_by_country=kw,
        country_limit_kw=data.cells.class_limit_kw * data.cells.share,
        hours=operating_hours(energy, power) if energy and power else None,
        fire_class=_fire_class(values),
    )


def profiles_for(category: str) -> list[str]:
    """The profiles that fit a category, the one to look at first before the others."""
    return [name for name, rule in rules().profiles.items() if category in rule.categories]


def _fire_class(values: Values) -> str | None:
    energy = values.get("storage_energy") or values.get("rated_energy")
    return fire_class(energy) if energy and values.get("battery_category") in _STORED else None


_STORED = ("stationary", "industrial")


def _judged(code: str, values: Values, today: date, kw: Mapping[str, float]) -> PointResult:
    point = rules().points[code]
    named = [key for key in point.keys if filled(values.get(key))]
    held = [values[key] for key in named]
    verdict = _cells(values, kw) if point.check == "cells" else _CHECKS[point.check](values, held, today)
    ends = [each["valid_until"] for each in _documents(held) if each.get("valid_until")]
    return PointResult(
        code=code,
        name_ja=point.name.ja,
        name_en=point.name.en,
        verdict=verdict,
        evidence=[shown for key in named for shown in _evidence(values[key], battery().attributes[key].unit)],
        valid_until=min(ends) if ends else None,
        asked_from=thermal_due(**_months(values)) if verdict == "not_yet_applicable" else None,
    )


def _months(values: Values) -> dict[str, str | None]:
    return {"first_approved": values.get("type_first_approved"), "made": values.get("manufacturing_date")}


def _documents(held: list[Any]) -> list[dict[str, Any]]:
    return [
        each for value in held for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)
    ]


def _evidence(value: Any, unit: str) -> list[str]:
    """What shows it, in a line each: a certificate's number, a document's title, a figure with its unit."""
    found = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            found.append(f"{each:,.15g} {unit}".strip() if isinstance(each, int | float) else str(each))
        elif "number" in each:
            found.append(
                " ".join(str(each[name]) for name in ("standard", "edition", "number", "issuer") if each.get(name))
            )
        elif "registration_no" in each:
            found.append(f"★{each['level']} {each['registration_no']}")
        elif "outcome" in each:
            seconds = each.get("warning_to_hazard_s")
            said = [f"{seconds:g} s"] if seconds is not None else [each["outcome"]]
            found.append(" · ".join([*said, *(str(each[name]) for name in ("method", "tested_on") if each.get(name))]))
        elif "country" in each:
            found.append(
                f"{each['country']} {each['share_pct']:.15g} %" + (f" {each['kw']:,.15g} kW" if "kw" in each else "")
            )
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


def _thermal(values: Values, held: list[Any], _: date) -> Verdict:
    return thermal_verdict(held[0] if held else None, **_months(values))


def _cells(values: Values, kw: Mapping[str, float]) -> Verdict:
    """By the power of each country over the whole project; cells from Japan alone need no figures."""
    if countries_over(kw):
        return "failed"
    shares = values.get(_CELLS) or []
    foreign = {each["country"] for each in shares} - {rules().cells.domestic}
    return "fulfilled" if shares and foreign <= kw.keys() else "missing"


_CELLS = "cell_origin_countries"


_CHECKS: dict[str, Callable[[Values, list[Any], date], Verdict]] = {
    "given": _given,
    "document": _given,
    "certificate": _given,
    "jc_star": _jc_star,
    "jis": _jis,
    "duration": _duration,
    "thermal": _thermal,
}

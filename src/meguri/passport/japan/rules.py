"""Japan's rules as pure functions: JIS C 8715-2, UN R100 thermal propagation, country of cells, duration, fire ordinance."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text
from meguri.passport.findings import Finding, pointer

Verdict = Literal["fulfilled", "missing", "expired", "failed", "not_yet_applicable", "not_applicable"]
_JIS = Text(
    ja="JIS C 8715-2(2024)適合の証拠がありません。",
    en="There is no evidence of conformity with JIS C 8715-2 (2024).",
)
_R100 = Text(ja="UN R100 の認可がありません。", en="There is no UN R100 approval.")
_STAR = Text(ja="JC-STAR の適合ラベルの有効期限が切れています。", en="The JC-STAR label has expired.")
_HOLDER = Text(
    ja="広域認定の取得者が製造者・輸入者と異なります。",
    en="The holder of the wide-area certification is neither manufacturer nor importer.",
)
_THERMAL = Text(
    ja="熱連鎖試験に合格していません（警報から危険まで {least} 秒以上が必要です）。",
    en="The thermal propagation test is not passed: {least} seconds from warning to hazard are needed.",
)


class Jis(msgspec.Struct, frozen=True):
    """To which batteries JIS C 8715-2 applies, and from which edition."""

    edition: int
    chemistry_prefix: str
    application: str


class Thermal(msgspec.Struct, frozen=True):
    """UN R100 thermal propagation: seconds of warning, and from which month for new types and for continuing production."""

    warning_s: float
    new_types_from: str
    continuing_from: str


class Cells(msgspec.Struct, frozen=True):
    """How much of an auction class may come from one country."""

    class_limit_kw: float
    share: float
    domestic: str


class Storage(msgspec.Struct, frozen=True):
    """How many hours a storage system has to run."""

    hours: float


class Fire(msgspec.Struct, frozen=True):
    """Limits of the model fire ordinance, kWh."""

    exempt_kwh: float
    conditional_kwh: float


class Point(msgspec.Struct, frozen=True):
    """One point of a profile."""

    name: Text
    check: str
    keys: tuple[str, ...]


class ProfileRule(msgspec.Struct, frozen=True):
    """Which points a profile asks for, and of batteries of which categories."""

    name: Text
    points: tuple[str, ...]
    categories: tuple[str, ...]


class Rules(msgspec.Struct, frozen=True):
    """The rule data."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    jis: Jis
    thermal: Thermal
    cells: Cells
    storage: Storage
    fire: Fire
    profiles: dict[str, ProfileRule]
    points: dict[str, Point]


@cache
def rules() -> Rules:
    """The rules in force."""
    return msgspec.convert(
        tomllib.loads(files("meguri.rules").joinpath("passport", "japan.toml").read_text("utf-8")), Rules
    )


def fire_class(energy_kwh: float) -> str:
    """exempt up to 10 kWh, conditional up to 20 kWh, else notify. Model fire ordinance of 2024-01-01; municipal."""
    rule = rules().fire
    if energy_kwh <= rule.exempt_kwh:
        return "exempt"
    return "conditional" if energy_kwh <= rule.conditional_kwh else "notify"


def needs_jis(values: Mapping[str, Any]) -> bool:
    """Whether the type test of JIS C 8715-2 is asked for: lithium-ion storage at the grid."""
    rule = rules().jis
    return (
        values.get("battery_category") == "stationary"
        and str(values.get("battery_chemistry", "")).startswith(rule.chemistry_prefix)
        and rule.application in (values.get("intended_applications") or [])
    )


def has_jis(values: Mapping[str, Any]) -> bool:
    """Whether a certificate of the edition, or a later one, is there."""
    held = values.get("jis_c_8715_2") or {}
    digits = "".join(sign for sign in str(held.get("edition", "")) if sign.isdigit())[:4]
    return bool(digits) and int(digits) >= rules().jis.edition


def thermal_verdict(test: Mapping[str, Any] | None, *, first_approved: str | None, made: str | None = None) -> Verdict:
    """UN R100 thermal propagation.

    test            `outcome` no_runaway or warned (with `warning_to_hazard_s`)
    first_approved  month of the type approval, `YYYY-MM`
    made            month of manufacture: an older type needs it when production goes on
    """
    rule = rules().thermal
    due = thermal_due(first_approved=first_approved, made=made)
    if test is not None:
        seconds = test.get("warning_to_hazard_s")
        passed = test.get("outcome") == "no_runaway" or (
            test.get("outcome") == "warned" and seconds is not None and seconds >= rule.warning_s
        )
        return "fulfilled" if passed else "failed"
    return "missing" if due is None else "not_yet_applicable"


def thermal_due(*, first_approved: str | None, made: str | None = None) -> str | None:
    """From which month the thermal test is asked of this battery, `YYYY-MM`; None where it is asked already.

    A type that is not approved yet is a new one: it will be asked from the earlier month.
    """
    rule = rules().thermal
    if (first_approved is not None and first_approved >= rule.new_types_from) or (
        made is not None and made >= rule.continuing_from
    ):
        return None
    return rule.new_types_from if first_approved is None else rule.continuing_from


def operating_hours(energy_kwh: float, power_kw: float) -> float:
    """How long a storage system runs at full power, in hours."""
    return energy_kwh / power_kw


def lasts_long_enough(energy_kwh: float, power_kw: float) -> bool:
    """Whether it runs for the hours that are asked. Exactly, as the figures are written: 0.6 kWh / 0.1 kW is 6 hours."""
    return _exact(energy_kwh) >= _exact(power_kw) * _exact(rules().storage.hours)


def _exact(figure: float) -> Decimal:
    """The decimal as it was written, not the binary fraction beside it."""
    return Decimal(repr(figure))


def kw_by_country(shares: Iterable[Mapping[str, Any]], power_kw: float | None = None) -> dict[str, float]:
    """The power of the cells of each country: as given, else its share of the whole."""
    found: dict[str, Decimal] = {}
    for each in shares:
        said = each.get("kw")
        if said is None and power_kw is None:
            continue
        kw = _exact(said) if said is not None else _exact(power_kw or 0) * _exact(each["share_pct"]) / 100
        found[each["country"]] = found.get(each["country"], Decimal(0)) + kw
    return {country: float(kw) for country, kw in found.items()}


def summed(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The power of each country over several batteries of one project, exactly."""
    found: dict[str, Decimal] = {}
    for kw in several:
        for country, power in kw.items():
            found[country] = found.get(country, Decimal(0)) + _exact(power)
    return {country: float(power) for country, power in found.items()}


def countries_over(kw: Mapping[str, float], already: Mapping[str, float] | None = None) -> list[str]:
    """Foreign countries whose cells reach the share of the class limit: 30 % itself is not under 30 %."""
    rule = rules().cells
    limit = _exact(rule.class_limit_kw) * _exact(rule.share)
    total = {country: _exact((already or {}).get(country, 0.0)) + _exact(power) for country, power in kw.items()}
    return sorted(country for country, power in total.items() if country != rule.domestic and power >= limit)


def japan_findings(values: Mapping[str, Any], today: date) -> list[Finding]:
    """JP-JIS, UN R100, JC-STAR, 広域認定: what is worth knowing in Japan."""
    found = []
    if needs_jis(values) and not has_jis(values):
        found.append(_finding("JP-JIS", "warning", "jis_c_8715_2", _JIS, "電気設備の技術基準の解釈 第44条の2"))
    if values.get("battery_category") == "ev":
        if not values.get("un_r100_approval"):
            found.append(_finding("JP-UNR100", "info", "un_r100_approval", _R100, "UN R100"))
        verdict = thermal_verdict(
            values.get("un_r100_thermal"),
            first_approved=values.get("type_first_approved"),
            made=values.get("manufacturing_date"),
        )
        if verdict in ("failed", "missing"):
            least = {"least": f"{rules().thermal.warning_s:g}"}
            found.append(_finding("JP-THERMAL", "warning", "un_r100_thermal", _THERMAL, "UN R100-05", least))
    star = values.get("jc_star") or {}
    if star and str(star.get("valid_until", "9999")) < today.isoformat():
        found.append(_finding("JP-STAR", "warning", "jc_star", _STAR, "IPA JC-STAR"))
    if _other_holder(values):
        found.append(
            _finding("JP-WIDE-AREA", "warning", "jp_wide_area_certification", _HOLDER, "廃棄物処理法 第9条の9")
        )
    return found


def _other_holder(values: Mapping[str, Any]) -> bool:
    held = (values.get("jp_wide_area_certification") or {}).get("holder")
    names = [values.get("manufacturer_name"), (values.get("operator_information") or {}).get("name")]
    known = {text for name in names if isinstance(name, dict) for text in name.values()}
    return bool(held) and bool(known) and held not in known


def _finding(code: str, level: Any, key: str, say: Text, legal: str, values: dict[str, Any] | None = None) -> Finding:
    return Finding(level=level, code=code, pointer=pointer(key), say=say, legal=legal, values=values or {})

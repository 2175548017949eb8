"""Law of the site, of accidents and of second life, as rule data.

Sources: 火災予防条例, 電気関係報告規則, Regulation (EU) 2023/1542 Art. 10(4), 73(1), Annex XIV; figures in `rules/reuse/law.toml`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from meguri.health.rulebook import RuleSet, rules
from meguri.kernel.numbers import Finite
from meguri.kernel.text import Text
from meguri.reuse.errors import UnusableInput

JAPAN = ZoneInfo("Asia/Tokyo")
_SLACK = 1e-9


class SiteOutcome(StrEnum):
    """What a rule asks for. `notify`: it applies and must be notified."""

    OUT_OF_SCOPE = "out_of_scope"
    APPLIES = "applies"
    NOTIFY = "notify"
    REPORT = "report"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where a storage system stands. kWh of 蓄電池容量; `ah_cells` is the old measure (Ah · cells).

    fire_measures     出火防止措置 per 消防庁告示; spread_measures 延焼防止措置
    notified          the fire department's number of the notification, once made
    """

    kwh: Finite
    installed: date | None = None
    municipality: str = ""
    fire_measures: bool = False
    spread_measures: bool = False
    outdoor: bool = False
    notified: str = ""
    ah_cells: Finite | None = None
    electric_utility: bool = False


class SiteCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says about a site."""

    rule: str
    outcome: SiteOutcome
    authority: str
    text_ja: str
    text_en: str
    source: str
    deadline: datetime | None = None
    conditions: tuple[str, ...] = ()


class _FireRule(msgspec.Struct, frozen=True, kw_only=True):
    in_force: date
    exempt_kwh: float
    notify_above_kwh: float
    old_ah_cells: float
    distance_m: float
    authority: str
    source: str


class _AccidentRule(msgspec.Struct, frozen=True, kw_only=True):
    in_force: date
    above_kwh: float
    before_kw: float
    before_kwh: float
    prompt_hours: int
    full_days: int
    authority: str
    source: str


class _Checklist(msgspec.Struct, frozen=True):
    name: str
    source: str
    items: tuple[str, ...]


class LawRules(msgspec.Struct, frozen=True, kw_only=True):
    """`rules/reuse/law.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    fire: _FireRule
    accident: _AccidentRule
    checklists: tuple[_Checklist, ...]

    @property
    def name(self) -> RuleSet:
        """Id and version, as results carry them."""
        return RuleSet(self.id, self.version, self.status, self.valid_from, self.source)


@cache
def law_rules() -> LawRules:
    """The rule set in force."""
    return rules("reuse", "law", LawRules)


_FIRE = {
    SiteOutcome.OUT_OF_SCOPE: Text(ja="火災予防条例の対象外です。", en="Outside the fire prevention ordinance."),
    SiteOutcome.APPLIES: Text(
        ja="火災予防条例の基準が適用されます。届出は不要です。",
        en="The fire prevention ordinance applies; no notification is needed.",
    ),
    SiteOutcome.NOTIFY: Text(
        ja="火災予防条例の基準が適用され、消防署への届出が必要です。",
        en="The fire prevention ordinance applies, and the fire station must be notified.",
    ),
}


def fire_check(site: Site) -> SiteCheck:
    """火災予防条例 by capacity: ≤ 10 kWh out of scope; ≤ 20 kWh applies (with measures out of scope); above: notify.

    Installed before 2024-01-01: the old measure, 4 800 Ah·cells. Municipalities may differ: `municipality` is named.
    """
    rule = law_rules().fire
    outcome = _fire_outcome(site, rule)
    conditions = []
    if outcome is not SiteOutcome.OUT_OF_SCOPE and site.outdoor and not site.spread_measures:
        conditions.append(f"OUTDOOR_DISTANCE_{rule.distance_m:g}M")
    if site.municipality:
        conditions.append(f"LOCAL_ORDINANCE:{site.municipality}")
    if site.installed is not None and site.installed < rule.in_force and site.ah_cells is None:
        conditions.append("OLD_MEASURE_UNKNOWN:AH_CELLS")  # judged by today's rule until it is
    words = _FIRE[outcome]
    return SiteCheck(
        rule="JP-FIRE",
        outcome=outcome,
        authority=f"{site.municipality}{rule.authority}",
        text_ja=words.ja,
        text_en=words.en,
        source=rule.source,
        conditions=tuple(conditions),
    )


def _fire_outcome(site: Site, rule: _FireRule) -> SiteOutcome:
    if site.installed is not None and site.installed < rule.in_force and site.ah_cells is not None:
        return SiteOutcome.NOTIFY if site.ah_cells >= rule.old_ah_cells else SiteOutcome.OUT_OF_SCOPE
    if site.kwh <= rule.exempt_kwh + _SLACK:
        return SiteOutcome.OUT_OF_SCOPE
    if site.kwh <= rule.notify_above_kwh + _SLACK:
        return SiteOutcome.OUT_OF_SCOPE if site.fire_measures else SiteOutcome.APPLIES
    return SiteOutcome.NOTIFY


def notice_class(outcome: SiteOutcome) -> str:
    """The passport's `jp_fire_notice_class`."""
    return {SiteOutcome.OUT_OF_SCOPE: "exempt", SiteOutcome.APPLIES: "conditional"}.get(outcome, "notify")


def site_gaps(site: Site | None, asked: Sequence[str], kwh: float) -> tuple[str, ...]:
    """Rules of a site that are not met: JP-FIRE when a notification is due and none is recorded.

    Without a site, a use that names JP-FIRE is checked by its energy.
    """
    checked = site or (Site(kwh=kwh) if "JP-FIRE" in asked else None)
    if checked is None:
        return ()
    found = fire_check(checked)
    return ("JP-FIRE",) if found.outcome is SiteOutcome.NOTIFY and not checked.notified else ()


class Accident(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an accident. `kind` of the installation; damage to the battery itself, or worse."""

    known_at: datetime
    kind: Literal["grid_storage", "beside_power_plant", "other"] = "grid_storage"
    kwh: Finite = 0.0
    kw: Finite = 0.0
    damaged: bool = True
    injured: bool = False
    fire: bool = False
    damage_to_others: bool = False


class AccidentDuties(msgspec.Struct, frozen=True, kw_only=True):
    """Whether 速報 and 詳報 are due, until when, to whom, and why."""

    report: bool
    prompt_due: datetime | None
    full_due: date | None
    authority: str
    reasons: tuple[str, ...]
    source: str


def accident_duties(accident: Accident) -> AccidentDuties:
    """電気関係報告規則: 速報 within 24 hours of knowing, 詳報 within 30 days.

    Since 2025-11-20 damage to storage above 20 kWh of a grid storage plant or beside a power plant; before, from
    10 000 kW or 80 000 kWh. Injuries, fire and damage to others are reported whatever the size. Raises UnusableInput for a
    moment beyond the calendar.
    """
    rule = law_rules().accident
    try:
        known = accident.known_at.astimezone(JAPAN)
        known + timedelta(days=rule.full_days)
    except OverflowError as problem:
        raise UnusableInput(detail="known_at") from problem
    utility = accident.kind in ("grid_storage", "beside_power_plant")
    now_in_force = known.date() >= rule.in_force
    large = accident.kwh > rule.above_kwh + _SLACK if now_in_force else _large_before(accident, rule)
    causes = {
        "DAMAGE_BY_SIZE": accident.damaged and utility and large,
        "INJURY": accident.injured,
        "FIRE": accident.fire,
        "DAMAGE_TO_OTHERS": accident.damage_to_others,
    }
    reasons = tuple(name for name, holds in causes.items() if holds)
    return AccidentDuties(
        report=bool(reasons),
        prompt_due=(known + timedelta(hours=rule.prompt_hours)).astimezone(UTC) if reasons else None,
        full_due=known.date() + timedelta(days=rule.full_days) if reasons else None,
        authority=rule.authority,
        reasons=reasons,
        source=rule.source,
    )


def _large_before(accident: Accident, rule: _AccidentRule) -> bool:
    return accident.kw >= rule.before_kw or accident.kwh >= rule.before_kwh


def checklist(name: str) -> tuple[str, ...]:
    """The items that a step needs in law: `end_of_waste` (BR Art. 73(1)), `used_shipment` (Annex XIV)."""
    return next(found.items for found in law_rules().checklists if found.name == name)


def checklist_gaps(name: str, given: Sequence[str]) -> tuple[str, ...]:
    """What is still missing; while anything is, waste does not become a product, and a used battery counts as waste."""
    return tuple(item for item in checklist(name) if item not in given)


def earlier_duties_bind(first_placed: date | None, duty_applies_from: date) -> bool:
    """BR Art. 10(4): Art. 10(1)–(3) do not bind a second life of a battery first placed on the market before they applied."""
    return first_placed is None or first_placed >= duty_applies_from

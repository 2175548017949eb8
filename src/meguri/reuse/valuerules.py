"""The rule data of valuation: what each option asks of a battery, how it is valued, and its name in law."""

from functools import cache
from typing import Literal

import msgspec

from meguri.health.rulebook import RuleSet, rules
from meguri.reuse.model import Option


class OptionRule(msgspec.Struct, frozen=True, kw_only=True):
    """One option. Years, %, shares 0–1; `k_age` points are (age in years, factor)."""

    option: Option
    text_ja: str
    text_en: str
    kind: Literal["market", "refurbish", "storage", "material"]
    soh_min: float
    resistance_max: float
    eu_word: str
    passport_event: str
    battery_status: str
    passport_event_as_is: str | None = None
    k_used: float = 1.0
    k_age: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    soh_eol: float = 0.0
    years: int = 0
    depth: float = 0.0
    cycles_per_year: float = 0.0
    efficiency: float = 1.0
    discount: float = 0.0


class FadeRule(msgspec.Struct, frozen=True):
    """Yearly loss of rated capacity in stationary use by chemistry, and its log-spread."""

    chemistry: tuple[str, ...]
    per_year: float
    sigma: float


class CarbonRule(msgspec.Struct, frozen=True):
    """kg CO2e per rated kWh: of a new battery by chemistry, of each path's own work, and of recycling's credit."""

    source: str
    new_kg_per_kwh: dict[str, float]
    displaced: dict[str, float]
    process_kg_per_kwh: dict[str, float]
    recycling_credit_kg_per_kwh: dict[str, float]


class TestRule(msgspec.Struct, frozen=True, kw_only=True):
    """A test that can be ordered; its cost is the price `test.<id>`."""

    __test__ = False

    test_id: str
    text_ja: str
    text_en: str
    hours: float
    kind: Literal["interval", "pass_fail"]
    new_sd: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    evidence_for: tuple[str, ...] = ()


class ValueRules(msgspec.Struct, frozen=True, kw_only=True):
    """`rules/reuse/value.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    draws: int
    most_modules_replaced: int
    decision_confidence: float
    prior_pass: float
    loss_if_unsafe_per_kwh: float
    options: tuple[OptionRule, ...]
    fade: tuple[FadeRule, ...]
    carbon: CarbonRule
    tests: tuple[TestRule, ...]

    @property
    def name(self) -> RuleSet:
        """Id and version, as results carry them."""
        return RuleSet(self.id, self.version, self.status, self.valid_from, self.source)

    def of(self, option: Option) -> OptionRule:
        """The rule of that option."""
        return next(rule for rule in self.options if rule.option is option)

    def fade_of(self, chemistry: str) -> FadeRule:
        """The yearly loss of that chemistry; the most careful where it is not listed."""
        return next((rule for rule in self.fade if chemistry in rule.chemistry), self.fade[-1])


@cache
def value_rules() -> ValueRules:
    """The rule set in force."""
    return rules("reuse", "value", ValueRules)

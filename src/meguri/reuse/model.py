"""What goes in and out of valuation: batteries, options, values with their range, reasons."""

from enum import StrEnum
from typing import Literal

import msgspec

from meguri.health.model import Chemistry
from meguri.health.rulebook import RuleSet
from meguri.kernel.numbers import Finite
from meguri.kernel.text import Language
from meguri.reuse.draws import check_interval
from meguri.reuse.errors import IntervalInvalid
from meguri.reuse.plausible import require_each, require_plausible


class Option(StrEnum):
    """What can be done with a used battery."""

    REUSE_IN_VEHICLE = "reuse_in_vehicle"
    REFURBISH = "refurbish"
    STATIONARY = "stationary"
    MOBILITY_SMALL = "mobility_small"
    BACKUP = "backup"
    RECYCLE = "recycle"
    HOLD_FOR_TEST = "hold_for_test"


VALUED: tuple[Option, ...] = tuple(option for option in Option if option is not Option.HOLD_FOR_TEST)


class Soh(msgspec.Struct, frozen=True, kw_only=True):
    """State of health [%] with its interval. Raises IntervalInvalid when the bounds do not contain the value."""

    value: Finite
    lower: Finite
    upper: Finite
    confidence: Finite = 0.90

    def __post_init__(self) -> None:
        """Refuse what is no interval."""
        if not 0 <= self.value <= 110:
            raise IntervalInvalid(detail=f"{self.value:g} %")
        check_interval(self.value, self.lower, self.upper, self.confidence)
        for bound in (self.lower, self.upper):
            require_plausible(soh_bound=bound)


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """A used battery to be valued. kWh, kg, years, %; None = unknown.

    soh_energy    energy-based state of health; capacity-based where there is no other
    composition   kg of each element, from the passport; None = the default of the chemistry, with 15 %
    module_soh    state of health of each module [%], for replacing the worst
    fade_per_year share of rated capacity lost in a year of stationary use, from its own history; None = by chemistry
    """

    item_id: str
    chemistry: Chemistry
    rated_energy_kwh: Finite
    soh_energy: Soh
    mass_kg: Finite | None = None
    age_years: Finite = 0.0
    resistance_ratio: Finite | None = None
    spread_pct: Finite | None = None
    composition: dict[str, Finite] | None = None
    recovered: dict[str, Finite] | None = None
    module_soh: tuple[Finite, ...] = ()
    fade_per_year: Finite | None = None
    fade_sigma: Finite | None = None
    footprint_kg_per_kwh: Finite | None = None

    def __post_init__(self) -> None:
        """Refuse a battery without rated energy, and figures that no battery has."""
        if not self.rated_energy_kwh > 0:
            raise IntervalInvalid(detail=f"rated_energy_kwh {self.rated_energy_kwh:g}")
        require_plausible(
            rated_energy_kwh=self.rated_energy_kwh,
            mass_kg=self.mass_kg,
            age_years=self.age_years,
            resistance_ratio=self.resistance_ratio,
            spread_pct=self.spread_pct,
            fade_per_year=self.fade_per_year,
            fade_sigma=self.fade_sigma,
            footprint_kg_per_kwh=self.footprint_kg_per_kwh,
        )
        require_each("composition", self.composition)
        require_each("recovered", self.recovered)
        require_each("module_soh", {str(place): soh for place, soh in enumerate(self.module_soh, 1)})


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an explanation: so many minor units, by this formula from these inputs. The lines add up to the figure."""

    code: str
    text_ja: str
    text_en: str
    amount: int
    formula: str
    inputs: dict[str, float]
    sources: tuple[str, ...] = ()


class Swing(msgspec.Struct, frozen=True):
    """What one input alone does: value at its P10 and at its P90, minor units."""

    input: str
    low: int
    high: int

    @property
    def swing(self) -> int:
        """Distance between both."""
        return abs(self.high - self.low)


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A value in minor units as a distribution: P10, P50, P90, mean, and the probability of a loss."""

    p10: int
    p50: int
    p90: int
    mean: int
    p_negative: float


class OptionValue(msgspec.Struct, frozen=True, kw_only=True):
    """What one option is worth, why, and what it depends on. `central` is the sum of `lines`."""

    option: Option
    range: Range
    central: int
    lines: tuple[Line, ...]
    tornado: tuple[Swing, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason, in words, with its numbers and evidence."""

    code: str
    text_ja: str
    text_en: str
    numbers: dict[str, float] = {}
    evidence: tuple[str, ...] = ()

    def of(self, language: Language) -> str:
        """The sentence in that language."""
        return self.text_ja if language == "ja" else self.text_en


class Valuation(msgspec.Struct, frozen=True, kw_only=True):
    """All options of one battery, valued with one price set and one seed."""

    item_id: str
    currency: str
    options: tuple[OptionValue, ...]
    price_set: str
    price_date: str
    warnings: tuple[str, ...]
    seed: int
    draws: int
    rule_sets: tuple[RuleSet, ...]

    def of(self, option: Option) -> OptionValue | None:
        """The value of that option; None when it was not valued."""
        return next((found for found in self.options if found.option is option), None)


class TestOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A test that one may buy: what it costs (minor units), how long it takes, and what it tells.

    new_sd    standard deviation [points of SoH] of its result, or
    sensitivity, specificity  of a pass/fail test of the safety gate's rules `evidence_for`
    """

    __test__ = False  # not a test of ours

    test_id: str
    text_ja: str
    text_en: str
    cost: int
    hours: float
    kind: Literal["interval", "pass_fail"] = "interval"
    new_sd: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    evidence_for: tuple[str, ...] = ()

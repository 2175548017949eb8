"""In-vehicle durability: certified energy and range, virtual distance, and whether monitors and fleets pass.

Source: UN GTR No. 22; Regulation (EU) 2024/1257 (Euro 7). Figures in `rules/health/durability.toml`; those marked
unverified there have not been read in the act itself.
"""

from dataclasses import dataclass
from statistics import mean, stdev
from typing import Literal

import msgspec

from meguri.health.estimate import NotAssessable
from meguri.health.rulebook import rules

Verdict = Literal["pass", "fail", "continue"]


class _Step(msgspec.Struct, frozen=True):
    n: int
    t_p1: float
    t_p2: float
    t_f1: float


class _PartA(msgspec.Struct, frozen=True):
    accuracy: float
    t_f2: float
    steps: tuple[_Step, ...]


class _PartB(msgspec.Struct, frozen=True):
    least_share: float


class Minimum(msgspec.Struct, frozen=True):
    """Least certified energy [%] that must be left up to an age [years] or a distance [km], whichever comes first."""

    rule: str
    category: str
    years: float
    kilometres: float
    least_pct: float


class DurabilityRules(msgspec.Struct, frozen=True):
    """`rules/health/durability.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    part_a: _PartA
    part_b: _PartB
    minimum: tuple[Minimum, ...]


def durability_rules() -> DurabilityRules:
    """The rule set in force."""
    return rules("health", "durability", DurabilityRules)


def soce_pct(usable_kwh: float, certified_kwh: float | None) -> float:
    """State of certified energy: 100 · usable energy measured ÷ certified."""
    return _of_certified(usable_kwh, certified_kwh)


def socr_pct(range_km: float, certified_km: float | None) -> float:
    """State of certified range: 100 · range measured ÷ certified."""
    return _of_certified(range_km, certified_km)


def _of_certified(measured: float, certified: float | None) -> float:
    if certified is None or not certified > 0:
        raise NotAssessable("NO_REFERENCE")
    return 100 * measured / certified


def virtual_km(v2x_kwh: float, certified_kwh_per_km: float) -> float:
    """Distance that energy given back by the vehicle counts for."""
    if not certified_kwh_per_km > 0:
        raise NotAssessable("NO_REFERENCE")
    return v2x_kwh / certified_kwh_per_km


def counted_km(odometer_km: float, v2x_kwh: float, certified_kwh_per_km: float) -> float:
    """Odometer plus virtual distance."""
    return odometer_km + virtual_km(v2x_kwh, certified_kwh_per_km)


def minimum_in_force(category: str, age_years: float, km: float, rule: str = "E7") -> Minimum | None:
    """The minimum that still binds a battery of this age and counted distance; None beyond the last one.

    Within a step neither its years nor its kilometres are exceeded: whichever comes first ends it.
    """
    steps = [m for m in durability_rules().minimum if m.rule == rule and m.category == category]
    for step in sorted(steps, key=lambda m: m.years):
        if age_years <= step.years and km <= step.kilometres:
            return step
    return None


@dataclass(frozen=True, slots=True)
class MonitorCheck:
    """Part A: mean and standard deviation of (read − measured) [points], both limits, and what follows."""

    mean: float
    sd: float
    pass_limit: float
    fail_limit: float
    verdict: Verdict


def check_monitor(differences: list[float]) -> MonitorCheck:
    """Whether SOCE monitors of a family are accurate enough, by tests of 3 to 16 vehicles, one more at a time.

    differences  SOCE read minus SOCE measured of each vehicle [points]. Raises NotAssessable SAMPLE_SIZE.
    """
    part = durability_rules().part_a
    step = next((step for step in part.steps if step.n == len(differences)), None)
    if step is None:
        raise NotAssessable("SAMPLE_SIZE", str(len(differences)))
    centre, scatter = mean(differences), stdev(differences)
    pass_limit = part.accuracy - (step.t_p1 + step.t_p2) * scatter
    fail_limit = part.accuracy + (step.t_f1 - part.t_f2) * scatter
    verdict: Verdict = "pass" if centre <= pass_limit else "fail" if centre > fail_limit else "continue"
    return MonitorCheck(centre, scatter, pass_limit, fail_limit, verdict)


def check_fleet(below_minimum: int, vehicles: int) -> tuple[float, bool]:
    """Part B: share of vehicles at or above the minimum [%], and whether it suffices. Raises NotAssessable SAMPLE_SIZE."""
    if vehicles <= 0 or not 0 <= below_minimum <= vehicles:
        raise NotAssessable("SAMPLE_SIZE", str(vehicles))
    share = 100 * (vehicles - below_minimum) / vehicles
    return share, share >= durability_rules().part_b.least_share

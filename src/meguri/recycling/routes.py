"""Technology routes and dismantling methods side by side: cost per kWh, time, recovery, footprint, safety.

What is missing is None, never 0.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from meguri.recycling.rates import half_up
from meguri.recycling.rulebook import Stamp, rules

STEP = Decimal("0.0001")


class RouteRules(Stamp, frozen=True, kw_only=True):
    """Electricity's footprint [kg CO2e/kWh]."""

    electricity_kg_co2e_per_kwh: Decimal


class RouteSums(msgspec.Struct, frozen=True, kw_only=True):
    """What was booked along one route. None: no run stated it; `stated_…`: how many of the runs did."""

    route: str
    runs: int
    input_kg: Decimal
    hours: Decimal
    energy_kwh: Decimal | None
    cost_jpy: Decimal | None
    incidents: int | None
    stated_energy: int
    stated_cost: int


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One route per kWh of battery capacity that entered it.

    capacity_kwh  from the mass of the batteries and their chemistry; None when it is not known
    footprint     of the electricity stated, reagents not included [kg CO2e/kWh]
    recovery      rRM by metal and rRE [%]
    incidents     told per run; None: no run says so
    gaps          figures that not every run stated
    """

    route: str
    runs: int
    input_kg: Decimal
    capacity_kwh: Decimal | None
    cost_per_kwh: Decimal | None
    cost_per_kg: Decimal | None
    minutes_per_kwh: Decimal | None
    energy_per_kwh: Decimal | None
    footprint_per_kwh: Decimal | None
    recovery: dict[str, Decimal | None]
    incidents: int | None
    gaps: list[str]


class MethodRow(msgspec.Struct, frozen=True, kw_only=True):
    """A way of taking a model apart, as recorded at the bench: mean minutes per battery, hazards met."""

    model: str
    method: str
    batteries: int
    minutes: float
    hazards: int


def route_rules() -> RouteRules:
    """The rules in force."""
    return rules("routes", RouteRules)


def compared(sums: RouteSums, capacity: Decimal | None, recovery: Mapping[str, Decimal | None]) -> Compared:
    """One route's figures per kWh."""

    def per(amount: Decimal | None, whole: Decimal | None) -> Decimal | None:
        return None if amount is None or not whole else half_up(amount / whole, STEP)

    energy = per(sums.energy_kwh, capacity)
    grid = route_rules().electricity_kg_co2e_per_kwh
    stated = {"cost_jpy": sums.stated_cost, "energy_kwh": sums.stated_energy}
    return Compared(
        route=sums.route,
        runs=sums.runs,
        input_kg=sums.input_kg,
        capacity_kwh=None if capacity is None else half_up(capacity, STEP),
        cost_per_kwh=per(sums.cost_jpy, capacity),
        cost_per_kg=per(sums.cost_jpy, sums.input_kg),
        minutes_per_kwh=per(sums.hours * 60, capacity),
        energy_per_kwh=energy,
        footprint_per_kwh=per(None if sums.energy_kwh is None else sums.energy_kwh * grid, capacity),
        recovery={name: None if value is None else half_up(value) for name, value in recovery.items()},
        incidents=sums.incidents,
        gaps=[f"{name}: {n}/{sums.runs}" for name, n in stated.items() if n < sums.runs],
    )

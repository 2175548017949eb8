"""What a second-life use asks of a battery, and whether a battery meets it at that use's current and temperature."""

from typing import Annotated, Literal

import msgspec
import numpy as np

from meguri.health.ocv import OcvTable
from meguri.health.resistance import discharge_power_w
from meguri.kernel.numbers import Finite
from meguri.reuse.draws import check_interval
from meguri.reuse.errors import UnusableInput
from meguri.reuse.gate import Verdict
from meguri.reuse.law import Site, site_gaps
from meguri.reuse.model import Reason
from meguri.reuse.rate import resistance_at, usable_at
from meguri.reuse.reasons import reason
from meguri.reuse.storage_value import StorageUse, yearly_energy

DISCOUNT = 0.05
Celsius = Annotated[float, msgspec.Meta(ge=-100, le=200)]


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A second-life use. kW, kWh, V, °C, %; value_per_kwh in major units per kWh delivered, net of charging.

    per battery: each of the `quantity` places asks for this much. `site` says where it stands, for the law.
    """

    use_id: str
    p_max_kw: Finite
    e_min_kwh: Finite
    v_min: Finite
    v_max: Finite
    temperature_range: tuple[Celsius, Celsius]
    cycles_per_day: Finite
    dod: Finite
    years: Annotated[int, msgspec.Meta(ge=1, le=60)]
    soh_min: Finite
    soh_eol: Finite
    value_per_kwh: Finite
    quantity: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 1
    outdoor: bool = False
    site_rules: tuple[str, ...] = ()
    site: Site | None = None
    integration: Finite = 0.0


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A battery on offer: pack figures. V, Ah, kWh, ohm at 25 °C, °C.

    ocv        (state of charge 0–1, V) of the whole pack, at least 11 points; None = the rate characteristic is unknown
    floor      its value as material, major units: what it brings when no use takes it
    """

    item_id: str
    model: str
    verdict: Verdict
    soh: Finite
    soh_lower: Finite
    soh_upper: Finite
    rated_energy_kwh: Finite
    capacity_ah: Finite
    v_min: Finite
    v_max: Finite
    resistance_ohm: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    temperature_range: tuple[Finite, Finite] | None = None
    ocv: tuple[tuple[Finite, Finite], ...] = ()
    type_tested: bool = False
    fade_per_year: Finite = 0.02
    floor: Finite = 0.0

    def __post_init__(self) -> None:
        """Refuse an interval that is none."""
        check_interval(self.soh, self.soh_lower, self.soh_upper)


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """How a battery fits a use: usable figures at its current and coldest temperature, NPV [major units], what blocks it.

    basis  rate_characteristic, or rated when no OCV is known
    """

    item_id: str
    use_id: str
    usable_ah: float
    usable_kwh: float
    current_a: float
    power_kw: float | None
    npv: float
    reasons: tuple[Reason, ...]
    basis: Literal["rate_characteristic", "rated"]

    @property
    def feasible(self) -> bool:
        """Nothing blocks it."""
        return not self.reasons


def fit(battery: Candidate, use: Use) -> Fit:
    """The fit of one battery to one use."""
    current = use.p_max_kw * 1000 / max((battery.v_min + battery.v_max) / 2, 1e-9)
    usable_ah, usable_kwh, basis = _usable(battery, current, use.temperature_range[0])
    power = _power(battery, use)
    return Fit(
        item_id=battery.item_id,
        use_id=use.use_id,
        usable_ah=usable_ah,
        usable_kwh=usable_kwh,
        current_a=current,
        power_kw=power,
        npv=net_present_value(battery, use, usable_kwh),
        reasons=tuple(_blocks(battery, use, usable_kwh, power)),
        basis=basis,
    )


def _usable(
    battery: Candidate, current: float, coldest: float
) -> tuple[float, float, Literal["rate_characteristic", "rated"]]:
    if not battery.ocv or battery.resistance_ohm is None:
        energy = battery.rated_energy_kwh * battery.soh_lower / 100
        return battery.capacity_ah, energy, "rated"
    table = ocv_table(battery.ocv)
    resistance = resistance_at(battery.resistance_ohm, min(coldest, 25.0))
    usable = usable_at(table, battery.capacity_ah, resistance, current, battery.v_min)
    return usable.capacity_ah, usable.energy_wh / 1000, "rate_characteristic"


def ocv_table(points: tuple[tuple[float, float], ...]) -> OcvTable:
    """The table of (state of charge 0–1, V) points; few points are filled in linearly, as they were drawn.

    Raises UnusableInput for what is no table.
    """
    soc, voltage = np.array([point[0] for point in points]), np.array([point[1] for point in points])
    if len(soc) < 2:
        raise UnusableInput(detail="ocv: ≥ 2")
    grid = soc if len(soc) >= 11 else np.union1d(soc, np.linspace(soc[0], soc[-1], 11))
    try:
        return OcvTable(grid, np.interp(grid, soc, voltage))
    except ValueError as problem:
        raise UnusableInput(detail=f"ocv: {problem}") from problem


def _power(battery: Candidate, use: Use) -> float | None:
    """Discharge power [kW] at 20 % state of charge and the coldest temperature of the use; None without data."""
    if not battery.ocv or battery.resistance_ohm is None:
        return None
    table = ocv_table(battery.ocv)
    resistance = resistance_at(battery.resistance_ohm, min(use.temperature_range[0], 25.0))
    ocv = float(np.interp(0.2, table.soc, table.voltage))
    return discharge_power_w(ocv, battery.v_min, resistance) / 1000


def _blocks(battery: Candidate, use: Use, usable_kwh: float, power: float | None) -> list[Reason]:
    found = []
    if battery.verdict in (Verdict.VETO, Verdict.NOT_ASSESSABLE):
        found.append(reason(f"VERDICT:{battery.verdict.value}"))
    if battery.soh_lower < use.soh_min:
        found.append(reason("SOH_BELOW_USE_MIN", {"soh_lower": battery.soh_lower, "minimum": use.soh_min}))
    if battery.v_min < use.v_min or battery.v_max > use.v_max:
        window = {"low": battery.v_min, "high": battery.v_max, "v_min": use.v_min, "v_max": use.v_max}
        found.append(reason("VOLTAGE_WINDOW", window))
    if power is not None and power < use.p_max_kw:
        found.append(reason("POWER_SHORT", {"power": power, "needed": use.p_max_kw}))
    if usable_kwh < use.e_min_kwh:
        found.append(reason("ENERGY_SHORT", {"energy": usable_kwh, "needed": use.e_min_kwh}))
    allowed = battery.temperature_range
    if allowed is not None and (allowed[0] > use.temperature_range[0] or allowed[1] < use.temperature_range[1]):
        span = {
            "low": allowed[0],
            "high": allowed[1],
            "t_min": use.temperature_range[0],
            "t_max": use.temperature_range[1],
        }
        found.append(reason("TEMPERATURE", span))
    found += [reason(f"SITE_LAW:{rule}") for rule in site_gaps(use.site, use.site_rules, use.e_min_kwh * use.quantity)]
    electric = use.site is not None and use.site.electric_utility
    if (electric or "JP-ELEC" in use.site_rules) and not battery.type_tested:
        found.append(reason("NO_TYPE_TEST"))
    return found


def net_present_value(battery: Candidate, use: Use, usable_kwh: float) -> float:
    """Value of all energy that it will deliver in the use, less integration, in major units (real rate 5 %)."""
    duty = StorageUse(
        years=use.years,
        depth=use.dod,
        cycles_per_year=use.cycles_per_day * 365,
        efficiency=1.0,
        discount=DISCOUNT,
        opex_per_year=0.0,
        charge_price=0.0,
        fade_per_year=battery.fade_per_year,
        soh_eol=use.soh_eol / 100,
    )
    soh = battery.soh / 100
    per_soh = usable_kwh / soh if soh > 0 else 0.0
    energy = yearly_energy(duty, per_soh, soh)
    discount = (1 + DISCOUNT) ** -np.arange(1.0, use.years + 1)
    return float(use.value_per_kwh * (energy * discount).sum()) - use.integration

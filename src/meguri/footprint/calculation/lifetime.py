"""The functional unit: energy that a battery gives over its service life, and the footprint per kWh of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.errors import ProfileParameterMissing, ProfileUnknown
from meguri.footprint.calculation.figures import HUNDRED, ZERO, above, finite, precise

PROFILES = ("ev", "ind_rep", "ind_ond", "lmt_prov")


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """What the service life of a battery model is computed from; which fields count depends on the profile.

    profile          `ev`, `ind_rep` (industrial, repeated use), `ind_ond` (industrial, on demand), `lmt_prov`
    capacity_kwh     ev, lmt: usable at the beginning of life; industrial: declared
    category         ev: M1, N1, L, M2, M3, N2, N3; a vehicle of none of them picks one and says why (`justification`)
    warranty_years   ev, lmt;  warranty_km with km_per_year: the warranty also ends with the distance
    cycle_life       ind_rep;  mean_capacity_factor: mean over life against declared
    life_years       ind_ond;  full_discharges_per_year
    """

    profile: str
    capacity_kwh: Decimal | None = None
    category: str | None = None
    justification: str | None = None
    warranty_years: Decimal | None = None
    warranty_km: Decimal | None = None
    km_per_year: Decimal | None = None
    cycle_life: Decimal | None = None
    mean_capacity_factor: Decimal | None = None
    life_years: Decimal | None = None
    full_discharges_per_year: Decimal | None = None


class ServiceLife(msgspec.Struct, frozen=True, kw_only=True):
    """E_total [kWh], the factors it is the product of, by name, and flags to show."""

    energy_kwh: Decimal
    factors: Mapping[str, Decimal]
    flags: tuple[str, ...] = ()


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """The footprint of a battery model: kg CO2e, kg CO2e per kWh, and each stage per kWh and in percent of the total.

    A share may be below 0 or above 100, as a stage may be a credit. None: the total is 0 and has no shares.
    """

    total: Decimal
    per_kwh: Decimal
    stages_per_kwh: Mapping[str, Decimal]
    shares: Mapping[str, Decimal | None]


@precise
def service_life(battery: Battery) -> ServiceLife:
    """E_total of a battery model. Raises ProfileUnknown, ProfileParameterMissing, OutOfRange."""
    match battery.profile:
        case "ev" | "lmt_prov":
            factors = _vehicle_factors(battery)
        case "ind_rep":
            factors = {
                "capacity_kwh": _needed(battery, "capacity_kwh"),
                "cycle_life": _needed(battery, "cycle_life"),
                "mean_capacity_factor": _or_default(battery, "mean_capacity_factor"),
            }
        case "ind_ond":
            factors = {
                "capacity_kwh": _needed(battery, "capacity_kwh"),
                "life_years": _needed(battery, "life_years"),
                "full_discharges_per_year": _or_default(battery, "full_discharges_per_year"),
            }
        case other:
            raise ProfileUnknown(other, PROFILES)
    energy = Decimal(1)
    for name, factor in factors.items():
        if not factor:
            raise ProfileParameterMissing(parameter=name)
        energy *= factor
    flags = ("provisional_profile",) if battery.profile == "lmt_prov" else ()
    return ServiceLife(energy_kwh=energy, factors=factors, flags=flags)


@precise
def declared(stages: Mapping[str, Decimal], energy_kwh: Decimal) -> Declared:
    """The declared footprint from the stages [kg CO2e] and E_total [kWh]. Raises ProfileParameterMissing for none."""
    if finite("energy_kwh", energy_kwh) <= 0:
        raise ProfileParameterMissing(parameter="energy_kwh")
    total = sum(stages.values(), ZERO)
    return Declared(
        total=total,
        per_kwh=total / energy_kwh,
        stages_per_kwh={stage: value / energy_kwh for stage, value in stages.items()},
        shares={stage: value / total * HUNDRED if total else None for stage, value in stages.items()},
    )


@precise
def reference_flow(mass_kg: Decimal, energy_kwh: Decimal) -> Decimal:
    """kg of battery per kWh over its service life."""
    if energy_kwh <= 0:
        raise ProfileParameterMissing(parameter="energy_kwh")
    return above("mass_kg", mass_kg) / energy_kwh


def performance_class(per_kwh: Decimal, bands: Sequence[tuple[str, Decimal | None]] | None) -> tuple[str | None, str]:
    """(class, ``) by the first band that the footprint does not exceed, or (None, reason) where law has no bands.

    bands  (class, upper limit), the best first; the last one has no upper limit
    """
    if not bands:
        return None, "not_determinable_no_act"
    return next(name for name, upper in bands if upper is None or per_kwh <= upper), ""


def against_maximum(per_kwh: Decimal, maximum: Decimal | None) -> str:
    """`below` (met exactly counts as met), `above`, or `not_determinable_no_act` where law has no maximum."""
    if maximum is None:
        return "not_determinable_no_act"
    return "below" if per_kwh <= maximum else "above"


def _vehicle_factors(battery: Battery) -> dict[str, Decimal]:
    table: Mapping[str, Any] = rule_data("profiles")["cycles_per_year"]
    category = "lmt" if battery.profile == "lmt_prov" else battery.category
    if category is None:
        raise ProfileParameterMissing(parameter="category")
    if category not in table:
        raise ProfileUnknown(category, table)
    years = _needed(battery, "warranty_years")
    if battery.warranty_km is not None:
        by_distance = _needed(battery, "warranty_km") / _needed(battery, "km_per_year")
        years = min(years, by_distance)
    return {
        "capacity_kwh": _needed(battery, "capacity_kwh"),
        "cycles_per_year": number(table[category]),
        "years": years,
    }


def _needed(battery: Battery, field: str) -> Decimal:
    value: Decimal | None = getattr(battery, field)
    if value is None or value == 0:
        raise ProfileParameterMissing(parameter=field)
    return above(field, value)


def _or_default(battery: Battery, field: str) -> Decimal:
    value: Decimal | None = getattr(battery, field)
    return number(rule_data("profiles")["defaults"][field]) if value is None else above(field, value)

"""Freight by fuel (燃料法), fuel economy (燃費法), improved and conventional tonne-kilometres (改良・従来トンキロ法).

Formulas and coefficients: METI Notification No. 66 of 2006 under the Energy Conservation Act.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple, TypeVar

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.errors import FactorUnknown
from meguri.footprint.calculation.figures import HUNDRED, ONE, ZERO, above, at_least, between, precise

Fuel = Literal["diesel", "petrol"]
Key = TypeVar("Key")


class Freight(NamedTuple):
    """What a journey took: litres of fuel (0 where only tonne-kilometres count), kg CO2e, and flags to show."""

    litres: Decimal
    emission: Decimal
    flags: tuple[str, ...] = ()


@precise
def by_fuel(litres: Decimal, factor: Decimal) -> Freight:
    """From the fuel burnt. `factor` in kg CO2e per litre."""
    return Freight(litres, at_least("litres", litres) * factor)


@precise
def by_fuel_economy(distance: Decimal, km_per_litre: Decimal, factor: Decimal) -> Freight:
    """From the distance [km] and how far the vehicle goes with a litre."""
    litres = at_least("distance", distance) / above("km_per_litre", km_per_litre)
    return Freight(litres, litres * factor)


@precise
def litres_per_tkm(fuel: Fuel, load_percent: Decimal, payload_kg: Decimal) -> tuple[Decimal, tuple[str, ...]]:
    """Litres per tonne-kilometre of a truck, and the flag `load_factor_clamped` if the load was below the least one.

    load_percent  share of the payload that is used, 0 … 100
    payload_kg    the most that the truck may carry
    """
    data = rule_data("transport")
    row = data["improved"][fuel]
    least = number(data["limits"]["min_load_percent"])
    load = between("load_percent", above("load_percent", load_percent), ZERO, HUNDRED)
    flags = ("load_factor_clamped",) if load < least else ()
    share = max(load, least) / HUNDRED
    logarithm = (
        number(row["a"]) - number(row["b"]) * share.ln() - number(row["c"]) * above("payload_kg", payload_kg).ln()
    )
    return logarithm.exp(), flags


@precise
def by_improved_tkm(
    tonnes: Decimal,
    distance: Decimal,
    fuel: Fuel,
    load_percent: Decimal,
    payload_kg: Decimal,
    factor: Decimal,
    return_factor: Decimal = ONE,
) -> Freight:
    """From the goods [t], the distance [km] and the truck. `return_factor` ≥ 1 counts the empty way back."""
    rate, flags = litres_per_tkm(fuel, load_percent, payload_kg)
    way = at_least("distance", distance) * at_least("return_factor", return_factor, ONE)
    litres = at_least("tonnes", tonnes) * way * rate
    return Freight(litres, litres * factor, flags)


@precise
def by_conventional_tkm(tonnes: Decimal, distance: Decimal, factor: Decimal, return_factor: Decimal = ONE) -> Freight:
    """From the goods [t] and the distance [km]: rail, ship, air. `factor` in kg CO2e per tonne-kilometre."""
    way = at_least("distance", distance) * at_least("return_factor", return_factor, ONE)
    return Freight(ZERO, at_least("tonnes", tonnes) * way * factor)


def conventional_factor(mode: str) -> Decimal:
    """kg CO2 per tonne-kilometre by `rail`, `coastal_ship` or `air`. Raises FactorUnknown."""
    modes = rule_data("transport")["conventional"]
    if mode not in modes:
        raise FactorUnknown(mode, modes)
    return number(modes[mode])


@precise
def shared_by_mass_distance(emission: Decimal, loads: Mapping[Key, tuple[Decimal, Decimal]]) -> dict[Key, Decimal]:
    """The emission of one shipment, shared to its goods by mass · distance; `loads` are (mass, distance)."""
    weights = {key: at_least("mass", mass) * at_least("distance", way) for key, (mass, way) in loads.items()}
    whole = above("mass · distance", sum(weights.values(), ZERO))
    return {key: emission * weight / whole for key, weight in weights.items()}

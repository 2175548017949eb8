"""Gases to CO2 equivalents, by one set of global warming potentials at a time."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.errors import GasUnknown, GwpSetUnknown
from meguri.footprint.calculation.figures import at_least, precise


@cache
def potentials(gwp_set: str) -> Mapping[str, Decimal]:
    """kg CO2e per kg of each gas in `gwp_set` (`AR4`, `AR5`, `AR6`, `AR6-corr`). Raises GwpSetUnknown."""
    data = rule_data("gwp")
    if gwp_set not in data["sets"]:
        raise GwpSetUnknown(gwp_set, data["sets"])
    corrections = {key: number(value) for key, value in data["corrections"].get(gwp_set, {}).items() if key != "base"}
    base = data["corrections"].get(gwp_set, {}).get("base", gwp_set)
    return {gas: number(row[base]) for gas, row in data["gases"].items() if base in row} | corrections


@precise
def co2e_by_gas(masses: Mapping[str, Decimal], gwp_set: str) -> dict[str, Decimal]:
    """kg CO2e of each gas, from its mass in kg. Raises GasUnknown, GwpSetUnknown, OutOfRange for a negative mass."""
    known = potentials(gwp_set)
    result = {}
    for gas, mass in masses.items():
        if gas not in known:
            raise GasUnknown(gas, known, gwp_set=gwp_set)
        result[gas] = at_least(gas, mass) * known[gas]
    return result


@precise
def co2e(masses: Mapping[str, Decimal], gwp_set: str) -> Decimal:
    """kg CO2e of all gases together; as `co2e_by_gas`."""
    return sum(co2e_by_gas(masses, gwp_set).values(), Decimal(0))


def mixed_sets(used: Iterable[str]) -> list[str]:
    """The sets in `used` if they are more than one, else nothing: a result of several sets is flagged with them."""
    sets = sorted(set(used))
    return sets if len(sets) > 1 else []

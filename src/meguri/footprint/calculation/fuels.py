"""Emissions of burnt fuel."""

from decimal import Decimal

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.errors import FactorUnknown
from meguri.footprint.calculation.figures import at_least, precise

CARBON_TO_CO2 = (Decimal(44), Decimal(12))


@precise
def fuel_factor(heat: Decimal, carbon: Decimal) -> Decimal:
    """t CO2 per unit of fuel: heat [GJ/unit] · carbon content [tC/GJ] · 44/12.

    For heat per kL the result in t/kL is also kg/L.
    """
    up, down = CARBON_TO_CO2
    return at_least("heat", heat) * at_least("carbon", carbon) * up / down


def published_fuel_factor(fuel: str) -> Decimal:
    """kg CO2 per litre of a fuel in the transport rule data (`diesel-37_7`, `diesel-38_0`). Raises FactorUnknown."""
    fuels = rule_data("transport")["fuels"]
    if fuel not in fuels:
        raise FactorUnknown(fuel, fuels)
    return fuel_factor(number(fuels[fuel]["heat"]), number(fuels[fuel]["carbon"]))

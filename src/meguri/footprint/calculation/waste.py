"""Waste of production: who carries its treatment depends on the approach of the rule pack."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from meguri.footprint.calculation.figures import ZERO, at_least, precise

Approach = Literal["cut_off", "polluter_pays", "system_expansion"]


class Waste(msgspec.Struct, frozen=True, kw_only=True):
    """Some waste and what becomes of it.

    treatment  kg CO2e per kg of treating it
    transport  kg CO2e per kg of bringing it there
    recycled   it goes to recycling
    avoided    kg CO2e per kg that its product saves elsewhere
    """

    mass: Decimal
    treatment: Decimal
    transport: Decimal = ZERO
    recycled: bool = False
    avoided: Decimal = ZERO


class WasteResult(msgspec.Struct, frozen=True, kw_only=True):
    """kg CO2e that the producer carries (≥ 0), and the credit (≤ 0), kept apart."""

    burden: Decimal
    credit: Decimal


@precise
def waste_emissions(wastes: Iterable[Waste], approach: Approach) -> WasteResult:
    """Burden and credit of some wastes.

    cut_off           what goes to recycling carries only its way to the recycler
    polluter_pays     the producer carries all treatment, incineration included
    system_expansion  as polluter_pays, and what is saved elsewhere is a credit
    """
    burden = credit = ZERO
    for waste in wastes:
        mass = at_least("mass", waste.mass)
        burden += mass * waste.transport
        if approach != "cut_off" or not waste.recycled:
            burden += mass * waste.treatment
        if approach == "system_expansion":
            credit -= mass * waste.avoided
    return WasteResult(burden=burden, credit=credit)

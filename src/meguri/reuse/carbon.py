"""Greenhouse gases of the next use against recycling now, and paths that nothing beats on both value and gases."""

from collections.abc import Mapping

from meguri.reuse.model import Battery, Option
from meguri.reuse.valuerules import value_rules


def co2_against_recycling(battery: Battery, option: Option) -> float:
    """ΔCO2e [kg] of an option against "recycle now"; negative saves.

    Work of the path less the share of a new battery that it replaces; the credit of recycling comes later, not never,
    and is the same for all. A declared footprint of the battery takes the place of the chemistry's default.
    """
    if option in (Option.RECYCLE, Option.HOLD_FOR_TEST):
        return 0.0
    rule = value_rules().carbon
    new = battery.footprint_kg_per_kwh
    if new is None:
        new = rule.new_kg_per_kwh.get(battery.chemistry.value, rule.new_kg_per_kwh["other"])
    remaining = battery.rated_energy_kwh * battery.soh_energy.value / 100
    return (
        battery.rated_energy_kwh * rule.process_kg_per_kwh[option.value]
        - remaining * new * rule.displaced[option.value]
    )


def unbeaten(points: Mapping[Option, tuple[float, float]]) -> frozenset[Option]:
    """Options that no other one beats on both: (value, ΔCO2e) with more value and less gas better."""

    def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
        return one[0] >= other[0] and one[1] <= other[1] and one != other

    return frozenset(
        option for option, point in points.items() if not any(beats(other, point) for other in points.values())
    )

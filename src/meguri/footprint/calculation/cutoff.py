"""What may be left out of an inventory, and how much of the emissions that hides."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from meguri.footprint.calculation.figures import HUNDRED, ZERO, above, at_least, precise

Reassign = Literal["highest_ef_per_kg", "highest_contribution", "none"]


class Material(NamedTuple):
    """A material of a component: kg, and kg CO2e per kg."""

    name: str
    mass: Decimal
    factor: Decimal

    @property
    def emission(self) -> Decimal:
        """kg CO2e."""
        return self.mass * self.factor


class Cut(NamedTuple):
    """What a cut-off leaves.

    emission          kg CO2e that are counted, with the dropped mass given to another material if the rule says so
    dropped           names of the materials left out
    dropped_percent   their share of the mass
    exempted_percent  their estimated share of all emissions: a small mass may hide much
    taker             the material that takes over the dropped mass, None if none does
    """

    emission: Decimal
    dropped: tuple[str, ...]
    dropped_percent: Decimal
    exempted_percent: Decimal
    taker: str | None


@precise
def by_component_mass(materials: Sequence[Material], percent: Decimal, reassign_to: Reassign) -> Cut:
    """Leaves out materials below `percent` of the component's mass, and closes the mass balance as `reassign_to` says.

    Raises OutOfRange for negative masses or a component of no mass.
    """
    whole = above("mass", sum((at_least(material.name, material.mass) for material in materials), ZERO))
    kept = [material for material in materials if material.mass * HUNDRED >= percent * whole]
    dropped = [material for material in materials if material not in kept]
    lost = sum((material.mass for material in dropped), ZERO)
    counted = sum((material.emission for material in kept), ZERO)
    left_out = sum((material.emission for material in dropped), ZERO)
    taker = None
    if kept and dropped and reassign_to != "none":
        by_factor = reassign_to == "highest_ef_per_kg"
        taker = max(kept, key=lambda material: material.factor if by_factor else material.emission)
    return Cut(
        emission=counted + (lost * taker.factor if taker else ZERO),
        dropped=tuple(material.name for material in dropped),
        dropped_percent=lost / whole * HUNDRED,
        exempted_percent=exempted_percent(counted, left_out),
        taker=taker.name if taker else None,
    )


@precise
def exempted_percent(included: Decimal, excluded: Decimal) -> Decimal:
    """excluded / (included + excluded) · 100; 0 if there is nothing at all."""
    whole = included + excluded
    return excluded / whole * HUNDRED if whole else ZERO


@precise
def to_collect(materials: Sequence[Material], listed: Sequence[str], percent: Decimal) -> list[str]:
    """Materials whose data must be collected: the listed ones, and all of at least `percent` of the part's mass."""
    whole = above("mass", sum((at_least(material.name, material.mass) for material in materials), ZERO))
    return [
        material.name for material in materials if material.name in listed or material.mass * HUNDRED >= percent * whole
    ]

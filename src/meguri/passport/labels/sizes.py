"""Sizes of the symbol for separate collection (Regulation (EU) 2023/1542 Art. 13(4), (5))."""

import math
from dataclasses import dataclass

from meguri.passport.carrier.rules import carrier_rules


@dataclass(frozen=True, slots=True)
class CollectionSymbol:
    """How large the symbol is: side in mm; on the battery, or on its packaging where it would be too small."""

    side_mm: float
    on_battery: bool

    @property
    def metal_area_mm2(self) -> float:
        """Least area of `Cd` or `Pb` beneath it."""
        return carrier_rules().separate_collection.metal_share * self.side_mm**2


def on_a_side(largest_side_mm2: float) -> CollectionSymbol:
    """For a battery whose largest side has this area: 3 % of it, at most 50 × 50 mm."""
    return _symbol(math.sqrt(carrier_rules().separate_collection.share_of_side * largest_side_mm2))


def on_a_cylinder(diameter_mm: float, length_mm: float) -> CollectionSymbol:
    """For a cylindrical cell: 1.5 % of its whole surface, at most 50 × 50 mm."""
    return _symbol(
        math.sqrt(carrier_rules().separate_collection.share_of_cylinder * surface_of_cylinder(diameter_mm, length_mm))
    )


def surface_of_cylinder(diameter_mm: float, length_mm: float) -> float:
    """Mantle and both ends, mm²."""
    return math.pi * diameter_mm * length_mm + math.pi * diameter_mm**2 / 2


def _symbol(side_mm: float) -> CollectionSymbol:
    rule = carrier_rules().separate_collection
    if side_mm < rule.smallest_mm:
        return CollectionSymbol(rule.on_packaging_mm, on_battery=False)
    return CollectionSymbol(min(side_mm, rule.largest_mm), on_battery=True)

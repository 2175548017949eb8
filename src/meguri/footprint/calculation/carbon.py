"""The parts of a footprint as exchange networks name them, and the two totals that they add up to."""

from decimal import Decimal

import msgspec

from meguri.footprint.calculation.figures import HUNDRED, ZERO, above, precise

MISMATCH_PERCENT = Decimal("0.5")


class CarbonParts(msgspec.Struct, frozen=True, kw_only=True):
    """kg CO2e per declared unit, as PACT 3 names them. Removals, captures and uptake are ≤ 0, the others ≥ 0.

    aircraft is already inside fossil.
    """

    fossil: Decimal = ZERO
    land_use_change: Decimal = ZERO
    land_management_emissions: Decimal = ZERO
    land_management_removals: Decimal = ZERO
    technological_removals: Decimal = ZERO
    ccs_capture: Decimal = ZERO
    biogenic_non_co2: Decimal = ZERO
    biogenic_uptake: Decimal = ZERO
    aircraft: Decimal = ZERO

    @property
    def excluding_uptake(self) -> Decimal:
        """pcfExcludingBiogenicUptake: all but the uptake of biogenic CO2."""
        return (
            self.fossil
            + self.land_use_change
            + self.land_management_emissions
            + self.land_management_removals
            + self.technological_removals
            + self.ccs_capture
            + self.biogenic_non_co2
        )

    @property
    def including_uptake(self) -> Decimal:
        """pcfIncludingBiogenicUptake."""
        return self.excluding_uptake + self.biogenic_uptake


@precise
def per_declared_unit(value: Decimal, declared_amount: Decimal) -> Decimal:
    """What a footprint given for `declared_amount` units is for one. Raises OutOfRange unless above 0."""
    return value / above("declared_unit_amount", declared_amount)


@precise
def sums_differ(stated: Decimal, computed: Decimal) -> bool:
    """Whether a received total is more than 0.5 % away from the sum of its parts."""
    return abs(stated - computed) * HUNDRED > MISMATCH_PERCENT * abs(computed)

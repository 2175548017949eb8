"""Chains of facilities: sums, never means; black mass is never an output."""

from decimal import Decimal

import pytest

from meguri.recycling.chain import (
    ChainTotal,
    Step,
    booking_year,
    first_recycler,
    input_fraction,
    require_output,
    require_sums,
    total,
)
from meguri.recycling.errors import BlackMassIntermediate, ChainSumMismatch
from meguri.recycling.model import Counting, LotKind, StepType


def test_steps_add_up_to_the_chain() -> None:
    steps = [
        Step(facility="N_0", input_mass=Decimal(985), output_mass=Decimal(375)),
        Step(facility="N_1", input_mass=Decimal(0), output_mass=Decimal("169.75")),
    ]
    chain = total(steps)
    assert (chain.input_mass, chain.output_mass) == (Decimal(985), Decimal("544.75"))
    require_sums(steps, chain)
    with pytest.raises(ChainSumMismatch):
        require_sums(steps, ChainTotal(input_mass=Decimal(985), output_mass=Decimal(540), efficiency=None))


def test_two_chains_are_a_ratio_of_sums() -> None:
    both = total(
        [
            ChainTotal(input_mass=Decimal(1000), output_mass=Decimal(720), efficiency=Decimal(72)),
            ChainTotal(input_mass=Decimal(250), output_mass=Decimal(120), efficiency=Decimal(48)),
        ]
    )
    assert both.efficiency == Decimal("67.2")


@pytest.mark.parametrize(("counting", "point"), [(Counting.RECYCLING, False), (Counting.INTERMEDIATE, True)])
def test_black_mass_is_refused_as_output(counting: Counting, point: bool) -> None:
    with pytest.raises(BlackMassIntermediate):
        require_output(LotKind.BLACK_MASS, counting, calculation_point=point, field="outputs[0]")


def test_who_only_prepares_is_no_first_recycler() -> None:
    steps = [("甲", StepType.COLLECTION), ("乙", StepType.DISMANTLING), ("丙", StepType.SHREDDING)]
    assert first_recycler(steps) == "丙"
    assert first_recycler(steps[:2]) is None


def test_electrode_trim_is_no_input_but_a_reject_cell_is() -> None:
    trim = input_fraction(LotKind.MANUFACTURING_WASTE)
    assert (trim.counts, trim.reason) == (False, "MANUFACTURING_WASTE_NOT_CELL_MODULE_OR_PACK")
    assert input_fraction(LotKind.WASTE_CELL, manufacturing=True).counts


def test_a_late_output_is_booked_to_the_year_of_its_input() -> None:
    assert booking_year(2026, 2027) == 2026
    assert booking_year(2026, 2028) == 2026
    assert booking_year(2026, 2029) == 2029
    with pytest.raises(ValueError):
        booking_year(2027, 2026)

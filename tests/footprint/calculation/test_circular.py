from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.circular import (
    Circular,
    circular_footprint,
    collected,
    combined,
    default_allocation,
)
from meguri.footprint.calculation.data import rule_data
from meguri.footprint.calculation.errors import CffParameter, OutOfRange, ValueInvalid

from .helpers import D, near

EXAMPLE = Circular(
    a=D("0.2"),
    ev=D(10),
    r1=D("0.2"),
    erec=D(3),
    r2=D("0.6"),
    erec_eol=D(2),
    ev_star=D(10),
    qs_out=D("0.9"),
    r3=D("0.1"),
    eer=D(1),
    lhv=D(20),
    xer_heat=D("0.3"),
    ese_heat=D("0.08"),
    xer_elec=D("0.15"),
    ese_elec=D("0.12"),
    ed=D("0.5"),
)


def with_(**changes: Decimal) -> Circular:
    return msgspec.structs.replace(EXAMPLE, **changes)


def test_input_burden_and_credit_stay_apart() -> None:
    result = circular_footprint(EXAMPLE)
    assert (result.input, result.gross, result.credit) == (D("9.72"), D("1.21"), D("-4.404"))
    assert (result.end_of_life, result.net) == (D("-3.194"), D("6.526"))


def test_three_views_of_recycling_from_the_same_inputs() -> None:
    assert circular_footprint(EXAMPLE, "cut_off").net == D("8.766")
    assert circular_footprint(with_(a=D("0.5"))).net == D("7.366")
    assert circular_footprint(EXAMPLE, "avoided_burden").net == D("5.966")


def test_without_any_recycling_only_virgin_material_and_disposal_remain() -> None:
    none = with_(r1=D(0), r2=D(0), r3=D(0))
    for method in ("cff", "cut_off", "avoided_burden"):
        assert circular_footprint(none, method).net == D("10.5")


def test_batteries_that_are_not_properly_collected_weigh_on_the_end_of_life() -> None:
    assert collected(D("-3.194"), D("1.8"), D("0.95")) == D("-2.9443")
    with pytest.raises(OutOfRange):
        collected(D(1), D(1), D("1.01"))


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"r2": D("0.95"), "r3": D("0.1")}, "R2 \\+ R3"),
        ({"r1": D("1.1")}, "R1"),
        ({"r3": D("-0.1")}, "R3"),
        ({"b": D(2)}, "B"),
        ({"a": D("0.19")}, "A"),
        ({"a": D(1)}, "A"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(changes: dict[str, Decimal], parameter: str) -> None:
    with pytest.raises(CffParameter, match=parameter):
        circular_footprint(with_(**changes))


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueInvalid, match="ev"):
        circular_footprint(with_(ev=D("NaN")))


def test_defaults_come_from_the_rule_data() -> None:
    assert default_allocation("metals") == D("0.2")
    assert default_allocation("plastics") == D("0.5")
    with pytest.raises(CffParameter, match="metals"):
        default_allocation("wood")
    parts = [part["key"] for part in rule_data("cff")["parts"]]
    assert (len(parts), parts[:2]) == (6, ["material_inputs", "dismantling"])


fractions = st.decimals(0, 1, places=3)
burdens = st.decimals(0, 100, places=3)


@st.composite
def circulars(draw: st.DrawFn) -> Circular:
    r2 = draw(fractions)
    r3 = draw(st.decimals(0, 1 - r2, places=3))
    names = ("ev", "ev_star", "erec", "erec_eol", "eer", "lhv", "ese_heat", "ese_elec", "ed")
    others = ("r1", "b", "qs_in", "qs_out", "xer_heat", "xer_elec")
    return Circular(
        a=draw(st.decimals("0.2", "0.8", places=2)),
        r2=r2,
        r3=r3,
        **{name: draw(burdens) for name in names},
        **{name: draw(fractions) for name in others},
    )


EMISSIONS = ("ev", "ev_star", "erec", "erec_eol", "eer", "ese_heat", "ese_elec", "ed")


@given(circulars(), st.decimals(0, 10, places=2))
def test_the_formula_is_linear_in_every_emission(inputs: Circular, factor: Decimal) -> None:
    scaled = msgspec.structs.replace(inputs, **{name: getattr(inputs, name) * factor for name in EMISSIONS})
    one, many = circular_footprint(inputs), circular_footprint(scaled)
    for term in ("input", "gross", "credit"):
        assert getattr(many, term) == near(getattr(one, term) * factor, "1e-30")


@given(circulars())
def test_a_credit_is_never_a_burden_nor_a_burden_a_credit(inputs: Circular) -> None:
    for method in ("cff", "cut_off", "avoided_burden"):
        result = circular_footprint(inputs, method)
        assert result.credit <= 0 <= result.gross
        assert result.input >= 0
        assert result.net == result.input + result.gross + result.credit


@given(circulars())
def test_between_cut_off_and_avoided_burden_the_formula_is_a_straight_line(inputs: Circular) -> None:
    cut_off, avoided = (circular_footprint(inputs, each).net for each in ("cut_off", "avoided_burden"))
    assert circular_footprint(inputs).net == near(inputs.a * cut_off + (1 - inputs.a) * avoided, "1e-25")


@given(circulars())
def test_recycling_without_loss_into_itself_is_the_same_for_every_split(inputs: Circular) -> None:
    """Closed loop: as much recycled in as out, of full quality and at one effort. Then A cannot matter."""
    loop = msgspec.structs.replace(
        inputs, r1=inputs.r2, ev_star=inputs.ev, erec_eol=inputs.erec, qs_in=D(1), qs_out=D(1)
    )
    nets = [circular_footprint(loop, each).net for each in ("cff", "cut_off", "avoided_burden")]
    assert nets[0] == near(nets[1], "1e-25")
    assert nets[1] == near(nets[2], "1e-25")


@given(st.lists(circulars(), max_size=4))
def test_parts_of_a_battery_add_up_term_by_term(inputs: list[Circular]) -> None:
    results = [circular_footprint(each) for each in inputs]
    assert combined(results).net == near(sum(each.net for each in results), "1e-30")

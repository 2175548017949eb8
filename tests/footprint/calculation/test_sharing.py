"""Allocation, cut-off and waste."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.allocation import Product, allocate
from meguri.footprint.calculation.cutoff import Material, by_component_mass, exempted_percent, to_collect
from meguri.footprint.calculation.errors import OutOfRange, ValueInvalid
from meguri.footprint.calculation.waste import Waste, waste_emissions

from .helpers import D, near, rounded

METAL = Product("metal", mass=D(70), price=D(5))
SALT = Product("salt", mass=D(30), price=D(40))
COMPONENT = [
    Material("A", D("1.5"), D(3)),
    Material("B", D("0.485"), D(10)),
    Material("C", D("0.010"), D(50)),
    Material("D", D("0.005"), D(2)),
]


def test_seventy_kilograms_of_metal_and_thirty_of_a_dearer_salt() -> None:
    by_mass = allocate(D(1000), [METAL, SALT], "mass", D(5))
    assert by_mass.burdens == (700, 300)
    by_price = allocate(D(1000), [METAL, SALT], "economic", D(5))
    assert [rounded(burden, 6) for burden in by_price.burdens] == [D("225.806452"), D("774.193548")]
    automatic = allocate(D(1000), [METAL, SALT], "auto", D(5))
    assert (automatic.rule, automatic.burdens) == ("economic", by_price.burdens)
    assert automatic.alternatives == {"mass": by_mass.burdens}, "what another rule would give is kept for the study"
    assert allocate(D(1000), [METAL, SALT], "auto", D(8)).rule == "mass", "a ratio of exactly the threshold is no more"


@given(
    st.lists(st.tuples(st.decimals("0.001", 10**6, places=3), st.decimals("0.01", 10**4, places=2)), min_size=1),
    st.decimals(-(10**6), 10**6, places=6),
    st.sampled_from(["mass", "economic", "auto"]),
)
def test_shares_add_up_to_one_and_burdens_to_what_was_given(
    figures: list[tuple[Decimal, Decimal]], burden: Decimal, rule: str
) -> None:
    products = [Product(str(at), mass=mass, price=price) for at, (mass, price) in enumerate(figures)]
    result = allocate(burden, products, rule, D(5))  # type: ignore[arg-type]
    assert sum(result.shares) == 1
    assert sum(result.burdens) == burden
    for burdens in result.alternatives.values():
        assert sum(burdens) == burden


def test_a_rule_without_its_figures_is_refused() -> None:
    with pytest.raises(ValueInvalid, match=r"metal\.energy"):
        allocate(D(1), [METAL, SALT], "energy", D(5))
    with pytest.raises(ValueInvalid, match=r"metal\.price"):
        allocate(D(1), [Product("metal", mass=D(1)), SALT], "economic", D(5))
    assert allocate(D(1), [Product("metal", mass=D(1)), SALT], "auto", D(5)).rule == "mass"
    with pytest.raises(OutOfRange):
        allocate(D(1), [Product("metal", mass=D(0))], "mass", D(5))
    with pytest.raises(OutOfRange):
        allocate(D(1), [], "mass", D(5))


@pytest.mark.parametrize(
    ("reassign_to", "emission", "taker"),
    [("none", "9.35", None), ("highest_ef_per_kg", "9.5", "B"), ("highest_contribution", "9.5", "B")],
)
def test_light_materials_are_left_out_and_their_mass_is_given_to_another(
    reassign_to: str, emission: str, taker: str | None
) -> None:
    cut = by_component_mass(COMPONENT, D(1), reassign_to)  # type: ignore[arg-type]
    assert (cut.emission, cut.dropped, cut.taker) == (D(emission), ("C", "D"), taker)
    assert cut.dropped_percent == D("0.75")
    assert rounded(cut.exempted_percent, 9) == D("5.172413793"), "little mass hides much emission: both are shown"


def test_the_heaviest_emitter_and_the_dirtiest_kilogram_may_be_two_materials() -> None:
    materials = [Material("A", D(3), D(4)), Material("B", D(1), D(10)), Material("C", D("0.01"), D(1))]
    assert by_component_mass(materials, D(1), "highest_contribution").taker == "A"
    assert by_component_mass(materials, D(1), "highest_ef_per_kg").taker == "B"


def test_without_a_cut_the_component_is_whole() -> None:
    cut = by_component_mass(COMPONENT, D(0), "highest_ef_per_kg")
    assert (cut.emission, cut.dropped, cut.exempted_percent) == (D("9.86"), (), 0)


def test_listed_materials_are_collected_whatever_they_weigh() -> None:
    assert to_collect(COMPONENT, ["D"], D(1)) == ["A", "B", "D"]


def test_nothing_left_out_of_nothing_is_no_percent() -> None:
    assert exempted_percent(D(0), D(0)) == 0


BURNT = Waste(mass=D("3.2"), treatment=D("0.9"))
BURIED = Waste(mass=D("1.5"), treatment=D("0.02"))
RECYCLED = Waste(mass=D(2), treatment=D("0.5"), transport=D("0.1"), recycled=True, avoided=D(3))


def test_burning_and_burying_count_in_full() -> None:
    assert waste_emissions([BURNT, BURIED], "cut_off").burden == D("2.91")


def test_who_carries_recycling_depends_on_the_approach() -> None:
    results = {each: waste_emissions([RECYCLED], each) for each in ("cut_off", "polluter_pays", "system_expansion")}
    assert {key: (value.burden, value.credit) for key, value in results.items()} == {
        "cut_off": (D("0.2"), 0),
        "polluter_pays": (D("1.2"), 0),
        "system_expansion": (D("1.2"), -6),
    }


@given(st.lists(st.builds(Waste, mass=st.decimals(0, 100, places=2), treatment=st.decimals(0, 5, places=2))))
def test_a_credit_for_waste_is_never_above_nothing(wastes: list[Waste]) -> None:
    for approach in ("cut_off", "polluter_pays", "system_expansion"):
        result = waste_emissions(wastes, approach)
        assert result.credit <= 0 <= result.burden
    assert waste_emissions(wastes, "cut_off").burden == near(sum(w.mass * w.treatment for w in wastes), "1e-30")

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.engine import Term, difference

figures = st.decimals(-1000, 1000, places=6)
terms = st.dictionaries(st.sampled_from("abcdef"), st.builds(Term, figures, figures))


def test_less_of_a_cleaner_material_divides_into_an_amount_and_a_value_effect() -> None:
    before, after = Term(Decimal("0.6"), Decimal(17)), Term(Decimal("0.55"), Decimal(16))
    effect = difference({"CAM": before}, {"CAM": after})["CAM"]
    assert (effect.amount, effect.value, effect.structure) == (Decimal("-0.825"), Decimal("-0.575"), 0)
    assert effect.total == Decimal("-1.4")


@given(terms, terms)
def test_the_effects_add_up_to_the_whole_difference(before: dict[str, Term], after: dict[str, Term]) -> None:
    whole = sum(t.amount * t.value for t in after.values()) - sum(t.amount * t.value for t in before.values())
    assert sum(effect.total for effect in difference(before, after).values()) == whole


@given(terms, terms)
def test_looking_back_shows_the_opposite_effects(before: dict[str, Term], after: dict[str, Term]) -> None:
    back = difference(after, before)
    for key, effect in difference(before, after).items():
        assert effect == tuple(-each for each in back[key])


def test_a_part_that_comes_or_goes_is_a_change_of_structure() -> None:
    term = Term(Decimal(2), Decimal(3))
    assert difference({}, {"new": term})["new"] == (0, 0, 6)
    assert difference({"old": term}, {})["old"] == (0, 0, -6)

"""Identifiers and lengths."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.kernel.identifiers import gs1_check_digit, is_corporate_number, is_gln, is_lei
from meguri.operators import checks
from meguri.operators.model import NewOperator, OperatorChange, PlantInput

twelve_digits = st.text("0123456789", min_size=12, max_size=12)
lei_bodies = st.text(string.digits + string.ascii_uppercase, min_size=18, max_size=18)


def corporate(body: str) -> str:
    """The 法人番号 with this body: of the ten possible first digits, the one that fits."""
    return next(number for number in (f"{first}{body}" for first in range(10)) if is_corporate_number(number))


def lei(body: str) -> str:
    value = int("".join(str(int(sign, 36)) for sign in body + "00"))
    return f"{body}{98 - value % 97:02d}"


@given(twelve_digits)
def test_exactly_one_first_digit_makes_a_corporate_number(body: str) -> None:
    assert sum(is_corporate_number(f"{first}{body}") for first in range(10)) == 1


@given(twelve_digits, st.integers(0, 12), st.sampled_from(string.digits))
def test_a_wrong_digit_in_a_corporate_number_is_caught_unless_it_swaps_0_and_9(
    body: str, place: int, digit: str
) -> None:
    """The scheme counts modulo 9, where 0 and 9 are the same; every other single error shows."""
    right = corporate(body)
    if right[place] == digit or (place > 0 and {right[place], digit} == {"0", "9"}):
        return
    assert not is_corporate_number(right[:place] + digit + right[place + 1 :])


@pytest.mark.parametrize("number", ["7000012050002", "1180301018771", "5010401067252"])
def test_corporate_numbers_that_companies_publish_are_right(number: str) -> None:
    assert is_corporate_number(number)
    assert checks.corporate_number_errors("open_operator_id", number) == []


@given(twelve_digits, st.integers(0, 12), st.sampled_from(string.digits))
def test_every_wrong_digit_in_a_gln_is_caught(body: str, place: int, digit: str) -> None:
    right = f"{body}{gs1_check_digit(body)}"
    assert is_gln(right)
    assert is_gln(right[:place] + digit + right[place + 1 :]) == (right[place] == digit)


@given(lei_bodies, st.integers(0, 19), st.data())
def test_every_wrong_sign_of_the_same_kind_in_an_lei_is_caught(body: str, place: int, data: st.DataObject) -> None:
    """Modulo 97 a digit for a digit, or a letter for a letter, never goes unseen."""
    right = lei(body)
    kind = string.digits if right[place].isdigit() else string.ascii_uppercase
    sign = data.draw(st.sampled_from(kind))
    assert is_lei(right)
    assert is_lei(right[:place] + sign + right[place + 1 :]) == (sign == right[place])


@given(lei_bodies, st.integers(0, 18))
def test_two_neighbours_that_change_places_in_an_lei_are_caught(body: str, place: int) -> None:
    right = lei(body)
    a, b = right[place], right[place + 1]
    if a.isdigit() != b.isdigit() or a == b:
        return
    assert not is_lei(right[:place] + b + a + right[place + 2 :])


@pytest.mark.parametrize("text", ["123456789012", "12345678901234", "１２３４５６７８９０１２"])
def test_a_corporate_number_with_a_digit_lost_or_doubled_is_named_as_such(text: str) -> None:
    (error,) = checks.corporate_number_errors("open_operator_id", text)
    assert "13桁" in error.of("ja")
    assert str(len(text)) in error.of("ja")
    assert "13 digits" in error.of("en")


@pytest.mark.parametrize("text", ["1234567890123", "７０００００２０５０００２", "７０００012050002"])
def test_a_wrong_or_full_width_corporate_number_is_refused(text: str) -> None:
    assert checks.corporate_number_errors("open_operator_id", text)


@pytest.mark.parametrize("text", ["DE811569869", "123456789", "A", "5493001KJTIIGC8Y1R12"])
def test_other_public_ids_have_no_check_digit_of_ours(text: str) -> None:
    assert checks.corporate_number_errors("open_operator_id", text) == []


def test_every_broken_length_is_named_at_once() -> None:
    said = OperatorChange(name="", address="x" * 257, open_operator_id="1" * 21, global_operator_id="g" * 257)
    assert [error.field for error in checks.shape_of_operator(said)] == [
        "name",
        "address",
        "open_operator_id",
        "global_operator_id",
    ]


def test_256_characters_of_any_plane_and_an_empty_global_id_are_fine() -> None:
    said = NewOperator(name="𠮷" * 256, address="a", open_operator_id="1" * 20, global_operator_id="")
    assert checks.shape_of_operator(said) == []


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800"])
def test_a_character_that_cannot_be_stored_is_refused_by_name(bad: str) -> None:
    (error,) = checks.shape_of_operator(NewOperator(name=bad, address="a", open_operator_id="1"))
    assert error.field == "name"


@pytest.mark.parametrize("open_plant_id", ["123456", "x" * 20 + "000000", "1234567890123012345"])
def test_a_plant_id_that_ends_in_six_digits_is_fine(open_plant_id: str) -> None:
    assert checks.shape_of_plant(PlantInput(name="n", address="a", open_plant_id=open_plant_id)) == []


@pytest.mark.parametrize(
    "open_plant_id", ["", "12345", "xxxxx-12345x", "x" * 21 + "000000", "１２３４５６", "12345²", "12345٣"]
)
def test_any_other_plant_id_is_refused(open_plant_id: str) -> None:
    (error,) = checks.shape_of_plant(PlantInput(name="n", address="a", open_plant_id=open_plant_id))
    assert error.field == "open_plant_id"


@given(st.text(st.characters(exclude_categories=())))
def test_any_search_text_can_be_sent_to_the_database(text: str) -> None:
    assert "\x00" not in checks.search_form(text)
    checks.search_form(text).encode()


@pytest.mark.parametrize("text", ["ＡＢＣ　精工", "abc 精工", " ABC 精工 "])
def test_width_case_and_outer_blanks_make_no_difference_to_a_search(text: str) -> None:
    assert checks.search_form(text) == "abc 精工"

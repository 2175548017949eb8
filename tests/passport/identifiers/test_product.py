"""Product identifiers: every spelling, every broken rule with its code."""

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.kernel.identifiers import gs1_check_digit
from meguri.passport.identifiers import (
    Granularity,
    GranularityMismatch,
    InvalidIdentifier,
    Scheme,
    new_serial,
    passport_identifier,
    product_identifier,
    serial_range,
)
from meguri.passport.identifiers.gs1 import CSET_82
from meguri.passport.identifiers.product import from_parts
from meguri.passport.keys import key_of

BASE = "https://id.example.jp"
ITEM = f"{BASE}/01/09521234567899/21/MG26A000001"


def read(text: str) -> str:
    return product_identifier(text, BASE).uri


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(InvalidIdentifier) as refused:
        attempt()
    assert refused.value.status == 400
    assert refused.value.sentence("ja") != refused.value.sentence("en")
    return refused.value.code


@pytest.mark.parametrize(
    "text",
    [
        ITEM,
        "https://other.example/some/path/01/09521234567899/21/MG26A000001?17=290101&linkType=gs1:dpp#part",
        "(01)09521234567899(21)MG26A000001",
        "(21)MG26A000001(01)09521234567899",
        "urn:epc:id:sgtin:9521234.056789.MG26A000001",
        "  https://id.example.jp/01/09521234567899/21/MG26A000001 ",
    ],
)
def test_each_spelling_of_one_battery_has_the_same_canonical_uri(text: str) -> None:
    found = product_identifier(text, BASE)
    assert (found.uri, found.scheme, found.granularity) == (ITEM, Scheme.GS1, Granularity.ITEM)
    assert (found.gtin, found.serial, found.hri) == (
        "09521234567899",
        "MG26A000001",
        "(01)09521234567899(21)MG26A000001",
    )


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/01/09521234567898/21/A", "INVALID_GTIN_CHECK_DIGIT"),
        ("/01/9521234567899/21/A", "INVALID_GTIN_LENGTH"),
        ("/01/0952123456789X/21/A", "INVALID_GTIN_LENGTH"),
        ("/01/09521234567899/21/" + "A" * 21, "SERIAL_TOO_LONG"),
        ("/01/09521234567899/10/" + "A" * 21, "SERIAL_TOO_LONG"),
        ("/01/09521234567899/235/" + "A" * 29, "SERIAL_TOO_LONG"),
        ("/01/09521234567899/21/A~B", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/A%20B", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/..", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/10/%2E", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/A%23B", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/%E9%9B%BB", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/A%", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/A%FF", "INVALID_SERIAL_CHARSET"),
        ("/01/09521234567899/21/", "EMPTY_IDENTIFIER"),
        ("/01/09521234567899/21", "EMPTY_IDENTIFIER"),
        ("/01//21/A", "EMPTY_IDENTIFIER"),
        ("/01/09521234567899/21/A/10/L", "INVALID_QUALIFIER_SEQUENCE"),
        ("/01/09521234567899/10/L/22/V", "INVALID_QUALIFIER_SEQUENCE"),
        ("/01/09521234567899/21/A/21/B", "INVALID_QUALIFIER_SEQUENCE"),
        ("/01/09521234567899/235/A/21/B", "INVALID_QUALIFIER_SEQUENCE"),
        ("/01/09521234567899/17/290101", "INVALID_QUALIFIER_SEQUENCE"),
        ("/414/9521234000007", "INVALID_GLN"),
        ("/8004/" + "1" * 31, "SERIAL_TOO_LONG"),
        ("/8004/ABC", "INVALID_IDENTIFIER"),
    ],
)
def test_each_broken_rule_of_a_digital_link_has_its_code(path: str, code: str) -> None:
    assert code_of(lambda: product_identifier(BASE + path, BASE)) == code


def test_reserved_characters_are_encoded_exactly_once() -> None:
    found = product_identifier(f"{BASE}/01/09521234567899/21/A%2FB", BASE)
    assert (found.uri, found.serial) == (f"{BASE}/01/09521234567899/21/A%2FB", "A/B")
    assert product_identifier("(01)09521234567899(21)A%2FB", BASE).uri.endswith("/21/A%252FB")


def test_the_level_follows_from_the_key() -> None:
    levels = {
        "/01/09521234567899": Granularity.MODEL,
        "/01/09521234567899/22/V2": Granularity.MODEL,
        "/01/09521234567899/10/LOT7": Granularity.BATCH,
        "/01/09521234567899/22/V2/10/LOT7/21/S1": Granularity.ITEM,
        "/01/09521234567899/235/TP1": Granularity.ITEM,
        "/8004/9521234ABC": Granularity.ITEM,
    }
    for path, level in levels.items():
        assert product_identifier(BASE + path, "https://other.example").granularity is level


def test_a_declared_level_must_be_the_derived_one() -> None:
    with pytest.raises(GranularityMismatch) as refused:
        product_identifier(ITEM, BASE, Granularity.BATCH)
    assert refused.value.code == "GRANULARITY_MISMATCH"


def test_thirteen_digits_are_taken_in_forms_and_files_only() -> None:
    assert product_identifier("9521234567899", BASE, forms=True).uri == f"{BASE}/01/09521234567899"
    assert product_identifier("(01)9521234567899(21)A", BASE, forms=True).uri == f"{BASE}/01/09521234567899/21/A"
    assert code_of(lambda: product_identifier("(01)9521234567899(21)A", BASE)) == "INVALID_GTIN_LENGTH"


def test_other_schemes_keep_their_form() -> None:
    assert read("https://maker.example/id/ABC?x=1") == "https://maker.example/id/ABC?x=1"
    assert read("did:web:id.example.jp:batteries:7") == "did:web:id.example.jp:batteries:7"
    assert read("https://doi.org/10.1234/abc") == "https://doi.org/10.1234/abc"
    assert read("25SUN123456789ABC") == f"{BASE}/25S/UN123456789ABC"
    assert read("[)>\x1e06\x1d25SUN123456789ABC\x1e\x04") == f"{BASE}/25S/UN123456789ABC"
    assert read(f"{BASE}/25S/UN123456789ABC") == f"{BASE}/25S/UN123456789ABC"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "EMPTY_IDENTIFIER"),
        ("hello", "INVALID_IDENTIFIER"),
        ("http://maker.example/id", "INVALID_IDENTIFIER"),
        ("https://maker.example/" + "a" * 240, "SERIAL_TOO_LONG"),
        ("25Sabc", "INVALID_SERIAL_CHARSET"),
        ("25S", "EMPTY_IDENTIFIER"),
        ("did:key:z6Mk", "INVALID_IDENTIFIER"),
        ("urn:epc:id:sgtin:9521234.56789.A", "INVALID_IDENTIFIER"),
        ("urn:epc:id:sscc:9521234.56789", "INVALID_IDENTIFIER"),
        ("(21)ABC", "INVALID_IDENTIFIER"),
    ],
)
def test_what_is_no_identifier_is_refused(text: str, code: str) -> None:
    assert code_of(lambda: product_identifier(text, BASE)) == code


def test_other_epc_urns_name_the_same_things_as_their_keys() -> None:
    assert read("urn:epc:id:giai:9521234.ABC%2F1") == f"{BASE}/8004/9521234ABC%2F1"
    assert read("urn:epc:class:lgtin:9521234.056789.L1") == f"{BASE}/01/09521234567899/10/L1"
    assert read("urn:epc:id:sgln:9521234.00000.0") == f"{BASE}/414/9521234000006"
    assert read("urn:epc:id:sgln:9521234.00000.GATE") == f"{BASE}/414/9521234000006/254/GATE"
    assert read("urn:epc:id:pgln:9521234.00000") == f"{BASE}/417/9521234000006"


def test_a_passport_has_the_battery_s_id_and_a_successor_on_the_same_marking_another() -> None:
    product = product_identifier(ITEM, BASE)
    after = UUID("0191d0a0-0000-7000-8000-000000000001")
    assert passport_identifier(product) == ITEM
    assert passport_identifier(product, after) == f"{ITEM}?v={after}"
    assert product_identifier(passport_identifier(product, after), BASE).uri == ITEM


def test_new_serials_are_valid_random_and_unordered() -> None:
    made = [new_serial() for _ in range(200)]
    assert len(set(made)) == 200
    assert all(len(one) == 12 and not set(one) & set("ILOU") for one in made)
    assert made != sorted(made)


def test_a_range_of_serials_keeps_its_width() -> None:
    assert list(serial_range("MG26A{000001..000003}")) == ["MG26A000001", "MG26A000002", "MG26A000003"]
    assert list(serial_range("ONE")) == ["ONE"]
    assert code_of(lambda: list(serial_range("A{9..1}"))) == "INVALID_IDENTIFIER"


serials = st.text(sorted(CSET_82), min_size=1, max_size=20).filter(lambda text: text not in (".", ".."))


@given(st.text("0123456789", min_size=13, max_size=13), serials)
def test_reading_what_was_written_gives_the_same(body: str, serial: str) -> None:
    gtin = f"{body}{gs1_check_digit(body)}"
    made = from_parts(BASE, gtin, serial=serial)
    assert made.uri == f"{BASE}/01/{gtin}/21/{quote(serial, safe='')}"
    assert product_identifier(made.uri, BASE) == made


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for before in ("", f"{BASE}/01/", "urn:epc:id:sgtin:", "(01)", "25S"):
        with suppress(InvalidIdentifier):
            assert product_identifier(before + text, BASE).uri


def test_numbers_typed_with_full_width_signs_are_the_same_numbers_in_forms_but_not_in_codes() -> None:
    assert from_parts(BASE, "０９５２１２３４５６７８９９", serial="ＭＧ２６Ａ０００００１").uri == ITEM
    assert product_identifier("９５２１２３４５６７８９９", BASE, forms=True).uri == f"{BASE}/01/09521234567899"
    assert (
        product_identifier("（０１）０９５２１２３４５６７８９９（２１）ＭＧ２６Ａ０００００１", BASE, forms=True).uri
        == ITEM
    )
    assert code_of(lambda: from_parts(BASE, "09521234567899", serial="電池")) == "INVALID_SERIAL_CHARSET"
    assert code_of(lambda: product_identifier(f"{BASE}/01/０９５２１２３４５６７８９９", BASE)) == "INVALID_GTIN_LENGTH"


@pytest.mark.parametrize("text", ["http://[::1", "https://[x]/01/09521234567899/21/A", "http://[::1/25S123"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    assert code_of(lambda: read(text))
    assert code_of(lambda: key_of(text))

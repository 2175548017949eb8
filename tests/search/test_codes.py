"""A scanned code is found by what it names, however the scanner spells it."""

import pytest

from meguri.search.codes import names_in

GTIN, SERIAL = "09521234567899", "MG26A000001"


@pytest.mark.parametrize(
    "code",
    [
        f"https://id.example.jp/01/{GTIN}/21/{SERIAL}",
        f"http://127.0.0.1:8000/x/01/{GTIN}/21/{SERIAL}?linkType=all",
        f"(01){GTIN}(21){SERIAL}",
        f"(01) {GTIN} (21) {SERIAL}",
        f"01{GTIN}21{SERIAL}",
        f"]d201{GTIN}21{SERIAL}",
        f"]C101{GTIN}1726123121{SERIAL}",
        f"01{GTIN}10B7\x1d21{SERIAL}",
        f"01{GTIN}10B7 21{SERIAL}",
    ],
)
def test_each_spelling_names_the_battery_first_and_its_product_too(code: str) -> None:
    names = names_in(code)
    assert names[0] == SERIAL
    assert GTIN in names


def test_an_address_of_another_kind_names_its_last_part() -> None:
    assert names_in("https://example.jp/p/ABC%20-1/")[0] == "ABC -1"


@pytest.mark.parametrize("text", ["REUSE-0001", "電池パック BP-75", "0152", "01", "http://[::1"])
def test_what_is_no_code_names_itself(text: str) -> None:
    assert names_in(text) == [text]

"""Identifiers of operators and facilities."""

import pytest

from meguri.passport.identifiers import InvalidIdentifier, facility_identifier, operator_identifier
from meguri.passport.identifiers.operators import OperatorScheme, has_wrong_check, is_business_partner


@pytest.mark.parametrize(
    ("text", "scheme", "registry"),
    [
        ("LEIXG-529900MEGURIBATT0170", OperatorScheme.LEI, True),
        ("NTRJP-7123456789012", OperatorScheme.NTR, True),
        ("NTRDE-HRB12345", OperatorScheme.NTR, True),
        ("VATDE-123456789", OperatorScheme.VAT, True),
        ("EIDFR-X1", OperatorScheme.EID, True),
        ("9521234000006", OperatorScheme.GLN, False),
        ("https://id.example.jp/417/9521234000006", OperatorScheme.GLN, False),
        ("0188:7123456789012", OperatorScheme.ISO_6523, False),
        ("did:web:id.example.jp", OperatorScheme.DID, False),
        ("https://doi.org/10.1234/x", OperatorScheme.DOI, False),
    ],
)
def test_each_scheme_is_known_and_whether_the_registry_takes_it(
    text: str, scheme: OperatorScheme, registry: bool
) -> None:
    found = operator_identifier(text)
    assert (found.scheme, found.registry_takes_it) == (scheme, registry)


@pytest.mark.parametrize(
    "text",
    [
        "LEIXG-529900MEGURIBATT0171",
        "529900MEGURIBATT0170",
        "NTRJP-8123456789012",
        "NTRJP-712345678901",
        "9521234000007",
        "https://id.example.jp/414/9521234000006",
        "VATDE-1",
        "",
    ],
)
def test_a_wrong_form_or_check_digit_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        operator_identifier(text)
    assert refused.value.code == "INVALID_OPERATOR_ID"


def test_a_facility_has_its_own_digital_link() -> None:
    assert facility_identifier("https://id.example.jp/414/9521234000006").scheme is OperatorScheme.GLN


def test_business_partner_numbers_say_what_they_name() -> None:
    assert is_business_partner("BPNL00000003AYRE", "L")
    assert not is_business_partner("BPNA00000003AYRE", "L")
    assert not is_business_partner("BPNL0000", "L")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("LEIXG-529900MEGURIBATT0171", True),
        ("NTRJP-8123456789012", True),
        ("9521234000007", True),
        ("https://id.example.jp/414/9521234000007", True),
        ("https://id.example.jp/x/417/95212340000", True),
        ("LEIXG-529900MEGURIBATT0170", False),
        ("7123456789012", False),
        ("https://id.example.jp/417/9521234000006", False),
        ("BPNL00000003AYRE", False),
        ("a number of our own", False),
    ],
)
def test_a_wrong_check_digit_is_proved_only_where_the_scheme_is_known(text: str, wrong: bool) -> None:
    assert has_wrong_check(text) is wrong

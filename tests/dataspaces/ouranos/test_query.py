"""Query parameters and the way to the next page: pure."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.dataspaces.ouranos.query import BadParameter, Query, next_link

ONE = "b39e6248-c888-56ca-d9d0-89de1b1adc8e"
TWO = "15572d1c-ec13-0d78-7f92-dd4278871373"


@pytest.mark.parametrize(
    "raw, limit",
    [(b"", 100), (b"limit=", 100), (b"limit=1", 1), (b"limit=%2B5", 5), (b"limit=+5", 5), (b"limit=007", 7)],
)
def test_a_limit_is_a_signed_decimal_integer(raw: bytes, limit: int) -> None:
    assert Query(raw).limit() == limit


@pytest.mark.parametrize(
    "text", ["three", "0", "-1", "101", "1.5", "++5", "%20+5", "1_0", "１", " 1", "9" * 40, "0x10"]
)
def test_any_other_limit_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="limit"):
        Query(f"limit={text}".encode()).limit()


@pytest.mark.parametrize(
    "text", ["invalid_uuid", "x" * 36, ONE.replace("-", ""), f"{{{ONE}}}", ONE[:-1], f" {ONE}", f"{ONE}%00"]
)
def test_an_identifier_is_exactly_of_its_form(text: str) -> None:
    with pytest.raises(BadParameter, match="after"):
        Query(f"after={text}".encode()).uuid("after")


def test_an_identifier_may_be_written_in_any_case_and_version() -> None:
    assert Query(f"traceId={ONE.upper()}".encode()).uuid("traceId") == UUID(ONE)
    assert Query(b"traceId=00000000-0000-0000-0000-000000000000").uuid("traceId") == UUID(int=0)


def test_an_empty_optional_parameter_is_absent_and_a_required_one_is_missing() -> None:
    assert Query(b"traceId=").uuid("traceId") is None
    assert Query(b"traceIds=").uuids("traceIds", 50) == []
    with pytest.raises(BadParameter):
        Query(b"traceId=").required_uuid("traceId")
    with pytest.raises(BadParameter):
        Query(b"traceIds=").uuids("traceIds", 50, required=True)


@pytest.mark.parametrize("text", ["a,,b", f"{ONE},", f",{ONE}", f"{ONE}, {TWO}", f"{ONE},bad", ",".join([ONE] * 51)])
def test_one_bad_element_or_one_too_many_spoils_a_list(text: str) -> None:
    with pytest.raises(BadParameter, match="traceIds"):
        Query(f"traceIds={text.replace(' ', '%20')}".encode()).uuids("traceIds", 50)


def test_duplicates_count_for_the_limit_and_then_collapse_to_the_first() -> None:
    assert Query(f"x={TWO},{ONE},{TWO}".encode()).uuids("x", 3) == [UUID(TWO), UUID(ONE)]
    with pytest.raises(BadParameter):
        Query(f"x={TWO},{ONE},{TWO}".encode()).uuids("x", 2)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_truth_is_spelt_as_in_go(text: str) -> None:
    assert Query(f"parentFlag={text}".encode()).boolean("parentFlag") is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_so_is_falsehood(text: str) -> None:
    assert Query(f"parentFlag={text}".encode()).boolean("parentFlag") is False


@pytest.mark.parametrize("text", ["yes", "2", "tRUE", "on"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="parentFlag"):
        Query(f"parentFlag={text}".encode()).boolean("parentFlag")


def test_of_a_repeated_parameter_the_first_counts() -> None:
    assert Query(b"limit=1&limit=2").limit() == 1


def test_a_link_names_the_target_first_and_then_what_is_in_effect_in_alphabetical_order() -> None:
    in_effect = {
        "limit": 100,
        "after": ONE,
        "partsName": "部品 A&B",
        "parentFlag": True,
        "plantId": None,
        "traceId": "",
    }
    assert next_link("http://h", "parts", in_effect) == (
        f"<http://h/api/v1/datatransport?dataTarget=parts&after={ONE}&limit=100&parentFlag=true"
        '&partsName=%E9%83%A8%E5%93%81+A%26B>; rel="next"'
    )


@given(st.binary(max_size=200))
def test_no_query_breaks_the_reader(raw: bytes) -> None:
    query = Query(raw)
    for read in (
        query.limit,
        lambda: query.uuid("after"),
        lambda: query.uuids("traceIds", 5),
        lambda: query.boolean("f"),
    ):
        with suppress(BadParameter):
            assert read() is not NotImplemented

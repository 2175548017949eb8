"""The code that people compare, versions in common, and what messages may carry."""

from uuid import uuid4

import pytest

from meguri.dataspaces.federation.codes import link_code
from meguri.dataspaces.federation.linking import common_version
from meguri.dataspaces.federation.payloads import unsound_field, wrong_envelope, wrong_field


def test_the_code_is_that_of_the_vector_from_either_side() -> None:
    one, other = "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y", "AkXIZFzonb59ZmGwyKgi3H3BwMi6amevqdKQiLZhdtc"
    link_id = "0197c5e1-2222-7abc-8def-001122334455"
    assert link_code(one, other, link_id) == link_code(other, one, link_id) == "1SZKE-XCAK6"
    assert link_code(one, one, link_id) != "1SZKE-XCAK6"


@pytest.mark.parametrize(
    ("supported", "version"),
    [([{"protocol": "meguri-fed", "min": 1, "max": 3}], 1), ([{"protocol": "meguri-fed", "min": 2, "max": 3}], None),
     ([{"protocol": "other", "min": 1, "max": 1}], None), ([], None), ("x", None), ([{"protocol": "meguri-fed"}], None)],
)  # fmt: skip
def test_the_highest_version_in_common_is_spoken(supported: object, version: int | None) -> None:
    assert common_version(supported) == version


RESULT = {
    "tradeId": str(uuid4()),
    "version": 1,
    "responderTraceId": str(uuid4()),
    "pre": "11.25",
    "main": "50",
    "unit": "kgCO2e/kilogram",
}


@pytest.mark.parametrize(
    ("change", "field"),
    [({}, None), ({"pre": None}, None), ({"more": 1}, None), ({"pre": 11.25}, "pre"), ({"pre": "1.234567"}, "pre"),
     ({"pre": "-1"}, "pre"), ({"pre": "01"}, "pre"), ({"version": "1"}, "version"), ({"tradeId": "x"}, "tradeId"),
     ({"main": "1e3"}, "main")],
)  # fmt: skip
def test_a_result_has_figures_as_text_with_five_decimals_at_most(change: dict[str, object], field: str | None) -> None:
    assert wrong_field("result.cfp", {**RESULT, **change}) == field


def test_a_word_that_only_a_newer_node_knows_is_no_fault_of_form() -> None:
    item = {"traceId": str(uuid4()), "partsName": "セル"}
    newer = {"tradeId": str(uuid4()), "kind": "water", "item": item}
    assert unsound_field("trade.request", newer) is None
    assert unsound_field("trade.response", {"tradeId": str(uuid4()), "decision": "perhaps"}) is None
    for wrong, name in (
        ({**newer, "kind": 7}, "kind"),
        ({**newer, "kind": ""}, "kind"),
        ({**newer, "kind": "w" * 61}, "kind"),
        ({**newer, "item": {}}, "item"),
        ({"tradeId": str(uuid4()), "item": item}, "kind"),
    ):
        assert unsound_field("trade.request", wrong) == name
    assert unsound_field("receipt", {"of": str(uuid4()), "outcome": "perhaps", "contentHash": ""}) == "outcome"
    assert unsound_field("ping", []) == "payload"


def test_closed_values_are_closed_and_envelopes_are_whole() -> None:
    assert wrong_field("trade.response", {"tradeId": str(uuid4()), "decision": "perhaps"}) == "decision"
    assert wrong_field("ping", {}) is None
    assert wrong_field("ping", []) == "payload"
    assert wrong_envelope({"specVersion": "1"}) == "messageId"
    assert wrong_envelope([]) == "/"

"""Validation texts, character by character."""

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Invalid
from meguri.dataspaces.ouranos.bodies import account, cfp, company, dd, parts, trade
from meguri.dataspaces.ouranos.gojson import Body, shortest
from meguri.dataspaces.ouranos.goscan import JsonProblem

ONE, TWO = "b39e6248-c888-56ca-d9d0-89de1b1adc8e", "15572d1c-ec13-0d78-7f92-dd4278871373"
Check = Callable[[Any], Any]

PARTS: tuple[Body[Any], Check] = (parts.PARTS, parts.check_parts)
STRUCTURE: tuple[Body[Any], Check] = (parts.STRUCTURE, parts.check_structure)
TRADE: tuple[Body[Any], Check] = (trade.TRADE_REQUEST, trade.check_trade_request)
STATUS: tuple[Body[Any], Check] = (trade.STATUS, trade.check_status)
CFP: tuple[Body[Any], Check] = (cfp.CFP, cfp.check_cfp)
DD: tuple[Body[Any], Check] = (dd.DD, dd.check_dd)
OPERATOR: tuple[Body[Any], Check] = (company.OPERATOR, company.check_operator)
PLANT: tuple[Body[Any], Check] = (company.PLANT, company.check_plant)
LOGIN: tuple[Body[Any], Check] = (account.LOGIN, account.check_login)
REFRESH: tuple[Body[Any], Check] = (account.REFRESH, account.check_refresh)
CHANGE: tuple[Body[Any], Check] = (account.CHANGE, account.check_change)
KEY: tuple[Body[Any], Check] = (account.VERIFY_API_KEY, account.check_api_key)
TOKEN: tuple[Body[Any], Check] = (account.VERIFY_TOKEN, account.check_token)
ALL = [PARTS, STRUCTURE, TRADE, STATUS, CFP, DD, OPERATOR, PLANT, LOGIN, REFRESH, CHANGE, KEY, TOKEN]


def checked(kind: tuple[Body[Any], Check], body: object) -> Any:
    reader, check = kind
    return check(reader.read(b"" if body is None else json.dumps(body).encode()))


def text_of(kind: tuple[Body[Any], Check], body: object) -> str:
    with pytest.raises(Invalid) as caught:
        checked(kind, body)
    return caught.value.text


def part(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "amountRequired": None,
        "amountRequiredUnit": "kilogram",
        "operatorId": ONE,
        "partsName": "部品A",
        "plantId": TWO,
        "supportPartsName": "modelA",
        "terminatedFlag": False,
        "traceId": None,
    }
    return base | changes


def child(**changes: object) -> dict[str, object]:
    return part(amountRequired=5) | changes


def without(body: dict[str, object], *keys: str) -> dict[str, object]:
    return {key: value for key, value in body.items() if key not in keys}


def request(trade_changes: dict[str, object] | None = None, **status_changes: object) -> dict[str, object]:
    return {
        "tradeModel": {
            "tradeId": None,
            "downstreamOperatorId": ONE,
            "upstreamOperatorId": TWO,
            "downstreamTraceId": ONE,
            "upstreamTraceId": None,
        }
        | (trade_changes or {}),
        "statusModel": {
            "statusId": None,
            "tradeId": None,
            "message": "m",
            "replyMessage": None,
            "requestStatus": {},
            "requestType": "CFP",
            "responseDueDate": "2024-12-31",
        }
        | status_changes,
    }


def status(state: object = "CANCEL", **changes: object) -> dict[str, object]:
    return {"statusId": ONE, "tradeId": TWO, "requestStatus": {"cfpResponseStatus": state}} | changes


def row(kind: str, **changes: object) -> dict[str, object]:
    pre = kind.startswith("pre")
    scores = {"TeR": 1, "GeR": 2, "TiR": 3} if pre else {"TeR": 2, "GeR": 3, "TiR": 4}
    return {
        "cfpId": None,
        "traceId": ONE,
        "ghgEmission": 1.5,
        "ghgDeclaredUnit": "kgCO2e/kilogram",
        "cfpType": kind,
        "dqrType": "preProcessing" if pre else "mainProcessing",
        "dqrValue": scores,
    } | changes


KINDS = ("mainProduction", "preProduction", "mainComponent", "preComponent")


def rows(*changes: dict[str, object]) -> list[dict[str, object]]:
    """Four rows, mainProduction first; the n-th change is made to the n-th row."""
    given = [*changes, {}, {}, {}, {}]
    return [row(kind) | given[place] for place, kind in enumerate(KINDS)]


def scored(**changes: object) -> dict[str, object]:
    return {"dqrValue": {"TeR": 2, "GeR": 3, "TiR": 4} | changes}


EMPTY_PART = (
    "; ".join(f"{key}: cannot be blank" for key in ("operatorId", "partsName", "plantId", "terminatedFlag")) + "."
)
EMPTY_CHILD = f"amountRequired: is required; amountRequiredUnit: is required; {EMPTY_PART}"
FOUR = (
    "cfp models must be 4 elements; cfpType preProduction is insufficient; cfpType mainProduction is insufficient; "
    "cfpType preComponent is insufficient; cfpType mainComponent is insufficient."
)
GENERAL = (
    "amountRequired: must be blank; amountRequiredUnit: cannot be allowed 'kg'; operatorId: invalid UUID; "
    "partsAddInfo2: the length must be no more than 50; partsName: cannot be blank; plantId: cannot be blank; "
    "supportPartsName: the length must be no more than 50; terminatedFlag: cannot be blank; traceId: invalid UUID."
)
FIFTH = "must be a value up to the 5th decimal place"
TABLE = [
    (PARTS, {}, EMPTY_PART),
    (PARTS, None, EMPTY_PART),
    (
        PARTS,
        {
            "amountRequired": 1,
            "amountRequiredUnit": "kg",
            "operatorId": "x",
            "traceId": "",
            "plantId": "",
            "partsName": "",
            "supportPartsName": "a" * 51,
            "partsAddInfo2": "b" * 51,
        },
        GENERAL,
    ),
    (PARTS, part(amountRequired=0), "amountRequired: must be blank."),
    (PARTS, part(partsName="部" * 51), "partsName: the length must be between 1 and 50."),
    (PARTS, part(partsName="a\x00"), "partsName: must be in a valid format."),
    (PARTS, part(operatorId="b39e6248-c888-56ca-d9d0-89de1b1adc8g"), "operatorId: invalid UUID."),
    (STRUCTURE, {}, "parentPartsModel: cannot be blank; childrenPartsModel: cannot be blank."),
    (
        STRUCTURE,
        {"parentPartsModel": part(), "childrenPartsModel": [{}]},
        f"childrenPartsModel[0]: ({EMPTY_CHILD}).",
    ),
    (
        STRUCTURE,
        {"parentPartsModel": part(), "childrenPartsModel": [None]},
        f"childrenPartsModel[0]: ({EMPTY_CHILD}).",
    ),
    (
        STRUCTURE,
        {
            "parentPartsModel": part(operatorId="", partsName=""),
            "childrenPartsModel": [child(operatorId="", partsName="")],
        },
        "parentPartsModel: (operatorId: cannot be blank; partsName: cannot be blank.); "
        "childrenPartsModel[0]: (operatorId: cannot be blank; partsName: cannot be blank.).",
    ),
    (
        STRUCTURE,
        {
            "parentPartsModel": None,
            "childrenPartsModel": [
                child(),
                without(child(), "amountRequired", "amountRequiredUnit"),
                child(amountRequired=0.000001),
                child(amountRequired=-1),
                child(amountRequired=100000.1234567),
            ],
        },
        "parentPartsModel: cannot be blank; "
        "childrenPartsModel[1]: (amountRequired: is required; amountRequiredUnit: is required.); "
        "childrenPartsModel[2]: (amountRequired: must be a value up to the 5th decimal place.); "
        "childrenPartsModel[3]: (amountRequired: must be no less than 0.); "
        "childrenPartsModel[4]: (amountRequired: must be no greater than 99999.99999.).",
    ),
    (
        STRUCTURE,
        {"parentPartsModel": part(), "childrenPartsModel": [{}] * 51},
        "childrenPartsModel: the length must be no more than 50.",
    ),
    (
        TRADE,
        {},
        "downstreamOperatorId: cannot be blank; downstreamTraceId: cannot be blank; upstreamOperatorId: cannot be "
        "blank.; requestType: cannot be blank; responseDueDate: cannot be blank.",
    ),
    (
        TRADE,
        request({"downstreamOperatorId": "x", "upstreamOperatorId": "x", "tradeId": ONE}, statusId="x", tradeId="x"),
        "downstreamOperatorId: invalid UUID; upstreamOperatorId: invalid UUID.; statusId: invalid UUID; tradeId: "
        "invalid UUID.; tradeModel.tradeId and statusModel.tradeId must be equal.",
    ),
    (
        TRADE,
        request({"tradeId": "x"}, statusId="x", tradeId="x"),
        "tradeId: invalid UUID.; statusId: invalid UUID; tradeId: invalid UUID.",
    ),
    (TRADE, request({"tradeId": "x"}, statusId=ONE, tradeId="x"), "tradeId: invalid UUID."),
    (
        TRADE,
        request({"tradeId": ONE}, statusId=None, tradeId=TWO),
        "tradeModel.tradeId, statusModel.statusId, and statusModel.tradeId must all have values or all be null; "
        "tradeModel.tradeId and statusModel.tradeId must be equal.",
    ),
    (
        TRADE,
        request({"tradeId": ONE}, statusId=ONE, tradeId=None),
        "tradeModel.tradeId, statusModel.statusId, and statusModel.tradeId must all have values or all be null.",
    ),
    (
        TRADE,
        request({"downstreamOperatorId": "x", "tradeId": ONE}, statusId=ONE, tradeId=TWO),
        "downstreamOperatorId: invalid UUID.; tradeModel.tradeId and statusModel.tradeId must be equal.",
    ),
    (
        TRADE,
        request(message="m" * 1001, requestType="hoge", responseDueDate="2024/12/31"),
        "message: the length must be no more than 1000; requestType: cannot be allowed 'hoge'; "
        "responseDueDate: must be a valid date.",
    ),
    (TRADE, request(responseDueDate="2024-02-30"), "responseDueDate: must be a valid date."),
    (TRADE, request(requestType="%s"), "requestType: cannot be allowed '%s'."),
    (
        STATUS,
        {},
        "statusId: cannot be blank; tradeId: cannot be blank.; requestStatus: (cfpResponseStatus: cannot be blank).",
    ),
    (
        STATUS,
        status("invalid_enum", tradeId=None),
        "tradeId: cannot be blank.; requestStatus: (cfpResponseStatus: cannot be allowed 'invalid_enum').",
    ),
    (
        STATUS,
        status("COMPLETED", statusId=None, tradeId="x", replyMessage="r" * 1001),
        "replyMessage: the length must be no more than 1000; statusId: cannot be blank; tradeId: invalid UUID.; "
        "requestStatus: (cfpResponseStatus: cannot be allowed 'COMPLETED').",
    ),
    (STATUS, status(statusId="x"), "statusId: invalid UUID."),
    (STATUS, status(statusId=""), "statusId: cannot be blank."),
    (CFP, [], FOUR),
    (CFP, None, FOUR),
    (
        CFP,
        rows(*({"traceId": ""},) * 4),
        "cfpModel[0]: (traceId: cannot be blank.); cfpModel[1]: (traceId: cannot be blank.); "
        "cfpModel[2]: (traceId: cannot be blank.); cfpModel[3]: (traceId: cannot be blank.).",
    ),
    (
        CFP,
        rows({"ghgEmission": -1.2, "cfpId": TWO} | scored(TeR=0.2), {"cfpId": ONE}, {"cfpId": ONE} | scored(TeR=0.1))[
            :3
        ],
        "cfpModel[0]: (ghgEmission: must be no less than 0.); cfp models must be 4 elements; "
        "cfpType preComponent is insufficient; ensure all objects have the same cfpId; "
        "different dqrValues are set for the same dqrType.",
    ),
    (
        CFP,
        rows({"dqrType": ""}),
        "cfpModel[0]: (dqrType: cannot be blank.; ensure the combination of cfpType and dqrType is correct.).",
    ),
    (
        CFP,
        rows({"dqrType": "X", "ghgEmission": 100000, "traceId": ""}),
        "cfpModel[0]: (dqrType: cannot be allowed 'X'; ghgEmission: must be no greater than 99999.99999; traceId: "
        "cannot be blank.; ensure the combination of cfpType and dqrType is correct.); "
        "ensure all objects have the same traceId.",
    ),
    (
        CFP,
        rows(scored(GeR=0.111111, TiR=-1), {}, scored(GeR=0.111111, TiR=-1)),
        f"cfpModel[0]: (dqrValue: (GeR: {FIFTH}; TiR: must be no less than 0.).); "
        f"cfpModel[2]: (dqrValue: (GeR: {FIFTH}; TiR: must be no less than 0.).).",
    ),
    (
        CFP,
        rows({"dqrType": "preProcessing"} | scored(TeR=-1)),
        "cfpModel[0]: (ensure the combination of cfpType and dqrType is correct; dqrValue: (TeR: must be no less than "
        "0.).); different dqrValues are set for the same dqrType.",
    ),
    (
        CFP,
        rows({"cfpType": "preProductionTotal"}),
        "cfpModel[0]: (cfpType: cannot be allowed 'preProductionTotal'.); cfpType mainProduction is insufficient.",
    ),
    (
        CFP,
        rows(*({"ghgEmission": 0},) * 4),
        "set ghgEmission to a value greater than 0 for cfpType of preProduction or preComponent; "
        "set ghgEmission to a value greater than 0 for cfpType of mainProduction or mainComponent.",
    ),
    (
        CFP,
        rows({"cfpId": ONE}, {"cfpId": ONE, "traceId": TWO}, {"cfpId": None}, {"cfpId": ONE}),
        "ensure all objects have the same traceId; ensure all objects have the same cfpId.",
    ),
    (CFP, rows({}, {"ghgDeclaredUnit": "kgCO2e/liter"}), "ensure all objects have the same ghgDeclaredUnit."),
    (LOGIN, {}, "accountPassword: cannot be blank; operatorAccountId: cannot be blank."),
    (LOGIN, {"operatorAccountId": "a@", "accountPassword": "x"}, "operatorAccountId: must be a valid email address."),
    (REFRESH, {}, "refreshToken: cannot be blank."),
    (CHANGE, {}, "newPassword: cannot be blank."),
    (CHANGE, {"newPassword": "short"}, "newPassword: the length must be between 8 and 20."),
    (CHANGE, {"newPassword": "longenough"}, "newPassword: must include at least one upper case letter."),
    (CHANGE, {"newPassword": "LONGENOUGH"}, "newPassword: must include at least one lower case letter."),
    (CHANGE, {"newPassword": "LongEnough"}, "newPassword: must include at least one digit."),
    (CHANGE, {"newPassword": "LongEnough1"}, "newPassword: must include at least one special character."),
    (
        OPERATOR,
        {},
        "openOperatorId: cannot be blank; operatorAddress: cannot be blank; operatorAttribute: cannot be blank; "
        "operatorId: cannot be blank; operatorName: cannot be blank.",
    ),
    (
        OPERATOR,
        {
            "operatorId": "",
            "operatorName": "n",
            "operatorAddress": "a",
            "openOperatorId": "1",
            "operatorAttribute": {"globalOperatorId": "g" * 257},
        },
        "operatorId: cannot be blank.; operatorAttribute: (globalOperatorId: the length must be no more than 256.).",
    ),
    (
        PLANT,
        {},
        "openPlantId: is required; operatorId: cannot be blank; plantAddress: cannot be blank; "
        "plantAttribute: cannot be blank; plantName: cannot be blank.",
    ),
    *(
        (
            PLANT,
            {"openPlantId": open_id, "operatorId": ONE, "plantAddress": "a", "plantAttribute": {}, "plantName": "n"},
            text,
        )
        for open_id, text in (
            ("", "openPlantId: the last 6 digits must always be numeric."),
            ("xxxxx-12345x", "openPlantId: the last 6 digits must always be numeric."),
            ("12345", "openPlantId: the last 6 digits must always be numeric."),
            ("1" * 27, "openPlantId: the length must be no more than 26."),
        )
    ),
    (KEY, {}, "apiKey: cannot be blank; ipAddress: cannot be blank."),
    (TOKEN, {}, "idToken: cannot be blank."),
    (
        DD,
        {"traceId": ONE, "ddType": "total", "assessedAt": "2026-01-01", "standard": "OECD", "ddScore": 100.5},
        "ddScore: must be no greater than 100; ddType: cannot be allowed 'total'.",
    ),
    (
        DD,
        {"traceId": ONE, "ddType": "own", "assessedAt": "2026-01-01", "standard": "OECD", "items": [{}]},
        "items[0]: (code: cannot be blank; result: cannot be blank.).",
    ),
]


@pytest.mark.parametrize("kind, body, text", TABLE, ids=[f"{place}" for place in range(len(TABLE))])
def test_a_broken_rule_is_told_in_the_contracts_words(kind: tuple[Body[Any], Check], body: object, text: str) -> None:
    assert text_of(kind, body) == text


@pytest.mark.parametrize(
    "value, exact",
    [(10.0, "10"), (0.1, "0.1"), (99999.99999, "99999.99999"), (1e-5, "0.00001"), (-0.0, "0"), (5, "5")],
)
def test_a_double_stands_for_its_shortest_decimal(value: float, exact: str) -> None:
    assert shortest(value) == Decimal(exact)
    assert atoms.number(value) is None


@pytest.mark.parametrize("value", [99999.999991, 0.000001, 1.0000001])
def test_a_sixth_decimal_is_refused(value: float) -> None:
    assert atoms.number(value) in (FIFTH, "must be no greater than 99999.99999")


@given(st.integers(0, 9_999_999_999))
def test_every_decimal_within_the_contract_survives_the_double(hundred_thousandths: int) -> None:
    exact = Decimal(hundred_thousandths).scaleb(-5)
    assert atoms.number(float(exact)) is None
    assert shortest(float(exact)) == exact


def test_checked_parts_carry_the_words_of_the_service() -> None:
    taken = checked(STRUCTURE, {"parentPartsModel": part(), "childrenPartsModel": [child(amountRequiredUnit="")]})
    assert str(taken.parent.plant_id) == TWO
    assert taken.children[0].amount == 5
    assert taken.children[0].unit is None
    assert [str(one) for one in taken.operator_ids] == [ONE, ONE]


def test_a_request_that_names_its_ids_is_an_amendment_whatever_their_case() -> None:
    taken = checked(TRADE, request({"tradeId": ONE.upper()}, statusId=TWO, tradeId=ONE))
    assert str(taken.trade_id) == ONE
    assert str(taken.request_id) == TWO


def test_status_accepts_what_clients_send_on_cancel() -> None:
    taken = checked(STATUS, status(responseDueDate="", message=None, requestType="CFP"))
    assert taken.state == "CANCEL"


def test_shared_null_scores_are_equal() -> None:
    nothing = {"dqrValue": {"TeR": None, "GeR": None, "TiR": None}}
    taken = checked(CFP, rows(nothing, {}, nothing))
    assert taken.declared.main_quality.ter is None
    assert taken.declared.pre_quality.tir == 3


def test_the_order_of_the_rows_does_not_change_the_verdict_on_scores() -> None:
    nothing = {"dqrValue": {}}
    wanted = "different dqrValues are set for the same dqrType."
    assert text_of(CFP, rows(nothing)) == wanted
    assert text_of(CFP, rows({}, {}, nothing)) == wanted


VALUES = st.none() | st.booleans() | st.floats(-1e6, 1e6) | st.text(max_size=60) | st.sampled_from([ONE, "CFP", "own"])
NAMES = [
    "operatorId", "traceId", "plantId", "partsName", "terminatedFlag", "amountRequired", "parentPartsModel",
    "childrenPartsModel", "tradeModel", "statusModel", "requestStatus", "cfpResponseStatus", "statusId", "tradeId",
    "cfpType", "dqrType", "dqrValue", "TeR", "ghgEmission", "ddType", "items", "openPlantId", "newPassword",
]  # fmt: skip
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


@given(DOCUMENTS)
def test_whatever_is_sent_the_only_answers_are_an_input_or_a_sentence(document: object) -> None:
    raw = json.dumps(document).encode()
    for reader, check in ALL:
        with suppress(JsonProblem, Invalid):
            assert check(reader.read(raw))

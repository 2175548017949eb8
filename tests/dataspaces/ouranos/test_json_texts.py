"""JSON syntax and type texts, character by character."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.dataspaces.ouranos.bodies.account import CHANGE, LOGIN, REFRESH, VERIFY_API_KEY, VERIFY_TOKEN
from meguri.dataspaces.ouranos.bodies.cfp import CFP
from meguri.dataspaces.ouranos.bodies.company import OPERATOR, PLANT
from meguri.dataspaces.ouranos.bodies.dd import DD
from meguri.dataspaces.ouranos.bodies.parts import PARTS, STRUCTURE
from meguri.dataspaces.ouranos.bodies.trade import STATUS, TRADE_REQUEST
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.goscan import JsonProblem, Members, Number, Value, read

BODIES = [PARTS, STRUCTURE, TRADE_REQUEST, STATUS, CFP, DD, OPERATOR, PLANT, LOGIN, REFRESH, CHANGE]


def text_of(body: Body, raw: bytes) -> str:
    with pytest.raises(JsonProblem) as caught:
        body.read(raw)
    return caught.value.text


def verdict(body: Body, raw: bytes) -> object:
    """What was read, or the sentence that refuses it."""
    try:
        return body.read(raw)
    except JsonProblem as problem:
        return problem.text


SYNTAX = [
    (b'{"a":,}', "invalid character ',' looking for beginning of value"),
    (b",", "invalid character ',' looking for beginning of value"),
    (b"x", "invalid character 'x' looking for beginning of value"),
    (b"NaN", "invalid character 'N' looking for beginning of value"),
    (b"[1,]", "invalid character ']' looking for beginning of value"),
    (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
    (b"{a:1}", "invalid character 'a' looking for beginning of object key string"),
    (b"{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
    (b"{,}", "invalid character ',' looking for beginning of object key string"),
    (b'{"a" 1}', "invalid character '1' after object key"),
    (b'{"a":"b" "c":1}', "invalid character '\"' after object key:value pair"),
    (b'{"a":01}', "invalid character '1' after object key:value pair"),
    (b"[1 2]", "invalid character '2' after array element"),
    (b'{"a":1.}', "invalid character '}' after decimal point in numeric literal"),
    (b'{"a":-}', "invalid character '}' in numeric literal"),
    (b'{"a":1e}', "invalid character '}' in exponent of numeric literal"),
    (b'{"a":1e+}', "invalid character '}' in exponent of numeric literal"),
    (b'{"a":tru}', "invalid character '}' in literal true (expecting 'e')"),
    (b'{"a":nil}', "invalid character 'i' in literal null (expecting 'u')"),
    (b'{"a":"b\nc"}', "invalid character '\\n' in string literal"),
    (b'{"a":"\x00"}', "invalid character '\\x00' in string literal"),
    (b'{"a":"\\x"}', "invalid character 'x' in string escape code"),
    (b'{"a":"\\u12g4"}', "invalid character 'g' in \\u hexadecimal character escape"),
    (b"\xef\xbb\xbf{}", "invalid character 'ï' looking for beginning of value"),
    (b"\xa0{}", "invalid character '\\u00a0' looking for beginning of value"),
    (b"[" * 10_001, "invalid character '[' exceeded max depth"),
    (b'{"a":', "unexpected EOF"),
    (b'{"a":"b', "unexpected EOF"),
    (b'{"a":"\\u12', "unexpected EOF"),
    (b'{"a":1', "unexpected EOF"),
    (b'{"a":1.', "unexpected EOF"),
    (b'{"a":tr', "unexpected EOF"),
    (b"-", "unexpected EOF"),
    (b"[" * 9_999, "unexpected EOF"),
    (b" \r\n\t", "unexpected EOF"),
]


@pytest.mark.parametrize("raw, text", SYNTAX, ids=[repr(raw[:20]) for raw, _ in SYNTAX])
@pytest.mark.parametrize("body", [PARTS, CFP], ids=["object", "array"])
def test_a_syntax_error_is_told_in_the_decoders_words(body: Body, raw: bytes, text: str) -> None:
    assert text_of(body, raw) == text


TYPES = [
    (PARTS, b'{"partsName":1}', "partsName: Unmarshal type error: expected=string, got=number."),
    (PARTS, b'{"terminatedFlag":"true"}', "terminatedFlag: Unmarshal type error: expected=bool, got=string."),
    (PARTS, b'{"amountRequired":"1"}', "amountRequired: Unmarshal type error: expected=float64, got=string."),
    (PARTS, b'{"amountRequired":true}', "amountRequired: Unmarshal type error: expected=float64, got=bool."),
    (PARTS, b'{"amountRequired":1e400}', "amountRequired: Unmarshal type error: expected=float64, got=number 1e400."),
    (PARTS, b"[]", ": Unmarshal type error: expected=traceability.PutPartsInput, got=array."),
    (
        STRUCTURE,
        b'{"childrenPartsModel":[{"partsName":"a"},{"amountRequired":"5"}]}',
        "childrenPartsModel.amountRequired: Unmarshal type error: expected=float64, got=string.",
    ),
    (
        STRUCTURE,
        b'{"childrenPartsModel":{}}',
        "childrenPartsModel: Unmarshal type error: expected=traceability.PutPartsInputs, got=object.",
    ),
    (
        STRUCTURE,
        b'{"childrenPartsModel":[1]}',
        "childrenPartsModel: Unmarshal type error: expected=traceability.PutPartsInput, got=number.",
    ),
    (STRUCTURE, b'"x"', ": Unmarshal type error: expected=traceability.PutPartsStructureInput, got=string."),
    (CFP, b"{}", ": Unmarshal type error: expected=traceability.PutCfpInputs, got=object."),
    (CFP, b"[1]", ": Unmarshal type error: expected=traceability.PutCfpInput, got=number."),
    (CFP, b'[{"ghgEmission":"1"}]', "ghgEmission: Unmarshal type error: expected=float64, got=string."),
    (CFP, b'[{"dqrValue":{"TeR":"1"}}]', "dqrValue.TeR: Unmarshal type error: expected=float64, got=string."),
    (CFP, b'[{"dqrValue":[]}]', "dqrValue: Unmarshal type error: expected=traceability.PutDqrValueInput, got=array."),
    (CFP, b'[{"cfpType":1}]', "cfpType: Unmarshal type error: expected=traceability.CfpType, got=number."),
    (CFP, b'[{"dqrType":{}}]', "dqrType: Unmarshal type error: expected=traceability.DqrType, got=object."),
    (
        TRADE_REQUEST,
        b'{"statusModel":{"requestStatus":{"cfpResponseStatus":1}}}',
        "statusModel.requestStatus.cfpResponseStatus: Unmarshal type error: "
        "expected=traceability.CfpResponseStatus, got=number.",
    ),
    (
        TRADE_REQUEST,
        b'{"statusModel":{"requestStatus":{"tradeTreeStatus":1}}}',
        "statusModel.requestStatus.tradeTreeStatus: Unmarshal type error: "
        "expected=traceability.TradeTreeStatus, got=number.",
    ),
    (
        TRADE_REQUEST,
        b'{"statusModel":{"requestType":1}}',
        "statusModel.requestType: Unmarshal type error: expected=traceability.RequestType, got=number.",
    ),
    (
        TRADE_REQUEST,
        b'{"tradeModel":1}',
        "tradeModel: Unmarshal type error: expected=traceability.PutTradeInput, got=number.",
    ),
    (TRADE_REQUEST, b"1", ": Unmarshal type error: expected=traceability.PutTradeRequestInput, got=number."),
    (STATUS, b"true", ": Unmarshal type error: expected=traceability.PutStatusInput, got=bool."),
    (
        STATUS,
        b'{"requestStatus":"x"}',
        "requestStatus: Unmarshal type error: expected=traceability.PutRequestStatusInput, got=string.",
    ),
    (
        OPERATOR,
        b'{"operatorAttribute":1}',
        "operatorAttribute: Unmarshal type error: expected=traceability.OperatorAttributeInput, got=number.",
    ),
    (OPERATOR, b"[]", ": Unmarshal type error: expected=traceability.PutOperatorInput, got=array."),
    (PLANT, b"[]", ": Unmarshal type error: expected=traceability.PutPlantInput, got=array."),
    (
        PLANT,
        b'{"plantAttribute":"x"}',
        "plantAttribute: Unmarshal type error: expected=traceability.PlantAttributeInput, got=string.",
    ),
    (CHANGE, b'{"newPassword":1}', "newPassword: Unmarshal type error: expected=authentication.Password, got=number."),
    (LOGIN, b"[]", ": Unmarshal type error: expected=input.LoginParam, got=array."),
    (REFRESH, b"[]", ": Unmarshal type error: expected=input.RefreshParam, got=array."),
    (CHANGE, b"[]", ": Unmarshal type error: expected=input.ChangePasswordParam, got=array."),
    (VERIFY_TOKEN, b"[]", ": Unmarshal type error: expected=input.VerifyTokenParam, got=array."),
    (VERIFY_API_KEY, b"[]", ": Unmarshal type error: expected=input.VerifyAPIKeyParam, got=array."),
    (PARTS, b'{"partsName":1,"terminatedFlag":1}', "partsName: Unmarshal type error: expected=string, got=number."),
    (PARTS, b'{"terminatedFlag":1,"partsName":1}', "terminatedFlag: Unmarshal type error: expected=bool, got=number."),
    (PARTS, b'{"partsName":1,"partsName":"a"}', "partsName: Unmarshal type error: expected=string, got=number."),
]


@pytest.mark.parametrize("body, raw, text", TYPES, ids=[raw.decode() for _, raw, _ in TYPES])
def test_the_first_type_error_in_the_document_is_told_alone(body: Body, raw: bytes, text: str) -> None:
    assert text_of(body, raw) == text


def test_a_syntax_error_beats_a_type_error_that_stands_before_it() -> None:
    assert text_of(PARTS, b'{"partsName":1,}') == "invalid character '}' looking for beginning of object key string"


@pytest.mark.parametrize("body", BODIES)
def test_null_and_an_absent_body_are_no_body(body: Body) -> None:
    assert body.read(b"") is None
    assert body.read(b"null") is None
    assert body.read(b" null, and more") is None


def test_what_follows_the_first_value_is_ignored() -> None:
    taken = PARTS.read(b'{"partsName":"a"} }{ nonsense')
    assert taken is not None
    assert taken.parts_name == "a"


def test_of_repeated_keys_the_last_one_wins_on_both_ways_of_reading() -> None:
    for tail in (b"", b" x"):
        taken = PARTS.read(b'{"partsName":"a","partsName":"b"}' + tail)
        assert taken is not None
        assert taken.parts_name == "b"


def test_keys_match_exactly_and_unknown_keys_are_not_checked() -> None:
    taken = TRADE_REQUEST.read(
        b'{"TradeModel":1,"tradeModel":{"upstreamTraceId":1},"statusModel":{"requestStatus":{"completedCount":"x"}}}'
    )
    assert taken is not None
    assert taken.status_model is not None


def test_broken_utf8_and_lone_surrogates_become_replacement_characters() -> None:
    taken = PARTS.read(b'{"partsName":"\xff\xe3\x81","partsLabelName":"\\ud800a\\ud83d\\ude00"}')
    assert taken is not None
    assert taken.parts_name == "\ufffd\ufffd\ufffd"
    assert taken.parts_label_name == "\ufffda\U0001f600"


def test_a_null_never_errs_and_a_null_row_is_an_empty_row() -> None:
    taken = CFP.read(b'[null,{"dqrValue":null,"ghgEmission":null}]')
    assert taken is not None
    assert taken[0] is None


def plain(value: Value) -> object:
    if isinstance(value, Members):
        return {key: plain(member) for key, member in value.pairs}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return float(value) if isinstance(value, Number) else value


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans(), st.integers(0, 2))
def test_a_valid_document_is_read_as_pythons_own_reader_reads_it(value: object, ascii_only: bool, indent: int) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent or None).encode("utf-8", "replace")
    assert plain(read(raw)) == json.loads(raw, parse_int=float)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_either_read_or_refused_with_a_sentence(raw: bytes) -> None:
    for body in BODIES:
        assert verdict(body, raw) != ""


KEYS = st.sampled_from(["partsName", "terminatedFlag", "amountRequired", "traceId", "other"])
MEMBERS = st.lists(st.tuples(KEYS, st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)), max_size=5)


@given(MEMBERS)
def test_both_ways_of_reading_agree(members: list[tuple[str, object]]) -> None:
    raw = ("{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in members) + "}").encode()
    assert verdict(PARTS, raw) == verdict(PARTS, raw + b" tail")


def test_a_tiny_number_is_zero_and_not_an_error() -> None:
    taken = PARTS.read(b'{"amountRequired":1e-400}')
    assert taken is not None
    assert taken.amount_required == 0
    assert math.copysign(1, taken.amount_required or 0) == 1

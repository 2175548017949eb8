"""Policies: one hash for one meaning, and nothing is allowed that is not understood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meguri.dataspaces.dsp.messages import pointer_of_fault
from meguri.dataspaces.dsp.policy import Facts, Phase, evaluate, policy_hash, unknown_terms, usage_end

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
PURPOSE = {"leftOperand": "urn:meguri:policy:v1:purpose", "operator": "isAnyOf", "rightOperand": ["cfp.supplyChain"]}
UNTIL = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2027-03-31T15:00:00Z"}
PERM: dict[str, Any] = {"permission": [{"action": "use", "constraint": [{"and": [PURPOSE, UNTIL]}]}]}
TX = "https://w3id.org/catenax/2025/9/policy/"
HASH = "8065263b485ac7b93e6d27fc896850b97175a7516e0e8b02b2c101d0528a4041"


def one(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {
        "permission": [
            {"action": "use", "constraint": [{"leftOperand": left, "operator": operator, "rightOperand": right}]}
        ]
    }


def facts(**said: Any) -> Facts:
    return Facts(**({"phase": Phase.CALL, "now": NOW, "recipient": "did:web:b"} | said))


def test_the_hash_is_that_of_the_vector_however_it_is_spelt() -> None:
    assert policy_hash(PERM) == HASH
    odrl = {**UNTIL, "leftOperand": "odrl:dateTime"}
    assert policy_hash({"permission": [{"action": "use", "constraint": [{"and": [PURPOSE, odrl]}]}]}) == HASH
    assert policy_hash({"permission": [{"action": "odrl:use", "constraint": [{"and": [UNTIL, PURPOSE]}]}]}) == HASH
    assert policy_hash({"@id": "x", "@type": "Offer", "target": "y", "assigner": "z", "obligation": [], **PERM}) == HASH


def test_another_meaning_is_another_hash() -> None:
    later = {**UNTIL, "rightOperand": "2027-03-31T15:00:01Z"}
    for other in ([PURPOSE, later], [PURPOSE]):
        assert policy_hash({"permission": [{"action": "use", "constraint": [{"and": other}]}]}) != HASH
    assert policy_hash({"permission": [{"action": "use", "constraint": [{"or": [PURPOSE, UNTIL]}]}]}) != HASH
    sequence = [{"andSequence": [PURPOSE, UNTIL]}]
    turned = [{"andSequence": [UNTIL, PURPOSE]}]
    a, b = ({"permission": [{"action": "use", "constraint": each}]} for each in (sequence, turned))
    assert policy_hash(a) != policy_hash(b)


@pytest.mark.parametrize(
    "policy",
    [one("nonsense", "eq", "x"), one("dateTime", "eq", "2030-01-01T00:00:00Z"), one("dateTime", "lteq", "2030-01-01"),
     one("count", "lteq", "many"), one("count", "eq", "3"), one("purpose", "eq", "anything"), one("https://x/y", "eq", "z"),
     {"permission": [{"action": "sell"}]}, {"permission": [{"action": "use", "constraint": [{}]}]}, {}],
)  # fmt: skip
def test_what_is_not_understood_is_not_allowed(policy: dict[str, Any]) -> None:
    assert not evaluate(policy, facts()).allowed


@pytest.mark.parametrize(
    ("policy", "said", "allowed"),
    [
        (PERM, {}, True),
        (PERM, {"purposes": frozenset({"cfp.supplyChain"})}, True),
        (PERM, {"purposes": frozenset({"audit"})}, False),
        (PERM, {"now": datetime(2027, 3, 31, 15, 0, 0, tzinfo=UTC)}, True),
        (PERM, {"now": datetime(2027, 3, 31, 15, 0, 1, tzinfo=UTC)}, False),
        (one("count", "lteq", "3"), {"used": 2}, True),
        (one("count", "lteq", "3"), {"used": 3}, False),
        (one("count", "lteq", "3"), {"used": 3, "phase": Phase.NEGOTIATION}, True),
        (one("elapsedTime", "lteq", "P1DT1H"), {"finalized_at": NOW - timedelta(hours=25)}, True),
        (one("elapsedTime", "lteq", "P1DT1H"), {"finalized_at": NOW - timedelta(hours=25, seconds=1)}, False),
        (one("recipient", "isAnyOf", ["did:web:a", "did:web:b"]), {}, True),
        (one("recipient", "eq", "did:web:c"), {}, False),
        (one("spatial", "isAnyOf", ["JP", "DE"]), {"phase": Phase.NEGOTIATION, "country": "JP"}, True),
        (one("spatial", "isAnyOf", ["JP", "DE"]), {"phase": Phase.NEGOTIATION}, False),
        (one("spatial", "isNoneOf", ["US"]), {"phase": Phase.NEGOTIATION, "country": "JP"}, True),
        (one("spatial", "eq", "JP"), {"phase": Phase.NEGOTIATION, "country": "US"}, False),
        (one("urn:meguri:policy:v1:trade", "eq", "t1"), {"phase": Phase.NEGOTIATION}, False),
        (one("urn:meguri:policy:v1:trade", "eq", "t1"), {"phase": Phase.NEGOTIATION, "trades": frozenset({"t1"})}, True),
        (one("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"),
         {"phase": Phase.NEGOTIATION, "credentials": frozenset({"FrameworkAgreement=DataExchangeGovernance:1.0"})}, True),
        (one(TX + "UsagePurpose", "isAnyOf", ["cx.pcf.base:1"]), {"phase": Phase.NEGOTIATION}, False),
        (one("DataUsageEndDate", "eq", "2026-11-22"), {}, True),
        (one("DataUsageEndDate", "eq", "2026-11-21"), {}, False),
        (one("DataUsageEndDurationDays", "eq", "1"), {"finalized_at": NOW - timedelta(days=2)}, False),
    ],
)  # fmt: skip
def test_each_operand_holds_where_it_should(policy: dict[str, Any], said: dict[str, Any], allowed: bool) -> None:
    assert evaluate(policy, facts(**said)).allowed is allowed


def test_logic_joins_as_its_name_says() -> None:
    good, bad = UNTIL, {**UNTIL, "rightOperand": "2020-01-01T00:00:00Z"}

    def allowed(constraint: dict[str, Any]) -> bool:
        return evaluate({"permission": [{"action": "use", "constraint": [constraint]}]}, facts()).allowed

    assert allowed({"or": [bad, good]})
    assert not allowed({"or": [bad, bad]})
    assert allowed({"xone": [bad, good]})
    assert not allowed({"xone": [good, good]})
    assert not allowed({"and": [good, bad]})
    assert allowed({"andSequence": [good, good]})


def test_a_prohibition_that_holds_forbids_and_one_that_does_not_does_not() -> None:
    forbids = {**PERM, "prohibition": [{"action": "use", "constraint": [UNTIL]}]}
    assert evaluate(forbids, facts()).failed == "prohibition"
    spares = {
        **PERM,
        "prohibition": [{"action": "use", "constraint": [{**UNTIL, "rightOperand": "2020-01-01T00:00:00Z"}]}],
    }
    assert evaluate(spares, facts()).allowed


def test_the_operand_that_stands_in_the_way_is_named() -> None:
    assert evaluate(PERM, facts(now=NOW + timedelta(days=400))).failed == "dateTime"


def test_unknown_terms_are_found_wherever_they_stand() -> None:
    policy = {
        "permission": [{"action": "use", "constraint": [{"and": [PURPOSE, {"or": [{**PURPOSE, "leftOperand": "x:y"}]}]}]}],
        "prohibition": [{"action": "resell"}],
        "obligation": [{"action": "delete"}, {"action": "dance"}],
    }  # fmt: skip
    assert unknown_terms(policy) == ["x:y", "resell", "dance"]
    assert unknown_terms(PERM) == []


def test_the_end_of_use_is_the_first_that_the_policy_names() -> None:
    assert usage_end(PERM, NOW) == datetime(2027, 3, 31, 15, tzinfo=UTC)
    assert usage_end(one("elapsedTime", "lteq", "P7D"), NOW) == NOW + timedelta(days=7)
    assert usage_end({"permission": [{"action": "use"}]}, NOW) is None


@pytest.mark.parametrize(
    "offer",
    [{"permission": []}, one("count", "lteq", 3),
     {"permission": [{"action": "use", "constraint": [{"and": [], "or": []}]}]}, {"permission": [{"action": "use", "target": "x"}]},
     one("count", "less", "3"), {}],
)  # fmt: skip
def test_policies_that_the_schema_refuses(offer: dict[str, Any]) -> None:
    assert pointer_of_fault("message_offer", {"@type": "Offer", "@id": "x", "target": "y", **offer}) is not None

"""Terms in a reader's words: nothing of a policy is left out, and what is forbidden is said to be so."""

from typing import Any

import pytest

from meguri.dataspaces.dsp.wording import ENDINGS, conditions_of, ending


def one(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def permission(*constraints: Any) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}]}


@pytest.mark.parametrize(
    ("policy", "japanese", "english"),
    [
        ({"permission": [{"action": "use"}]}, ["利用できます（ほかの条件なし）"], ["May be used (no further conditions)"]),
        (
            permission(
                {
                    "and": [
                        one("urn:meguri:policy:v1:purpose", "isAnyOf", ["cfp.supplyChain", "audit"]),
                        one("dateTime", "lteq", "2027-03-31T15:00:00Z"),
                        one("odrl:count", "lteq", "3"),
                    ]
                }
            ),
            ["利用目的: サプライチェーンの CFP 算定 / 監査", "2027年4月1日 00:00 JST まで", "取得は 3 回まで"],
            ["Purpose: CFP along the supply chain / Audit", "until 1 Apr 2027 00:00 JST", "may be fetched 3 times"],
        ),
        (
            permission({"or": [one("spatial", "eq", "JP"), one("recipient", "eq", "did:web:b.example")]}),
            ["次のいずれか: 利用できる国: JP / 受け取れる相手: did:web:b.example"],
            ["any of: Countries: JP / Recipients: did:web:b.example"],
        ),
        (permission(one("moonPhase", "neq", "full")), ["moonPhase neq full"], ["moonPhase neq full"]),
        (permission(one("spatial", "isNoneOf", ["RU"])), ["spatial isNoneOf RU"], ["spatial isNoneOf RU"]),
        (
            {
                **permission(one("count", "lteq", "1")),
                "prohibition": [{"action": "use", "constraint": [one("spatial", "eq", "US")]}, {"action": "distribute"}],
                "obligation": [{"action": "delete"}],
            },
            ["取得は 1 回まで", "禁止: 利用 (利用できる国: US)", "禁止: distribute", "義務: 期限が来たら写しを消す"],
            ["may be fetched 1 times", "Forbidden: use (Countries: US)", "Forbidden: distribute",
             "Duty: erase the copy when use ends"],
        ),
    ],
)  # fmt: skip
def test_terms_are_told_in_words(policy: dict[str, Any], japanese: list[str], english: list[str]) -> None:
    assert conditions_of(policy, "ja") == japanese
    assert conditions_of(policy, "en") == english


def test_why_a_process_ended_is_told_in_words_and_a_strange_code_as_it_is() -> None:
    assert ending("POLICY_NOT_SATISFIED", "ja") == "契約の条件（回数・期限・目的など）を満たさない"
    assert all(ending(code, language) != code for code in ENDINGS for language in ("ja", "en"))
    assert ending("edc:whatever", "ja") == "edc:whatever"

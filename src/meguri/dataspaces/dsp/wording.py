"""The terms of a policy in a reader's words: what is allowed, what is forbidden, and what has to be done."""

from collections.abc import Callable, Mapping
from typing import Any

from meguri.dataspaces.dsp.policy import PURPOSES, full_name, moment
from meguri.kernel.text import Language
from meguri.ui.formats import moment as shown_moment
from meguri.ui.words import say

_BOUNDS = {"lteq": "until", "lt": "until", "gteq": "from", "gt": "from"}
_JOINED = {"or": "or", "xone": "one_of"}
_TO_BE_DONE = ("delete", "inform", "attribute")
ENDINGS = (
    "POLICY_NOT_SATISFIED", "POLICY_MISMATCH", "POLICY_UNSUPPORTED", "AGREEMENT_EXPIRED", "AGREEMENT_ENDED", "AGREEMENT_INVALID",
    "UNKNOWN_AGREEMENT", "PARTNER_BLOCKED", "PARTNER_UNREACHABLE", "COUNTERPARTY_UNKNOWN", "STATE_DIVERGED", "TERMINATED",
)  # fmt: skip


def conditions_of(policy: Mapping[str, Any], language: Language) -> list[str]:
    """One line for each term. What has no words of ours is shown as it was agreed, so nothing is left out."""
    allowed = [line for rule in policy.get("permission", ()) for line in _all(rule.get("constraint", ()), language)]
    return [
        *(allowed or [say("dataspaces.terms.use", language)]),
        *(_rule("forbidden", rule, language) for rule in policy.get("prohibition", ())),
        *(_rule("duty", rule, language) for rule in policy.get("obligation", ())),
    ]


def ending(code: str, language: Language) -> str:
    """Why a process ended, in words; a code of another system's own is shown as it is."""
    return say(f"dataspaces.ending.{code}", language) if code in ENDINGS else code


def _rule(word: str, rule: Mapping[str, Any], language: Language) -> str:
    action = str(rule.get("action", "")).rpartition("/")[2].removeprefix("odrl:")
    said = say(f"dataspaces.terms.do_{action}", language) if action in ("use", *_TO_BE_DONE) else action
    when = _all(rule.get("constraint", ()), language)
    return say(f"dataspaces.terms.{word}", language, what=f"{said} ({' · '.join(when)})" if when else said)


def _all(constraints: Any, language: Language) -> list[str]:
    return [line for one in constraints for line in _lines(one, language)]


def _lines(one: Mapping[str, Any], language: Language) -> list[str]:
    for kind in ("and", "andSequence"):
        if kind in one:
            return _all(one[kind], language)
    for kind, word in _JOINED.items():
        if kind in one:
            choices = [" · ".join(_lines(choice, language)) for choice in one[kind]]
            return [say(f"dataspaces.terms.{word}", language, what=" / ".join(choices))]
    return [_term(one, language)]


def _term(one: Mapping[str, Any], language: Language) -> str:
    left, operator, right = str(one.get("leftOperand", "")), str(one.get("operator", "")), one.get("rightOperand")
    members = [str(each) for each in right] if isinstance(right, list) else [str(right)]
    name = full_name(left).replace("/", ":").rpartition(":")[2]
    words = _WORDS.get(name)
    said = words(operator, members, language) if words else None
    return said or f"{left.rpartition(':')[2]} {operator} {', '.join(members)}"


def _purpose(operator: str, members: list[str], language: Language) -> str | None:
    if operator not in ("eq", "isAnyOf") or not set(members) <= set(PURPOSES):
        return None
    named = [say(f"dataspaces.purpose.{one.replace('.', '_')}", language) for one in members]
    return say("dataspaces.terms.purpose", language, what=" / ".join(named))


def _time(operator: str, members: list[str], language: Language) -> str | None:
    at, word = moment(members[0]), _BOUNDS.get(operator)
    if at is None or word is None:
        return None
    return say(f"dataspaces.terms.{word}", language, at=shown_moment(language, at).striptags())


def _count(operator: str, members: list[str], language: Language) -> str | None:
    return say("dataspaces.terms.count", language, count=members[0]) if operator == "lteq" else None


def _plain(word: str, *operators: str) -> "Words":
    def said(operator: str, members: list[str], language: Language) -> str | None:
        what = ", ".join(members)
        return say(f"dataspaces.terms.{word}", language, what=what) if operator in operators else None

    return said


Words = Callable[[str, list[str], Language], str | None]
_WORDS: Mapping[str, Words] = {
    "purpose": _purpose,
    "dateTime": _time,
    "count": _count,
    "elapsedTime": _plain("elapsed", "lteq"),
    "spatial": _plain("spatial", "eq", "isAnyOf"),
    "recipient": _plain("recipient", "eq", "isAnyOf"),
    "membership": _plain("membership", "eq"),
    "trade": _plain("trade", "eq"),
}

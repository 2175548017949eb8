"""The subset of ODRL that this product understands, and enforces: everything else is not satisfied (fail closed).

A permission whose action is asked and whose constraints all hold allows; a prohibition of which the same is true forbids.
Source: ODRL Information Model 2.2; Dataspace Protocol 2025-1 contract schema; Tractus-X policy profile 2025/9.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import msgspec

from meguri.dataspaces.dsp.terms import ODRL, POLICY, TX_POLICY
from meguri.kernel.numbers import whole
from meguri.proof import jcs


class Phase(StrEnum):
    """When a policy is looked at: what is enforced differs."""

    NEGOTIATION = "negotiation"
    TOKEN = "token"  # noqa: S105  # the issue of a token
    CALL = "call"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the requester and the agreement when a policy is looked at.

    used         successful data calls so far
    finalized_at when the agreement became usable
    country      ISO 3166-1 alpha-2, verified; None: not known
    purposes     declared for this call; empty: the agreement's own
    trades       ids of the requests that the requester is party to
    credentials  names of the credential types that it has proved; with the value where there is one (`FrameworkAgreement=…`)
    """

    phase: Phase
    now: datetime
    recipient: str
    used: int = 0
    finalized_at: datetime | None = None
    country: str | None = None
    purposes: frozenset[str] = frozenset()
    trades: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()


class Decision(msgspec.Struct, frozen=True):
    """Whether access is allowed, and if not, which operand stood in the way."""

    allowed: bool
    failed: str = ""


PURPOSES = ("cfp.supplyChain", "dd.supplyChain", "passport.legal", "quality", "reuse.valuation", "recycling", "audit")
_TX = ("FrameworkAgreement", "UsagePurpose", "Membership", "BusinessPartnerNumber", "DataUsageEndDate",
       "DataUsageEndDurationDays", "DataProvisioningEndDate", "DataProvisioningEndDurationDays")  # fmt: skip
_ODRL_TERMS = ("dateTime", "elapsedTime", "count", "spatial", "recipient", "purpose")
_LOGICAL = ("and", "or", "xone", "andSequence")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
ACTIONS = ("use",)
DUTIES = ("delete", "inform", "attribute")


def full_name(term: str, *, action: bool = False) -> str:
    """The IRI of a left operand or action: bare and `odrl:` names are ODRL's, bare Tractus-X names are of its profile."""
    if term.startswith("odrl:"):
        return ODRL + term.removeprefix("odrl:")
    if not action and term in _TX:
        return TX_POLICY + term
    return term if ":" in term else ODRL + term


def _members(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [str(one.get("@value", one.get("@id", ""))) if isinstance(one, dict) else str(one) for one in found]


def moment(text: str) -> datetime | None:
    """A time with zone; None for everything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of days and less; None for everything else."""
    found = _DURATION.match(text)
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _date_time(operator: str, right: Any, facts: Facts) -> bool:
    limit = moment(_members(right)[0])
    if limit is None:
        return False
    return {
        "lt": facts.now < limit,
        "lteq": facts.now <= limit,
        "gt": facts.now > limit,
        "gteq": facts.now >= limit,
    }.get(operator, False)


def _elapsed(operator: str, right: Any, facts: Facts) -> bool:
    length = duration(_members(right)[0])
    if operator != "lteq" or length is None:
        return False
    return facts.finalized_at is None or facts.now <= facts.finalized_at + length


def _count(operator: str, right: Any, facts: Facts) -> bool:
    try:
        most = Decimal(_members(right)[0])
    except InvalidOperation:
        return False
    if operator != "lteq" or not most.is_finite():
        return False
    return facts.phase is not Phase.CALL or facts.used < most


def _spatial(operator: str, right: Any, facts: Facts) -> bool:
    if operator not in ("eq", "isAnyOf", "isNoneOf"):
        return False
    if facts.phase is not Phase.NEGOTIATION:
        return True
    if facts.country is None:
        return False
    return (facts.country in _members(right)) is (operator != "isNoneOf")


def _recipient(operator: str, right: Any, facts: Facts) -> bool:
    return operator in ("eq", "isAnyOf") and facts.recipient in _members(right)


def _purpose(operator: str, right: Any, facts: Facts) -> bool:
    allowed = _members(right)
    if operator not in ("eq", "isAnyOf") or not set(allowed) <= set(PURPOSES):
        return False
    return facts.purposes <= set(allowed)


def _trade(operator: str, right: Any, facts: Facts) -> bool:
    if operator != "eq":
        return False
    return facts.phase is not Phase.NEGOTIATION or _members(right)[0] in facts.trades


def _membership(operator: str, right: Any, facts: Facts) -> bool:
    if operator != "eq":
        return False
    return facts.phase is not Phase.NEGOTIATION or _members(right)[0] in facts.credentials


def _credential(name: str) -> Callable[[str, Any, Facts], bool]:
    def holds(operator: str, right: Any, facts: Facts) -> bool:
        if operator not in ("eq", "isAnyOf"):
            return False
        return facts.phase is not Phase.NEGOTIATION or any(
            f"{name}={value}" in facts.credentials for value in _members(right)
        )

    return holds


def _end_date(operator: str, right: Any, facts: Facts) -> bool:
    text = _members(right)[0]
    limit = moment(text) or moment(f"{text}T23:59:59Z")
    return operator in ("eq", "lteq") and limit is not None and facts.now <= limit


def _end_days(operator: str, right: Any, facts: Facts) -> bool:
    text = _members(right)[0]
    if operator not in ("eq", "lteq") or not (text.isascii() and text.isdigit() and len(text) < 6):
        return False
    return facts.finalized_at is None or facts.now <= facts.finalized_at + timedelta(days=int(text))


Holds = Callable[[str, Any, Facts], bool]
OPERANDS: Mapping[str, Holds] = {
    ODRL + "dateTime": _date_time,
    ODRL + "elapsedTime": _elapsed,
    ODRL + "count": _count,
    ODRL + "spatial": _spatial,
    ODRL + "recipient": _recipient,
    ODRL + "purpose": _purpose,
    POLICY + "purpose": _purpose,
    POLICY + "trade": _trade,
    POLICY + "membership": _membership,
    **{TX_POLICY + name: _credential(name) for name in ("FrameworkAgreement", "UsagePurpose", "Membership")},
    TX_POLICY + "BusinessPartnerNumber": _credential("BusinessPartnerNumber"),
    TX_POLICY + "DataUsageEndDate": _end_date,
    TX_POLICY + "DataProvisioningEndDate": _end_date,
    TX_POLICY + "DataUsageEndDurationDays": _end_days,
    TX_POLICY + "DataProvisioningEndDurationDays": _end_days,
}


def evaluate(policy: Mapping[str, Any], facts: Facts, action: str = "use") -> Decision:
    """Whether `policy` lets the requester do `action`."""
    wanted = {full_name(action, action=True), full_name("use", action=True)}
    failed = "permission"
    allowed = False
    for rule in policy.get("permission", ()):
        if full_name(rule["action"], action=True) in wanted:
            stopped = _first_failing(rule.get("constraint", ()), facts)
            allowed = allowed or stopped is None
            failed = stopped or failed
    if not allowed:
        return Decision(False, failed)
    for rule in policy.get("prohibition", ()):
        if full_name(rule["action"], action=True) in wanted and not _first_failing(rule.get("constraint", ()), facts):
            return Decision(False, "prohibition")
    return Decision(True)


def _first_failing(constraints: Any, facts: Facts) -> str | None:
    for one in constraints:
        failed = _failing(one, facts)
        if failed:
            return failed
    return None


def _failing(constraint: Mapping[str, Any], facts: Facts) -> str | None:
    """The operand that stands in the way, in the spelling of the policy; None: the constraint holds."""
    kind = next((name for name in _LOGICAL if name in constraint), None)
    if kind is None:
        left = str(constraint.get("leftOperand", ""))
        holds = OPERANDS.get(full_name(left))
        fine = holds is not None and holds(str(constraint.get("operator")), constraint.get("rightOperand"), facts)
        return None if fine else left or "constraint"
    results = [_failing(one, facts) for one in constraint[kind]]
    failed = next((one for one in results if one), None)
    if kind in ("and", "andSequence"):
        return failed
    passed = results.count(None)
    fine = passed == 1 if kind == "xone" else passed >= 1
    return None if fine else failed or kind


def unknown_terms(policy: Mapping[str, Any]) -> list[str]:
    """Terms that this product does not understand: left operands, actions, duties; in order, each once."""
    found: list[str] = []

    def walk(constraints: Any) -> None:
        for one in constraints:
            kind = next((name for name in _LOGICAL if name in one), None)
            if kind:
                walk(one[kind])
            elif full_name(str(one.get("leftOperand"))) not in OPERANDS:
                found.append(str(one.get("leftOperand")))

    for name in ("permission", "prohibition"):
        for rule in policy.get(name, ()):
            if full_name(rule["action"], action=True) != full_name("use", action=True):
                found.append(rule["action"])
            walk(rule.get("constraint", ()))
    known = {full_name(duty, action=True) for duty in DUTIES}
    found += [
        duty["action"] for duty in policy.get("obligation", ()) if full_name(duty["action"], action=True) not in known
    ]
    return list(dict.fromkeys(found))


def is_counted(value: Any) -> bool:
    """Whether a policy limits the number of calls anywhere in it."""
    if isinstance(value, Mapping):
        return full_name(str(value.get("leftOperand", ""))) == ODRL + "count" or any(map(is_counted, value.values()))
    return isinstance(value, list) and any(map(is_counted, value))


def policy_hash(policy: Mapping[str, Any]) -> str:
    """What makes two policies the same: 64 hexadecimal digits, whatever the order and spelling of their rules."""
    rules = {
        name: sorted((_normal(rule) for rule in policy[name]), key=jcs.canonical)
        for name in ("permission", "prohibition", "obligation")
        if policy.get(name)
    }
    return jcs.sha256_hex(rules)


_DROPPED = {"@id", "@type", "target", "assigner", "assignee", "profile"}


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        made = {
            name: _normal(inner, name)
            for name, inner in value.items()
            if name not in _DROPPED and inner not in ([], None)
        }
        if made.get("operator") == "isAnyOf" and isinstance(made.get("rightOperand"), list):
            made["rightOperand"] = sorted(made["rightOperand"], key=jcs.canonical)
        return made
    if isinstance(value, list):
        inner = [_normal(one) for one in value]
        return (
            sorted(inner, key=jcs.canonical) if key in ("and", "or", "xone", "constraint", "duty", "remedy") else inner
        )
    if key in ("action", "leftOperand") and isinstance(value, str):
        return full_name(value, action=key == "action")
    return value


def usage_end(policy: Mapping[str, Any], finalized_at: datetime) -> datetime | None:
    """The first moment at which the policy ends the use by its date or duration; None: it names none."""
    ends: list[datetime] = []

    def walk(constraints: Any) -> None:
        for one in constraints:
            for kind in ("and", "andSequence"):
                walk(one.get(kind, ()))
            left, right = full_name(str(one.get("leftOperand", ""))), _members(one.get("rightOperand"))
            ends.extend(_end_of(left, str(one.get("operator")), right[0] if right else "", finalized_at))

    for rule in policy.get("permission", ()):
        walk(rule.get("constraint", ()))
    return min(ends, default=None)


def _end_of(left: str, operator: str, right: str, finalized_at: datetime) -> list[datetime]:
    found: datetime | None = None
    if left == ODRL + "dateTime" and operator in ("lt", "lteq"):
        found = moment(right)
    elif left == ODRL + "elapsedTime":
        length = duration(right)
        found = finalized_at + length if length else None
    elif left in (TX_POLICY + "DataUsageEndDate", TX_POLICY + "DataProvisioningEndDate"):
        found = moment(right) or moment(f"{right}T23:59:59Z")
    elif left.endswith("EndDurationDays") and len(right) < 6 and (days := whole(right)) is not None:
        found = finalized_at + timedelta(days=days)
    return [found] if found else []

"""The safety gate: whether a used battery may be used again, by rules that need evidence. Pure; same evidence, same verdict.

Sources: 電池工業会「二次電池のリユース・リパーパスについて」, UL 1974, UN R100, IEC 63338:2024, 電技解釈 第44条の2; figures and
sources of each rule in `rules/reuse/gate.toml`. Missing, stale, BMS-only or out-of-domain evidence never passes.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Literal

import msgspec

from meguri.health.model import Chemistry, Level, Status
from meguri.health.rulebook import RuleSet, rules
from meguri.kernel.errors import Invalid
from meguri.kernel.numbers import Finite
from meguri.kernel.text import Text

_SLACK = 1e-9
_OTHER_ZONES = timedelta(days=1)  # where it was measured it may be tomorrow already


class Outcome(StrEnum):
    """What one rule says."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_ASSESSABLE = "not_assessable"
    NOT_APPLICABLE = "not_applicable"


class Verdict(StrEnum):
    """What the gate says; `rank` orders from worst (0) to best."""

    VETO = "veto"
    NOT_ASSESSABLE = "not_assessable"
    PASS_WITH_LIMITS = "pass_with_limits"  # noqa: S105
    PASS = "pass"  # noqa: S105

    @property
    def rank(self) -> int:
        """0 veto … 3 pass."""
        return list(Verdict).index(self)


VERDICT_WORDS = {
    Verdict.VETO: Text(ja="不合格", en="failed"),
    Verdict.NOT_ASSESSABLE: Text(ja="判定不能", en="not assessable"),
    Verdict.PASS_WITH_LIMITS: Text(ja="条件付き合格", en="passed with limits"),
    Verdict.PASS: Text(ja="合格", en="passed"),
}


class Check(msgspec.Struct, frozen=True):
    """One condition: `quantity` `op` threshold, the latter fixed, by chemistry, or named in the case (`reference`)."""

    quantity: str
    op: Literal["true", "interval", "at_least", "at_most"]
    threshold: float | None = None
    veto: float | None = None
    by_chemistry: dict[str, float] = {}
    reference: str | None = None
    offset: float = 0.0
    bound: Literal["value", "lower", "upper"] = "value"


class GateRule(msgspec.Struct, frozen=True):
    """One rule of the set."""

    rule_id: str
    title_ja: str
    title_en: str
    effect: Literal["veto", "limit", "none"]
    required: Literal["never", "always", "above_60_v", "to_ship"]
    applies_if: Literal["always", "with_use", "electric_utility", "cell_or_module", "repurposing"]
    source: str
    checks: tuple[Check, ...]
    max_age_days: int | None = None
    limits: tuple[str, ...] = ()


class GateRules(msgspec.Struct, frozen=True):
    """`rules/reuse/gate.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    refused_kinds: tuple[str, ...]
    insulation_ohm_per_volt: dict[str, float]
    rules: tuple[GateRule, ...]

    @property
    def name(self) -> RuleSet:
        """Id and version, as results carry them."""
        return RuleSet(self.id, self.version, self.status, self.valid_from, self.source)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The battery and what it is meant for. V, °C, %; None = unknown."""

    chemistry: Chemistry
    level: Level
    max_voltage_v: Finite | None = None
    v_max: Finite | None = None
    circuit: Literal["ac", "combined", "dc"] = "combined"
    t_max_use: Finite | None = None
    t_min_charge: Finite | None = None
    use: str | None = None
    use_soh_min: Finite | None = None
    electric_utility: bool = False
    repurposing: bool = False
    to_ship: bool = False


class GateEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about one quantity: a truth, or a number with its interval where it has one."""

    evidence_id: str
    quantity: str
    value: bool | Finite | None
    at: date
    kind: str = "test"
    status: Status = Status.OK
    lower: Finite | None = None
    upper: Finite | None = None


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule said, about which value, by which evidence."""

    rule_id: str
    title_ja: str
    title_en: str
    outcome: Outcome
    effect: str
    required: bool
    value: bool | float | None = None
    threshold: float | None = None
    evidence_id: str | None = None
    reason: str | None = None
    source: str


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict with every rule; failed and missing rules are listed under any verdict."""

    verdict: Verdict
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    limits: tuple[str, ...]
    results: tuple[RuleResult, ...]
    rule_set: RuleSet


class CannotRaiseVerdict(Invalid):
    """No override turns a verdict into a better one; only new evidence does."""

    code = "reuse.gate.cannot_raise"
    say = Text(
        ja="安全判定を手動で良くすることはできません。新しい証拠を追加してください。",
        en="A verdict cannot be raised by hand. Please add new evidence.",
    )


@cache
def gate_rules() -> GateRules:
    """The rule set in force."""
    return rules("reuse", "gate", GateRules)


def judge(case: Case, evidence: Sequence[GateEvidence], today: date, rule_set: GateRules | None = None) -> GateResult:
    """The verdict on `case` by all evidence ever recorded about it.

    Order: any veto rule failed → veto; else any required rule not assessable → not_assessable; else any limit rule
    failed → pass_with_limits; else pass.
    """
    used = rule_set or gate_rules()
    found = [_judge_rule(rule, case, evidence, today, used) for rule in used.rules]
    results = tuple(result for result, _ in found)
    vetoed = any(vetoes for _, vetoes in found)
    failed = tuple(result.rule_id for result in results if result.outcome is Outcome.FAIL)
    missing = tuple(result.rule_id for result in results if result.outcome is Outcome.NOT_ASSESSABLE)
    blocked = any(result.required and result.outcome is Outcome.NOT_ASSESSABLE for result in results)
    limits = tuple(dict.fromkeys(name for rule in used.rules if rule.rule_id in failed for name in rule.limits))
    if vetoed:
        verdict = Verdict.VETO
    elif blocked:
        verdict = Verdict.NOT_ASSESSABLE
    else:
        verdict = Verdict.PASS_WITH_LIMITS if failed else Verdict.PASS
    return GateResult(
        verdict=verdict, failed=failed, missing=missing, limits=limits, results=results, rule_set=used.name
    )


def lowered(verdict: Verdict, to: Verdict) -> Verdict:
    """A person's lower verdict. Raises CannotRaiseVerdict when `to` is better."""
    if to.rank > verdict.rank:
        raise CannotRaiseVerdict
    return to


class _Finding(msgspec.Struct, frozen=True):
    outcome: Outcome
    vetoes: bool = False
    value: bool | float | None = None
    threshold: float | None = None
    evidence_id: str | None = None
    reason: str | None = None


def _judge_rule(
    rule: GateRule, case: Case, evidence: Sequence[GateEvidence], today: date, rule_set: GateRules
) -> tuple[RuleResult, bool]:
    if not _applies(rule, case):
        finding = _Finding(Outcome.NOT_APPLICABLE)
    else:
        finding = _worst([_judge_check(check, rule, case, evidence, today, rule_set) for check in rule.checks])
    result = RuleResult(
        rule_id=rule.rule_id,
        title_ja=rule.title_ja,
        title_en=rule.title_en,
        outcome=finding.outcome,
        effect=rule.effect,
        required=_is_required(rule, case) and finding.outcome is not Outcome.NOT_APPLICABLE,
        value=finding.value,
        threshold=finding.threshold,
        evidence_id=finding.evidence_id,
        reason=finding.reason,
        source=rule.source,
    )
    return result, finding.vetoes


def _worst(findings: list[_Finding]) -> _Finding:
    """A failed check fails the rule; a missing one leaves it open; a veto weighs more than a limit."""
    order = {Outcome.FAIL: 1, Outcome.NOT_ASSESSABLE: 2, Outcome.PASS: 3}
    return min(findings, key=lambda finding: 0 if finding.vetoes else order[finding.outcome])


def _applies(rule: GateRule, case: Case) -> bool:
    return {
        "always": True,
        "with_use": case.use_soh_min is not None,
        "electric_utility": case.electric_utility,
        "cell_or_module": case.level in (Level.CELL, Level.MODULE),
        "repurposing": case.repurposing,
    }[rule.applies_if]


def _is_required(rule: GateRule, case: Case) -> bool:
    return {
        "never": False,
        "always": True,
        "above_60_v": case.max_voltage_v is None or case.max_voltage_v > 60,
        "to_ship": case.to_ship,
    }[rule.required]


def _judge_check(
    check: Check, rule: GateRule, case: Case, evidence: Sequence[GateEvidence], today: date, rule_set: GateRules
) -> _Finding:
    """The newest conclusive evidence decides; a failure does not age, a pass does.

    Of one day's findings a failure weighs most: only newer evidence lifts it.
    """
    mine = [(item, _weigh(check, rule, case, item, rule_set)) for item in evidence if item.quantity == check.quantity]
    mine.sort(key=lambda one: (one[0].at, one[1].outcome is Outcome.FAIL, one[0].evidence_id))
    newest: _Finding | None = None
    for item, finding in reversed(mine):
        if finding.outcome is Outcome.FAIL:
            return finding
        if finding.outcome is Outcome.PASS:
            if item.at > today + _OTHER_ZONES:
                newest = newest or _open("DATED_AHEAD", item)
                continue
            if rule.max_age_days is not None and (today - item.at).days > rule.max_age_days:
                return newest or _open("STALE_EVIDENCE", item)
            return finding
        newest = newest or finding
    return newest or _Finding(Outcome.NOT_ASSESSABLE, reason="NO_EVIDENCE")


def _open(reason: str, item: GateEvidence, threshold: float | None = None) -> _Finding:
    return _Finding(Outcome.NOT_ASSESSABLE, False, item.value, threshold, item.evidence_id, reason)


def _weigh(check: Check, rule: GateRule, case: Case, item: GateEvidence, rule_set: GateRules) -> _Finding:
    if item.kind in rule_set.refused_kinds:
        return _open("BMS_ONLY", item)
    if item.status is not Status.OK or item.value is None:
        return _open(item.status.value.upper() if item.status is not Status.OK else "NO_VALUE", item)
    if isinstance(item.value, bool) is not (check.op == "true"):
        return _open("WRONG_KIND", item)  # a number where a yes or no is asked, or the other way round
    if check.op == "true":
        return _decided(item.value is True, rule, item, None)
    if item.lower is not None and item.upper is not None and not item.lower <= item.value <= item.upper:
        return _open("INTERVAL_INVALID", item)
    if check.op == "interval":
        if item.lower is None or item.upper is None:
            return _open("NO_INTERVAL", item)
        return _decided(True, rule, item, None)
    value = {"value": item.value, "lower": item.lower, "upper": item.upper}[check.bound]
    threshold = _threshold(check, case, rule_set)
    if value is None:
        return _open("NO_INTERVAL", item, threshold)
    if threshold is None:
        return _open("NO_THRESHOLD", item)
    sign = 1 if check.op == "at_most" else -1
    if check.veto is not None and sign * value > sign * check.veto + _SLACK:
        return _Finding(Outcome.FAIL, True, value, check.veto, item.evidence_id)
    return _decided(sign * value <= sign * threshold + _SLACK, rule, item, threshold, value)


def _decided(
    good: bool, rule: GateRule, item: GateEvidence, threshold: float | None, value: bool | float | None = None
) -> _Finding:
    shown = item.value if value is None else value
    outcome = Outcome.PASS if good else Outcome.FAIL
    return _Finding(outcome, not good and rule.effect == "veto", shown, threshold, item.evidence_id)


def _threshold(check: Check, case: Case, rule_set: GateRules) -> float | None:
    if check.by_chemistry:
        return check.by_chemistry.get(case.chemistry.value)
    if check.reference == "insulation":
        return rule_set.insulation_ohm_per_volt[case.circuit]
    given: float | None = getattr(case, check.reference) if check.reference else None
    if given is not None:
        return given + check.offset
    return check.threshold

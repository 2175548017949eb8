"""What the pages of this room show: contexts of templates, and rows made ready for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.text import Language
from meguri.reuse.accidents import Report
from meguri.reuse.billing import Bill
from meguri.reuse.certificate import StoredCertificate
from meguri.reuse.decide import Choice as UseChoice
from meguri.reuse.decide import Decision
from meguri.reuse.gate import GateResult, Outcome, RuleResult, Verdict, gate_rules
from meguri.reuse.grade import Grade
from meguri.reuse.information import TestValue
from meguri.reuse.matching import Match
from meguri.reuse.model import OptionValue, Soh
from meguri.reuse.pool import PoolHealth
from meguri.reuse.records import (
    AccidentRecord,
    Contract,
    Custody,
    Demand,
    Guarantee,
    HeldBattery,
    Listing,
    MarketListing,
    Offer,
    PoolRecord,
)
from meguri.reuse.service.guarantees import Quote
from meguri.reuse.service.pools import Swap
from meguri.reuse.sourcing import MarketSet
from meguri.reuse.store_deals import PackRow
from meguri.reuse.termwords import OPTION_WORDS
from meguri.ui.parts import Choice
from meguri.ui.words import say


class Typed(dict[str, str]):
    """What was typed, or what is wrong, by field; a field that nothing is known of is blank."""

    def __missing__(self, key: str) -> str:
        """Blank."""
        return ""


VERDICT_KINDS = {
    Verdict.PASS: "ok",
    Verdict.PASS_WITH_LIMITS: "attention",
    Verdict.NOT_ASSESSABLE: "waiting",
    Verdict.VETO: "stop",
}
"""Which badge a verdict wears."""
STATE_KINDS = {
    "draft": "draft",
    "published": "ok",
    "reserved": "waiting",
    "sold": "ended",
    "withdrawn": "ended",
    "expired": "ended",
    "submitted": "waiting",
    "countered": "waiting",
    "accepted": "ok",
    "rejected": "returned",
    "proposed": "waiting",
    "in_transit": "waiting",
    "received": "ok",
    "disputed": "attention",
    "closed": "ended",
    "cancelled": "ended",
    "offered": "waiting",
    "declined": "returned",
    "active": "ok",
    "ended": "ended",
    "claimed": "attention",
    "settled": "ended",
    "charged": "ok",
    "issued": "waiting",
    "charging": "waiting",
    "resting": "waiting",
    "diagnosis": "attention",
    "quarantine": "stop",
    "retired": "ended",
    "valid": "ok",
    "superseded": "ended",
    "revoked": "stop",
}
"""Which badge a state wears."""
_OUTCOME_KINDS = {
    Outcome.PASS: "ok",
    Outcome.FAIL: "stop",
    Outcome.NOT_ASSESSABLE: "waiting",
    Outcome.NOT_APPLICABLE: "ended",
}


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the gate in a list."""

    rule_id: str
    title: str
    outcome: str
    kind: str
    value: str
    threshold: str
    required: bool
    source: str
    evidence: str


class OptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One next use with its range, its reasons and its lines."""

    option: str
    name: str
    choice: UseChoice
    value: OptionValue | None
    reasons: tuple[str, ...]
    is_best: bool


class TestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A test that could be made next."""

    name: str
    cost: int
    evsi: int
    hours: float
    is_next: bool
    worth_it: bool


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A decision made ready for a page."""

    decision: str
    decision_name: str
    confidence: float
    currency: str
    low: int
    middle: int
    high: int
    reasons: tuple[str, ...]
    options: tuple[OptionRow, ...]
    tests: tuple[TestRow, ...]
    warnings: tuple[str, ...]
    price_set: str
    price_date: str


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """`home.html`."""

    batteries: list[HeldBattery]
    next_cursor: str | None
    waiting: list["DealRow"]
    may_edit: bool
    not_found: str
    verdict_kinds: Mapping[str, str]


class DealRow(msgspec.Struct, frozen=True, kw_only=True):
    """An offer or hand-over in a list."""

    href: str
    what: str
    partner: str
    price: int
    currency: str
    state: str
    kind: str
    mine: bool
    at: datetime | None = None


class RegisterPage(msgspec.Struct, frozen=True, kw_only=True):
    """`register.html`."""

    given: Typed
    errors: Typed
    chemistries: list[Choice]


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`report.html`: what the battery is worth and why."""

    battery: HeldBattery
    gate: GateResult
    grade: Grade
    verdict_kind: str
    soh: Soh | None
    account: Account | None
    rules: tuple[RuleRow, ...]
    open_rules: tuple[RuleRow, ...]
    listing: Listing | None
    certificate: StoredCertificate | None
    certificate_standing: str
    may_edit: bool
    is_owner: bool
    dangers: list[str]


class TestPage(msgspec.Struct, frozen=True, kw_only=True):
    """`test.html`: findings typed on a phone."""

    battery: HeldBattery
    given: Typed
    errors: Typed


class CertifyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`certify.html`."""

    battery: HeldBattery
    given: Typed
    errors: Typed
    today: str


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """`list.html`: before a battery is published on the market."""

    battery: HeldBattery
    account: Account | None
    kinds: list[Choice]
    given: Typed
    errors: Typed


class MarketRow(msgspec.Struct, frozen=True, kw_only=True):
    """One listing of the market."""

    listing: MarketListing
    seller: str
    is_own: bool
    verdict_kind: str


class MarketPage(msgspec.Struct, frozen=True, kw_only=True):
    """`market.html`."""

    rows: list[MarketRow]
    next_cursor: str | None
    chemistry: str
    grade: str
    chemistries: list[Choice]
    grades: list[Choice]


class OfferPage(msgspec.Struct, frozen=True, kw_only=True):
    """`listing.html`: a battery on the market, as its buyer sees it."""

    listing: MarketListing
    seller: str
    verdict_kind: str
    account: Account | None
    is_own: bool
    may_edit: bool
    given: Typed
    errors: Typed


class OwnListingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`own_listing.html`; `stopped_for`: why it ended, in words."""

    listing: Listing
    stopped_for: str
    kind: str
    may_edit: bool


class DealsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`deals.html`."""

    offers: list[DealRow]
    custody: list[DealRow]
    listings: list[Listing]
    state_kinds: Mapping[str, str]


class OfferDealPage(msgspec.Struct, frozen=True, kw_only=True):
    """`offer.html`: an offer with its rounds; `offer_ended`: why it ended, in words."""

    offer: Offer
    offer_ended: str
    partner: str
    names: Mapping[str, str]
    my_turn: bool
    is_buyer: bool
    kind: str
    may_edit: bool
    errors: Typed


class CustodyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`custody.html`: a hand-over, step by step."""

    custody: Custody
    partner: str
    is_buyer: bool
    kind: str
    signed: bool
    needed: tuple[str, ...]
    steps: list[tuple[str, str, datetime | None]]
    documents: list[Choice]
    may_edit: bool
    error: str | None
    dangers: list[str]


class PoolsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`pools.html`."""

    pools: list[PoolRecord]
    contracts: list[tuple[Contract, str]]
    may_edit: bool
    errors: Typed
    state_kinds: Mapping[str, str]


class PoolPage(msgspec.Struct, frozen=True, kw_only=True):
    """`pool.html`: swap, packs, health. `swap_id`: of the swap that the form will make, so that sent twice it is one."""

    pool: PoolRecord
    packs: list[PackRow]
    health: PoolHealth
    swaps: list[Swap]
    contracts: list[Choice]
    states: list[Choice]
    state_kinds: Mapping[str, str]
    swap_id: str
    given: Typed
    error: str | None
    may_edit: bool


class ContractPage(msgspec.Struct, frozen=True, kw_only=True):
    """`contract.html`: a contract with the bill of a month."""

    contract: Contract
    partner: str
    is_user: bool
    bill: Bill
    since: str
    until: str
    kind: str
    may_edit: bool


class NewContractPage(msgspec.Struct, frozen=True, kw_only=True):
    """`contract_new.html`."""

    pools: list[Choice]
    plans: list[Choice]
    given: Typed
    errors: Typed


class GuaranteesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guarantees.html`."""

    rows: list[tuple[Guarantee, str]]
    next_cursor: str | None
    state_kinds: Mapping[str, str]
    may_edit: bool


class NewGuaranteePage(msgspec.Struct, frozen=True, kw_only=True):
    """`guarantee_new.html`: price first, then offer."""

    batteries: list[Choice]
    given: Typed
    errors: Typed
    quote: Quote | None


class GuaranteePage(msgspec.Struct, frozen=True, kw_only=True):
    """`guarantee.html`."""

    guarantee: Guarantee
    partner: str
    is_holder: bool
    kind: str
    excluded: str
    events: list[tuple[str, str]]
    given: Typed
    error: str | None
    may_edit: bool


class CertificatePage(msgspec.Struct, frozen=True, kw_only=True):
    """`certificate.html`: for anyone who has its address."""

    certificate: StoredCertificate
    lines: list[str]
    standing: str
    kind: str
    verdict_kind: str
    failed: list[str]
    unproved: list[str]
    method: str
    limits: list[str]


class AccidentsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`accidents.html`."""

    accidents: list[AccidentRecord]
    next_cursor: str | None
    batteries: list[Choice]
    given: Typed
    errors: Typed
    may_edit: bool


class AccidentPage(msgspec.Struct, frozen=True, kw_only=True):
    """`accident.html`: clocks and drafts."""

    accident: AccidentRecord
    prompt: Report
    full: Report
    may_edit: bool


class DemandPage(msgspec.Struct, frozen=True, kw_only=True):
    """`demands.html`: uses that want batteries, which of the company's batteries fit, and sets of others' on the market."""

    demands: list[Demand]
    match: Match
    sets: list[MarketSet]
    skipped: Mapping[str, tuple[str, ...]]
    serials: Mapping[str, str]
    names: Mapping[str, str]
    given: Typed
    errors: Typed
    may_edit: bool


def rule_rows(gate: GateResult, language: Language) -> tuple[RuleRow, ...]:
    """The gate's rules, those that failed first, then what is missing."""
    rows = [_rule_row(one, language) for one in gate.results if one.outcome is not Outcome.NOT_APPLICABLE]
    order = {"stop": 0, "waiting": 1, "ok": 2}
    return tuple(sorted(rows, key=lambda row: (order.get(row.kind, 3), not row.required, row.rule_id)))


def ended_words(why: str | None, language: Language) -> str:
    """Why a listing or an offer ended, in words; the rules of the safety gate by their titles."""
    code, _, rules = (why or "").partition(": ")
    if code != "GATE_VETO":
        return say(f"reuse.ended.{code.lower()}", language) if code else ""
    titles = {rule.rule_id: rule.title_ja if language == "ja" else rule.title_en for rule in gate_rules().rules}
    failed = [titles.get(rule_id.strip(), rule_id.strip()) for rule_id in rules.split(",")]
    return say("reuse.ended.gate_veto", language, rules=say("reuse.ended.comma", language).join(failed))


def _rule_row(one: RuleResult, language: Language) -> RuleRow:
    return RuleRow(
        rule_id=one.rule_id,
        title=one.title_ja if language == "ja" else one.title_en,
        outcome=one.outcome.value,
        kind=_OUTCOME_KINDS[one.outcome],
        value="" if one.value is None or isinstance(one.value, bool) else f"{one.value:g}",
        threshold="" if one.threshold is None else f"{one.threshold:g}",
        required=one.required,
        source=one.source,
        evidence=one.evidence_id or one.reason or "",
    )


def account_of(decision: Decision, language: Language) -> Account:
    """A decision made ready: the best next use first, then by value."""
    valuation = decision.valuation
    best = valuation.of(decision.best)
    assert best is not None  # noqa: S101  (the best option was valued)
    rows = [_option_row(choice, decision, language) for choice in decision.choices]
    rows.sort(key=lambda row: (not row.is_best, not row.choice.feasible, -(row.choice.expected or -(10**12))))
    return Account(
        decision=decision.decision.value,
        decision_name=OPTION_WORDS[decision.decision.value].of(language),
        confidence=decision.confidence,
        currency=valuation.currency,
        low=best.range.p10,
        middle=best.range.p50,
        high=best.range.p90,
        reasons=tuple(one.of(language) for one in decision.reasons),
        options=tuple(rows),
        tests=tuple(_test_row(one, decision, language) for one in decision.tests),
        warnings=valuation.warnings,
        price_set=valuation.price_set,
        price_date=valuation.price_date,
    )


def _option_row(choice: UseChoice, decision: Decision, language: Language) -> OptionRow:
    return OptionRow(
        option=choice.option.value,
        name=OPTION_WORDS[choice.option.value].of(language),
        choice=choice,
        value=decision.valuation.of(choice.option),
        reasons=tuple(reason.of(language) for reason in choice.reasons),
        is_best=choice.option is decision.best,
    )


def _test_row(one: TestValue, decision: Decision, language: Language) -> TestRow:
    return TestRow(
        name=one.test.text_ja if language == "ja" else one.test.text_en,
        cost=one.test.cost,
        evsi=one.evsi,
        hours=one.test.hours,
        is_next=one.test.test_id == decision.next_test,
        worth_it=one.net > 0,
    )


def grade_choices() -> list[Choice]:
    """Grades as choices."""
    return [Choice(grade.value, grade.value) for grade in Grade]


def kind_of(state: Any) -> str:
    """The badge of a state."""
    return STATE_KINDS.get(str(getattr(state, "value", state)), "info")


def name_of(names: Mapping[UUID, str], operator_id: UUID) -> str:
    """A company's name, or its id."""
    return names.get(operator_id, str(operator_id)[:8])

"""Use cases of residual-value guarantees: priced from the battery's own evidence, offered, accepted, claimed, settled."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.reuse import store, store_deals
from meguri.reuse.errors import (
    EvidenceTooOld,
    GateNotAssessable,
    GateVeto,
    GuaranteeNotFound,
    NotYourTurn,
    OutsideTerms,
    PriceInvalid,
    StateTransition,
)
from meguri.reuse.events import ContractChanged
from meguri.reuse.findings import battery_of
from meguri.reuse.gate import Verdict
from meguri.reuse.guarantee import GuaranteePrice, GuaranteeTerms, future_values, guarantee_price_of_draws, payout
from meguri.reuse.model import Option
from meguri.reuse.notices import tell
from meguri.reuse.records import Guarantee, GuaranteeState
from meguri.reuse.service.batteries import cursor_of, get, prices_of, start_of
from meguri.reuse.service.judging import hold, judged_now
from meguri.reuse.valuerules import value_rules
from meguri.reuse.valuing import minor_units, option_draws
from meguri.storage import Transaction

_STEPS = {
    "accept": (GuaranteeState.OFFERED, GuaranteeState.ACCEPTED),
    "decline": (GuaranteeState.OFFERED, GuaranteeState.DECLINED),
    "claim": (GuaranteeState.ACCEPTED, GuaranteeState.CLAIMED),
    "settle": (GuaranteeState.CLAIMED, GuaranteeState.SETTLED),
}
_YEAR = timedelta(days=365.25)


class GuaranteeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A guarantee to be priced for a battery; `holder_id` is who is guaranteed."""

    battery_id: UUID
    terms: GuaranteeTerms
    holder_id: UUID | None = None
    price_sigma_per_year: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.12
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A price with its reasons, minor units; `curve`: guaranteed state of health (P10) by year, for lessors."""

    premium: int
    expected_payout: int
    p_claim: float
    shortfall_95: int
    value_now: int
    currency: str
    warnings: tuple[str, ...]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder claims at the end: the value realised, km driven, events."""

    realised: int
    certificate_id: UUID
    km: float | None = None
    events: tuple[str, ...] = ()


async def quote(tx: Transaction, scope: OperatorScope, asked: GuaranteeRequest) -> Quote:
    """The price from the battery's own evidence and the company's prices. Reads only.

    Raises BatteryNotFound, GateVeto, GateNotAssessable, PriceMissing, PriceInvalid.
    """
    if asked.terms.guaranteed <= 0 or not 0 < asked.terms.years <= 30:
        raise PriceInvalid
    held, gate, _ = await judged_now(tx, scope.operator_id, asked.battery_id)
    if gate.verdict is Verdict.VETO:
        raise GateVeto(rules=", ".join(gate.failed))
    findings = [one.finding for one in await store.evidence(tx, scope, asked.battery_id)]
    battery = battery_of(str(asked.battery_id), held.facts, findings, clock.today())
    if battery is None:
        raise GateNotAssessable(rules="soh")
    prices = await prices_of(tx, scope)
    minor = minor_units(prices.currency)
    drawn = option_draws(battery, prices, seed=asked.seed)
    best = max((option for option in drawn if option is not Option.RECYCLE), key=lambda option: drawn[option].mean())
    fade = value_rules().fade_of(battery.chemistry.value).per_year
    later = future_values(drawn[best] * minor, fade, asked.terms.years, asked.price_sigma_per_year, asked.seed)
    terms = asked.terms
    found: GuaranteePrice = guarantee_price_of_draws(
        later, terms.guaranteed, terms.years, terms.discount, terms.loading
    )
    return Quote(
        premium=round(found.premium),
        expected_payout=round(found.expected_payout),
        p_claim=found.p_claim,
        shortfall_95=round(found.shortfall_95),
        value_now=round(float(drawn[best].mean()) * minor),
        currency=prices.currency,
        warnings=prices.warnings(clock.today()),
    )


async def offer(tx: Transaction, scope: OperatorScope, asked: GuaranteeRequest) -> Guarantee:
    """Price and offer a guarantee to a company (or keep it for one's own). Raises what `quote` raises, OperatorUnknown."""
    holder = asked.holder_id
    if holder is None or holder == scope.operator_id or not await operators.operator_exists(tx, scope, holder):
        raise OperatorUnknown
    await hold(tx, scope, asked.battery_id)
    priced, battery = await quote(tx, scope, asked), await get(tx, scope, asked.battery_id)
    made = Guarantee(
        guarantee_id=new_id(),
        battery_id=asked.battery_id,
        guarantor_id=scope.operator_id,
        holder_id=holder,
        state=GuaranteeState.OFFERED,
        terms=asked.terms,
        currency=priced.currency,
        serial=battery.serial,
        premium=priced.premium,
        expected_payout=priced.expected_payout,
        p_claim=priced.p_claim,
        shortfall_95=priced.shortfall_95,
        value_now=priced.value_now,
        seed=asked.seed,
    )
    async with tx.across():
        await store_deals.add_deal_across(
            tx,
            "guarantee",
            made.guarantee_id,
            made.guarantor_id,
            made.holder_id,
            made.battery_id,
            made.state.value,
            made,
        )
    await _told(tx, scope, made)
    return made


async def accept(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """The holder accepts; it runs from today. Raises GuaranteeNotFound, NotYourTurn, StateTransition."""
    found = await _step(tx, scope, guarantee_id, "accept", by_holder=True)
    starts = clock.today()
    ends = starts + timedelta(days=round(found.terms.years * _YEAR.days))
    return await _save(tx, scope, replace(found, state=GuaranteeState.ACCEPTED, starts=starts, ends=ends))


async def decline(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """The holder does not want it. Raises GuaranteeNotFound, NotYourTurn, StateTransition."""
    found = await _step(tx, scope, guarantee_id, "decline", by_holder=True)
    return await _save(tx, scope, replace(found, state=GuaranteeState.DECLINED))


async def claim(tx: Transaction, scope: OperatorScope, guarantee_id: UUID, said: Claim) -> Guarantee:
    """The holder claims what is missing, with a fresh certificate of this battery.

    Raises GuaranteeNotFound, NotYourTurn, StateTransition, EvidenceTooOld, OutsideTerms.
    """
    found = await _step(tx, scope, guarantee_id, "claim", by_holder=True)
    await _refuse_old_evidence(tx, found, said)
    _refuse_outside(found, said, clock.today())
    due = payout(found.terms.guaranteed, said.realised)
    kept = replace(
        found,
        state=GuaranteeState.CLAIMED,
        realised=said.realised,
        paid=due,
        certificate_id=said.certificate_id,
        km=said.km,
        events=said.events,
    )
    return await _save(tx, scope, kept)


async def _refuse_old_evidence(tx: Transaction, found: Guarantee, said: Claim) -> None:
    async with tx.across():
        certificate = await store.certificate_across(tx, said.certificate_id)
    oldest = clock.now() - timedelta(days=found.terms.evidence_days)
    fresh = certificate is not None and certificate.issued_at >= oldest and certificate.state != "revoked"
    if certificate is None or not fresh or certificate.battery_id != found.battery_id:
        raise EvidenceTooOld(days=found.terms.evidence_days)


def _refuse_outside(found: Guarantee, said: Claim, today: date) -> None:
    excluded = sorted(set(said.events) & set(found.terms.excluded_events))
    if excluded:
        raise OutsideTerms(detail=", ".join(excluded))
    if found.terms.km_cap is not None and (said.km is None or said.km > found.terms.km_cap):
        raise OutsideTerms(detail=f"km ≤ {found.terms.km_cap:g}")
    if found.ends is not None and today < found.ends:
        raise OutsideTerms(detail=f"≥ {found.ends.isoformat()}")


async def settle(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """The guarantor has paid. Raises GuaranteeNotFound, NotYourTurn, StateTransition."""
    found = await _step(tx, scope, guarantee_id, "settle", by_holder=False)
    return await _save(tx, scope, replace(found, state=GuaranteeState.SETTLED))


async def _step(tx: Transaction, scope: OperatorScope, guarantee_id: UUID, step: str, *, by_holder: bool) -> Guarantee:
    seen = await get_one(tx, scope, guarantee_id)
    await hold(tx, scope, seen.battery_id)
    found = await get_one(tx, scope, guarantee_id)
    if (scope.operator_id == found.holder_id) is not by_holder:
        raise NotYourTurn
    source, _ = _STEPS[step]
    if found.state is not source:
        allowed = [name for name, (state, _) in _STEPS.items() if state is found.state]
        raise StateTransition(state=found.state.value, event=step, allowed=", ".join(allowed) or "—")
    return found


async def _save(tx: Transaction, scope: OperatorScope, kept: Guarantee) -> Guarantee:
    async with tx.across():
        await store_deals.save_deal_across(
            tx, kept.guarantee_id, [kept.guarantor_id, kept.holder_id], kept.state.value, kept
        )
    await _told(tx, scope, kept)
    return kept


async def _told(tx: Transaction, scope: OperatorScope, kept: Guarantee) -> None:
    await tx.record(
        ContractChanged(
            contract_id=kept.guarantee_id,
            kind="guarantee",
            giver_id=kept.guarantor_id,
            taker_id=kept.holder_id,
            state=kept.state.value,
        )
    )
    other = kept.holder_id if scope.operator_id == kept.guarantor_id else kept.guarantor_id
    await tell(tx, scope, "REUSE_GUARANTEE", [other], kept.guarantee_id, kept.battery_id)


async def get_one(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """A guarantee of the company's, given or held. Raises GuaranteeNotFound."""
    deal = await store_deals.deal(tx, scope, "guarantee", guarantee_id)
    if deal is None:
        raise GuaranteeNotFound
    return deal.read(Guarantee)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None) -> Page[Guarantee]:
    """Guarantees given and held, newest first. Raises BadCursor."""
    found = await store_deals.deals(tx, scope, "guarantee", start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=[deal.read(Guarantee) for deal in found[:limit]],
        next_cursor=cursor_of(following.created_at, following.deal_id) if following else None,
    )

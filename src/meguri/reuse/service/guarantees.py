"""Use cases of residual-value guarantees: priced from the battery's own evidence, offered, accepted, claimed, settled."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
import numpy as np
from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import Finite
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.reuse import store
from meguri.reuse.errors import (
    EvidenceTooOld,
    GateNotAssessable,
    GateVeto,
    NotYourTurn,
    OutsideTerms,
    PriceInvalid,
)
from meguri.reuse.findings import battery_of
from meguri.reuse.gate import Verdict
from meguri.reuse.guarantee import (
    GuaranteePrice,
    GuaranteeTerms,
    SohPoint,
    events_listed,
    future_values,
    guarantee_price_of_draws,
    guaranteed_curve,
    payout,
    soh_after,
)
from meguri.reuse.lot import lot_of
from meguri.reuse.model import Option
from meguri.reuse.money import minor_units
from meguri.reuse.plausible import require_plausible
from meguri.reuse.records import Guarantee, GuaranteeState
from meguri.reuse.service import agreeing
from meguri.reuse.service.agreeing import GUARANTEE, require_state
from meguri.reuse.service.batteries import fade_of, get, prices_of
from meguri.reuse.service.judging import hold, judged_now
from meguri.reuse.valuerules import value_rules
from meguri.reuse.valuing import option_draws, state_draws
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
    """A price with its reasons, minor units; `curve`: state of health that nine of ten such batteries keep (P10), by year."""

    premium: int
    expected_payout: int
    p_claim: float
    shortfall_95: int
    value_now: int
    currency: str
    warnings: tuple[str, ...]
    curve: tuple[SohPoint, ...]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder claims at the end: the value realised, km driven, events."""

    realised: Annotated[int, msgspec.Meta(ge=0, le=10**13)]
    certificate_id: UUID
    km: Finite | None = None
    events: tuple[str, ...] = ()


async def quote(tx: Transaction, scope: OperatorScope, asked: GuaranteeRequest) -> Quote:
    """The price from the battery's own evidence and the company's prices. Reads only.

    Raises BatteryNotFound, GateVeto, GateNotAssessable, PriceMissing, PriceInvalid, FigureImplausible.
    """
    if asked.terms.guaranteed <= 0 or not 0 < asked.terms.years <= 30:
        raise PriceInvalid
    require_plausible(guaranteed=asked.terms.guaranteed)
    held, gate, _ = await judged_now(tx, scope.operator_id, asked.battery_id)
    if gate.verdict is Verdict.VETO:
        raise GateVeto(rules=", ".join(gate.failed))
    findings = [one.finding for one in await store.evidence(tx, scope, asked.battery_id)]
    battery = battery_of(str(asked.battery_id), held.facts, findings, clock.today())
    if battery is None:
        raise GateNotAssessable(rules="soh")
    own = await fade_of(tx, scope, held)
    if own is not None:
        battery = replace(battery, fade_per_year=own[0], fade_sigma=own[1])
    prices = await prices_of(tx, scope)
    minor = minor_units(prices.currency)
    drawn = option_draws(battery, prices, seed=asked.seed)
    best = max((option for option in drawn if option is not Option.RECYCLE), key=lambda option: drawn[option].mean())
    terms = asked.terms
    lot = lot_of([battery], value_rules())
    state = state_draws(lot, asked.seed, len(drawn[best]))
    soh, loss = state.soh[0], 100 * lot.fade[0] * state.fade[0]
    kept = soh_after(soh, loss, terms.years) / np.maximum(soh, 1e-9)
    later = future_values(drawn[best] * minor, kept, terms.years, asked.price_sigma_per_year, asked.seed)
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
        curve=guaranteed_curve(soh, loss, terms.years),
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
        curve=priced.curve,
    )
    return await agreeing.offered(tx, scope, GUARANTEE, made)


async def accept(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """The holder accepts; it runs from today. Raises GuaranteeNotFound, NotYourTurn, StateTransition."""
    found = await _step(tx, scope, guarantee_id, "accept", by_holder=True)
    starts = clock.today()
    ends = starts + timedelta(days=round(found.terms.years * _YEAR.days))
    return await agreeing.saved(
        tx, scope, GUARANTEE, replace(found, state=GuaranteeState.ACCEPTED, starts=starts, ends=ends)
    )


async def decline(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """The holder does not want it. Raises GuaranteeNotFound, NotYourTurn, StateTransition."""
    found = await _step(tx, scope, guarantee_id, "decline", by_holder=True)
    return await agreeing.saved(tx, scope, GUARANTEE, replace(found, state=GuaranteeState.DECLINED))


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
    return await agreeing.saved(tx, scope, GUARANTEE, kept)


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
        raise OutsideTerms(detail=events_listed(excluded))
    if found.terms.km_cap is not None and (said.km is None or said.km > found.terms.km_cap):
        raise OutsideTerms(detail=f"km ≤ {found.terms.km_cap:g}")
    if found.ends is not None and today < found.ends:
        raise OutsideTerms(detail=f"≥ {found.ends.isoformat()}")


async def settle(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """The guarantor has paid. Raises GuaranteeNotFound, NotYourTurn, StateTransition."""
    found = await _step(tx, scope, guarantee_id, "settle", by_holder=False)
    return await agreeing.saved(tx, scope, GUARANTEE, replace(found, state=GuaranteeState.SETTLED))


async def _step(tx: Transaction, scope: OperatorScope, guarantee_id: UUID, step: str, *, by_holder: bool) -> Guarantee:
    seen = await get_one(tx, scope, guarantee_id)
    await hold(tx, scope, seen.battery_id)
    found = await get_one(tx, scope, guarantee_id)
    if (scope.operator_id == found.holder_id) is not by_holder:
        raise NotYourTurn
    require_state(found.state, step, _STEPS)
    return found


async def get_one(tx: Transaction, scope: OperatorScope, guarantee_id: UUID) -> Guarantee:
    """A guarantee of the company's, given or held. Raises GuaranteeNotFound."""
    return await agreeing.found(tx, scope, GUARANTEE, guarantee_id)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None) -> Page[Guarantee]:
    """Guarantees given and held, newest first. Raises BadCursor."""
    return await agreeing.listed(tx, scope, GUARANTEE, limit=limit, cursor=cursor)

"""One shape for what two companies agree about batteries: contracts for batteries as a service, and guarantees."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from meguri.reuse.billing import Tariff
from meguri.reuse.guarantee import GuaranteeTerms
from meguri.reuse.records import Contract, ContractState, Guarantee, GuaranteeState

AgreementKind = Literal["contract", "guarantee"]


class AgreementState(StrEnum):
    """Where an agreement stands. Contracts end; guarantees are claimed and settled."""

    OFFERED = "offered"
    ACTIVE = "active"
    DECLINED = "declined"
    CLAIMED = "claimed"
    SETTLED = "settled"
    ENDED = "ended"


_STATES: dict[ContractState | GuaranteeState, AgreementState] = {
    ContractState.OFFERED: AgreementState.OFFERED,
    ContractState.ACTIVE: AgreementState.ACTIVE,
    ContractState.DECLINED: AgreementState.DECLINED,
    ContractState.ENDED: AgreementState.ENDED,
    GuaranteeState.OFFERED: AgreementState.OFFERED,
    GuaranteeState.ACCEPTED: AgreementState.ACTIVE,
    GuaranteeState.DECLINED: AgreementState.DECLINED,
    GuaranteeState.CLAIMED: AgreementState.CLAIMED,
    GuaranteeState.SETTLED: AgreementState.SETTLED,
}
_AWAITED = {AgreementState.OFFERED: "taker", AgreementState.CLAIMED: "giver"}


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as both sides read it.

    giver_id    who provides or guarantees; taker_id: who uses or is guaranteed
    about       what it is about, a pool of packs or a battery, and its id
    awaited_id  whose answer is awaited; None when nobody's
    tariff, guarantee_terms  what was agreed, by its kind
    amount      minor units: premium of a guarantee until it is claimed, then what is due; None for contracts, which are billed
    """

    agreement_id: UUID
    kind: AgreementKind
    giver_id: UUID
    taker_id: UUID
    about: Literal["pool", "battery"]
    about_id: UUID
    state: AgreementState
    awaited_id: UUID | None
    currency: str
    amount: int | None
    starts: date | None
    ends: date | None
    tariff: Tariff | None = None
    guarantee_terms: GuaranteeTerms | None = None
    offered_at: datetime


def agreement_of(kept: Contract | Guarantee, offered_at: datetime) -> Agreement:
    """A contract or guarantee in the one shape."""
    state = _STATES[kept.state]
    if isinstance(kept, Contract):
        giver, taker = kept.provider_id, kept.user_id
        return Agreement(
            agreement_id=kept.contract_id,
            kind="contract",
            giver_id=giver,
            taker_id=taker,
            about="pool",
            about_id=kept.pool_id,
            state=state,
            awaited_id=_awaited(state, giver, taker),
            currency=kept.tariff.currency,
            amount=None,
            starts=kept.starts,
            ends=kept.ends,
            tariff=kept.tariff,
            offered_at=offered_at,
        )
    giver, taker = kept.guarantor_id, kept.holder_id
    return Agreement(
        agreement_id=kept.guarantee_id,
        kind="guarantee",
        giver_id=giver,
        taker_id=taker,
        about="battery",
        about_id=kept.battery_id,
        state=state,
        awaited_id=_awaited(state, giver, taker),
        currency=kept.currency,
        amount=kept.premium if kept.paid is None else kept.paid,
        starts=kept.starts,
        ends=kept.ends,
        guarantee_terms=kept.terms,
        offered_at=offered_at,
    )


def _awaited(state: AgreementState, giver: UUID, taker: UUID) -> UUID | None:
    return {"giver": giver, "taker": taker}.get(_AWAITED.get(state, ""))

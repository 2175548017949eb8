"""How contracts and guarantees are kept: both halves together, both sides told; one way for both kinds."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from meguri.kernel.errors import NotFound
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store_deals
from meguri.reuse.agreements import AgreementKind
from meguri.reuse.errors import ContractNotFound, GuaranteeNotFound, StateTransition
from meguri.reuse.events import ContractChanged
from meguri.reuse.notices import tell
from meguri.reuse.records import Contract, ContractState, Guarantee, GuaranteeState
from meguri.reuse.service.batteries import cursor_of, start_of
from meguri.storage import Transaction

Kept = TypeVar("Kept", Contract, Guarantee)


@dataclass(frozen=True, slots=True)
class Sort(Generic[Kept]):
    """One kind of agreement: what it is called, and the names of its id, both sides and what it is about."""

    kind: AgreementKind
    record: type[Kept]
    missing: type[NotFound]
    notice: str
    id: str
    giver: str
    taker: str
    about: str

    def ids(self, kept: Kept) -> tuple[UUID, UUID, UUID, UUID]:
        """Its id, giver, taker, and what it is about."""
        deal_id, giver, taker, about = (getattr(kept, name) for name in (self.id, self.giver, self.taker, self.about))
        return deal_id, giver, taker, about


CONTRACT = Sort(
    "contract", Contract, ContractNotFound, "REUSE_CONTRACT", "contract_id", "provider_id", "user_id", "pool_id"
)
GUARANTEE = Sort(
    "guarantee",
    Guarantee,
    GuaranteeNotFound,
    "REUSE_GUARANTEE",
    "guarantee_id",
    "guarantor_id",
    "holder_id",
    "battery_id",
)


async def offered(tx: Transaction, scope: OperatorScope, sort: Sort[Kept], made: Kept) -> Kept:
    """Both halves of what is offered; the other side is told."""
    deal_id, giver, taker, about = sort.ids(made)
    async with tx.across():
        await store_deals.add_deal_across(tx, sort.kind, deal_id, giver, taker, about, made.state.value, made)
    await _told(tx, scope, sort, made)
    return made


async def saved(tx: Transaction, scope: OperatorScope, sort: Sort[Kept], kept: Kept) -> Kept:
    """Both halves as they are now; the other side is told."""
    deal_id, giver, taker, _ = sort.ids(kept)
    async with tx.across():
        await store_deals.save_deal_across(tx, deal_id, [giver, taker], kept.state.value, kept)
    await _told(tx, scope, sort, kept)
    return kept


async def _told(tx: Transaction, scope: OperatorScope, sort: Sort[Kept], kept: Kept) -> None:
    deal_id, giver, taker, about = sort.ids(kept)
    await tx.record(
        ContractChanged(contract_id=deal_id, kind=sort.kind, giver_id=giver, taker_id=taker, state=kept.state.value)
    )
    await tell(tx, scope, sort.notice, [taker if scope.operator_id == giver else giver], deal_id, about)


async def found(tx: Transaction, scope: OperatorScope, sort: Sort[Kept], deal_id: UUID) -> Kept:
    """An agreement of the company's, given or taken. Raises the kind's own NotFound."""
    deal = await store_deals.deal(tx, scope, sort.kind, deal_id)
    if deal is None:
        raise sort.missing
    return deal.read(sort.record)


async def listed(
    tx: Transaction, scope: OperatorScope, sort: Sort[Kept], *, limit: int = 50, cursor: str | None = None
) -> Page[Kept]:
    """Agreements given and taken, newest first. Raises BadCursor."""
    rows = await store_deals.deals(tx, scope, (sort.kind,), start_of(cursor), limit + 1)
    following = rows[limit] if len(rows) > limit else None
    return Page(
        items=[deal.read(sort.record) for deal in rows[:limit]],
        next_cursor=cursor_of(following.created_at, following.deal_id) if following else None,
    )


def require_state(
    state: ContractState | GuaranteeState,
    step: str,
    steps: dict[str, tuple[ContractState, ContractState]] | dict[str, tuple[GuaranteeState, GuaranteeState]],
) -> None:
    """Refuse a step that its state does not allow, naming those that it does. Raises StateTransition."""
    if state is not steps[step][0]:
        allowed = [name for name, (source, _) in steps.items() if source is state]
        raise StateTransition(state=state.value, event=step, allowed=", ".join(allowed) or "—")

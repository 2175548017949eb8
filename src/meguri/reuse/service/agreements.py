"""Use cases of agreements of both kinds: all that a company gives and takes in one list, and the steps that both know."""

from typing import Literal
from uuid import UUID

from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store_deals
from meguri.reuse.agreements import Agreement, AgreementKind, agreement_of
from meguri.reuse.errors import AgreementNotFound, StateTransition
from meguri.reuse.records import Contract, Guarantee
from meguri.reuse.service import contracts, guarantees
from meguri.reuse.service.agreeing import CONTRACT, GUARANTEE
from meguri.reuse.service.batteries import cursor_of, start_of
from meguri.reuse.store_deals import Deal
from meguri.storage import Transaction

KINDS: tuple[AgreementKind, ...] = (CONTRACT.kind, GUARANTEE.kind)
Step = Literal["accept", "decline", "end", "settle"]


async def page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    kind: AgreementKind | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Agreement]:
    """Contracts and guarantees, given and taken, newest first. Raises BadCursor."""
    rows = await store_deals.deals(tx, scope, KINDS if kind is None else (kind,), start_of(cursor), limit + 1)
    following = rows[limit] if len(rows) > limit else None
    return Page(
        items=[_shaped(deal) for deal in rows[:limit]],
        next_cursor=cursor_of(following.created_at, following.deal_id) if following else None,
    )


async def get(tx: Transaction, scope: OperatorScope, agreement_id: UUID) -> Agreement:
    """One of either kind. Raises AgreementNotFound."""
    return _shaped(await _deal(tx, scope, agreement_id))


async def step(tx: Transaction, scope: OperatorScope, agreement_id: UUID, name: Step) -> Agreement:
    """accept or decline by the taker; end a contract by either; settle a claimed guarantee by the giver.

    Raises AgreementNotFound, NotYourTurn, StateTransition (also for a step that the other kind has).
    """
    deal = await _deal(tx, scope, agreement_id)
    if deal.kind == CONTRACT.kind and name != "settle":
        await contracts.step(tx, scope, agreement_id, name)
    elif deal.kind == GUARANTEE.kind and name != "end":
        steps = {"accept": guarantees.accept, "decline": guarantees.decline, "settle": guarantees.settle}
        await steps[name](tx, scope, agreement_id)
    else:
        raise StateTransition(state=f"{deal.kind}: {deal.state}", event=name, allowed="—")
    return await get(tx, scope, agreement_id)


async def _deal(tx: Transaction, scope: OperatorScope, agreement_id: UUID) -> Deal:
    for kind in KINDS:
        found = await store_deals.deal(tx, scope, kind, agreement_id)
        if found is not None:
            return found
    raise AgreementNotFound


def _shaped(deal: Deal) -> Agreement:
    kept = deal.read(Contract) if deal.kind == CONTRACT.kind else deal.read(Guarantee)
    return agreement_of(kept, deal.created_at)

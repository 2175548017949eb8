"""Use cases of batteries as a service: contracts offered and accepted, and fair bills from the swaps of a period."""

from datetime import UTC, date, datetime, time
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
from meguri.reuse.billing import Bill, Swapped, Tariff, bill
from meguri.reuse.errors import ContractNotFound, NotYourTurn, StateTransition
from meguri.reuse.events import ContractChanged
from meguri.reuse.notices import tell
from meguri.reuse.records import Contract, ContractState
from meguri.reuse.service import pools
from meguri.reuse.service.batteries import cursor_of, start_of
from meguri.storage import Transaction

_STEPS = {
    "accept": (ContractState.OFFERED, ContractState.ACTIVE),
    "decline": (ContractState.OFFERED, ContractState.DECLINED),
    "end": (ContractState.ACTIVE, ContractState.ENDED),
}


class NewContract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract to be offered to `user_id`."""

    user_id: UUID
    pool_id: UUID
    tariff: Tariff
    starts: date
    ends: date | None = None
    soh_floor: float = 70.0


async def offer(tx: Transaction, scope: OperatorScope, asked: NewContract) -> Contract:
    """Offer a contract. Raises OperatorUnknown, PoolNotFound."""
    if asked.user_id == scope.operator_id or not await operators.operator_exists(tx, scope, asked.user_id):
        raise OperatorUnknown
    await pools.get(tx, scope, asked.pool_id)
    made = Contract(
        contract_id=new_id(),
        provider_id=scope.operator_id,
        user_id=asked.user_id,
        pool_id=asked.pool_id,
        state=ContractState.OFFERED,
        tariff=asked.tariff,
        soh_floor=asked.soh_floor,
        starts=asked.starts,
        ends=asked.ends,
    )
    async with tx.across():
        await store_deals.add_deal_across(
            tx,
            "contract",
            made.contract_id,
            made.provider_id,
            made.user_id,
            made.pool_id,
            made.state.value,
            made,
        )
    await _told(tx, scope, made)
    return made


async def step(tx: Transaction, scope: OperatorScope, contract_id: UUID, name: str) -> Contract:
    """accept and decline by the user, end by either. Raises ContractNotFound, NotYourTurn, StateTransition."""
    await store.lock(tx, scope, "contract", contract_id)
    found = await get(tx, scope, contract_id)
    source, target = _STEPS[name]
    if found.state is target:
        return found
    if name != "end" and scope.operator_id != found.user_id:
        raise NotYourTurn
    if found.state is not source:
        allowed = [word for word, (state, _) in _STEPS.items() if state is found.state]
        raise StateTransition(state=found.state.value, event=name, allowed=", ".join(allowed) or "—")
    ends = clock.today() if name == "end" else found.ends
    kept = replace(found, state=target, ends=ends)
    async with tx.across():
        await store_deals.save_deal_across(tx, contract_id, [kept.provider_id, kept.user_id], kept.state.value, kept)
    await _told(tx, scope, kept)
    return kept


async def _told(tx: Transaction, scope: OperatorScope, kept: Contract) -> None:
    await tx.record(
        ContractChanged(
            contract_id=kept.contract_id,
            kind="contract",
            giver_id=kept.provider_id,
            taker_id=kept.user_id,
            state=kept.state.value,
        )
    )
    other = kept.user_id if scope.operator_id == kept.provider_id else kept.provider_id
    await tell(tx, scope, "REUSE_CONTRACT", [other], kept.contract_id, kept.pool_id)


async def get(tx: Transaction, scope: OperatorScope, contract_id: UUID) -> Contract:
    """A contract of the company's, as provider or user. Raises ContractNotFound."""
    deal = await store_deals.deal(tx, scope, "contract", contract_id)
    if deal is None:
        raise ContractNotFound
    return deal.read(Contract)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None) -> Page[Contract]:
    """Contracts as provider and as user, newest first. Raises BadCursor."""
    found = await store_deals.deals(tx, scope, "contract", start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=[deal.read(Contract) for deal in found[:limit]],
        next_cursor=cursor_of(following.created_at, following.deal_id) if following else None,
    )


async def bill_of(tx: Transaction, scope: OperatorScope, contract_id: UUID, since: date, until: date) -> Bill:
    """The bill of the days from `since` to before `until`, for both sides the same. Raises ContractNotFound."""
    found = await get(tx, scope, contract_id)
    bounds = [datetime.combine(day, time(), UTC) for day in (since, until)]
    provider = replace_scope(scope, found.provider_id)
    async with tx.across():
        bodies = await store_deals.swaps_of_contract(tx, provider, contract_id, bounds[0], bounds[1])
    swaps = [msgspec.convert(body, pools.Swap) for body in bodies]
    used: list[Swapped] = [one.used for one in swaps if one.used is not None]
    return bill(found.tariff, used)


def replace_scope(scope: OperatorScope, operator_id: UUID) -> OperatorScope:
    """The same actor, looking at the other side's rows within `tx.across()`."""
    return OperatorScope(operator_id, scope.actor)

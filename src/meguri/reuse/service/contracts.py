"""Use cases of batteries as a service: contracts offered and accepted, and fair bills from the swaps of a period."""

from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec
from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import Finite
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.reuse import store, store_deals
from meguri.reuse.billing import Bill, Swapped, Tariff, bill, check_tariff
from meguri.reuse.errors import NotYourTurn
from meguri.reuse.records import Contract, ContractState
from meguri.reuse.service import agreeing, pools
from meguri.reuse.service.agreeing import CONTRACT, require_state
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
    soh_floor: Finite = 70.0


async def offer(tx: Transaction, scope: OperatorScope, asked: NewContract) -> Contract:
    """Offer a contract. Raises OperatorUnknown, PoolNotFound, TariffInvalid."""
    check_tariff(asked.tariff)
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
    return await agreeing.offered(tx, scope, CONTRACT, made)


async def step(tx: Transaction, scope: OperatorScope, contract_id: UUID, name: str) -> Contract:
    """accept and decline by the user, end by either. Raises ContractNotFound, NotYourTurn, StateTransition."""
    await store.lock(tx, scope, "contract", contract_id)
    found = await get(tx, scope, contract_id)
    _, target = _STEPS[name]
    if found.state is target:
        return found
    if name != "end" and scope.operator_id != found.user_id:
        raise NotYourTurn
    require_state(found.state, name, _STEPS)
    ends = clock.today() if name == "end" else found.ends
    kept = replace(found, state=target, ends=ends)
    return await agreeing.saved(tx, scope, CONTRACT, kept)


async def get(tx: Transaction, scope: OperatorScope, contract_id: UUID) -> Contract:
    """A contract of the company's, as provider or user. Raises ContractNotFound."""
    return await agreeing.found(tx, scope, CONTRACT, contract_id)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None) -> Page[Contract]:
    """Contracts as provider and as user, newest first. Raises BadCursor."""
    return await agreeing.listed(tx, scope, CONTRACT, limit=limit, cursor=cursor)


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

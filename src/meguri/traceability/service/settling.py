"""What one write does to requests further downstream: locked first, recomputed once, told to those whom it touches."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from meguri.kernel.scope import OperatorScope
from meguri.operators import inbox
from meguri.storage.database import RetryUseCase, Transaction
from meguri.traceability import store, store_many
from meguri.traceability.events import TradesCompleted, TradeSides
from meguri.traceability.graph import Downstream, Edge
from meguri.traceability.model import RequestType, State
from meguri.traceability.notices import answer_notice
from meguri.traceability.state import settle
from meguri.traceability.store import TradeRow

_locked: WeakKeyDictionary[Transaction, set[UUID]] = WeakKeyDictionary()


async def lock_downstream(
    tx: Transaction, scope: OperatorScope, *seeds: tuple[UUID, UUID], partners: Iterable[UUID] = ()
) -> None:
    """Makes this transaction the only writer of every graph that a change at `seeds` (operator, part) may touch.

    `partners`: operators whose half of a request changes without anything following from it. A request is written only
    by who holds its customer.
    Locks are taken in one order, so that two writers never wait for each other in a circle; one that comes out of
    order is only tried. To be called before the reading on which a decision rests. Raises RetryUseCase.
    """
    needed = {scope.operator_id, *partners, *(operator for operator, _ in seeds)}
    needed.update(await store.operators_downstream_across(tx, seeds) if seeds else ())
    held = _locked.get(tx, set())
    late = {operator for operator in needed - held if held and operator < max(held)}
    # Those held are taken again: a savepoint that was undone has given up what was locked within it.
    await store.lock_operators(tx, sorted(needed - late))
    if late and not await store.try_lock_operators(tx, sorted(late)):
        raise RetryUseCase
    _locked[tx] = held | needed


async def downstream(
    tx: Transaction, seeds: Sequence[tuple[UUID, UUID]], request_type: RequestType, *, over: Iterable[Edge] = ()
) -> Downstream:
    """What lies downstream of `seeds`; only parts of locked operators, so it stays true until the commit.

    over  steps over single requests of this kind, with what lies downstream of their customers' parts: the other
          customers of the supplier's part are left out
    Raises RetryUseCase when the graph grew towards another operator between locking and reading.
    """
    entries = list(over)
    starts = list(dict.fromkeys([*seeds, *((edge.to_operator_id, edge.to_trace_id) for edge in entries)]))
    edges = await store.edges_downstream_across(tx, starts, request_type)
    met = {edge.trade_id for edge in edges if edge.trade_id}
    edges = [*(edge for edge in entries if edge.trade_id not in met), *edges]
    # By integers: a UUID's own hash takes several times as long.
    if not {edge.to_operator_id.int for edge in edges} <= {operator.int for operator in _locked.get(tx, ())}:
        raise RetryUseCase
    return Downstream(starts, edges)


async def steps_to(
    tx: Transaction, scope: OperatorScope, supplied: tuple[UUID, UUID], customer: UUID, request_type: RequestType
) -> list[Edge]:
    """The steps over which a part (operator, part) answers one customer, theirs and what follows locked.

    Raises RetryUseCase.
    """
    return await steps_to_many(tx, scope, supplied[0], [(supplied[1], customer)], request_type)


async def steps_to_many(
    tx: Transaction,
    scope: OperatorScope,
    owner: UUID,
    pairs: Sequence[tuple[UUID, UUID]],
    request_type: RequestType,
) -> list[Edge]:
    """The same for many (part, customer) of one owner."""
    steps = await _steps_to(tx, owner, pairs, request_type)
    customers = {customer for _, customer in pairs}
    if {owner, *customers} <= _locked.get(tx, set()):
        return steps  # nobody else links or ends a request between them
    ends = [(edge.to_operator_id, edge.to_trace_id) for edge in steps]
    await lock_downstream(tx, scope, *ends, partners=(owner, *customers))
    return await _steps_to(tx, owner, pairs, request_type)


async def _steps_to(
    tx: Transaction, owner: UUID, pairs: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> list[Edge]:
    async with tx.across():
        return await store_many.steps_of_pairs(tx, owner, pairs, request_type)


async def steps_downstream(
    tx: Transaction, seeds: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> list[Edge]:
    """Every step downstream of `seeds`, whoever may be writing there: true for the moment only."""
    return await store.edges_downstream_across(tx, seeds, request_type)


@dataclass(frozen=True, slots=True)
class Settled:
    """Requests that became answered, or open again, and of which nobody has been told yet; suppliers first."""

    request_type: RequestType
    completed: Sequence[TradeRow] = ()
    reopened: Sequence[TradeRow] = ()


async def mark_answered(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, request_type: RequestType, *, answered: bool = True
) -> Settled:
    """The part has an answer of its own now, or no longer. What follows from it is still to be told: `tell`."""
    if not await store.set_answered(tx, scope, trace_id, request_type, answered=answered):
        return Settled(request_type)
    return await settle_from(tx, [(scope.operator_id, trace_id)], request_type)


async def mark_many_answered(
    tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID], request_type: RequestType
) -> Settled:
    """The same for many parts, with one walk downstream from all of them."""
    fresh = await store.set_many_answered(tx, scope, trace_ids, request_type)
    if not fresh:
        return Settled(request_type)
    return await settle_from(tx, [(scope.operator_id, trace_id) for trace_id in fresh], request_type)


async def settle_from(
    tx: Transaction, seeds: Sequence[tuple[UUID, UUID]], request_type: RequestType, *, over: Iterable[Edge] = ()
) -> Settled:
    """Recomputes every request downstream of `seeds`, and those of `over` with all that is downstream of them.

    Customers are told of it afterwards, by `tell`. In between, what else follows from the write is done, so that a
    customer is told once and of the result.
    """
    links = (await downstream(tx, seeds, request_type, over=over)).links
    if not links:
        return Settled(request_type)
    nodes = await store.nodes_below_across(
        tx, list({edge.trace_id: (edge.operator_id, edge.trace_id) for edge in links}.values()), request_type
    )
    linked = [edge.trade_id for edge in links if edge.trade_id]
    met = {*linked, *(node.trade_id for node in nodes.values() if node.trade_id)}
    rows = await store.trade_rows_across(tx, met)
    changed = settle(nodes, {key: row.derived() for key, row in rows.items()}, linked)
    if changed:
        await store.save_states_across(tx, changed)
    was, now = {key: row.state for key, row in rows.items()}, {one.trade_id: one.state for one in changed}
    return Settled(
        request_type,
        completed=[rows[key] for key in now if now[key] is State.COMPLETED and was[key] != State.COMPLETED],
        reopened=[rows[key] for key in now if now[key] is not State.COMPLETED and was[key] == State.COMPLETED],
    )


async def tell(tx: Transaction, settled: Settled) -> None:
    """Tells customers of their answers, and other rooms of what became answered or open again."""
    if settled.completed:
        kind = f"{settled.request_type}_RESPONSED"
        await inbox.notify_many(tx, [answer_notice(kind, row) for row in settled.completed])
    if settled.completed or settled.reopened:
        await tx.record(
            TradesCompleted(
                request_type=settled.request_type,
                completed=tuple(map(_sides, settled.completed)),
                reopened=tuple(map(_sides, settled.reopened)),
            )
        )


def _sides(row: TradeRow) -> TradeSides:
    return TradeSides(
        trade_id=row.trade_id,
        downstream_operator_id=row.downstream_operator_id,
        upstream_operator_id=row.upstream_operator_id,
    )

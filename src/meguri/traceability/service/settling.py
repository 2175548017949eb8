"""What one write does to requests further downstream: locked first, recomputed once, told to those whom it touches."""

from collections.abc import Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

from meguri.kernel.scope import OperatorScope
from meguri.operators import inbox
from meguri.storage.database import RetryUseCase, Transaction
from meguri.traceability import store
from meguri.traceability.events import TradesCompleted
from meguri.traceability.graph import Downstream
from meguri.traceability.model import RequestType, State
from meguri.traceability.notices import answer_notice
from meguri.traceability.state import settle

_locked: WeakKeyDictionary[Transaction, set[UUID]] = WeakKeyDictionary()


async def lock_downstream(tx: Transaction, scope: OperatorScope, *seeds: tuple[UUID, UUID]) -> None:
    """Makes this transaction the only writer of every graph that a change at `seeds` (operator, part) may touch.

    Locks are taken in one order, so that two writers never wait for each other in a circle.
    """
    needed = {scope.operator_id, *(operator for operator, _ in seeds)}
    needed.update(await store.operators_downstream_across(tx, seeds) if seeds else ())
    held = _locked.get(tx)
    if held is None:
        await store.lock_operators(tx, sorted(needed))
        _locked[tx] = needed
    elif not needed <= held:
        raise RetryUseCase


async def downstream(tx: Transaction, seeds: Sequence[tuple[UUID, UUID]], request_type: RequestType) -> Downstream:
    """What lies downstream of `seeds`; only parts of locked operators, so it stays true until the commit.

    Raises RetryUseCase when the graph grew towards another operator between locking and reading.
    """
    edges = await store.edges_downstream_across(tx, seeds, request_type)
    if not {edge.to_operator_id for edge in edges} <= _locked.get(tx, set()):
        raise RetryUseCase
    return Downstream([part for _, part in seeds], edges)


async def mark_answered(tx: Transaction, scope: OperatorScope, trace_id: UUID, request_type: RequestType) -> list[UUID]:
    """The part has an answer of its own now. Returns the requests that became answered by it."""
    if not await store.set_answered(tx, scope, trace_id, request_type, answered=True):
        return []
    return await settle_from(tx, scope, [(scope.operator_id, trace_id)], request_type)


async def unmark_answered(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, request_type: RequestType
) -> list[UUID]:
    """The part has no answer of its own any more. Returns the requests that are answered all the same since."""
    if not await store.set_answered(tx, scope, trace_id, request_type, answered=False):
        return []
    return await settle_from(tx, scope, [(scope.operator_id, trace_id)], request_type)


async def settle_from(
    tx: Transaction, scope: OperatorScope, seeds: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> list[UUID]:
    """Recomputes every request downstream of `seeds`; returns those that became answered, suppliers first."""
    links = (await downstream(tx, seeds, request_type)).links
    if not links:
        return []
    nodes = await store.nodes_below_across(
        tx, list({edge.trace_id: (edge.operator_id, edge.trace_id) for edge in links}.values()), request_type
    )
    linked = [edge.trade_id for edge in links if edge.trade_id]
    met = {*linked, *(node.trade_id for node in nodes.values() if node.trade_id)}
    rows = await store.trade_rows_across(tx, met)
    changed = settle(nodes, {key: row.derived() for key, row in rows.items()}, linked)
    if not changed:
        return []
    await store.save_states_across(tx, changed)
    completed = [
        s.trade_id for s in changed if s.state is State.COMPLETED and rows[s.trade_id].state != State.COMPLETED
    ]
    reopened = [
        s.trade_id for s in changed if s.state is not State.COMPLETED and rows[s.trade_id].state == State.COMPLETED
    ]
    if completed:
        await inbox.notify_many(
            tx, [answer_notice(f"{request_type}_RESPONSED", rows[trade_id]) for trade_id in completed]
        )
    if completed or reopened:
        told = {
            operator
            for trade_id in (*completed, *reopened)
            for operator in (rows[trade_id].downstream_operator_id, rows[trade_id].upstream_operator_id)
        }
        await tx.record(
            TradesCompleted(
                request_type=request_type,
                completed=tuple(completed),
                reopened=tuple(reopened),
                operators=tuple(sorted(told)),
            )
        )
    return completed

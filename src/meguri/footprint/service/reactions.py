"""What footprint does, in the same transaction, when something happens in traceability or to a disclosure."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from meguri.footprint import store
from meguri.footprint.service.propagating import brings_of, propagate
from meguri.footprint.store import Kept
from meguri.footprint.totals import NOTHING, Vector, answer_vector, contribution, minus, own_vector, plus, times
from meguri.kernel.scope import OperatorScope
from meguri.operators.events import DisclosureChanged
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import (
    PartDeleted,
    PartWritten,
    TradeCancelled,
    TradeLinked,
    TradeRejected,
    TradesCompleted,
)
from meguri.traceability.model import RequestType


async def part_written(tx: Transaction, scope: OperatorScope, event: PartWritten) -> None:
    """A new structure, or a new end of the chain: what the part is made of is added up anew, once."""
    new = event.terminated_before is None
    if new and not event.links:
        return
    if event.links == event.links_before and event.terminated == event.terminated_before:
        return
    here = (scope.operator_id, event.trace_id)
    before = (await store.kept(tx, [here]))[event.trace_id]
    sums = before.sums
    if event.links != event.links_before:
        sums = await _sum_of(tx, scope, event.links)
        await store.add_to_sums_across(
            tx, {event.trace_id: minus(sums, before.sums)}, {event.trace_id: scope.operator_id}
        )
    brought = before.sent or _brings(before, before.sums, bought=not event.terminated_before and not event.links_before)
    brings = _brings(before, sums, bought=not event.terminated and not event.links)
    if new:
        brought = NOTHING
    if before.sent is not None:
        await store.clear_waiting_across(tx, [here])
    await propagate(tx, scope, {here: minus(brings, brought)}, restated=[here])


async def _sum_of(tx: Transaction, scope: OperatorScope, links: Iterable[tuple[UUID, Any]]) -> Vector:
    children = list(links)
    if not children:
        return NOTHING
    ids = [child for child, _ in children]
    kinds = await traceability.kinds_of(tx, scope, ids, RequestType.CFP)
    kept = await store.kept(tx, [(scope.operator_id, child) for child in ids])
    total = NOTHING
    for child, amount in children:
        total = plus(total, times(amount, brings_of(kinds[child], kept[child])))
    return total


def _brings(kept: Kept, sums: Vector, *, bought: bool) -> Vector:
    return contribution(purchased=bought, own=own_vector(kept.own), sums=sums, answer=answer_vector(kept.answer))


async def part_deleted(tx: Transaction, scope: OperatorScope, event: PartDeleted) -> None:
    """Nothing uses the part any more: its figures and certificates go, their history stays."""
    await store.forget_part(tx, scope, event.trace_id)


async def trades_completed(tx: Transaction, scope: OperatorScope, event: TradesCompleted) -> None:
    """Answers that are there now, or are no longer."""
    if event.request_type == RequestType.CFP:
        rows = await traceability.trades_across(tx, [*event.completed, *event.reopened])
        await propagate(
            tx,
            scope,
            {},
            restated=[
                (row.upstream_operator_id, row.upstream_trace_id) for row in rows.values() if row.upstream_trace_id
            ],
        )


async def trade_linked(tx: Transaction, scope: OperatorScope, event: TradeLinked) -> None:
    """Another part answers: the customer's answer is worked out from it."""
    if event.request_type == RequestType.CFP and event.upstream_trace_id is not None:
        await propagate(tx, scope, {}, restated=[(event.upstream_operator_id, event.upstream_trace_id)])


async def trade_closed(tx: Transaction, scope: OperatorScope, event: TradeCancelled | TradeRejected) -> None:
    """The request is gone: so is its answer, and what it brought."""
    if event.request_type != RequestType.CFP:
        return
    gone = (await store.answers_of_trades_across(tx, [event.trade_id])).get(event.trade_id)
    if gone is None:
        return
    where = (gone.operator_id, gone.trace_id)
    kinds = await traceability.kinds_across(tx, [where], RequestType.CFP)
    await store.save_answers_across(tx, [], [event.trade_id])
    change = minus(NOTHING, answer_vector(gone.figures)) if kinds[gone.trace_id].purchased else NOTHING
    await propagate(tx, scope, {where: change}, restated=[where])


async def disclosure_changed(tx: Transaction, scope: OperatorScope, event: DisclosureChanged) -> None:
    """The customer sees more or less than before."""
    if event.changed & {"TOTALCFP", "TOTALDQR"}:
        await traceability.lock_downstream(tx, scope, (event.operator_id, event.trace_id))
        await propagate(tx, scope, {}, restated=[(event.operator_id, event.trace_id)])


reactions: dict[type[Any], list[Any]] = {
    PartWritten: [part_written],
    PartDeleted: [part_deleted],
    TradesCompleted: [trades_completed],
    TradeLinked: [trade_linked],
    TradeCancelled: [trade_closed],
    TradeRejected: [trade_closed],
    DisclosureChanged: [disclosure_changed],
}

"""What footprint does, in the same transaction, when something happens in traceability or to a disclosure."""

from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint import store
from meguri.footprint.service.lateness import refresh_lateness
from meguri.footprint.service.propagating import brings_of, present_of, propagate, worked_out
from meguri.footprint.store import Kept
from meguri.footprint.totals import NOTHING, Vector, answer_vector, contribution, minus, own_vector, plus, times
from meguri.kernel.numbers import ONE
from meguri.kernel.scope import OperatorScope
from meguri.operators.events import DisclosureChanged, DisclosuresChanged
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import (
    PartDeleted,
    PartWritten,
    TradeCancelled,
    TradeLinked,
    TradeRejected,
    TradesCompleted,
    TradesLinked,
)
from meguri.traceability.graph import Edge
from meguri.traceability.model import RequestType


async def part_written(tx: Transaction, scope: OperatorScope, event: PartWritten) -> None:
    """A new structure, or parts that became ends of the chain or ceased to be: one cascade carries it all.

    What the components bring is added up anew with what they brought before the write; how far that differs now
    reaches the part like everything else that they go into.
    """
    turned = {one.trace_id: one for one in event.changed if one.turned}
    if event.links == event.links_before and not turned:
        return
    ids = list({event.trace_id, *turned, *(child for child, _ in event.links)})
    kinds = await traceability.kinds_of(tx, scope, ids, RequestType.CFP)
    kept = await store.kept(tx, [(scope.operator_id, part) for part in ids])
    brought = {part: brings_of(kinds[part], kept[part]) for part in ids}
    for part in turned.keys() - {event.trace_id}:
        brought[part] = _brought(kept[part], bought=not turned[part].terminated_before)
    changes = {part: minus(present_of(kinds[part], kept[part]), brought[part]) for part in turned}
    if event.links != event.links_before or event.trace_id in turned:
        parent = kept[event.trace_id]
        sums = _sum_of(event, brought)
        difference = minus(sums, parent.sums)
        if difference != NOTHING:
            await store.add_to_sums_across(tx, [((scope.operator_id, event.trace_id), (0, ONE))], [difference])
        now = present_of(kinds[event.trace_id], msgspec.structs.replace(parent, sums=sums))
        changes[event.trace_id] = minus(now, _brought_by_parent(event, parent))
    where = [(scope.operator_id, part) for part in changes]
    if any(kept[part].sent is not None for part in changes):
        await store.clear_waiting_across(tx, where)
    if turned or not event.is_new:  # nothing lies downstream of a part that did not exist
        await propagate(tx, scope, dict(zip(where, changes.values(), strict=True)), restated=where)
    if any(one.late for one in kept.values()):
        await refresh_lateness(tx, scope, where)


def _sum_of(event: PartWritten, brought: dict[UUID, Vector]) -> Vector:
    total = NOTHING
    for child, amount in event.links:
        total = plus(total, times(amount, brought[child]))
    return total


def _brought_by_parent(event: PartWritten, parent: Kept) -> Vector:
    written = next((one for one in event.changed if one.trace_id == event.trace_id), None)
    if written and written.terminated_before is None:
        return NOTHING
    return _brought(parent, bought=not event.links_before and not (written and written.terminated_before))


def _brought(kept: Kept, *, bought: bool) -> Vector:
    """What the parts above still count with."""
    if kept.sent is not None:
        return kept.sent
    return contribution(purchased=bought, own=own_vector(kept.own), sums=kept.sums, answer=answer_vector(kept.answer))


async def part_deleted(tx: Transaction, scope: OperatorScope, event: PartDeleted) -> None:
    """Nothing uses the part any more: its figures and certificates go, their history stays."""
    await store.forget_part(tx, scope, event.trace_id)


async def trades_completed(tx: Transaction, scope: OperatorScope, event: TradesCompleted) -> None:
    """Answers that are there now, or are no longer: those that this transaction has not worked out so already."""
    if event.request_type != RequestType.CFP:
        return
    known = worked_out(tx)
    open_ = [one.trade_id for one in event.completed if known.get(one.trade_id) is not True]
    open_ += [one.trade_id for one in event.reopened if known.get(one.trade_id) is not False]
    if open_:
        rows = await traceability.trades_across(tx, open_)
        await propagate(tx, scope, {}, over=[step for row in rows.values() if (step := row.step)])


async def trade_linked(tx: Transaction, scope: OperatorScope, event: TradeLinked) -> None:
    """Another part answers: the customer's answer is worked out from it."""
    if event.request_type == RequestType.CFP and event.upstream_trace_id is not None:
        here = (event.upstream_operator_id, event.upstream_trace_id)
        there = (event.downstream_operator_id, event.downstream_trace_id)
        await propagate(tx, scope, {}, over=[Edge(*here, *there, None, event.trade_id)])
        async with tx.across():
            kept = await store.kept(tx, [here, there])
        if any(one.late for one in kept.values()):
            await refresh_lateness(tx, scope, [there])


async def trades_linked(tx: Transaction, scope: OperatorScope, event: TradesLinked) -> None:
    """Many at once: one cascade carries them all."""
    if event.request_type != RequestType.CFP:
        return
    steps = [
        Edge(
            one.upstream_operator_id,
            one.upstream_trace_id,
            one.downstream_operator_id,
            one.downstream_trace_id,
            None,
            one.trade_id,
        )
        for one in event.links
        if one.upstream_trace_id is not None
    ]
    await propagate(tx, scope, {}, over=steps)
    ends = [(step.to_operator_id, step.to_trace_id) for step in steps]
    async with tx.across():
        kept = await store.kept(tx, [*((step.operator_id, step.trace_id) for step in steps), *ends])
    if any(one.late for one in kept.values()):
        await refresh_lateness(tx, scope, ends)


async def trade_closed(tx: Transaction, scope: OperatorScope, event: TradeCancelled | TradeRejected) -> None:
    """The request is gone: so is its answer, and what it brought."""
    if event.request_type != RequestType.CFP:
        return
    where = (event.downstream_operator_id, event.downstream_trace_id)
    async with tx.across():
        kept = (await store.kept(tx, [where]))[event.downstream_trace_id]
    if kept.answer_trade_id == event.trade_id:
        kind = (await traceability.kinds_across(tx, [where], RequestType.CFP))[event.downstream_trace_id]
        await store.save_answers_across(tx, [], {event.trade_id: event.downstream_operator_id})
        change = minus(NOTHING, answer_vector(kept.answer)) if kind.purchased else NOTHING
        await propagate(tx, scope, {where: change}, restated=[where])
    if kept.late:
        await refresh_lateness(tx, scope, [where])


async def disclosure_changed(tx: Transaction, scope: OperatorScope, event: DisclosureChanged) -> None:
    """The customer sees more or less than before."""
    if event.changed & {"TOTALCFP", "TOTALDQR"}:
        here = (event.operator_id, event.trace_id)
        steps = await traceability.steps_to(tx, scope, here, event.to_operator_id, RequestType.CFP)
        await propagate(tx, scope, {}, over=steps)


async def disclosures_changed(tx: Transaction, scope: OperatorScope, event: DisclosuresChanged) -> None:
    """Many at once: one cascade carries them all."""
    pairs: dict[UUID, list[tuple[UUID, UUID]]] = {}
    for one in event.many:
        if one.changed & {"TOTALCFP", "TOTALDQR"}:
            pairs.setdefault(one.operator_id, []).append((one.trace_id, one.to_operator_id))
    steps: list[Edge] = []
    for owner, some in pairs.items():
        steps += await traceability.steps_to_many(tx, scope, owner, some, RequestType.CFP)
    await propagate(tx, scope, {}, over=steps)


reactions: dict[type[Any], list[Any]] = {
    PartWritten: [part_written],
    PartDeleted: [part_deleted],
    TradesCompleted: [trades_completed],
    TradeLinked: [trade_linked],
    TradesLinked: [trades_linked],
    TradeCancelled: [trade_closed],
    TradeRejected: [trade_closed],
    DisclosureChanged: [disclosure_changed],
    DisclosuresChanged: [disclosures_changed],
}

"""What due diligence does, in the same transaction, when something happens in traceability or to a disclosure."""

from typing import Any

from meguri.diligence import store
from meguri.diligence.events import RecordWritten
from meguri.diligence.service.spreading import DD, KEYS, spread
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


async def part_written(tx: Transaction, scope: OperatorScope, event: PartWritten) -> None:
    """A new structure: the part's total is another one."""
    turned = any(one.turned for one in event.changed)
    if turned or (event.links != event.links_before and not event.is_new):
        await spread(tx, [(scope.operator_id, event.trace_id)])


async def part_deleted(tx: Transaction, scope: OperatorScope, event: PartDeleted) -> None:
    """Nothing uses the part any more."""
    await store.drop_result(tx, scope, event.trace_id)


async def trades_completed(tx: Transaction, scope: OperatorScope, event: TradesCompleted) -> None:
    """Answers that are there now, or are no longer."""
    if event.request_type == DD:
        rows = await traceability.trades_across(tx, [one.trade_id for one in (*event.completed, *event.reopened)])
        await spread(tx, over=[step for row in rows.values() if (step := row.step)])


async def trade_linked(tx: Transaction, scope: OperatorScope, event: TradeLinked) -> None:
    """Another part answers."""
    if event.request_type == DD and event.upstream_trace_id is not None:
        here = (event.upstream_operator_id, event.upstream_trace_id)
        there = (event.downstream_operator_id, event.downstream_trace_id)
        await spread(tx, over=[Edge(*here, *there, None, event.trade_id)])


async def trades_linked(tx: Transaction, scope: OperatorScope, event: TradesLinked) -> None:
    """Other parts answer."""
    for one in event.links:
        await trade_linked(tx, scope, one)


async def trade_closed(tx: Transaction, scope: OperatorScope, event: TradeCancelled | TradeRejected) -> None:
    """The request is gone: so is its answer."""
    if event.request_type == DD:
        where = (event.downstream_operator_id, event.downstream_trace_id)
        await store.drop_answer_across(tx, where, event.trade_id)
        await spread(tx, [where])


async def disclosure_changed(tx: Transaction, scope: OperatorScope, event: DisclosureChanged) -> None:
    """The customer sees more or less than before."""
    if not event.changed.isdisjoint({"DDRESULT", KEYS}):
        here = (event.operator_id, event.trace_id)
        await spread(tx, over=await traceability.steps_to(tx, scope, here, event.to_operator_id, DD))


async def disclosures_changed(tx: Transaction, scope: OperatorScope, event: DisclosuresChanged) -> None:
    """Customers see more or less than before."""
    for one in event.many:
        await disclosure_changed(tx, scope, one)


async def record_written(tx: Transaction, scope: OperatorScope, event: RecordWritten) -> None:
    """A company's names are new or have changed: they are screened after the commit."""
    if event.kind == "party":
        await tx.defer("diligence.screen_party", operator_id=str(scope.operator_id), party_id=str(event.record_id))


reactions: dict[type[Any], list[Any]] = {
    RecordWritten: [record_written],
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

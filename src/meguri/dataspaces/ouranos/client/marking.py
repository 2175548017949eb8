"""What companies here do that a foreign system has to hold as well: marked in the same transaction, brought by a worker.

Marks tell what has changed, never how: the worker compares what stands here with what both sides last agreed on. So a
change that came from the system itself costs nothing, and the same thing marked twice is brought once.
"""

from collections.abc import Iterable
from uuid import UUID

from meguri.dataspaces.ouranos.client import store
from meguri.dataspaces.ouranos.client.joining import follow_soon
from meguri.dataspaces.ouranos.client.model import TaskKind
from meguri.footprint.events import AnswersChanged, CertificateChanged, FootprintRecorded
from meguri.kernel.scope import OperatorScope
from meguri.operators.events import DisclosureChanged, DisclosuresChanged
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import (
    PartDeleted,
    PartWritten,
    TradeAmended,
    TradeCancelled,
    TradeEvent,
    TradeLinked,
    TradeRejected,
    TradeReplied,
    TradeRequested,
    TradesLinked,
)


async def _mark(tx: Transaction, operator_id: UUID, systems: Iterable[UUID], kind: TaskKind, *things: UUID) -> None:
    for system_id in systems:
        for ours in things:
            await store.mark(tx, operator_id, system_id, kind, ours)
        await follow_soon(tx, operator_id, system_id)


async def asked(tx: Transaction, _: OperatorScope, event: TradeEvent) -> None:
    """We ask a company of a system, or change or withdraw what we asked."""
    own = event.downstream_operator_id
    systems = await store.holding(tx, own, "operator", [event.upstream_operator_id])
    await _mark(tx, own, systems, TaskKind.REQUEST, event.trade_id)


async def answered(tx: Transaction, _: OperatorScope, event: TradeEvent) -> None:
    """We answer, return or write to a company of a system."""
    own = event.upstream_operator_id
    systems = await store.holding(tx, own, "operator", [event.downstream_operator_id])
    await _mark(tx, own, systems, TaskKind.ANSWER, event.trade_id)


async def many_answered(tx: Transaction, _: OperatorScope, event: TradesLinked) -> None:
    """We answer many requests at once."""
    pairs = list({(one.upstream_operator_id, one.downstream_operator_id) for one in event.links})
    for own, system, partner in await store.holding_pairs(tx, "operator", pairs):
        trades = [one.trade_id for one in event.links if one.downstream_operator_id == partner]
        await _mark(tx, own, [system], TaskKind.ANSWER, *trades)


async def answers_changed(tx: Transaction, _: OperatorScope, event: AnswersChanged) -> None:
    """Totals that companies of a system are answered with have moved."""
    pairs = [(one.upstream_operator_id, one.downstream_operator_id) for one in event.answers]
    held = {(own, partner): system for own, system, partner in await store.holding_pairs(tx, "operator", pairs)}
    for one in event.answers:
        system = held.get((one.upstream_operator_id, one.downstream_operator_id))
        if system is not None:
            await _mark(tx, one.upstream_operator_id, [system], TaskKind.ANSWER, one.trade_id)


async def disclosed(tx: Transaction, _: OperatorScope, event: DisclosureChanged) -> None:
    """What a company of a system may read of a part has changed."""
    own = event.operator_id
    systems = await store.holding(tx, own, "operator", [event.to_operator_id])
    if systems:
        async with tx.across():
            scope = OperatorScope(own, "system:outside")
            trades = await traceability.live_links_to(tx, scope, event.trace_id, event.to_operator_id)
        await _mark(tx, own, systems, TaskKind.ANSWER, *(one.trade_id for one in trades))


async def many_disclosed(tx: Transaction, scope: OperatorScope, event: DisclosuresChanged) -> None:
    """The same for many parts; most readers stand in no system."""
    pairs = list({(one.operator_id, one.to_operator_id) for one in event.many})
    held = {(own, reader) for own, _, reader in await store.holding_pairs(tx, "operator", pairs)}
    for one in event.many:
        if (one.operator_id, one.to_operator_id) in held:
            await disclosed(tx, scope, one)


async def written(tx: Transaction, scope: OperatorScope, event: PartWritten) -> None:
    """A part that stands in a system has changed."""
    changed = [one.trace_id for one in event.changed]
    systems = await store.holding(tx, scope.operator_id, "part", [event.trace_id, *changed])
    await _mark(tx, scope.operator_id, systems, TaskKind.PART, event.trace_id)


async def deleted(tx: Transaction, scope: OperatorScope, event: PartDeleted) -> None:
    """A part that stands in a system is gone."""
    systems = await store.holding(tx, scope.operator_id, "part", [event.trace_id])
    await _mark(tx, scope.operator_id, systems, TaskKind.PART, event.trace_id)


async def declared(tx: Transaction, scope: OperatorScope, event: FootprintRecorded) -> None:
    """The footprint of a part that stands in a system has changed."""
    systems = await store.holding(tx, scope.operator_id, "part", [event.trace_id])
    await _mark(tx, scope.operator_id, systems, TaskKind.FOOTPRINT, event.trace_id)


async def certified(tx: Transaction, scope: OperatorScope, event: CertificateChanged) -> None:
    """Certificate files of a part that answers companies of a system have changed."""
    systems = await store.holding(tx, scope.operator_id, "part", [event.trace_id])
    await _mark(tx, scope.operator_id, systems, TaskKind.FOOTPRINT, event.trace_id)


reactions = {
    TradeRequested: [asked],
    TradeAmended: [asked],
    TradeCancelled: [asked],
    TradeLinked: [answered],
    TradesLinked: [many_answered],
    TradeRejected: [answered],
    TradeReplied: [answered],
    AnswersChanged: [answers_changed],
    DisclosureChanged: [disclosed],
    DisclosuresChanged: [many_disclosed],
    PartWritten: [written],
    PartDeleted: [deleted],
    FootprintRecorded: [declared],
    CertificateChanged: [certified],
}

"""Carrying a change to every total and answer that it touches, in the transaction that made it."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from meguri.footprint import store
from meguri.footprint.events import AnswersChanged
from meguri.footprint.spreading import Link, Spread, spread
from meguri.footprint.store import AnswerAt, Kept, Where
from meguri.footprint.totals import NOTHING, Vector, answer_vector, contribution, minus, own_vector, plus
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure, inbox
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.graph import Downstream
from meguri.traceability.model import PartKind, RequestType, State
from meguri.traceability.notices import answer_notice
from meguri.traceability.store import TradeRow

LIMIT = 20_000
CONTINUE = "footprint.continue_cascade"


async def propagate(
    tx: Transaction,
    scope: OperatorScope,
    changes: Mapping[Where, Vector],
    *,
    restated: Iterable[Where] = (),
    limit: int = LIMIT,
) -> Spread:
    """Follows `changes` (difference of what each (operator, part) brings where it is used) downstream.

    `restated`: parts whose answers are worked out anew even where nothing changed below. The caller holds the locks.
    After `limit` parts the rest is left to a job, and the totals not reached yet say so.
    """
    moved = {where: change for where, change in changes.items() if change != NOTHING}
    again = set(restated)
    seeds = list({*moved, *again})
    if not seeds:
        return Spread()
    graph = await traceability.downstream(tx, seeds, RequestType.CFP)
    if not graph.steps:
        return Spread()
    trades = await traceability.trades_across(tx, [edge.trade_id for edge in graph.links if edge.trade_id])
    totals = await _linked_totals(tx, graph)
    answers = await store.answers_of_trades_across(tx, trades) if trades else {}
    result = spread(
        graph,
        {part: change for (_, part), change in moved.items()},
        {part for _, part in again},
        totals,
        await _links(tx, trades),
        {trade_id: answer.figures for trade_id, answer in answers.items()},
        limit,
    )
    await _write(tx, scope, graph, result, trades, answers)
    return result


async def _linked_totals(tx: Transaction, graph: Downstream) -> dict[UUID, Vector]:
    linked = list({edge.trace_id: (edge.operator_id, edge.trace_id) for edge in graph.links}.values())
    if not linked:
        return {}
    kinds = await traceability.kinds_across(tx, linked, RequestType.CFP)
    async with tx.across():
        kept = await store.kept(tx, linked)
    return {part: total_of(kinds[part], kept[part]) for part in kept}


def total_of(kind: PartKind, kept: Kept) -> Vector:
    """The total that a customer of this part gets: of what is made here, or of what was answered for it."""
    if kind.purchased and kind.trade_id is not None:
        return answer_vector(kept.answer)
    return plus(own_vector(kept.own), kept.sums)


def brings_of(kind: PartKind, kept: Kept) -> Vector:
    """What one unit of this part brings to the part that it goes into."""
    if kept.sent is not None:
        return kept.sent
    return contribution(
        purchased=kind.purchased, own=own_vector(kept.own), sums=kept.sums, answer=answer_vector(kept.answer)
    )


async def _links(tx: Transaction, trades: Mapping[UUID, TradeRow]) -> dict[UUID, Link]:
    by_supplier: dict[UUID, list[tuple[UUID, UUID]]] = {}
    for row in trades.values():
        if row.upstream_trace_id is not None and row.state == State.COMPLETED:
            by_supplier.setdefault(row.upstream_operator_id, []).append(
                (row.upstream_trace_id, row.downstream_operator_id)
            )
    customers = [(row.downstream_operator_id, row.downstream_trace_id) for row in trades.values()]
    kinds = await traceability.kinds_across(tx, customers, RequestType.CFP) if customers else {}
    released: dict[tuple[UUID, UUID], frozenset[str]] = {}
    async with tx.across():
        for supplier, pairs in by_supplier.items():
            released.update(await disclosure.released(tx, supplier, pairs))
    links = {}
    for trade_id, row in trades.items():
        pair = (row.upstream_trace_id or row.trade_id, row.downstream_operator_id)
        groups = released.get(pair, frozenset())
        links[trade_id] = Link(
            trade_id,
            completed=row.state == State.COMPLETED,
            emissions="TOTALCFP" in groups,
            quality="TOTALDQR" in groups,
            counts=kinds[row.downstream_trace_id].purchased,
        )
    return links


async def _write(
    tx: Transaction,
    scope: OperatorScope,
    graph: Downstream,
    result: Spread,
    trades: Mapping[UUID, TradeRow],
    before: Mapping[UUID, AnswerAt],
) -> None:
    await store.add_to_sums_across(tx, result.sums, graph.operator_of)
    if result.answers:
        units = await _units(tx, [trades[trade_id] for trade_id in result.answers])
        written = [
            (row.downstream_operator_id, trade_id, row.downstream_trace_id, units[trade_id], figures)
            for trade_id, figures in result.answers.items()
            for row in [trades[trade_id]]
            if figures is not None
        ]
        await store.save_answers_across(tx, written, [t for t, figures in result.answers.items() if figures is None])
        updated = [trades[t] for t, figures in result.answers.items() if figures is not None and t in before]
        if updated:
            await inbox.notify_many(tx, [answer_notice("CFP_UPDATED", row) for row in updated])
    await _count_with(tx, graph, result)
    if result.waiting:
        await _leave_to_a_job(tx, graph, result)
    if result.sums or result.answers:
        touched = {graph.operator_of[part] for part in result.sums}
        touched.update(trades[trade_id].downstream_operator_id for trade_id in result.answers)
        await tx.record(
            AnswersChanged(
                trades=tuple(result.answers),
                operators=tuple(sorted(touched)),
                parts_reached=len(result.sums),
                waiting=len(result.waiting),
            )
        )


async def _count_with(tx: Transaction, graph: Downstream, result: Spread) -> None:
    """Parts that still have an earlier change to pass on have passed this one on already: remember it."""
    waiting = await store.waiting_across(tx, [(graph.operator_of[part], part) for part in result.passed])
    if waiting:
        sent = {part: plus(vector, result.passed[part]) for part, vector in waiting.items()}
        await store.mark_waiting_across(tx, sent, [], graph.operator_of)


async def _units(tx: Transaction, rows: Sequence[TradeRow]) -> dict[UUID, str]:
    linked = {row.trade_id: (row.upstream_operator_id, row.upstream_trace_id) for row in rows if row.upstream_trace_id}
    async with tx.across():
        kept = await store.kept(tx, list({*linked.values()}))
    units = {}
    for trade_id, (_, part) in linked.items():
        at = kept[part]
        units[trade_id] = at.own.declared_unit.value if at.own else (at.answer_unit or "")
    return units


async def _leave_to_a_job(tx: Transaction, graph: Downstream, result: Spread) -> None:
    waiting = [(graph.operator_of[part], part) for part in result.waiting]
    kinds = await traceability.kinds_across(tx, waiting, RequestType.CFP)
    async with tx.across():
        kept = await store.kept(tx, waiting)
    sent = {
        part: kept[part].sent or minus(brings_of(kinds[part], kept[part]), change)
        for part, change in result.waiting.items()
    }
    reached = {*result.beyond, *(edge.to_trace_id for part in result.waiting for edge in graph.steps.get(part, ()))}
    await store.mark_waiting_across(tx, sent, sorted(reached), graph.operator_of)
    for operator in sorted({graph.operator_of[part] for part in result.waiting}):
        await tx.defer(CONTINUE, operator_id=str(operator))

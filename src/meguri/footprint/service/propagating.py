"""Carrying a change to every total and answer that it touches, in the transaction that made it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from meguri.footprint import store
from meguri.footprint.events import AnswersChanged, TotalsMoved
from meguri.footprint.spreading import Link, Spread, Standing, spread
from meguri.footprint.store import Kept, Where
from meguri.footprint.totals import NOTHING, Vector, answer_vector, contribution, minus, own_vector, plus
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure, inbox
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import TradeSides
from meguri.traceability.graph import Downstream, Edge
from meguri.traceability.model import PartKind, RequestType, State
from meguri.traceability.notices import answer_notice
from meguri.traceability.store import TradeRow

LIMIT = 20_000
CONTINUE = "footprint.continue_cascade"

# Requests whose customer knows, or is just being told, of this transaction's answer: nobody is told twice of one write.
_told: WeakKeyDictionary[Transaction, set[UUID]] = WeakKeyDictionary()

# Requests whose answers this transaction has worked out, and whether they were answered then; with the savepoints that
# had been given up by then, for with the next one this may be undone.
_worked_out: WeakKeyDictionary[Transaction, tuple[int, dict[UUID, bool]]] = WeakKeyDictionary()


def worked_out(tx: Transaction) -> Mapping[UUID, bool]:
    """Requests whose answers were worked out in this transaction, with whether they were answered then.

    What has changed since has been carried to them like every change; only another state asks for more.
    """
    undone, known = _worked_out.get(tx, (0, {}))
    return known if undone == tx.undone else {}


async def propagate(
    tx: Transaction,
    scope: OperatorScope,
    changes: Mapping[Where, Vector],
    *,
    restated: Iterable[Where] = (),
    over: Iterable[Edge] = (),
    limit: int | None = None,
) -> Spread:
    """Follows `changes` (difference of what each (operator, part) brings where it is used) downstream.

    `restated`: parts whose answers are worked out anew even where nothing changed below; `over`: single answers that
    are, those to the other customers of the same part are left alone. The caller holds the locks.
    After `limit` parts (LIMIT) the rest is left to a job, and the totals not reached yet say so.
    """
    moved = {where: change for where, change in changes.items() if change != NOTHING}
    again, entries = set(restated), list(over)
    seeds = list({*moved, *again})
    if not seeds and not entries:
        return Spread()
    again.update((edge.operator_id, edge.trace_id) for edge in entries)
    async with tx.across():
        graph = await traceability.downstream(tx, seeds, RequestType.CFP, over=entries)
        if not any(graph.steps):
            return Spread()
        past = await _read(tx, graph)
        result = spread(
            graph,
            {part: change for (_, part), change in moved.items()},
            {part for _, part in again},
            past.standing,
            LIMIT if limit is None else limit,
        )
        await _write(tx, graph, result, past)
        links = past.standing.links
        fresh = {trade: links[trade].completed for trade in result.looked_at}
        undone, known = _worked_out.get(tx, (0, dict[UUID, bool]()))
        if undone != tx.undone:
            known = {}
        known.update(fresh)
        _worked_out[tx] = (tx.undone, known)
        return result


def total_of(kind: PartKind, kept: Kept) -> Vector:
    """The total that a customer of this part gets: what was answered for it, else of what is made here."""
    if kind.purchased and kind.trade_id is not None and kept.answer is not None:
        return answer_vector(kept.answer)
    return _made_here(kept)


def _made_here(kept: Kept) -> Vector:
    return plus(own_vector(kept.own), kept.sums)


def present_of(kind: PartKind, kept: Kept) -> Vector:
    """What one unit of this part brings now."""
    return contribution(
        purchased=kind.purchased, own=own_vector(kept.own), sums=kept.sums, answer=answer_vector(kept.answer)
    )


def brings_of(kind: PartKind, kept: Kept) -> Vector:
    """What the parts that this one goes into count with: what it brings, or brought before a change still waiting."""
    return kept.sent if kept.sent is not None else present_of(kind, kept)


@dataclass(frozen=True, slots=True)
class _Past:
    """What stood along the way before the cascade. Units: of each answer, and of the total of each linked part."""

    standing: Standing
    trades: Mapping[UUID, TradeRow]
    answer_units: Mapping[UUID, str]
    units: dict[UUID, str]


async def _read(tx: Transaction, graph: Downstream) -> _Past:
    links = graph.links
    if not links:
        return _Past(Standing({}, {}, {}, {}), {}, {}, {})
    trades = await traceability.trades_across(tx, [edge.trade_id for edge in links if edge.trade_id])
    linked = {edge.trace_id: (edge.operator_id, edge.trace_id) for edge in links}
    ends = {**linked, **{edge.to_trace_id: (edge.to_operator_id, edge.to_trace_id) for edge in links}}
    kinds = await traceability.kinds_across(tx, list(ends.values()), RequestType.CFP)
    kept = await store.kept(tx, list(ends.values()))
    answers = {trade_id: at for at in kept.values() if (trade_id := at.answer_trade_id) and trade_id in trades}
    standing = Standing(
        {part: total_of(kinds[part], kept[part]) for part in linked},
        {part: _made_here(kept[part]) for part in linked if kinds[part].purchased},
        await _links(tx, trades, kinds),
        {trade_id: at.answer for trade_id, at in answers.items() if at.answer},
    )
    units = {trade_id: at.answer_unit or "" for trade_id, at in answers.items()}
    return _Past(standing, trades, units, {part: _unit_of(kinds[part], kept[part]) for part in linked})


async def _links(tx: Transaction, trades: Mapping[UUID, TradeRow], kinds: Mapping[UUID, PartKind]) -> dict[UUID, Link]:
    triples = {
        trade_id: (row.upstream_operator_id, row.upstream_trace_id, row.downstream_operator_id)
        for trade_id, row in trades.items()
        if row.upstream_trace_id is not None and row.state == State.COMPLETED
    }
    released = await disclosure.released_between(tx, triples.values())
    links = {}
    for trade_id, row in trades.items():
        groups = released[triples[trade_id]] if trade_id in triples else frozenset()
        links[trade_id] = Link(
            trade_id,
            completed=trade_id in triples,
            emissions="TOTALCFP" in groups,
            quality="TOTALDQR" in groups,
            counts=kinds[row.downstream_trace_id].purchased,
        )
    return links


def _unit_of(kind: PartKind, kept: Kept) -> str:
    """The unit of the total that a customer of this part gets."""
    if kind.purchased and kind.trade_id is not None and kept.answer_unit is not None:
        return kept.answer_unit
    return kept.own.declared_unit.value if kept.own else ""


def _restate_units(graph: Downstream, result: Spread, past: _Past) -> dict[UUID, str]:
    """The unit of each answer, suppliers first; an answer in another unit than before is another answer."""
    units: dict[UUID, str] = {}
    for edge in graph.links:
        if edge.trade_id is None:
            continue
        before = past.standing.answers.get(edge.trade_id)
        figures = result.answers.get(edge.trade_id, before)
        if figures is None or not past.standing.links[edge.trade_id].completed:
            continue
        unit = units[edge.trade_id] = past.units[edge.trace_id]
        if edge.to_trace_id in past.units and past.standing.links[edge.trade_id].counts:
            past.units[edge.to_trace_id] = unit
        if before and past.answer_units[edge.trade_id] != unit:
            result.answers.setdefault(edge.trade_id, figures)
    return units


async def _write(tx: Transaction, graph: Downstream, result: Spread, past: _Past) -> None:
    gained = [(graph.where(place), gain) for place, gain in result.sums.items()]
    await store.add_to_sums_across(tx, gained, result.sources)
    units = _restate_units(graph, result, past)
    if result.answers:
        written = [
            (row.downstream_operator_id, trade_id, row.downstream_trace_id, units[trade_id], figures)
            for trade_id, figures in result.answers.items()
            for row in [past.trades[trade_id]]
            if figures is not None
        ]
        gone = {t: past.trades[t].downstream_operator_id for t, figures in result.answers.items() if figures is None}
        await store.save_answers_across(tx, written, gone)
        await _notify(tx, result, past)
    await _count_with(tx, graph, result)
    if result.waiting:
        await _leave_to_a_job(tx, graph, result)
    if result.sums or result.answers:
        moved = Counter([graph.operators[place].int for place in result.sums])  # a UUID's own hash is slow
        await tx.record(
            AnswersChanged(
                answers=tuple(_sides(past.trades[trade_id]) for trade_id in result.answers),
                totals=tuple(
                    TotalsMoved(operator_id=UUID(int=operator), parts=count) for operator, count in moved.items()
                ),
            )
        )


async def _notify(tx: Transaction, result: Spread, past: _Past) -> None:
    told = _told.setdefault(tx, set())
    updated = [
        past.trades[trade_id]
        for trade_id, figures in result.answers.items()
        if figures is not None and trade_id in past.standing.answers and trade_id not in told
    ]
    told.update(result.answers)
    await inbox.notify_many(tx, [answer_notice("CFP_UPDATED", row) for row in updated])


def _sides(row: TradeRow) -> TradeSides:
    return TradeSides(
        trade_id=row.trade_id,
        downstream_operator_id=row.downstream_operator_id,
        upstream_operator_id=row.upstream_operator_id,
    )


async def _count_with(tx: Transaction, graph: Downstream, result: Spread) -> None:
    """Parts that still have an earlier change to pass on have passed this one on already: remember it."""
    waiting = await store.waiting_across(tx, [graph.where(place) for place in result.passed])
    passed = [(graph.place(part), sent) for part, sent in waiting.items()]
    counted = [(graph.where(place), plus(sent, result.vector(result.passed[place]))) for place, sent in passed]
    await store.mark_waiting_across(tx, counted)


async def _leave_to_a_job(tx: Transaction, graph: Downstream, result: Spread) -> None:
    waiting = {graph.parts[place]: result.vector(change) for place, change in result.waiting.items()}
    where = [graph.where(place) for place in result.waiting]
    kinds = await traceability.kinds_across(tx, where, RequestType.CFP)
    kept = await store.kept(tx, where)
    fresh = [
        ((operator, part), minus(present_of(kinds[part], kept[part]), waiting[part]))
        for operator, part in where
        if kept[part].sent is None
    ]
    await store.mark_waiting_across(tx, fresh)
    await store.mark_late_across(tx, [graph.where(place) for place in sorted(graph.beyond(result.waiting))])
    for operator in sorted({operator for operator, _ in where}):
        await tx.defer(CONTINUE, operator_id=str(operator))

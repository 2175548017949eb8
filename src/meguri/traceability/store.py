"""The only caller of this room's SQL. Functions with `across` in their name see other companies' rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.arrays import integers, repeated_uuids, texts, uuids
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction
from meguri.traceability.graph import Edge
from meguri.traceability.model import (
    Component,
    LiveLink,
    Part,
    PartBrief,
    PartInput,
    PartKind,
    RequestInput,
    RequestType,
    Side,
    State,
    Structure,
    Trade,
    Version,
)
from meguri.traceability.state import Node, TradeState

queries = load_queries(__package__)
_LIVE = (State.NOT_COMPLETED, State.COMPLETED)


class PartRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `part`."""

    operator_id: UUID
    trace_id: UUID
    plant_id: UUID
    name: str
    support_name: str
    label: str | None
    info1: str | None
    info2: str | None
    info3: str | None
    unit: str | None
    terminated: bool
    is_parent: bool
    version: int
    created_at: Any
    updated_at: Any

    def part(self) -> Part:
        """The part as the room shows it: no support name is None, not an empty text."""
        return msgspec.convert({**msgspec.structs.asdict(self), "support_name": self.support_name or None}, Part)


# ── parts and structures ─────────────────────────────────────────────────────────────────────────────────────────────


async def part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Part | None:
    """One own part."""
    row = await tx.one(queries.part_by_id, PartRow, operator_id=scope.operator_id, trace_id=trace_id)
    return row.part() if row else None


async def part_exists_across(tx: Transaction, trace_id: UUID) -> bool:
    """Whether any operator has this part."""
    async with tx.across():
        return bool(await tx.value(queries.part_exists, trace_id=trace_id))


async def parts(tx: Transaction, scope: OperatorScope, trace_ids: Iterable[UUID]) -> dict[UUID, Part]:
    """Own parts among `trace_ids`."""
    rows = await tx.all(queries.parts_by_ids, PartRow, operator_id=scope.operator_id, trace_ids=list(trace_ids))
    return {row.trace_id: row.part() for row in rows}


async def parts_by_identity(
    tx: Transaction, scope: OperatorScope, wanted: Sequence[PartInput]
) -> dict[tuple[UUID, str, str], Part]:
    """Own parts by plant, name and support name."""
    rows = await tx.all(
        queries.parts_by_identity,
        PartRow,
        operator_id=scope.operator_id,
        plants=[w.plant_id for w in wanted],
        names=[w.name for w in wanted],
        support_names=[w.support_name or "" for w in wanted],
    )
    return {(row.plant_id, row.name, row.support_name): row.part() for row in rows}


def _columns(rows: Sequence[Part]) -> dict[str, list[Any]]:
    return {
        "trace_ids": [r.trace_id for r in rows],
        "labels": [r.label for r in rows],
        "info1": [r.info1 for r in rows],
        "info2": [r.info2 for r in rows],
        "info3": [r.info3 for r in rows],
        "units": [r.unit.value if r.unit else None for r in rows],
        "terminated": [r.terminated for r in rows],
        "is_parent": [r.is_parent for r in rows],
    }


async def insert_parts(tx: Transaction, scope: OperatorScope, rows: Sequence[Part]) -> None:
    """New parts."""
    if rows:
        await tx.run(
            queries.insert_parts,
            operator_id=scope.operator_id,
            created_at=[r.created_at for r in rows],
            plants=[r.plant_id for r in rows],
            names=[r.name for r in rows],
            support_names=[r.support_name or "" for r in rows],
            **_columns(rows),
        )


async def update_parts(tx: Transaction, scope: OperatorScope, rows: Sequence[Part]) -> None:
    """Overwrites attributes; the version goes up by one."""
    if rows:
        await tx.run(
            queries.update_parts,
            operator_id=scope.operator_id,
            updated_at=[r.updated_at for r in rows],
            **_columns(rows),
        )


async def touch_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """Only the structure changed: the version goes up by one."""
    await tx.run(queries.touch_part, operator_id=scope.operator_id, trace_id=trace_id, now=clock.now())


async def delete_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """Removes the row; its history stays."""
    await tx.run(queries.delete_part, operator_id=scope.operator_id, trace_id=trace_id)


async def list_parts(
    tx: Transaction,
    scope: OperatorScope,
    *,
    limit: int,
    after: UUID | None = None,
    trace_id: UUID | None = None,
    name: str | None = None,
    contains: str | None = None,
    plant_id: UUID | None = None,
    is_parent: bool | None = None,
) -> list[Part]:
    """Own parts by name, from `after` (that part included) on."""
    rows = await tx.all(
        queries.list_parts,
        PartRow,
        operator_id=scope.operator_id,
        limit=limit,
        after=after,
        trace_id=trace_id,
        name=name,
        contains=contains,
        plant_id=plant_id,
        is_parent=is_parent,
    )
    return [row.part() for row in rows]


async def links_of(
    tx: Transaction, scope: OperatorScope, parents: Iterable[UUID]
) -> dict[UUID, list[tuple[UUID, Decimal]]]:
    """For each parent its children with amounts, in the maker's order."""
    found: dict[UUID, list[tuple[UUID, Decimal]]] = {}
    for parent, child, amount in await tx.all(
        queries.links_of_parents, operator_id=scope.operator_id, parents=list(parents)
    ):
        found.setdefault(parent, []).append((child, amount))
    return found


async def parents_of(
    tx: Transaction, scope: OperatorScope, children: Iterable[UUID]
) -> dict[UUID, list[tuple[UUID, Decimal]]]:
    """For each child the parents that it goes into, with amounts."""
    found: dict[UUID, list[tuple[UUID, Decimal]]] = {}
    for parent, child, amount in await tx.all(
        queries.links_of_children, operator_id=scope.operator_id, children=list(children)
    ):
        found.setdefault(child, []).append((parent, amount))
    return found


async def components_of(tx: Transaction, scope: OperatorScope, parent: UUID) -> list[Component]:
    """The children of one part, in the maker's order."""
    links = (await links_of(tx, scope, [parent])).get(parent, [])
    if not links:
        return []
    known = await parts(tx, scope, [child for child, _ in links])
    return [Component(part=known[child], amount=amount) for child, amount in links]


def structures_of(
    parents: Iterable[Part], links: Mapping[UUID, Sequence[tuple[UUID, Decimal]]], known: Mapping[UUID, Part]
) -> list[Structure]:
    """Each parent with its components."""
    return [
        Structure(
            parent=parent,
            children=[Component(part=known[child], amount=a) for child, a in links.get(parent.trace_id, ())],
        )
        for parent in parents
    ]


async def replace_links(
    tx: Transaction, scope: OperatorScope, parent: UUID, links: Sequence[tuple[UUID, Decimal]]
) -> None:
    """`links` become the whole structure of `parent`."""
    await tx.run(queries.clear_links, operator_id=scope.operator_id, parent_id=parent)
    if links:
        await tx.run(
            queries.insert_links,
            operator_id=scope.operator_id,
            parent_id=parent,
            children=[child for child, _ in links],
            amounts=[amount for _, amount in links],
        )


async def answered_parts(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these parts have a footprint of their own."""
    rows = await tx.all(
        queries.answered_parts,
        operator_id=scope.operator_id,
        trace_ids=list(trace_ids),
        request_type=RequestType.CFP,
    )
    return {row[0] for row in rows}


async def set_answered(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, request_type: RequestType, *, answered: bool
) -> bool:
    """Marks whether the part has an answer of its own; says whether that changed anything."""
    query = queries.set_answered if answered else queries.clear_answered
    values: dict[str, Any] = {"operator_id": scope.operator_id, "trace_id": trace_id, "request_type": request_type}
    if answered:
        values["now"] = clock.now()
    return await tx.run(query, **values) > 0


async def set_many_answered(
    tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID], request_type: RequestType
) -> list[UUID]:
    """Marks that these parts have answers of their own; those that had none."""
    rows = await tx.all(
        queries.set_many_answered,
        operator_id=scope.operator_id,
        trace_ids=list(trace_ids),
        request_type=request_type,
        now=clock.now(),
    )
    return [row[0] for row in rows]


async def clear_answers(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """The part has no answer of any kind any more."""
    await tx.run(queries.clear_answered, operator_id=scope.operator_id, trace_id=trace_id, request_type=None)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def trades_on(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> list[Trade]:
    """Requests, live or returned and still shown, that have one of these parts at this operator's end."""
    return await tx.all(queries.live_trades_on, Trade, operator_id=scope.operator_id, trace_ids=list(trace_ids))


async def insert_trade(
    tx: Transaction, scope: OperatorScope, trade_id: UUID, request_id: UUID, asked: RequestInput, about: PartBrief
) -> None:
    """Both halves of a new request."""
    async with tx.across():
        await tx.run(
            queries.insert_trade_halves,
            downstream=scope.operator_id,
            upstream=asked.upstream_operator_id,
            trade_id=trade_id,
            request_id=request_id,
            trace_id=asked.downstream_trace_id,
            request_type=asked.request_type,
            message=asked.message,
            due_date=asked.due_date,
            unit=about.unit,
            part=about,
            now=clock.now(),
        )


async def trade(
    tx: Transaction, scope: OperatorScope, *, trade_id: UUID | None = None, request_id: UUID | None = None
) -> Trade | None:
    """One request, as this operator sees it. At least one id is given; both must fit."""
    return await tx.one(
        queries.trade_half, Trade, operator_id=scope.operator_id, trade_id=trade_id, request_id=request_id
    )


async def amend_trade(tx: Transaction, trade_id: UUID, message: str | None, due_date: date | None) -> None:
    """New message and due date on both halves."""
    async with tx.across():
        await tx.run(queries.amend_trade, trade_id=trade_id, message=message, due_date=due_date)


async def link_trade(tx: Transaction, trade_id: UUID, trace_id: UUID) -> None:
    """The supplier's part on both halves."""
    async with tx.across():
        await tx.run(queries.link_trade, trade_id=trade_id, trace_id=trace_id)


async def close_trade(tx: Transaction, trade_id: UUID, state: State, reply_message: str | None = None) -> None:
    """Returned or withdrawn, on both halves."""
    async with tx.across():
        await tx.run(queries.close_trade, trade_id=trade_id, state=state, reply_message=reply_message, now=clock.now())


async def hide_superseded(tx: Transaction, scope: OperatorScope, trace_id: UUID, request_type: RequestType) -> None:
    """A returned request on this part leaves the customer's lists, for it is asked anew."""
    await tx.run(queries.hide_superseded, operator_id=scope.operator_id, trace_id=trace_id, request_type=request_type)


async def set_reply(tx: Transaction, trade_id: UUID, reply_message: str | None) -> None:
    """The supplier's message on both halves."""
    async with tx.across():
        await tx.run(queries.set_reply, trade_id=trade_id, reply_message=reply_message)


async def refresh_requested_part(tx: Transaction, scope: OperatorScope, about: PartBrief) -> None:
    """Suppliers see the present words of a part that they are asked about."""
    async with tx.across():
        await tx.run(
            queries.refresh_requested_part,
            operator_id=scope.operator_id,
            trace_id=about.trace_id,
            part=about,
        )


async def list_trades(
    tx: Transaction,
    scope: OperatorScope,
    *,
    limit: int,
    side: Side | None,
    request_types: Sequence[RequestType],
    after: UUID | None = None,
    states: Sequence[State] | None = None,
    trace_ids: Sequence[UUID] | None = None,
    request_id: UUID | None = None,
) -> list[Trade]:
    """Requests, newest first, from `after` (a trade id, included) on."""
    return await tx.all(
        queries.list_trades,
        Trade,
        operator_id=scope.operator_id,
        side=side,
        request_types=[t.value for t in request_types],
        states=[s.value for s in states] if states else None,
        trace_ids=list(trace_ids) if trace_ids is not None else None,
        request_id=request_id,
        after=after,
        limit=limit,
    )


async def trade_of_cursor(
    tx: Transaction,
    scope: OperatorScope,
    *,
    side: Side | None,
    request_types: Sequence[RequestType],
    request_id: UUID | None = None,
    downstream_trace_id: UUID | None = None,
) -> UUID | None:
    """The trade that a cursor by request id or by the customer's part means."""
    found: UUID | None = await tx.value(
        queries.trade_of_cursor,
        operator_id=scope.operator_id,
        side=side,
        request_id=request_id,
        downstream_trace_id=downstream_trace_id,
        request_types=[t.value for t in request_types],
    )
    return found


async def live_links(tx: Transaction, scope: OperatorScope, trace_id: UUID, partner_id: UUID) -> list[LiveLink]:
    """Live requests by which this part goes to that customer."""
    return await tx.all(
        queries.live_links, LiveLink, operator_id=scope.operator_id, trace_id=trace_id, partner_id=partner_id
    )


async def count_waiting(tx: Transaction, scope: OperatorScope) -> tuple[int, int, int]:
    """Open requests to answer, open requests waited for, returned requests to look at."""
    row = await tx.one(queries.count_waiting, operator_id=scope.operator_id)
    return (row[0], row[1], row[2]) if row else (0, 0, 0)


# ── the graph, across companies ──────────────────────────────────────────────────────────────────────────────────────


def _pairs(parts: Sequence[tuple[UUID, UUID]]) -> dict[str, str]:
    operators = repeated_uuids(operator for operator, _ in parts)
    return {"operators": operators, "parts": uuids(part for _, part in parts)}


async def operators_downstream_across(tx: Transaction, seeds: Sequence[tuple[UUID, UUID]]) -> list[UUID]:
    """Operators, in order, that lie downstream of these (operator, part) pairs."""
    async with tx.across():
        rows = await tx.all(queries.graph_operators, **_pairs(seeds))
    return [row[0] for row in rows]


async def lock_operators(tx: Transaction, operators: Sequence[UUID]) -> None:
    """Waits until this transaction is the only writer of these operators' graphs. `operators` is in order."""
    await tx.run(queries.lock_operators, operators=list(operators))


async def try_lock_operators(tx: Transaction, operators: Sequence[UUID]) -> bool:
    """The same without waiting; says whether all of them could be had."""
    return bool(await tx.value(queries.try_lock_operators, operators=list(operators)))


async def edges_downstream_across(
    tx: Transaction, seeds: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> list[Edge]:
    """Every step downstream of these (operator, part) pairs."""
    async with tx.across():
        rows = await tx.all(
            queries.downstream_edges,
            **_pairs(seeds),
            request_type=request_type,
        )
    return [Edge(*row) for row in rows]


async def reaches_across(tx: Transaction, start: tuple[UUID, UUID], wanted: Sequence[UUID]) -> bool:
    """Whether one of `wanted` lies downstream of `start` (or is it), over structures and live requests."""
    async with tx.across():
        return bool(await tx.value(queries.reaches, operator_id=start[0], trace_id=start[1], wanted=list(wanted)))


async def nodes_below_across(
    tx: Transaction, roots: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> dict[UUID, Node]:
    """Every part inside these (operator, part) pairs within its own company."""
    async with tx.across():
        rows = await tx.all(
            queries.inhouse_below,
            **_pairs(roots),
            request_type=request_type,
        )
    return {row[1]: Node(row[1], row[2], tuple(row[3]), row[4], row[5]) for row in rows}


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The derived state of a request with its parties."""

    trade_id: UUID
    request_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None
    state: str
    tree_terminated: bool
    completed_count: int
    trades_count: int

    @property
    def step(self) -> Edge | None:
        """The way from the supplier's part to the customer's; None while no part is linked."""
        if self.upstream_trace_id is None:
            return None
        ends = (
            self.upstream_operator_id,
            self.upstream_trace_id,
            self.downstream_operator_id,
            self.downstream_trace_id,
        )
        return Edge(*ends, None, self.trade_id)

    def derived(self) -> TradeState:
        """The part that a recomputation may change."""
        return TradeState(
            self.trade_id,
            self.upstream_trace_id,
            State(self.state),
            self.tree_terminated,
            self.completed_count,
            self.trades_count,
        )


async def part_counts_across(tx: Transaction) -> dict[UUID, int]:
    """How many parts each company has."""
    async with tx.across():
        return {row[0]: int(row[1]) for row in await tx.all(queries.part_counts)}


async def trade_rows_across(tx: Transaction, trades: Iterable[UUID]) -> dict[UUID, TradeRow]:
    """These requests by id."""
    async with tx.across():
        rows = await tx.all(queries.trade_states, TradeRow, trades=uuids(trades))
    return {row.trade_id: row for row in rows}


async def save_states_across(tx: Transaction, states: Sequence[TradeState]) -> None:
    """Writes recomputed states on both halves."""
    async with tx.across():
        await tx.run(
            queries.save_trade_states,
            now=clock.now(),
            trades=[s.trade_id for s in states],
            states=[s.state.value for s in states],
            terminated=[s.tree_terminated for s in states],
            completed=[s.completed_count for s in states],
            counts=[s.trades_count for s in states],
        )


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def keep_history(
    tx: Transaction, scope: OperatorScope, subject: str, versions: Sequence[tuple[UUID, int, object]]
) -> None:
    """Keeps what each subject looks like at its version."""
    if versions:
        await tx.run(
            queries.keep_history,
            operator_id=scope.operator_id,
            subject=subject,
            actor=scope.actor,
            now=clock.now(),
            subjects=uuids(v[0] for v in versions),
            versions=integers(v[1] for v in versions),
            bodies=texts(msgspec.json.encode(v[2]).decode() for v in versions),
        )


async def history_of(
    tx: Transaction, scope: OperatorScope, subject_id: UUID, *, before: int | None, limit: int
) -> list[Version]:
    """Versions, newest first, from below `before` on."""
    rows = await tx.all(
        queries.history_of, operator_id=scope.operator_id, subject_id=subject_id, before=before, limit=limit
    )
    return [Version(version=row[0], at=row[1], actor=row[2], body=row[3]) for row in rows]


async def kinds_of(
    tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID], request_type: RequestType
) -> dict[UUID, PartKind]:
    """How each of these own parts stands in the tree."""
    return await _kinds(tx, [(scope.operator_id, trace_id) for trace_id in trace_ids], request_type)


async def kinds_across(
    tx: Transaction, parts: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> dict[UUID, PartKind]:
    """How each of these (operator, part) pairs stands in the tree."""
    async with tx.across():
        return await _kinds(tx, parts, request_type)


async def _kinds(
    tx: Transaction, parts: Sequence[tuple[UUID, UUID]], request_type: RequestType
) -> dict[UUID, PartKind]:
    rows = await tx.all(queries.part_kinds, PartKind, **_pairs(parts), request_type=request_type)
    return {row.trace_id: row for row in rows}


async def clear_across(tx: Transaction, operator_ids: Sequence[UUID]) -> None:
    """Removes everything of these operators but their history."""
    async with tx.across():
        await tx.run(queries.clear_operators, operators=list(operator_ids))

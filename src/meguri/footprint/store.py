"""The only caller of this room's SQL. Functions with `across` in their name see other companies' rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint.model import Figures, Footprint, Quality
from meguri.footprint.totals import Vector
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.arrays import integers, numerics, repeated_uuids, uuids
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
Where = tuple[UUID, UUID]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Everything kept of one part."""

    operator_id: UUID
    trace_id: UUID
    own: Footprint | None
    sums: Vector
    sent: Vector | None
    updating_since: datetime | None
    answer: Figures | None
    answer_trade_id: UUID | None
    answer_unit: str | None

    @property
    def late(self) -> bool:
        """Whether a long cascade is still on its way, to this part or on from it."""
        return self.sent is not None or self.updating_since is not None


class AnswerTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When a customer was told of an answer: last (`at`), and before that; None if only once, or in vain."""

    trade_id: UUID
    at: datetime
    before_at: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Whether what was stated then came to the customer with the last change."""
        return self.before_at is not None and self.before_at < moment <= self.at


class RecordRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `footprint_record`."""

    trace_id: UUID
    footprint_id: UUID
    declared_unit: str
    pre_production: Decimal | None
    main_production: Decimal | None
    pre_component: Decimal | None
    main_component: Decimal | None
    pre_ter: Decimal | None
    pre_ger: Decimal | None
    pre_tir: Decimal | None
    main_ter: Decimal | None
    main_ger: Decimal | None
    main_tir: Decimal | None
    comment: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    def footprint(self) -> Footprint:
        """The declaration as the room shows it."""
        plain = {name: value for name, value in msgspec.structs.asdict(self).items() if not name.endswith("r")}
        return msgspec.convert(
            {
                **plain,
                "pre_quality": Quality(ter=self.pre_ter, ger=self.pre_ger, tir=self.pre_tir),
                "main_quality": Quality(ter=self.main_ter, ger=self.main_ger, tir=self.main_tir),
            },
            Footprint,
        )


async def record(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Footprint | None:
    """The declared footprint of one own part."""
    row = await tx.one(queries.record, RecordRow, operator_id=scope.operator_id, trace_id=trace_id)
    return row.footprint() if row else None


async def records(tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, Footprint]:
    """The declared footprints of own parts; parts without one are left out."""
    rows = await tx.all(queries.records, RecordRow, operator_id=scope.operator_id, trace_ids=list(trace_ids))
    return {row.trace_id: row.footprint() for row in rows}


async def changed(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> tuple[Decimal, Decimal] | None:
    """What the answer for an own part came to before its last change, and comes to now; None if it never changed."""
    return await tx.one(queries.changed, operator_id=scope.operator_id, trace_id=trace_id)


async def answer_times_across(tx: Transaction, answers: Sequence[Where]) -> dict[UUID, AnswerTimes]:
    """When each of these (customer, request) was told of its answer; requests without one are left out."""
    if not answers:
        return {}
    async with tx.across():
        rows = await tx.all(
            queries.answer_times,
            AnswerTimes,
            operators=uuids(customer for customer, _ in answers),
            trades=uuids(trade for _, trade in answers),
        )
    return {row.trade_id: row for row in rows}


async def stated_at(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, tuple[datetime | None, datetime | None]]:
    """For each part: when its maker last declared it, and when its supplier's answer last changed."""
    rows = await tx.all(queries.stated_at, **_pairs(parts)) if parts else []
    return {row[0]: (row[1], row[2]) for row in rows}


async def save_records(tx: Transaction, scope: OperatorScope, declared: Sequence[Footprint]) -> None:
    """Keeps declarations of several parts as the present ones and in the history."""
    said = msgspec.json.encode(declared).decode()
    await tx.run(queries.save_records, operator_id=scope.operator_id, actor=scope.actor, said=said)


async def record_history(tx: Transaction, scope: OperatorScope, trace_id: UUID, limit: int) -> list[tuple[Any, ...]]:
    """(version, at, actor, declaration), newest first."""
    return await tx.all(queries.record_history, operator_id=scope.operator_id, trace_id=trace_id, limit=limit)


async def forget_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """Removes what is kept of a deleted part; its history stays."""
    await tx.run(queries.forget_part, operator_id=scope.operator_id, trace_id=trace_id)


async def kept(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, Kept]:
    """Everything kept of these (operator, part) pairs, as far as the present role sees it."""
    rows = await tx.all(queries.figures, **_pairs(parts)) if parts else []
    return {row[1]: _kept(row) for row in rows}


async def stamps(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, str]:
    """What changes whenever anything kept of one of these parts does."""
    rows = await tx.all(queries.stamps, **_pairs(parts)) if parts else []
    return {row[0]: row[1] for row in rows}


def _kept(row: tuple[Any, ...]) -> Kept:
    return Kept(
        operator_id=row[0],
        trace_id=row[1],
        own=own_of(row),
        sums=row[14:22],
        sent=tuple(row[22]) if row[22] else None,
        updating_since=row[23],
        answer=figures_of(row[26:34]) if row[24] else None,
        answer_trade_id=row[24],
        answer_unit=row[25],
    )


_NEVER = datetime.min


def own_of(row: tuple[Any, ...]) -> Footprint | None:
    """The declaration within a row of `figures` (its times and version are not among the columns)."""
    if row[2] is None:
        return None
    return Footprint(
        footprint_id=row[2],
        trace_id=row[1],
        declared_unit=AmountUnit(row[3]),
        pre_production=row[4],
        main_production=row[5],
        pre_component=row[6],
        main_component=row[7],
        pre_quality=Quality(ter=row[8], ger=row[9], tir=row[10]),
        main_quality=Quality(ter=row[11], ger=row[12], tir=row[13]),
        version=0,
        created_at=_NEVER,
        updated_at=_NEVER,
    )


def figures_of(values: Sequence[Decimal | None]) -> Figures:
    """(pre, main, three ratings of each) as figures."""
    return Figures(
        pre=values[0],
        main=values[1],
        pre_quality=Quality(ter=values[2], ger=values[3], tir=values[4]),
        main_quality=Quality(ter=values[5], ger=values[6], tir=values[7]),
    )


def _trades(customers: Mapping[UUID, UUID]) -> dict[str, str]:
    return {"operators": uuids(customers.values()), "trades": uuids(customers)}


def _pairs(parts: Sequence[Where]) -> dict[str, str]:
    operators = repeated_uuids(operator for operator, _ in parts)
    return {"operators": operators, "trace_ids": uuids(part for _, part in parts)}


def _columns(vectors: Sequence[tuple[Where, Vector]]) -> dict[str, str]:
    columns = _pairs([where for where, _ in vectors])
    for place, column in enumerate(zip(*(vector for _, vector in vectors), strict=True)):
        columns[f"v{place}"] = numerics(column)
    return columns


async def add_to_sums_across(
    tx: Transaction, gained: Sequence[tuple[Where, tuple[int, Decimal]]], sources: Sequence[Vector]
) -> None:
    """Adds to what the components of each part bring: a multiple (number of the source, factor) of one source."""
    if gained:
        columns: dict[str, Any] = _pairs([where for where, _ in gained])
        columns["numbers"] = integers(number + 1 for _, (number, _) in gained)
        columns["factors"] = numerics(factor for _, (_, factor) in gained)
        for place, column in enumerate(zip(*sources, strict=True)):
            columns[f"v{place}"] = numerics(column)
        async with tx.across():
            if await tx.run(queries.add_to_sums, **columns) < len(gained):
                await tx.run(queries.begin_sums, **columns)


async def save_answers_across(
    tx: Transaction, answers: Sequence[tuple[UUID, UUID, UUID, str, Figures]], gone: Mapping[UUID, UUID]
) -> None:
    """Writes answers (operator, trade, part, unit, figures) and removes those of `gone` requests (trade: customer)."""
    async with tx.across():
        if gone:
            await tx.run(queries.drop_answers, **_trades(gone))
        if answers:
            figures = [a[4] for a in answers]
            ratings = {
                f"{side}_{name}": [getattr(getattr(f, f"{side}_quality"), name) for f in figures]
                for side in ("pre", "main")
                for name in ("ter", "ger", "tir")
            }
            await tx.run(
                queries.save_answers,
                now=clock.now(),
                operators=[a[0] for a in answers],
                trades=[a[1] for a in answers],
                trace_ids=[a[2] for a in answers],
                units=[a[3] for a in answers],
                pre=[f.pre for f in figures],
                main=[f.main for f in figures],
                **ratings,
            )


async def mark_waiting_across(tx: Transaction, sent: Sequence[tuple[Where, Vector]]) -> None:
    """These parts have a change to pass on. `sent`: what the parts above count with so far."""
    if sent:
        async with tx.across():
            await tx.run(queries.mark_waiting, **_columns(sent))


async def mark_late_across(tx: Transaction, parts: Sequence[Where]) -> None:
    """A change is on its way to these parts. Those that said so already keep their moment."""
    if parts:
        async with tx.across():
            await tx.run(queries.mark_late, now=clock.now(), **_pairs(parts))


async def clear_late_across(tx: Transaction, parts: Sequence[Where]) -> None:
    """The totals of these parts are up to date again."""
    if parts:
        async with tx.across():
            await tx.run(queries.clear_late, **_pairs(parts))


async def all_waiting_across(tx: Transaction) -> list[Where]:
    """Every part, of any operator, that has a change to pass on."""
    async with tx.across():
        return await tx.all(queries.all_waiting)


async def take_waiting(tx: Transaction, scope: OperatorScope, limit: int) -> list[UUID]:
    """Own parts that have a change to pass on."""
    rows = await tx.all(queries.take_waiting, operator_id=scope.operator_id, limit=limit)
    return [row[0] for row in rows]


async def waiting_across(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, Vector]:
    """Those of these parts that have a change to pass on, with what the parts above count with so far."""
    if not parts:
        return {}
    async with tx.across():
        rows = await tx.all(queries.waiting, **_pairs(parts))
    return {row[0]: tuple(row[1]) for row in rows}


async def clear_waiting_across(tx: Transaction, parts: Sequence[Where]) -> None:
    """These parts have passed everything on."""
    async with tx.across():
        await tx.run(queries.clear_waiting, **_pairs(parts))


async def clear_across(tx: Transaction, operator_ids: Sequence[UUID]) -> None:
    """Removes everything of these operators but their history."""
    async with tx.across():
        await tx.run(queries.clear_operators, operators=list(operator_ids))


async def stored_bytes_across(tx: Transaction) -> dict[UUID, int]:
    """How many bytes of certificates each company keeps."""
    async with tx.across():
        return {row[0]: int(row[1]) for row in await tx.all(queries.stored_bytes)}

"""The only caller of this SQL."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint.worksheets.model import ComponentSheet, KeptResult, Result, Worksheet, WorksheetInput
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def worksheet(tx: Transaction, scope: OperatorScope, worksheet_id: UUID) -> Worksheet | None:
    """One worksheet."""
    row = await tx.one(queries.worksheet, operator_id=scope.operator_id, worksheet_id=worksheet_id)
    return _worksheet(row) if row else None


async def worksheet_as_of(tx: Transaction, scope: OperatorScope, worksheet_id: UUID, version: int) -> Worksheet | None:
    """One worksheet as its version said it."""
    row = await tx.one(
        queries.worksheet_as_of, operator_id=scope.operator_id, worksheet_id=worksheet_id, version=version
    )
    return _worksheet(row) if row else None


async def worksheets(
    tx: Transaction, scope: OperatorScope, *, limit: int, after: UUID | None = None, trace_id: UUID | None = None
) -> list[Worksheet]:
    """Worksheets, newest first."""
    rows = await tx.all(queries.worksheets, operator_id=scope.operator_id, limit=limit, after=after, trace_id=trace_id)
    return [_worksheet(row) for row in rows]


async def newest_of_parts(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> dict[UUID, Worksheet]:
    """The newest worksheet of each part that has one."""
    rows = await tx.all(queries.newest_of_parts, operator_id=scope.operator_id, trace_ids=list(trace_ids))
    found = [_worksheet(row) for row in rows]
    return {one.trace_id: one for one in found}


async def worksheets_as_of(
    tx: Transaction, scope: OperatorScope, components: Sequence[ComponentSheet]
) -> dict[UUID, Worksheet]:
    """Worksheets by part, each as its version said it."""
    rows = await tx.all(
        queries.worksheets_as_of,
        operator_id=scope.operator_id,
        worksheet_ids=[one.worksheet_id for one in components],
        versions=[one.version for one in components],
    )
    found = [_worksheet(row) for row in rows]
    return {one.trace_id: one for one in found}


async def save(tx: Transaction, scope: OperatorScope, sheet: Worksheet) -> bool:
    """Writes a worksheet and its history; False if somebody else was first."""
    body = {name: getattr(sheet, name) for name in WorksheetInput.__struct_fields__}
    return bool(
        await tx.run(
            queries.save_worksheet,
            operator_id=scope.operator_id,
            worksheet_id=sheet.worksheet_id,
            trace_id=sheet.trace_id,
            plant_id=sheet.plant_id,
            body=body,
            version=sheet.version,
            created_at=sheet.created_at,
            updated_at=sheet.updated_at,
            actor=scope.actor,
        )
    )


async def add_result(tx: Transaction, scope: OperatorScope, kept: KeptResult) -> None:
    """Keeps a result for ever."""
    result = kept.result
    await tx.run(
        queries.add_result,
        operator_id=scope.operator_id,
        result_id=result.result_id,
        worksheet_id=result.worksheet_id,
        worksheet_version=result.worksheet_version,
        trace_id=result.trace_id,
        plant_id=result.plant_id,
        pack_id=result.pack.id,
        body=result,
        hash=kept.hash,
        preceding_id=result.preceding_id,
        reason=result.reason,
        created_at=result.created_at,
    )


async def result(tx: Transaction, scope: OperatorScope, result_id: UUID) -> KeptResult | None:
    """One result."""
    row = await tx.one(queries.result, operator_id=scope.operator_id, result_id=result_id)
    return _kept(row) if row else None


async def results(tx: Transaction, scope: OperatorScope, worksheet_id: UUID, limit: int = 100) -> list[KeptResult]:
    """Results of a worksheet, newest first."""
    rows = await tx.all(queries.results, operator_id=scope.operator_id, worksheet_id=worksheet_id, limit=limit)
    return [_kept(row) for row in rows]


async def newest_result(tx: Transaction, scope: OperatorScope, worksheet_id: UUID, pack_id: str) -> KeptResult | None:
    """The newest result of a worksheet under a pack."""
    row = await tx.one(queries.newest_result, operator_id=scope.operator_id, worksheet_id=worksheet_id, pack_id=pack_id)
    return _kept(row) if row else None


async def mark_stale(tx: Transaction, scope: OperatorScope, trace_id: UUID, reason: str) -> None:
    """The newest results of a part no longer stand for what is written down."""
    await tx.run(queries.mark_stale, operator_id=scope.operator_id, trace_id=trace_id, reason=reason, now=clock.now())


def _worksheet(row: tuple[Any, ...]) -> Worksheet:
    names = ("worksheet_id", "trace_id", "version", "created_at", "updated_at")
    told = dict(zip(names, (row[0], row[1], row[3], row[4], row[5]), strict=True))
    return msgspec.convert({**row[2], **told}, Worksheet)


def _kept(row: tuple[Any, ...]) -> KeptResult:
    return KeptResult(result=msgspec.convert(row[0], Result), hash=row[1], stale=row[2])


async def taken_elsewhere(
    tx: Transaction, scope: OperatorScope, ids: Sequence[str], worksheet_id: UUID | None
) -> dict[str, tuple[Decimal, Decimal | None]]:
    """kWh that the company's other worksheets take of these certificates and contracts, and the volume they state."""
    rows = await tx.all(
        queries.taken_elsewhere, operator_id=scope.operator_id, ids=list(ids), worksheet_id=worksheet_id
    )
    return {row[0]: (row[1], row[2]) for row in rows}

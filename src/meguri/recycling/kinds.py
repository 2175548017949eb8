"""Tables of recycling as kinds of long imports: deliveries, assays, runs, claims; booked in sets, some hundred rows at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.imports.kinds import Kind, Planned, Taken, register
from meguri.imports.model import Fault
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.recycling.claiming import ClaimInput
from meguri.recycling.records import Receipt, Share
from meguri.recycling.service import assays, claiming_sets, importing, receiving, running_sets
from meguri.recycling.sheet_runs import AssayRow, RunRow
from meguri.recycling.tables import RowError
from meguri.storage.transaction import Transaction

BACK = "/recycling/files"
AT_ONCE = 100
"""Rows of one step; a step is tried, told of and taken back as one."""
Row = TypeVar("Row")


class LotsStep(msgspec.Struct, frozen=True):
    """Deliveries by row."""

    rows: list[tuple[int, Receipt]]


class AssaysStep(msgspec.Struct, frozen=True):
    """The rows of each lot."""

    lots: list[tuple[UUID, list[AssayRow]]]


class RunsStep(msgspec.Struct, frozen=True):
    """Runs with their lines, and compositions of the lots that they make."""

    rows: list[RunRow]
    shares: dict[str, list[Share]]


class ClaimsStep(msgspec.Struct, frozen=True):
    """Claims by row."""

    rows: list[tuple[int, ClaimInput]]


def faults(errors: Sequence[RowError]) -> list[Fault]:
    """Errors of a table as faults of an import; where there are several tables, the column says which."""
    return [
        Fault(
            row=one.row,
            column=f"{one.table}.{one.column}" if one.table else one.column,
            ja=f"{one.text_ja} ({one.value})" if one.value else one.text_ja,
            en=f"{one.text_en} ({one.value})" if one.value else one.text_en,
        )
        for one in errors
    ]


def _chunks(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]


class _Undo(Exception):
    """Takes a set back."""


async def _good_ones(
    tx: Transaction,
    rows: Sequence[Row],
    book: Callable[[Sequence[Row]], Awaitable[Mapping[Any, Any]]],
    key: Callable[[Row], Any],
) -> tuple[list[Row], dict[Any, Any]]:
    """The rows that were booked, and the refusal of each other one: what is refused is left out and the rest tried again."""
    left, refused = list(rows), dict[Any, Any]()
    while left:
        wrong: Mapping[Any, Any] = {}
        try:
            async with tx.savepoint():
                wrong = await book(left)
                if wrong:
                    raise _Undo
        except _Undo:
            refused |= wrong
            left = [row for row in left if key(row) not in wrong]
        else:
            break
    return left, refused


async def _plan_lots(tx: Transaction, scope: OperatorScope, content: bytes) -> Planned[LotsStep]:
    found = await importing.read_lots(tx, scope, content)
    rows = list(found.receipts.items())
    work = [(some[0][0], len(some), LotsStep(list(some))) for some in _chunks(rows)]
    return Planned(rows=len(rows) + _wrong(found.errors), work=work, faults=faults(found.errors))


async def _take_lots(tx: Transaction, scope: OperatorScope, step: LotsStep) -> Taken:
    async def book(rows: Sequence[tuple[int, Receipt]]) -> Mapping[int, Any]:
        return await receiving.receive_all(tx, scope, dict(rows), dry_run=False)

    good, refused = await _good_ones(tx, step.rows, book, lambda row: row[0])
    return Taken(len(good), faults(importing.lots_told(dict(step.rows), refused)))


async def _plan_assays(tx: Transaction, scope: OperatorScope, content: bytes) -> Planned[AssaysStep]:
    by_lot, errors = await importing.read_assays(tx, scope, content)
    work = [
        (some[0][1][0].row, sum(len(rows) for _, rows in some), AssaysStep([(lot, rows) for lot, rows in some]))
        for some in _chunks(list(by_lot.items()))
    ]
    rows = sum(len(held) for held in by_lot.values())
    return Planned(rows=rows + _wrong(errors), work=work, faults=faults(errors))


async def _take_assays(tx: Transaction, scope: OperatorScope, step: AssaysStep) -> Taken:
    async def book(rows: Sequence[tuple[UUID, list[AssayRow]]]) -> Mapping[UUID, Any]:
        asked = {lot_id: importing.assay_of(held) for lot_id, held in rows}
        return await assays.reconcile_all(tx, scope, asked, dry_run=False)

    good, refused = await _good_ones(tx, step.lots, book, lambda row: row[0])
    return Taken(sum(len(held) for _, held in good), faults(importing.assays_told(dict(step.lots), refused)))


async def _plan_runs(tx: Transaction, scope: OperatorScope, content: bytes) -> Planned[RunsStep]:
    return await plan_runs(tx, scope, content, None, None)


async def plan_runs(
    tx: Transaction, scope: OperatorScope, runs_table: bytes, lines_table: bytes | None, assays_table: bytes | None
) -> Planned[RunsStep]:
    """Steps of runs that belong together: what takes from one lot stands in one step, so that it can be tried alone."""
    found, shares, errors = await importing.read_runs(tx, scope, runs_table, lines_table, assays_table)
    work = []
    for some in _together(found):
        made = {line.lot_no for run in some for line in run.lines if line.direction == "out"}
        mine = {number: of for number, of in shares.items() if number in made}
        work.append((min(run.row for run in some), len(some), RunsStep(some, mine)))
    return Planned(rows=len(found) + _wrong(errors), work=work, faults=faults(errors))


def _together(rows: Sequence[RunRow]) -> list[list[RunRow]]:
    """Runs that share a lot of a site, in their order; several such groups as one while they are small."""
    leader: dict[tuple[str, str], tuple[str, str]] = {}

    def of(lot: tuple[str, str]) -> tuple[str, str]:
        while leader.setdefault(lot, lot) != lot:
            leader[lot] = leader[leader[lot]]
            lot = leader[lot]
        return lot

    first: dict[int, tuple[str, str]] = {}
    for place, run in enumerate(rows):
        site = str(run.said["site_id"]).lower()
        named = [(site, line.lot_no) for line in run.lines if line.direction in ("in", "out")] or [(site, f"\0{place}")]
        first[place] = named[0]
        for lot in named[1:]:
            leader[of(lot)] = of(named[0])
    groups: dict[tuple[str, str], list[int]] = {}
    for place in range(len(rows)):
        groups.setdefault(of(first[place]), []).append(place)
    steps: list[list[int]] = [[]]
    for group in groups.values():
        if steps[-1] and len(steps[-1]) + len(group) > AT_ONCE:
            steps.append([])
        steps[-1] += group
    return [[rows[place] for place in sorted(step)] for step in steps if step]


async def _take_runs(tx: Transaction, scope: OperatorScope, step: RunsStep) -> Taken:
    async def book(rows: Sequence[RunRow]) -> Mapping[int, running_sets.Wrong]:
        return await running_sets.post_all(tx, scope, rows, step.shares, dry_run=False)

    good, refused = await _good_ones(tx, step.rows, book, lambda row: row.row)
    return Taken(len(good), faults(importing.runs_told(step.rows, refused)))


async def _plan_claims(tx: Transaction, scope: OperatorScope, content: bytes) -> Planned[ClaimsStep]:
    found, errors = await importing.read_claims(content)
    work = [(some[0][0], len(some), ClaimsStep(list(some))) for some in _chunks(list(found.items()))]
    return Planned(rows=len(found) + _wrong(errors), work=work, faults=faults(errors))


async def _take_claims(tx: Transaction, scope: OperatorScope, step: ClaimsStep) -> Taken:
    async def book(rows: Sequence[tuple[int, ClaimInput]]) -> Mapping[int, Any]:
        return await claiming_sets.reserve_all(tx, scope, dict(rows), dry_run=False)

    good, refused = await _good_ones(tx, step.rows, book, lambda row: row[0])
    return Taken(len(good), faults(importing.claims_told(dict(step.rows), refused)))


def _wrong(errors: Sequence[RowError]) -> int:
    return len({(one.table, one.row) for one in errors})


LOTS = Kind(
    name="recycling-lots",
    title=Text(ja="入荷ロット", en="Deliveries to a recycler"),
    back=BACK,
    shown="/recycling/lots",
    work=LotsStep,
    plan=_plan_lots,
    take=_take_lots,
)
ASSAYS = Kind(
    name="recycling-assays",
    title=Text(ja="ロットの分析値", en="Assays of lots"),
    back=BACK,
    shown="/recycling/lots",
    work=AssaysStep,
    plan=_plan_assays,
    take=_take_assays,
)
RUNS = Kind(
    name="recycling-runs",
    title=Text(ja="リサイクルの工程", en="Recycling runs"),
    back=BACK,
    shown="/recycling",
    work=RunsStep,
    plan=_plan_runs,
    take=_take_runs,
)
CLAIMS = Kind(
    name="recycling-claims",
    title=Text(ja="再生材含有の主張", en="Claims of recycled content"),
    back=BACK,
    shown="/recycling/content",
    work=ClaimsStep,
    plan=_plan_claims,
    take=_take_claims,
)
KINDS: dict[str, Kind[Any]] = {"lots": LOTS, "assays": ASSAYS, "runs": RUNS, "claims": CLAIMS}
for _kind in KINDS.values():
    register(_kind)

"""Deliveries, assays, runs and claims from files: all of a file or nothing, and a dry run that tells every error."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.recycling import sheet, sheet_runs, store
from meguri.recycling.claiming import ClaimInput
from meguri.recycling.records import Receipt, Share
from meguri.recycling.service import assays, claiming_sets, posting, receiving, running_sets
from meguri.recycling.service.assays import Assay
from meguri.recycling.sheet_runs import AssayRow, RunRow
from meguri.recycling.tables import Reader, RowError, ZoneOf, error, sheets_of
from meguri.recycling.zones import country_zone
from meguri.storage import Transaction
from meguri.workbooks.running import aside

RUNS, LINES, ASSAYS = "runs", "run_lines", "assays"


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: rows booked (or bookable, in a dry run), and every error."""

    rows: int
    booked: int
    errors: list[RowError]


class _Undo(Exception):
    """Takes a trial back."""


Key = TypeVar("Key")


async def _booked(tx: Transaction, book: Callable[[], Awaitable[Mapping[Key, Any]]]) -> Mapping[Key, Any]:
    """What was refused, by row or lot; with anything refused all is taken back."""
    refused: Mapping[Key, Any] = {}
    try:
        async with tx.savepoint():
            refused = await book()
            if refused:
                raise _Undo
    except _Undo:
        pass
    return refused


def _imported(rows: int, wrong: list[RowError], *, dry_run: bool) -> Imported:
    wrong.sort(key=lambda error: (error.table, error.row))
    return Imported(rows=rows, booked=0 if wrong or dry_run else rows, errors=wrong)


async def zones(tx: Transaction, scope: OperatorScope) -> ZoneOf:
    """The time zone of each of the company's sites by its id; for a row that names none the one that they share, else UTC."""
    known = {site.site_id: site.zone for site in await store.sites(tx, scope)}
    home, shared = ZoneInfo(country_zone(posting.HOME)), await posting.zone_of_company(tx, scope)

    def zone_of(site_id: str) -> tzinfo:
        named = parse_uuid(site_id)
        return shared if named is None else known.get(named, home)

    return zone_of


# Deliveries


async def read_lots(tx: Transaction, scope: OperatorScope, raw: bytes) -> sheet.ReadSheet:
    """Deliveries of a table, and what is wrong with it. Raises UnusableInput."""
    return await aside(sheet.read, raw, await zones(tx, scope))


async def lots_from(tx: Transaction, scope: OperatorScope, raw: bytes, *, dry_run: bool) -> Imported:
    """Book every row of a file, if none is wrong; the same file again changes nothing. Raises UnusableInput."""
    found = await read_lots(tx, scope, raw)
    wrong = list(found.errors)
    if not wrong:
        refused = await _booked(tx, lambda: receiving.receive_all(tx, scope, found.receipts, dry_run=dry_run))
        wrong = lots_told(found.receipts, refused)
    return _imported(len(found.receipts), wrong, dry_run=dry_run)


def lots_told(rows: Mapping[int, Receipt], refused: Mapping[int, Refusal]) -> list[RowError]:
    """Refusals of deliveries at the columns that they name."""
    return [
        _told(row, "lot_no", rows[row].lot.lot_no, "", sheet.COLUMNS, refusal)
        for row, refusal in sorted(refused.items())
    ]


# Assays


async def read_assays(
    tx: Transaction, scope: OperatorScope, raw: bytes
) -> tuple[dict[UUID, list[AssayRow]], list[RowError]]:
    """The rows of each lot, and what is wrong. Raises UnusableInput."""
    reader = Reader(zone_of=await zones(tx, scope))
    rows = await aside(sheet_runs.assays, raw, reader)
    ids = await _lots_named(tx, scope, rows, reader)
    by_lot: dict[UUID, list[AssayRow]] = {}
    for row in rows:
        if row.row in ids:
            by_lot.setdefault(ids[row.row], []).append(row)
    return by_lot, list(reader.errors)


async def assays_from(tx: Transaction, scope: OperatorScope, raw: bytes, *, dry_run: bool) -> Imported:
    """Reconcile every lot of a file with its assay. Raises UnusableInput."""
    by_lot, wrong = await read_assays(tx, scope, raw)
    if not wrong:
        asked = {lot_id: assay_of(held) for lot_id, held in by_lot.items()}
        wrong = assays_told(by_lot, await _booked(tx, lambda: assays.reconcile_all(tx, scope, asked, dry_run=dry_run)))
    return _imported(len(by_lot), wrong, dry_run=dry_run)


def assay_of(held: Sequence[AssayRow]) -> Assay:
    """The rows of one lot; when it was sampled, and by which laboratory, stands in the first."""
    first = held[0]
    at = datetime.fromisoformat(first.sampled_at) if first.sampled_at else clock.now()
    return Assay(shares=[one.share for one in held], wet=first.wet, lab_ref=first.lab_ref, at=at)


def assays_told(by_lot: Mapping[UUID, Sequence[AssayRow]], refused: Mapping[UUID, Refusal]) -> list[RowError]:
    """Refusals of assays at the first row of each lot."""
    firsts = ((by_lot[lot_id][0], refusal) for lot_id, refusal in refused.items())
    return [_told(one.row, "lot_no", one.lot_no, "", ("lot_no",), refusal) for one, refusal in firsts]


async def _lots_named(
    tx: Transaction, scope: OperatorScope, rows: Sequence[AssayRow], reader: Reader
) -> dict[int, UUID]:
    """The lot of each row; what is unknown or stands at several sites is noted."""
    known = await store.lots_by_no(tx, scope, {row.lot_no for row in rows})
    found: dict[int, UUID] = {}
    for row in rows:
        fitting = [lot for site, lot in known.get(row.lot_no, []) if row.site_id in (None, site)]
        if len(fitting) == 1:
            found[row.row] = fitting[0]
        else:
            reader.no(row.row, "lot_no", row.lot_no, "ambiguous" if fitting else "unknown", what="lot_no")
    return found


# Claims


async def read_claims(raw: bytes) -> tuple[dict[int, ClaimInput], list[RowError]]:
    """Claims by row, and what is wrong. Raises UnusableInput."""
    reader = Reader()
    return dict(await aside(sheet_runs.claims, raw, reader)), list(reader.errors)


async def claims_from(tx: Transaction, scope: OperatorScope, raw: bytes, *, dry_run: bool) -> Imported:
    """Reserve every claim of a file; the number of a claim is its key. Raises UnusableInput."""
    rows, wrong = await read_claims(raw)
    if not wrong:
        wrong = claims_told(
            rows, await _booked(tx, lambda: claiming_sets.reserve_all(tx, scope, rows, dry_run=dry_run))
        )
    return _imported(len(rows), wrong, dry_run=dry_run)


def claims_told(rows: Mapping[int, ClaimInput], refused: Mapping[int, Refusal]) -> list[RowError]:
    """Refusals of claims at the columns that they name."""
    columns = (*sheet_runs.CLAIMS_NEEDED, "coc_model")
    return [
        _told(row, "claim_no", rows[row].idempotency_key, "", columns, refusal)
        for row, refusal in sorted(refused.items())
    ]


# Runs


async def read_runs(
    tx: Transaction, scope: OperatorScope, runs_table: bytes, lines_table: bytes | None, assays_table: bytes | None
) -> tuple[list[RunRow], dict[str, list[Share]], list[RowError]]:
    """Runs with their lines in the order of their end, what the lots made are composed of, and what is wrong.

    A workbook may hold all tables as sheets `runs`, `run_lines`, `assays`. Raises UnusableInput.
    """
    zone_of = await zones(tx, scope)
    return await aside(_read_runs, runs_table, lines_table, assays_table, zone_of)


def _read_runs(
    runs_table: bytes, lines_table: bytes | None, assays_table: bytes | None, zone_of: ZoneOf
) -> tuple[list[RunRow], dict[str, list[Share]], list[RowError]]:
    sheets = sheets_of(runs_table)
    one_book = lines_table is None
    readers = {name: Reader(name, zone_of) for name in (RUNS, LINES, ASSAYS)}
    found = sheet_runs.runs(
        runs_table,
        runs_table if lines_table is None else lines_table,
        readers[RUNS],
        readers[LINES],
        sheets=(RUNS if RUNS in sheets else None, LINES if one_book else None),
    )
    analysed = assays_table or (runs_table if ASSAYS in sheets else None)
    rows = sheet_runs.assays(analysed, readers[ASSAYS], ASSAYS if assays_table is None else None) if analysed else []
    shares: dict[str, list[Share]] = {}
    for row in rows:
        shares.setdefault(row.lot_no, []).append(row.share)
    return found, shares, [error for reader in readers.values() for error in reader.errors]


async def runs_from(
    tx: Transaction,
    scope: OperatorScope,
    runs_table: bytes,
    lines_table: bytes | None,
    assays_table: bytes | None,
    *,
    dry_run: bool,
) -> Imported:
    """Book runs with their lines; tables as for `read_runs`. Raises UnusableInput."""
    found, shares, errors = await read_runs(tx, scope, runs_table, lines_table, assays_table)
    if not errors:
        wrong = await _booked(tx, lambda: running_sets.post_all(tx, scope, found, shares, dry_run=dry_run))
        errors = runs_told(found, wrong)
    return _imported(len(found), errors, dry_run=dry_run)


def runs_told(rows: Sequence[RunRow], wrong: Mapping[int, running_sets.Wrong]) -> list[RowError]:
    """Refusals of runs, in the table and at the column that they name."""
    told: list[RowError] = []
    for run in rows:
        refusal, number = wrong.get(run.row), str(run.said["run_no"])
        if isinstance(refusal, running_sets.LineUnknown):
            told.append(error(refusal.row, "lot_no", refusal.lot_no, "unknown", table=LINES, what="lot_no"))
        elif isinstance(refusal, msgspec.ValidationError):
            told.append(error(run.row, "run_no", number, "value", table=RUNS, detail=str(refusal)[:200]))
        elif refusal is not None:
            told.append(_told(run.row, "run_no", number, RUNS, sheet_runs.RUNS_NEEDED, refusal))
    made = {line.lot_no for run in rows for line in run.lines if line.direction == "out"}
    first_hand = [e for e in told if not (e.table == LINES and e.code == "unknown" and e.value in made)]
    return first_hand or told  # what only follows from another is not told


def _told(row: int, column: str, value: str, table: str, columns: Sequence[str], refusal: Refusal) -> RowError:
    """A refusal at the column that it names."""
    field = refusal.fields[0].field.rpartition(".")[2] if refusal.fields else column
    return RowError(
        row=row,
        column=field if field in columns else column,
        value=value,
        code=refusal.code,
        text_ja=refusal.sentence("ja"),
        text_en=refusal.sentence("en"),
        table=table,
    )

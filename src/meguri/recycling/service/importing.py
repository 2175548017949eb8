"""Deliveries from a file: all of it or nothing, and a dry run that tells every error."""

import msgspec

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.recycling import sheet
from meguri.recycling.service import lots
from meguri.recycling.sheet import RowError
from meguri.storage import Transaction


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: rows booked (or bookable, in a dry run), and every error."""

    rows: int
    booked: int
    errors: list[RowError]


async def lots_from(tx: Transaction, scope: OperatorScope, raw: bytes, *, dry_run: bool) -> Imported:
    """Book every row of a file, if none is wrong; the same file again changes nothing. Raises UnusableInput."""
    found = sheet.read(raw)
    errors = list(found.errors)
    if not errors:
        errors = await _tried(tx, scope, found, keep=not dry_run)
    booked = 0 if errors or dry_run else len(found.receipts)
    return Imported(rows=len(found.receipts), booked=booked, errors=errors)


class _Undo(Exception):
    """Takes a trial back."""


async def _tried(tx: Transaction, scope: OperatorScope, found: sheet.ReadSheet, *, keep: bool) -> list[RowError]:
    """Book row by row within one savepoint; with an error, or in a dry run, all is taken back."""
    errors: list[RowError] = []
    try:
        async with tx.savepoint():
            for number, receipt in enumerate(found.receipts, start=2):
                try:
                    async with tx.savepoint():
                        await lots.receive(tx, scope, receipt)
                except Refusal as refusal:
                    errors.append(_refused(number, receipt.lot.lot_no, refusal))
            if errors or not keep:
                raise _Undo
    except _Undo:
        pass
    return errors


def _refused(number: int, lot_no: str, refusal: Refusal) -> RowError:
    field = refusal.fields[0].field.rpartition(".")[2] if refusal.fields else "lot_no"
    return RowError(
        row=number,
        column=field if field in sheet.COLUMNS else "lot_no",
        value=lot_no,
        code=refusal.code,
        text_ja=refusal.sentence("ja"),
        text_en=refusal.sentence("en"),
    )

"""Footprints of own parts as a kind of long import."""

from meguri.footprint.bulk import service
from meguri.footprint.bulk.columns import COLUMNS
from meguri.footprint.bulk.reading import RowFigures, understand
from meguri.imports.kinds import Kind, Planned, register
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability.kinds import faults
from meguri.traceability.sheet.reading import read_rows
from meguri.workbooks.running import aside


async def _plan(_: Transaction, __: OperatorScope, content: bytes) -> Planned[RowFigures]:
    rows = await aside(read_rows, content, COLUMNS)
    found, errors = understand(rows)
    if not found and not errors:
        raise service.NothingFilledIn
    said = len(found) + len({error.row for error in errors})
    return Planned(rows=said, work=[(row.row, 1, row) for row in found], faults=faults(errors), left=len(rows) - said)


async def _take(tx: Transaction, scope: OperatorScope, row: RowFigures) -> int:
    await service.declare(tx, scope, row)
    return 1


FOOTPRINTS = Kind(
    name="footprints",
    title=Text(ja="部品のCFP", en="Footprints of parts"),
    back="/footprints/table",
    shown="/footprints",
    work=RowFigures,
    plan=_plan,
    take=_take,
)
register(FOOTPRINTS)

"""Footprints of own parts as a kind of long import."""

import msgspec

from meguri.footprint.bulk import service
from meguri.footprint.bulk.columns import COLUMNS
from meguri.footprint.bulk.reading import RowFigures, understand
from meguri.imports.kinds import Kind, Planned, Taken, register
from meguri.imports.service import faults_of
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability.kinds import faults
from meguri.traceability.sheet.reading import read_rows
from meguri.workbooks.running import aside

_AT_ONCE = 200


class FiguresStep(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are declared together: what follows from them downstream is worked out once."""

    rows: list[RowFigures]


async def _plan(_: Transaction, __: OperatorScope, content: bytes) -> Planned[FiguresStep]:
    rows = await aside(read_rows, content, COLUMNS)
    found, errors = understand(rows)
    if not found and not errors:
        raise service.NothingFilledIn
    said = len(found) + len({error.row for error in errors})
    steps = [FiguresStep(rows=found[first : first + _AT_ONCE]) for first in range(0, len(found), _AT_ONCE)]
    work = [(step.rows[0].row, len(step.rows), step) for step in steps]
    return Planned(rows=said, work=work, faults=faults(errors), left=len(rows) - said)


async def _take(tx: Transaction, scope: OperatorScope, step: FiguresStep) -> int | Taken:
    refused = await service.declare(tx, scope, step.rows)
    if not refused:
        return len(step.rows)
    wrong = [fault for row, refusal in sorted(refused.items()) for fault in faults_of(row, refusal)]
    return Taken(len(step.rows) - len(refused), wrong)


FOOTPRINTS = Kind(
    name="footprints",
    title=Text(ja="部品のCFP", en="Footprints of parts"),
    back="/footprints/table",
    shown="/footprints",
    work=FiguresStep,
    plan=_plan,
    take=_take,
)
register(FOOTPRINTS)

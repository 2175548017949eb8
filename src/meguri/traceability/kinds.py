"""Parts and structures as a kind of long import."""

from meguri.imports.kinds import Kind, Planned, RowsWrong, Taken, register
from meguri.imports.model import Fault, fault
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability.service import importing
from meguri.traceability.service.importing import PartStep, RowsOfStep
from meguri.traceability.sheet.reading import RowError


def faults(errors: list[RowError]) -> list[Fault]:
    """Errors of a table as faults of an import."""
    return [fault(error.row, error.column, error.say, dict(error.values)) for error in errors]


async def _plan(tx: Transaction, scope: OperatorScope, content: bytes) -> Planned[PartStep]:
    rows, steps, errors = await importing.plan(tx, scope, content)
    return Planned(rows=rows, work=[(step.lines[0], step.rows, step) for step in steps], faults=faults(errors))


async def _take(tx: Transaction, scope: OperatorScope, step: PartStep) -> int | Taken:
    try:
        written, wrong_rows = await importing.take(tx, scope, step)
    except RowsOfStep as wrong:
        raise RowsWrong(faults(wrong.errors)) from None
    return Taken(written, faults(wrong_rows)) if wrong_rows else written


PARTS = Kind(
    name="parts",
    title=Text(ja="部品と構成", en="Parts and structures"),
    back="/parts/import",
    shown="/parts",
    work=PartStep,
    plan=_plan,
    take=_take,
)
register(PARTS)

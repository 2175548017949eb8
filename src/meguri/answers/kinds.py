"""Answers as a kind of long import."""

from meguri.answers import service
from meguri.answers.columns import COLUMNS
from meguri.answers.reading import RowAnswer, understand
from meguri.imports.kinds import Kind, Planned, RowsWrong, register
from meguri.imports.model import fault
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability.sheet.reading import read_rows
from meguri.workbooks.running import aside


async def _plan(_: Transaction, __: OperatorScope, content: bytes) -> Planned[RowAnswer]:
    rows = await aside(read_rows, content, COLUMNS)
    answers, errors = understand(rows)
    if not answers and not errors:
        raise service.NothingToSend
    said = len(answers) + len({error.row for error in errors})
    return Planned(
        rows=said,
        work=[(answer.row, 1, answer) for answer in answers],
        faults=[fault(error.row, error.column, error.say, dict(error.values)) for error in errors],
        left=len(rows) - said,
    )


async def _take(tx: Transaction, scope: OperatorScope, answer: RowAnswer) -> int:
    wrong = await service.send_one(tx, scope, answer)
    if wrong is not None:
        raise RowsWrong([fault(wrong.row, wrong.column, wrong.say, dict(wrong.values))])
    return 1


ANSWERS = Kind(
    name="answers",
    title=Text(ja="依頼への回答", en="Answers to requests"),
    back="/requests/received/table",
    shown="/requests/received",
    work=RowAnswer,
    plan=_plan,
    take=_take,
)
register(ANSWERS)

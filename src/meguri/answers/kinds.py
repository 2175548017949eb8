"""Answers as a kind of long import."""

import msgspec

from meguri.answers import service
from meguri.answers.columns import COLUMNS
from meguri.answers.reading import RowAnswer, understand
from meguri.imports.kinds import Kind, Planned, Taken, register
from meguri.imports.model import fault
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability.sheet.reading import read_rows
from meguri.workbooks.running import aside


class AnswersStep(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are answered together: what follows from them downstream is worked out once."""

    rows: list[RowAnswer]


async def _plan(_: Transaction, __: OperatorScope, content: bytes) -> Planned[AnswersStep]:
    rows = await aside(read_rows, content, COLUMNS)
    answers, errors = understand(rows)
    if not answers and not errors:
        raise service.NothingToSend
    steps = [AnswersStep(rows=answers[at : at + service.AT_ONCE]) for at in range(0, len(answers), service.AT_ONCE)]
    said = len(answers) + len({error.row for error in errors})
    return Planned(
        rows=said,
        work=[(step.rows[0].row, len(step.rows), step) for step in steps],
        faults=[fault(error.row, error.column, error.say, dict(error.values)) for error in errors],
        left=len(rows) - said,
    )


async def _take(tx: Transaction, scope: OperatorScope, step: AnswersStep) -> int | Taken:
    wrong = await service.send_many(tx, scope, step.rows)
    faults = [fault(one.row, one.column, one.say, dict(one.values)) for one in wrong]
    return Taken(len(step.rows) - len(wrong), faults) if wrong else len(step.rows)


ANSWERS = Kind(
    name="answers",
    title=Text(ja="依頼への回答", en="Answers to requests"),
    back="/requests/received/table",
    shown="/requests/received",
    work=AnswersStep,
    plan=_plan,
    take=_take,
)
register(ANSWERS)

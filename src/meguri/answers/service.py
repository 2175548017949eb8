"""Use cases: the open requests as a table; many answers, all of them or, if the person says so, the good ones."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from meguri.answers.columns import COLUMNS
from meguri.answers.reading import RowAnswer, understand
from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput
from meguri.kernel.errors import Invalid, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import UnknownRequest
from meguri.traceability.model import Part, PartInput, RequestType, Side, State, Trade
from meguri.traceability.sheet.reading import RowError, read_rows
from meguri.traceability.writing import identity
from meguri.workbooks.running import aside

_AT_ONCE = 500
AT_ONCE = 200
_TRIES = 3
_NO_PLANT = Text(
    ja="事業所が登録されていません。「会社・拠点」で登録してください。",
    en="No plant is registered. Please register one under Company and plants.",
)
_NO_PART = Text(
    ja="自社の部品「{name}」が見つからないか、同じ名前が複数あります。補助名称も入力してください。",
    en="Your part “{name}” is not there, or there are several. Please give its support name as well.",
)
_CLOSED = Text(
    ja="この依頼は回答済み、差戻し済み、または取り消されています。",
    en="This request is answered, returned or withdrawn.",
)


class AnswersRefused(Invalid):
    """Some rows are wrong, so nothing was sent."""

    code = "answers.refused"
    say = Text(
        ja="{count}件の誤りがあるため、何も送っていません。行ごとの説明を確認してください。",
        en="Nothing was sent, because there are {count} errors. Please see the report by row.",
    )


class NothingToSend(Invalid):
    """No row holds a figure."""

    code = "answers.nothing"
    say = Text(ja="排出量が入力された行がありません。", en="No row holds a figure.")


class AnswerReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table. `left`: rows without figures, which stay open."""

    rows: int
    sent: int
    left: int
    errors: list[RowError]


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request that waits for an answer, as the table shows it."""

    trade: Trade
    customer: str


async def open_requests(tx: Transaction, scope: OperatorScope) -> list[OpenRequest]:
    """Every footprint request that waits for us, the most urgent first."""
    found: list[Trade] = []
    after: UUID | None = None
    while True:
        trades, rest = await traceability.list_requests(
            tx, scope, limit=_AT_ONCE, side=Side.UP, states=[State.NOT_COMPLETED], after_request_id=after
        )
        found += [trade for trade in trades if trade.request_type == RequestType.CFP]
        if rest is None:
            break
        after = rest.request_id
    names = await operators.names_of(tx, scope, {trade.partner_id for trade in found})
    ordered = sorted(found, key=lambda trade: (trade.due_date is None, trade.due_date or trade.created_at.date()))
    return [OpenRequest(trade=trade, customer=names.get(trade.partner_id, "")) for trade in ordered]


async def send(
    tx: Transaction, scope: OperatorScope, content: bytes, *, keep_good_rows: bool = False, only_look: bool = False
) -> AnswerReport:
    """Answers the requests of a filled CSV or XLSX table.

    only_look  does everything and takes it back: the report says what would become of each row
    Raises AnswersRefused with each row's errors unless `keep_good_rows`; NothingToSend; what `read_rows` raises.
    """
    rows = await aside(read_rows, content, COLUMNS)
    answers, errors = understand(rows)
    if not answers and not errors:
        raise NothingToSend
    sent = 0
    try:
        async with tx.savepoint():
            for first in range(0, len(answers), AT_ONCE):
                some = answers[first : first + AT_ONCE]
                wrong = await send_many(tx, scope, some)
                errors += wrong
                sent += len(some) - len(wrong)
            if only_look:
                raise _TakenBack
    except _TakenBack:
        pass
    errors.sort(key=lambda error: error.row)
    if errors and not keep_good_rows and not only_look:
        raise AnswersRefused(count=len(errors), fields=tuple(error.field_error() for error in errors[:1000]))
    return AnswerReport(rows=len(rows), sent=sent, left=len(rows) - len({e.row for e in errors}) - sent, errors=errors)


class _TakenBack(Exception):
    """Only to look: everything is undone."""


async def send_many(tx: Transaction, scope: OperatorScope, answers: Sequence[RowAnswer]) -> list[RowError]:
    """Answers many requests as rows say; what is wrong, and of those rows nothing was sent.

    Together they take a few statements a row. Where one is refused they are all taken back and done again without it;
    what was refused is tried by itself, so that the person reads what it is that is wrong with it.
    """
    good, alone = list(answers), list[RowAnswer]()
    for _ in range(_TRIES):
        refused = await _together(tx, scope, good)
        if not refused:
            break
        alone += [answer for answer in good if answer.row in refused]
        good = [answer for answer in good if answer.row not in refused]
    else:
        alone += good
    return [wrong for answer in alone if (wrong := await send_one(tx, scope, answer))]


async def _together(tx: Transaction, scope: OperatorScope, answers: Sequence[RowAnswer]) -> set[int]:
    """All of them or none: the rows that stand in the way."""
    refused = set[int]()
    try:
        async with tx.savepoint():
            refused = await _answer_many(tx, scope, answers)
            if refused:
                raise _TakenBack
    except _TakenBack:
        pass
    except Refusal:  # of them all: each by itself, so that every row is told what is wrong with it
        refused = {answer.row for answer in answers}
    return refused


async def _answer_many(tx: Transaction, scope: OperatorScope, answers: Sequence[RowAnswer]) -> set[int]:
    trades = await traceability.requests_by_id(tx, scope, [answer.request_id for answer in answers])
    open_ = {key for key, one in trades.items() if one.side is Side.UP and one.state is State.NOT_COMPLETED}
    refused = {answer.row for answer in answers if answer.request_id not in open_}
    parts = await _own_parts(tx, scope, [answer for answer in answers if answer.row not in refused], trades)
    refused |= {answer.row for answer in answers if answer.row not in parts}
    said: dict[UUID, FootprintInput] = {}
    for answer in answers:
        part = parts.get(answer.row)
        if part is not None and said.setdefault(part.trace_id, _said(answer, part)) != _said(answer, part):
            refused.add(answer.row)  # another figure for the same part: by itself, and after the first
    if refused:
        return refused
    wrong = await footprint.record_many(tx, scope, said)
    if wrong:
        return {row for row, part in parts.items() if part.trace_id in wrong}
    unlinked = await traceability.link_many(
        tx, scope, {answer.request_id: parts[answer.row].trace_id for answer in answers}
    )
    return {answer.row for answer in answers if answer.request_id in unlinked}


async def _own_parts(
    tx: Transaction, scope: OperatorScope, answers: Sequence[RowAnswer], trades: Mapping[UUID, Trade]
) -> dict[int, Part]:
    """The own part of each row; rows for which there is none at once are left out."""
    found: dict[int, Part] = {}
    places = await plants.all_plants(tx, scope)
    new: dict[int, PartInput] = {}
    for answer in answers:
        if answer.own_part is not None:
            fitting = await _named(tx, scope, answer)
            if len(fitting) == 1:
                found[answer.row] = fitting[0]
        elif places:
            new[answer.row] = _new_part(answer, trades[answer.request_id], places[0].plant_id)
    unique = {identity(part): part for part in new.values()}
    if unique:
        standing, _ = await traceability.add_parts(tx, scope, list(unique.values()))
        found |= {row: standing[key] for row, part in new.items() if (key := identity(part)) in standing}
    return found


async def send_one(tx: Transaction, scope: OperatorScope, answer: RowAnswer) -> RowError | None:
    """Answers one request as a row says; what is wrong with the row, and then nothing was sent."""
    try:
        async with tx.savepoint():
            await _answer(tx, scope, answer)
    except _RowWrong as wrong:
        return wrong.error
    except Refusal as refusal:
        say, values = refusal.say, dict(refusal.values)
        if refusal.fields:
            say, values = refusal.fields[0].say, dict(refusal.fields[0].values)
        return RowError(row=answer.row, column=None, say=say, values=values)
    return None


class _RowWrong(Exception):
    def __init__(self, row: int, column: str | None, say: Text, **values: str) -> None:
        super().__init__(column)
        self.error = RowError(row=row, column=column, say=say, values=dict(values))


async def _answer(tx: Transaction, scope: OperatorScope, answer: RowAnswer) -> None:
    try:
        trade = await traceability.request_by_id(tx, scope, request_id=answer.request_id)
    except UnknownRequest:
        trade = None
    if trade is None or trade.side is not Side.UP or trade.state is not State.NOT_COMPLETED:
        raise _RowWrong(answer.row, "request_id", _CLOSED)
    part = await _own_part(tx, scope, answer, trade)
    present = await footprint.footprint(tx, scope, part.trace_id)
    await traceability.link(tx, scope, trade.trade_id, part.trace_id)
    replaces = present.footprint_id if present else None
    await footprint.record(tx, scope, part.trace_id, _said(answer, part), footprint_id=replaces)


def _said(answer: RowAnswer, part: Part) -> FootprintInput:
    return FootprintInput(
        declared_unit=AmountUnit(part.unit or AmountUnit.UNIT),
        pre_production=answer.pre_production,
        main_production=answer.main_production,
        pre_quality=answer.pre_quality,
        main_quality=answer.main_quality,
        comment=answer.comment,
    )


async def _own_part(tx: Transaction, scope: OperatorScope, answer: RowAnswer, trade: Trade) -> Part:
    if answer.own_part is not None:
        fitting = await _named(tx, scope, answer)
        if len(fitting) != 1:
            raise _RowWrong(answer.row, "own_part", _NO_PART, name=answer.own_part)
        return fitting[0]
    places = await plants.all_plants(tx, scope)
    if not places:
        raise _RowWrong(answer.row, None, _NO_PLANT)
    written = await traceability.write_structure(tx, scope, _new_part(answer, trade, places[0].plant_id), [])
    return written.parent


async def _named(tx: Transaction, scope: OperatorScope, answer: RowAnswer) -> list[Part]:
    """Own parts that a row may mean."""
    found, _ = await traceability.parts_page(tx, scope, limit=10, name=answer.own_part)
    wanted = answer.own_support_name
    return [part for part in found if wanted is None or (part.support_name or "") == wanted]


def _new_part(answer: RowAnswer, trade: Trade, plant_id: UUID) -> PartInput:
    about = trade.requested_part
    return PartInput(
        plant_id=plant_id,
        name=about.name if about else str(trade.request_id),
        support_name=answer.own_support_name or (about.support_name if about else None),
        unit=AmountUnit(trade.requested_unit) if trade.requested_unit else None,
        terminated=True,
    )

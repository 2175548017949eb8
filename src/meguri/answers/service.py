"""Use cases: the open requests as a table; many answers, all of them or, if the person says so, the good ones."""

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
from meguri.workbooks.running import aside

_AT_ONCE = 500
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
            for answer in answers:
                wrong = await send_one(tx, scope, answer)
                errors += [wrong] if wrong else []
                sent += wrong is None
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
    declared = FootprintInput(
        declared_unit=AmountUnit(part.unit or AmountUnit.UNIT),
        pre_production=answer.pre_production,
        main_production=answer.main_production,
        pre_quality=answer.pre_quality,
        main_quality=answer.main_quality,
        comment=answer.comment,
    )
    present = await footprint.footprint(tx, scope, part.trace_id)
    await traceability.link(tx, scope, trade.trade_id, part.trace_id)
    await footprint.record(tx, scope, part.trace_id, declared, footprint_id=present.footprint_id if present else None)


async def _own_part(tx: Transaction, scope: OperatorScope, answer: RowAnswer, trade: Trade) -> Part:
    if answer.own_part is not None:
        found, _ = await traceability.parts_page(tx, scope, limit=10, name=answer.own_part)
        wanted = answer.own_support_name
        fitting = [part for part in found if wanted is None or (part.support_name or "") == wanted]
        if len(fitting) != 1:
            raise _RowWrong(answer.row, "own_part", _NO_PART, name=answer.own_part)
        return fitting[0]
    places = await plants.all_plants(tx, scope)
    if not places:
        raise _RowWrong(answer.row, None, _NO_PLANT)
    about = trade.requested_part
    new = PartInput(
        plant_id=places[0].plant_id,
        name=about.name if about else str(trade.request_id),
        support_name=answer.own_support_name or (about.support_name if about else None),
        unit=AmountUnit(trade.requested_unit) if trade.requested_unit else None,
        terminated=True,
    )
    written = await traceability.write_structure(tx, scope, new, [])
    return written.parent

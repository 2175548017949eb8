"""Pages of requests: sent, received, one of them, and a new one."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.kernel.units import SYMBOLS, AmountUnit
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.operators.cautions import Caution, Cautioned, heard
from meguri.operators.model import DirectoryEntry
from meguri.storage.transaction import Transaction
from meguri.traceability import beyond, service
from meguri.traceability.forms import complaint, text
from meguri.traceability.model import Comment, Part, RequestInput, Side, State, Trade
from meguri.traceability.pages_home import part_name
from meguri.traceability.words import Standing, standing
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash, Undo
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import FromPath, FromQuery, Unit, UnitOfWork, editor, signed_in

AnyRequest = Request[Any, Any, Any]
PER_PAGE = 50
MOST_CHOICES = 500


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of requests."""

    trade: Trade
    partner: str
    part: str
    standing: Standing


class RequestsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`requests.html`. `received`: which of the two lists."""

    rows: list[RequestRow]
    received: bool
    next_cursor: str | None


class AskPage(msgspec.Struct, frozen=True, kw_only=True):
    """`request_new.html`."""

    part: Part
    unit: str
    words: str
    found: list[DirectoryEntry]
    chosen: str
    message: str
    due: str
    errors: dict[str, str]


class RequestPage(msgspec.Struct, frozen=True, kw_only=True):
    """`request.html`: one request, for either side.

    kept_back  why it has not reached a system beyond this node yet
    cautions   what the customer could work out if the `chosen` part were linked: it is not, until that is confirmed
    """

    trade: Trade
    standing: Standing
    partner: str
    partner_number: str | None
    partner_identity: str | None
    part: str
    linked: Part | None
    choices: list[Choice]
    unit: str
    comments: list[Comment]
    received: bool
    may_edit: bool
    kept_back: str | None
    errors: dict[str, str]
    cautions: list[Text]
    chosen: str


class CancelPage(msgspec.Struct, frozen=True, kw_only=True):
    """`request_cancel.html`."""

    trade: Trade
    part: str
    partner: str
    error: str | None


async def _list(request: AnyRequest, unit: UnitOfWork, side: Side, cursor: str | None) -> Response[str]:
    after = parse_uuid(cursor) if cursor else None
    if cursor and after is None:
        raise NotFound

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[list[RequestRow], Trade | None]:
        trades, rest = await service.list_requests(tx, scope, limit=PER_PAGE, side=side, after_request_id=after)
        names = await operators.names_of(tx, scope, {trade.partner_id for trade in trades})
        own = await service.parts_by_id(tx, scope, {trade.downstream_trace_id for trade in trades})
        parts = {trace_id: part.name for trace_id, part in own.items()}
        return [
            RequestRow(
                trade=trade,
                partner=names.get(trade.partner_id, ""),
                part=part_name(trade, parts),
                standing=standing(trade),
            )
            for trade in trades
        ], rest

    rows, rest = await unit(read)
    context = RequestsPage(rows=rows, received=side is Side.UP, next_cursor=str(rest.request_id) if rest else None)
    return page(request, "requests.html", context)


@get("/requests", guards=[signed_in], include_in_schema=False)
async def sent(request: AnyRequest, unit: Unit, cursor: FromQuery[str | None] = None) -> Response[str]:
    """What we asked of others."""
    return await _list(request, unit, Side.DOWN, cursor)


@get("/requests/received", guards=[signed_in], include_in_schema=False)
async def received(request: AnyRequest, unit: Unit, cursor: FromQuery[str | None] = None) -> Response[str]:
    """What others ask of us."""
    return await _list(request, unit, Side.UP, cursor)


def _say(language: Language, key: str, **values: object) -> str:
    return phrase(key).of(language, {}).format(**values)


def _unit(language: Language, unit: str | None) -> str:
    return SYMBOLS[AmountUnit(unit)].of(language) if unit else ""


async def _ask_page(
    request: AnyRequest,
    unit: UnitOfWork,
    part_id: str,
    *,
    words: str = "",
    chosen: str = "",
    message: str | None = None,
    due: str = "",
    errors: dict[str, str] | None = None,
) -> Response[str]:
    language = viewer_of(request).language
    trace_id = parse_uuid(part_id)
    if trace_id is None:
        raise NotFound

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[Part, list[DirectoryEntry]]:
        part = await service.part(tx, scope, trace_id)
        found = (await operators.search(tx, scope, words, limit=20)).items
        return part, [entry for entry in found if entry.operator_id != scope.operator_id]

    part, found = await unit(read)
    return page(
        request,
        "request_new.html",
        AskPage(
            part=part,
            unit=_unit(language, part.unit),
            words=words,
            found=found,
            chosen=chosen,
            message=_say(language, "traceability.ask.message_default") if message is None else message,
            due=due,
            errors=errors or {},
        ),
        status_code=422 if errors else 200,
    )


@get("/requests/new", guards=[editor], include_in_schema=False)
async def ask_form(request: AnyRequest, unit: Unit, part: FromQuery[str], q: FromQuery[str] = "") -> Response[str]:
    """Whom to ask about a part."""
    return await _ask_page(request, unit, part, words=q)


@post("/requests/new", guards=[editor], include_in_schema=False, status_code=200)
async def ask(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Sends the request."""
    language = viewer_of(request).language
    form = await request.form()
    part_id, chosen = text(form, "part"), text(form, "supplier")
    typed = {"words": text(form, "q"), "chosen": chosen, "message": text(form, "message"), "due": text(form, "due")}
    supplier, trace_id = parse_uuid(chosen), parse_uuid(part_id)
    errors: dict[str, str] = {}
    due: date | None = None
    try:
        due = date.fromisoformat(typed["due"]) if typed["due"] else None
    except ValueError:
        errors["due"] = _say(language, "traceability.wrong.due")
    if supplier is None:
        errors["supplier"] = _say(language, "traceability.wrong.supplier")
    if len(typed["message"]) > 1000:
        errors["message"] = _say(language, "traceability.wrong.long")
    if errors or supplier is None or trace_id is None:
        return await _ask_page(request, unit, part_id, errors=errors, **typed)
    asked = RequestInput(
        upstream_operator_id=supplier, downstream_trace_id=trace_id, message=typed["message"] or None, due_date=due
    )

    async def send(tx: Transaction, scope: OperatorScope) -> tuple[Trade, str, str]:
        trade = await service.request(tx, scope, asked)
        names = await operators.names_of(tx, scope, {supplier})
        return trade, names.get(supplier, ""), (await service.part(tx, scope, trace_id)).name

    try:
        trade, company, part = await unit(send)
    except Refusal as refusal:
        return await _ask_page(request, unit, part_id, errors=complaint(refusal, language), **typed)
    flash = Flash(
        happened=_say(language, "traceability.ask.done", company=company, part=part),
        seen_by=_say(language, "traceability.ask.seen", company=company),
        undo=Undo(f"/requests/{trade.request_id}/undo", _say(language, "traceability.ask.undo")),
    )
    return done(request, f"/requests/{trade.request_id}", flash)


@post("/requests/{request_id:uuid}/undo", guards=[editor], include_in_schema=False, status_code=200)
async def undo(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """Takes a request back that was just sent, as long as nothing was answered."""

    async def take_back(tx: Transaction, scope: OperatorScope) -> None:
        trade = await service.request_by_id(tx, scope, request_id=request_id)
        if trade.state is State.NOT_COMPLETED:
            await service.cancel(tx, scope, request_id)

    await unit(take_back)
    return done(request, "/requests")


async def _request_page(
    request: AnyRequest,
    unit: UnitOfWork,
    request_id: UUID,
    errors: dict[str, str] | None = None,
    *,
    cautions: Sequence[Caution] = (),
    chosen: str = "",
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> RequestPage:
        trade = await service.request_by_id(tx, scope, request_id=request_id)
        is_received = trade.side is Side.UP
        entry = (await operators.by_ids(tx, scope, {trade.partner_id}))[:1]
        own_ids = {trade.upstream_trace_id if is_received else trade.downstream_trace_id} - {None}
        own = await service.parts_by_id(tx, scope, [one for one in own_ids if one])
        choices: list[Choice] = []
        if is_received and trade.live:
            candidates, _ = await service.parts_page(tx, scope, limit=MOST_CHOICES)
            choices = [
                Choice(str(part.trace_id), f"{part.name} {part.support_name or ''}".strip())
                for part in candidates
                if (part.unit or "") == (trade.requested_unit or "")
            ]
        linked = own.get(trade.upstream_trace_id) if is_received and trade.upstream_trace_id else None
        return RequestPage(
            trade=trade,
            standing=standing(trade),
            partner=entry[0].name if entry else "",
            partner_number=entry[0].open_operator_id if entry else None,
            partner_identity=entry[0].identity if entry else None,
            part=part_name(trade, {trace_id: part.name for trace_id, part in own.items()}),
            linked=linked,
            choices=choices,
            unit=_unit(language, trade.requested_unit),
            comments=await service.comments(tx, scope, request_id),
            received=is_received,
            may_edit=scope.may_edit,
            kept_back=await beyond.of_request(tx, scope, trade.trade_id, language),
            errors=errors or {},
            cautions=[one.message for one in cautions],
            chosen=chosen,
        )

    return page(request, "request.html", await unit(read), status_code=422 if errors else 200)


@get("/requests/{request_id:uuid}", guards=[signed_in], include_in_schema=False)
async def one(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[str]:
    """One request."""
    return await _request_page(request, unit, request_id)


async def _act(
    request: AnyRequest, unit: UnitOfWork, request_id: UUID, use_case: Any, happened: str, seen: str | None = None
) -> Response[Any]:
    language = viewer_of(request).language

    async def act(tx: Transaction, scope: OperatorScope) -> tuple[str, str]:
        trade = await service.request_by_id(tx, scope, request_id=request_id)
        part = await use_case(tx, scope, trade)
        names = await operators.names_of(tx, scope, {trade.partner_id})
        return names.get(trade.partner_id, ""), part or ""

    try:
        company, part = await unit(act)
    except Refusal as refusal:
        return await _request_page(request, unit, request_id, complaint(refusal, language))
    flash = Flash(
        happened=_say(language, happened, company=company, part=part),
        seen_by=_say(language, seen, company=company) if seen else None,
    )
    return done(request, f"/requests/{request_id}", flash)


@post("/requests/{request_id:uuid}/link", guards=[editor], include_in_schema=False, status_code=200)
async def link(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """Says which own part is delivered; where a total is disclosed by that and gives a figure away, asks first."""
    form = await request.form()
    trace_id, confirmed = parse_uuid(text(form, "trace_id")), bool(text(form, "cautioned"))
    if trace_id is None:
        wrong = {"trace_id": _say(viewer_of(request).language, "traceability.wrong.link")}
        return await _request_page(request, unit, request_id, wrong)

    async def use_case(tx: Transaction, scope: OperatorScope, trade: Trade) -> str:
        await service.link(tx, scope, trade.trade_id, trace_id)
        found = await disclosure.cautions_as_it_stands(tx, scope, trace_id, trade.partner_id)
        if found and not confirmed:
            raise Cautioned(found)
        await heard(tx, scope, found)
        return (await service.part(tx, scope, trace_id)).name

    try:
        return await _act(
            request, unit, request_id, use_case, "traceability.request.linked", "traceability.request.linked_seen"
        )
    except Cautioned as warned:
        return await _request_page(request, unit, request_id, cautions=warned.found, chosen=str(trace_id))


@post("/requests/{request_id:uuid}/comments", guards=[editor], include_in_schema=False, status_code=200)
async def comment(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """Writes to the other side."""
    words = text(await request.form(), "body")
    author = viewer_of(request).name or ""

    async def use_case(tx: Transaction, scope: OperatorScope, _: Trade) -> None:
        await service.comment(tx, scope, request_id, words, author)

    return await _act(request, unit, request_id, use_case, "traceability.talk.sent", "traceability.talk.sent_seen")


@post("/requests/{request_id:uuid}/reject", guards=[editor], include_in_schema=False, status_code=200)
async def reject(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """Returns the request, with a reason."""
    why = text(await request.form(), "message")[:1000]

    async def use_case(tx: Transaction, scope: OperatorScope, trade: Trade) -> None:
        await service.reject(tx, scope, request_id, reply_message=why or None)

    return await _act(
        request, unit, request_id, use_case, "traceability.request.rejected", "traceability.request.rejected_seen"
    )


@post("/requests/{request_id:uuid}/reply", guards=[editor], include_in_schema=False, status_code=200)
async def reply(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """Writes to the customer."""
    words = text(await request.form(), "message")[:1000]

    async def use_case(tx: Transaction, scope: OperatorScope, trade: Trade) -> None:
        await service.reply(tx, scope, request_id, words or None)

    return await _act(
        request, unit, request_id, use_case, "traceability.request.written", "traceability.request.rejected_seen"
    )


@post("/requests/{request_id:uuid}/amend", guards=[editor], include_in_schema=False, status_code=200)
async def amend(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """New message and due date."""
    form = await request.form()
    words, typed = text(form, "message")[:1000], text(form, "due")
    try:
        due = date.fromisoformat(typed) if typed else None
    except ValueError:
        wrong = {"due": _say(viewer_of(request).language, "traceability.wrong.due")}
        return await _request_page(request, unit, request_id, wrong)

    async def use_case(tx: Transaction, scope: OperatorScope, trade: Trade) -> None:
        await service.amend(tx, scope, request_id, message=words or None, due_date=due)

    return await _act(request, unit, request_id, use_case, "traceability.request.amended")


async def _cancel_page(
    request: AnyRequest, unit: UnitOfWork, request_id: UUID, error: str | None = None
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> CancelPage:
        trade = await service.request_by_id(tx, scope, request_id=request_id)
        names = await operators.names_of(tx, scope, {trade.partner_id})
        own = await service.parts_by_id(tx, scope, [trade.downstream_trace_id])
        part = part_name(trade, {trace_id: part.name for trace_id, part in own.items()})
        return CancelPage(trade=trade, part=part, partner=names.get(trade.partner_id, ""), error=error)

    return page(request, "request_cancel.html", await unit(read), status_code=422 if error else 200)


@get("/requests/{request_id:uuid}/cancel", guards=[editor], include_in_schema=False)
async def cancel_ask(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[str]:
    """What withdrawing would do."""
    return await _cancel_page(request, unit, request_id)


@post("/requests/{request_id:uuid}/cancel", guards=[editor], include_in_schema=False, status_code=200)
async def cancel(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> Response[Any]:
    """Withdraws, if the part's name was typed."""
    language = viewer_of(request).language
    typed = text(await request.form(), "confirm")

    async def withdraw(tx: Transaction, scope: OperatorScope) -> str | None:
        trade = await service.request_by_id(tx, scope, request_id=request_id)
        own = await service.parts_by_id(tx, scope, [trade.downstream_trace_id])
        name = part_name(trade, {trace_id: part.name for trace_id, part in own.items()})
        if typed != name:
            return None
        await service.cancel(tx, scope, request_id)
        return name

    try:
        name = await unit(withdraw)
    except Refusal as refusal:
        return await _cancel_page(request, unit, request_id, refusal.sentence(language))
    if name is None:
        return await _cancel_page(request, unit, request_id, _say(language, "traceability.request.cancel_wrong"))
    return done(request, "/requests", Flash(happened=_say(language, "traceability.request.cancelled", part=name)))


handlers = [sent, received, ask_form, ask, undo, one, link, comment, reject, reply, amend, cancel_ask, cancel]

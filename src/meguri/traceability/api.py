"""Native REST of parts, structures and requests: words in, words out."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.enums import MediaType
from litestar.params import QueryParameter

from meguri.kernel.errors import Needed, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators import plants
from meguri.operators.errors import OperatorUnknown
from meguri.storage.transaction import Transaction
from meguri.traceability import errors, service
from meguri.traceability.model import (
    LONGEST_COMMENT,
    ChildInput,
    Comment,
    Message,
    Part,
    PartInput,
    RequestInput,
    RequestType,
    Side,
    State,
    Structure,
    Trade,
)
from meguri.traceability.model import Version as PartVersion
from meguri.traceability.sheet import to_csv, to_xlsx
from meguri.traceability.sheet.reading import SheetHeadings, SheetTooLong
from meguri.ui import language_for
from meguri.web import (
    Asking,
    FromPath,
    FromQuery,
    Json,
    Paging,
    Unit,
    Version,
    editor,
    page_of,
    refusals,
    signed_in,
    versioned,
)
from meguri.workbooks.errors import SheetTooDemanding, SheetUnreadable, WorkbooksWaiting


class StructureInput(msgspec.Struct, frozen=True, kw_only=True):
    """A part with everything that it is made of; `children` replaces the components that it has."""

    parent: PartInput
    children: list[ChildInput] = []


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """What of an open request may change."""

    message: Message | None = None
    due_date: date | None = None


class LinkInput(msgspec.Struct, frozen=True, kw_only=True):
    """The own part that is delivered."""

    trace_id: UUID


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A message to the other party."""

    message: Message | None = None


class RowReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one row, in the reader's language."""

    row: int
    column: str | None
    message: str


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file of parts."""

    rows: int
    parts_written: int
    errors: list[RowReport]


_WRITING = (
    errors.PlantUnknown,
    errors.TerminatedWithChildren,
    errors.DuplicateChild,
    errors.StructureCycle,
    errors.ChildRequested,
    errors.TerminateRequested,
    errors.UnitLocked,
    errors.BadAmount,
    errors.TooManyChildren,
)


States = Annotated[list[State] | None, QueryParameter(name="state", description="Only these states; may be repeated.")]


def _uuid(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    found = parse_uuid(decode_cursor(cursor, 1)[0])
    if found is None:
        raise BadCursor
    return found


def _number(cursor: str | None) -> int | None:
    if not cursor:
        return None
    text = decode_cursor(cursor, 1)[0]
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise BadCursor
    return int(text)


@get("/api/v1/parts", guards=[signed_in], responses=refusals(BadCursor))
async def list_parts(
    unit: Unit,
    paging: Paging,
    name: FromQuery[str | None] = None,
    contains: FromQuery[str | None] = None,
    plant_id: FromQuery[UUID | None] = None,
    is_parent: FromQuery[bool | None] = None,
) -> Page[Part]:
    """Own parts by name."""
    rows, rest = await unit(
        service.parts_page,
        limit=paging.limit,
        after=_uuid(paging.cursor),
        name=name,
        contains=contains,
        plant_id=plant_id,
        is_parent=is_parent,
    )
    return Page(rows, encode_cursor(str(rest)) if rest else None)


@post("/api/v1/parts", guards=[editor], responses=refusals(*_WRITING))
async def write_part(unit: Unit, data: Json[StructureInput]) -> Response[Structure]:
    """Writes a part with its structure. Plant, name and support name are its identity: the same three, the same part."""
    written = await unit(service.write_structure, data.parent, data.children)
    return versioned(written, written.parent.version)


@get("/api/v1/parts/{trace_id:uuid}", guards=[signed_in], responses=refusals(errors.PartNotOwn))
async def get_part(unit: Unit, trace_id: FromPath[UUID]) -> Response[Structure]:
    """One own part with what it is made of."""
    found = await unit(service.structure, trace_id)
    return versioned(found, found.parent.version)


@put(
    "/api/v1/parts/{trace_id:uuid}",
    guards=[editor],
    responses=refusals(errors.PartNotOwn, errors.IdentityFixed, Needed, Stale, *_WRITING),
)
async def put_part(
    unit: Unit, trace_id: FromPath[UUID], data: Json[StructureInput], version: Version
) -> Response[Structure]:
    """Replaces words and structure of one own part; its identity (plant, name, support name) cannot change."""

    async def replace(tx: Transaction, scope: OperatorScope) -> Structure:
        return await service.replace_structure(tx, scope, trace_id, data.parent, data.children, if_version=version)

    written = await unit(replace)
    return versioned(written, written.parent.version)


@delete(
    "/api/v1/parts/{trace_id:uuid}",
    guards=[editor],
    responses=refusals(
        Needed, Stale, errors.PartUnknown, errors.PartInStructure, errors.PartRequested, errors.PartReceived
    ),
)
async def delete_part(unit: Unit, trace_id: FromPath[UUID], version: Version) -> None:
    """Removes a part that nothing holds on to; its history stays."""
    try:
        await unit(service.delete_part, trace_id, if_version=version)
    except errors.PartForeign:
        raise errors.PartUnknown from None


@get("/api/v1/parts/{trace_id:uuid}/history", guards=[signed_in], responses=refusals(BadCursor))
async def part_history(unit: Unit, paging: Paging, trace_id: FromPath[UUID]) -> Page[PartVersion]:
    """What the part and its structure looked like at each version, newest first; also of a deleted part."""
    before = _number(paging.cursor)
    found = await unit(service.history, trace_id, before=before, limit=paging.limit + 1)
    return page_of(found, paging.limit, lambda version: (str(version.version),))


@post(
    "/api/v1/parts/import",
    guards=[editor],
    status_code=200,
    responses=refusals(
        service.ImportRefused, SheetUnreadable, SheetHeadings, SheetTooLong, SheetTooDemanding, WorkbooksWaiting
    ),
)
async def import_parts(
    unit: Unit,
    request: Request[Any, Any, Any],
    keep_good_rows: Annotated[bool, QueryParameter(description="Keep the good rows even if others are wrong.")] = False,
) -> ImportResult:
    """Writes parts and structures of a CSV or XLSX file (the request's body); all of it or, if asked, the good rows."""
    report = await unit(service.import_parts, await request.body(), keep_good_rows=keep_good_rows)
    return ImportResult(
        rows=report.rows,
        parts_written=report.parts_written,
        errors=[
            RowReport(row=e.row, column=e.column, message=e.say.of(language_for(request), **e.values))
            for e in report.errors
        ],
    )


@get("/api/v1/parts/export", guards=[signed_in], media_type=MediaType.TEXT, responses=refusals())
async def export_parts(unit: Unit, request: Request[Any, Any, Any], format: FromQuery[str] = "csv") -> Response[bytes]:
    """All own parts with their structures, as `csv` or `xlsx`; what comes out goes in again."""

    async def everything(tx: Transaction, scope: OperatorScope) -> tuple[list[Structure], dict[UUID, str]]:
        public = {plant.plant_id: plant.open_plant_id for plant in await plants.all_plants(tx, scope)}
        return await service.export_structures(tx, scope), public

    structures, public = await unit(everything)
    if format == "xlsx":
        return _file(to_xlsx(structures, public, language_for(request)), "parts.xlsx", XLSX)
    return _file(to_csv(structures, public, language_for(request)), "parts.csv", "text/csv; charset=utf-8")


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


async def _requests(
    unit: Unit, side: Side, paging: Paging, states: Sequence[State] | None, kind: RequestType
) -> Page[Trade]:
    rows, rest = await unit(
        service.list_requests,
        limit=paging.limit,
        side=side,
        after_request_id=_uuid(paging.cursor),
        states=states,
        request_types=[kind],
    )
    return Page(rows, encode_cursor(str(rest.request_id)) if rest else None)


@get("/api/v1/requests", guards=[signed_in], responses=refusals(BadCursor))
async def list_sent(
    unit: Unit,
    paging: Paging,
    states: States = None,
    request_type: FromQuery[RequestType] = RequestType.CFP,
) -> Page[Trade]:
    """Requests that this company sent, newest first."""
    return await _requests(unit, Side.DOWN, paging, states, request_type)


@get("/api/v1/requests-received", guards=[signed_in], responses=refusals(BadCursor))
async def list_received(
    unit: Unit,
    paging: Paging,
    states: States = None,
    request_type: FromQuery[RequestType] = RequestType.CFP,
) -> Page[Trade]:
    """Requests that this company received, newest first."""
    return await _requests(unit, Side.UP, paging, states, request_type)


@post(
    "/api/v1/requests",
    guards=[editor],
    responses=refusals(
        OperatorUnknown,
        errors.PartNotOwn,
        errors.RequestSelf,
        errors.RequestTerminated,
        errors.RequestHasChildren,
        errors.AlreadyRequested,
    ),
)
async def send_request(unit: Unit, data: Json[RequestInput]) -> Response[Trade]:
    """Asks a supplier about one purchased part."""
    trade = await unit(service.request, data)
    return versioned(trade, trade.version)


@get("/api/v1/requests/{request_id:uuid}", guards=[signed_in], responses=refusals(errors.UnknownRequest))
async def get_request(unit: Unit, request_id: FromPath[UUID]) -> Response[Trade]:
    """One request, sent or received."""
    trade = await unit(service.request_by_id, request_id=request_id)
    return versioned(trade, trade.version)


@put(
    "/api/v1/requests/{request_id:uuid}",
    guards=[editor],
    responses=refusals(Needed, Stale, errors.UnknownRequest, errors.WrongSide, errors.RequestClosed),
)
async def amend_request(
    unit: Unit, request_id: FromPath[UUID], data: Json[Amendment], version: Version
) -> Response[Trade]:
    """New message and due date of an open request."""
    trade = await unit(service.amend, request_id, message=data.message, due_date=data.due_date, if_version=version)
    return versioned(trade, trade.version)


@post(
    "/api/v1/requests/{request_id:uuid}/cancel",
    guards=[editor],
    status_code=204,
    responses=refusals(errors.UnknownRequest, errors.WrongSide),
)
async def cancel_request(unit: Unit, request_id: FromPath[UUID]) -> None:
    """Withdraws a request, answered or not; it vanishes on both sides."""
    await unit(service.cancel, request_id)


@post(
    "/api/v1/requests-received/{request_id:uuid}/link",
    guards=[editor],
    status_code=200,
    responses=refusals(
        errors.UnknownRequest,
        errors.WrongSide,
        errors.AlreadyRejected,
        errors.PartNotOwn,
        errors.UnitMismatch,
        errors.TradeCycle,
    ),
)
async def link_part(unit: Unit, request_id: FromPath[UUID], data: Json[LinkInput]) -> Response[Trade]:
    """Says which own part is delivered for this request."""

    async def link(tx: Transaction, scope: OperatorScope) -> Trade:
        trade = await service.request_by_id(tx, scope, request_id=request_id)
        return await service.link(tx, scope, trade.trade_id, data.trace_id)

    trade = await unit(link)
    return versioned(trade, trade.version)


@post(
    "/api/v1/requests-received/{request_id:uuid}/reject",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.UnknownRequest, errors.WrongSide, errors.AlreadyRejected, errors.AlreadyAnswered),
)
async def reject_request(unit: Unit, request_id: FromPath[UUID], data: Json[Words]) -> Response[Trade]:
    """Returns an open request to the customer, with a message."""
    trade = await unit(service.reject, request_id, reply_message=data.message)
    return versioned(trade, trade.version)


@post(
    "/api/v1/requests-received/{request_id:uuid}/reply",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.UnknownRequest, errors.WrongSide),
)
async def reply_to_request(unit: Unit, request_id: FromPath[UUID], data: Json[Words]) -> Response[Trade]:
    """Writes to the customer about this request; no message removes the one before."""
    trade = await unit(service.reply, request_id, data.message)
    return versioned(trade, trade.version)


class CommentInput(msgspec.Struct, frozen=True, kw_only=True):
    """Words to the other side of a request."""

    body: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_COMMENT)]


class Comments(msgspec.Struct, frozen=True, kw_only=True):
    """What was written on a request, oldest first."""

    items: list[Comment]


@get(
    "/api/v1/requests/{request_id:uuid}/comments",
    guards=[signed_in],
    responses=refusals(errors.UnknownRequest),
)
async def list_comments(unit: Unit, request_id: FromPath[UUID]) -> Comments:
    """What both sides wrote on a request, sent or received."""
    return Comments(items=await unit(service.comments, request_id))


@post(
    "/api/v1/requests/{request_id:uuid}/comments",
    guards=[editor],
    responses=refusals(errors.UnknownRequest, errors.EmptyComment),
)
async def write_comment(unit: Unit, principal: Asking, request_id: FromPath[UUID], data: Json[CommentInput]) -> Comment:
    """Writes on a request; both sides see it."""
    return await unit(service.comment, request_id, data.body, principal.name)


handlers = [
    list_comments,
    write_comment,
    list_parts,
    write_part,
    get_part,
    put_part,
    delete_part,
    part_history,
    import_parts,
    export_parts,
    list_sent,
    list_received,
    send_request,
    get_request,
    amend_request,
    cancel_request,
    link_part,
    reject_request,
    reply_to_request,
]

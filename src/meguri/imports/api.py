"""Native REST of imports: hand in a file, watch it, stop it, read what is wrong."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.connection import Request
from litestar.params import QueryParameter

from meguri.imports import errors, service
from meguri.imports.model import Fault, Run, RunState
from meguri.imports.service import NewImport
from meguri.kernel import clock
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.ui import language_for
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, page_of, refusals, signed_in
from meguri.workbooks.errors import SheetTooDemanding, WorkbooksWaiting


class ImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """An import. `seconds_left`: of the present step, at its pace so far; `sha256`: of the file, in hexadecimal;
    `same_as`: the import that wrote the same file before, told where one import is asked for."""

    import_id: UUID
    kind: str
    state: RunState
    file_name: str
    sha256: str | None
    same_as: UUID | None
    keep_good_rows: bool
    rows: int
    passed: int
    written: int
    left: int
    bad: int
    seconds_left: int | None
    created_at: datetime
    updated_at: datetime


class FaultOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong, in the reader's language."""

    row: int
    column: str | None
    message: str


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """The first thousand things wrong, by row."""

    items: list[FaultOut]


def out(run: Run, before: Run | None = None) -> ImportOut:
    """As the API tells it."""
    left = run.time_left(clock.now())
    names = (name for name in ImportOut.__struct_fields__ if name not in ("seconds_left", "same_as"))
    return ImportOut(
        seconds_left=int(left.total_seconds()) if left else None,
        same_as=before.import_id if before else None,
        **{name: getattr(run, name) for name in names},
    )


@post(
    "/api/v1/imports/{kind:str}",
    guards=[editor],
    status_code=202,
    responses=refusals(errors.ImportKindUnknown, SheetTooDemanding, WorkbooksWaiting),
)
async def start(
    unit: Unit,
    request: Request[Any, Any, Any],
    kind: FromPath[str],
    file_name: FromQuery[str] = "",
    keep_good_rows: Annotated[bool, QueryParameter(description="Keep the good rows even if others are wrong.")] = False,
) -> ImportOut:
    """Hands in a CSV or XLSX file (the request's body); a worker does the rest. What makes it useless is said at once.

    The same file, handed in again while it is at work, begins no second import: the answer is the one at work.
    """
    new = NewImport(kind=kind, file_name=file_name, keep_good_rows=keep_good_rows)
    return out(await unit(service.start, new, await request.body()))


@get("/api/v1/imports", guards=[signed_in], responses=refusals(BadCursor))
async def listed(unit: Unit, paging: Paging) -> Page[ImportOut]:
    """The company's imports, newest first."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    if paging.cursor and after is None:
        raise BadCursor
    found = await unit(service.runs, after=after, limit=paging.limit + 1)
    return page_of([out(run) for run in found], paging.limit, lambda one: (str(one.import_id),))


@get("/api/v1/imports/{import_id:uuid}", guards=[signed_in], responses=refusals(errors.ImportNotFound))
async def one(unit: Unit, import_id: FromPath[UUID]) -> ImportOut:
    """One import: how far it is, and how long it still takes."""
    run = await unit(service.run_of, import_id)
    return out(run, await unit(service.done_before, run))


@get("/api/v1/imports/{import_id:uuid}/faults", guards=[signed_in], responses=refusals(errors.ImportNotFound))
async def faults(unit: Unit, request: Request[Any, Any, Any], import_id: FromPath[UUID]) -> Faults:
    """What is wrong, by row, in the reader's language."""
    language = language_for(request)
    found: list[Fault] = await unit(service.faults, import_id)
    return Faults(items=[FaultOut(row=f.row, column=f.column, message=f.of(language)) for f in found])


@post(
    "/api/v1/imports/{import_id:uuid}/cancel",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ImportNotFound, errors.ImportEnded),
)
async def cancel(unit: Unit, import_id: FromPath[UUID]) -> ImportOut:
    """Stops an import before its next part."""
    return out(await unit(service.cancel, import_id))


handlers = [start, listed, one, faults, cancel]

"""Pages: the company's imports, one of them while it goes on and after, and what is wrong as a file."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile

from meguri.imports import service
from meguri.imports.kinds import Kind, kind_named
from meguri.imports.model import Fault, Run, RunState
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, decode_cursor, encode_cursor
from meguri.kernel.scope import Role
from meguri.kernel.text import Language, Text
from meguri.ui import Flash, done, fragment, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
_KINDS_OF_STATE = {RunState.DONE: "ok", RunState.REFUSED: "stop", RunState.CANCELLED: "ended"}
LONG_CSV, LONG_XLSX = 48_000, 36_000  # bytes; workbooks are packed
_RISKY = ("=", "+", "-", "@", "\t", "\r")


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """An import in the list."""

    run: Run
    title: Text
    badge: str


class ImportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`imports.html`."""

    rows: list[RunRow]
    next_cursor: str | None


class ImportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`import.html` and `import_progress.html`. `left`: how long it still takes, in words; `before`: the import that wrote
    the same file before."""

    run: Run
    title: Text
    badge: str
    back: str
    shown: str
    left: str | None
    before: Run | None
    faults: list[Fault]
    may_edit: bool


def duration_words(left: timedelta | None, language: Language) -> str | None:
    """`約 20 秒`, `about 3 minutes`: no more exact than a guess is."""
    if left is None:
        return None
    seconds = int(left.total_seconds())
    if seconds < 55:
        return say("imports.left.seconds", language, n=max(5, -(-seconds // 5) * 5))
    return say("imports.left.minutes", language, n=-(-seconds // 60))


def badge_of(state: RunState) -> str:
    """The kind of badge of a state."""
    return _KINDS_OF_STATE.get(state, "waiting")


def _words_of(run: Run) -> tuple[Text, str, str]:
    kind: Kind[Any] | None = kind_named(run.kind)
    return (kind.title, kind.back, kind.shown) if kind else (Text(ja=run.kind, en=run.kind), "/imports", "/imports")


@get("/imports", guards=[signed_in], include_in_schema=False)
async def imports(request: AnyRequest, unit: Unit, paging: Paging) -> Response[str]:
    """The company's imports, newest first."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    if paging.cursor and after is None:
        raise BadCursor
    found = await unit(service.runs, after=after, limit=paging.limit + 1)
    shown = found[: paging.limit]
    context = ImportsPage(
        rows=[RunRow(run=run, title=_words_of(run)[0], badge=badge_of(run.state)) for run in shown],
        next_cursor=encode_cursor(str(shown[-1].import_id)) if len(found) > paging.limit else None,
    )
    return page(request, "imports.html", context)


@get("/imports/{import_id:uuid}", guards=[signed_in], include_in_schema=False)
async def import_page(
    request: AnyRequest, unit: Unit, import_id: FromPath[UUID], part: FromQuery[str] = ""
) -> Response[str]:
    """One import; with `part` only its progress, for the page that watches it."""
    run = await unit(service.run_of, import_id)
    title, back, shown = _words_of(run)
    context = ImportPage(
        run=run,
        title=title,
        badge=badge_of(run.state),
        back=back,
        shown=shown,
        left=duration_words(run.time_left(clock.now()), viewer_of(request).language),
        before=await unit(service.done_before, run),
        faults=await unit(service.faults, import_id, 200),
        may_edit=viewer_of(request).has(Role.EDITOR),
    )
    return fragment(request, "import_progress.html", context) if part else page(request, "import.html", context)


@post("/imports/{import_id:uuid}/cancel", guards=[editor], include_in_schema=False, status_code=200)
async def import_cancel(request: AnyRequest, unit: Unit, import_id: FromPath[UUID]) -> Response[Any]:
    """Stops it, and says what stays."""
    language = viewer_of(request).language
    try:
        run = await unit(service.cancel, import_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return done(request, f"/imports/{import_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    happened = say("imports.page.cancelled", language, n=run.written)
    return done(request, f"/imports/{import_id}", Flash(happened=happened))


@get("/imports/{import_id:uuid}/faults.csv", guards=[signed_in], include_in_schema=False)
async def import_faults(request: AnyRequest, unit: Unit, import_id: FromPath[UUID]) -> Response[bytes]:
    """What is wrong, by row, to mend the file by."""
    language = viewer_of(request).language
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say(f"imports.page.{name}", language) for name in ("row", "column", "problem")])
    for each in await unit(service.faults, import_id):
        cells = [str(each.row), each.column or "", each.of(language)]
        writer.writerow([f"'{cell}" if cell.startswith(_RISKY) else cell for cell in cells])
    headers = {"content-disposition": 'attachment; filename="meguri-import.csv"', "cache-control": "no-store"}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def is_long(content: bytes) -> bool:
    """Whether a file is so large that a request should not wait for it (some 500 rows and more)."""
    return len(content) > (LONG_XLSX if content[:2] == b"PK" else LONG_CSV)


async def hand_in(
    request: AnyRequest, unit: Unit, kind: str, file: UploadFile, content: bytes, *, keep: bool
) -> Response[Any]:
    """Leaves a file to the worker, and goes on to the page that watches it. Raises what `service.start` raises."""
    run = await unit(service.start, service.NewImport(kind=kind, file_name=file.filename, keep_good_rows=keep), content)
    happened = say("imports.page.started", viewer_of(request).language, n=run.rows)
    return done(request, f"/imports/{run.import_id}", Flash(happened=happened))


handlers = [imports, import_page, import_cancel, import_faults]

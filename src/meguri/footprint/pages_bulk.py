"""Pages: the own parts and their footprints as a table, filled in and brought back."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile

from meguri.footprint.bulk import service, writing
from meguri.footprint.bulk.columns import COLUMNS, KNOWN
from meguri.imports.pages import hand_in
from meguri.kernel.errors import NotFound, Refusal
from meguri.traceability.sheet.columns import Column
from meguri.traceability.sheet.filling import as_csv, as_xlsx
from meguri.ui.answer import page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor

AnyRequest = Request[Any, Any, Any]
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TablePage(msgspec.Struct, frozen=True, kw_only=True):
    """`figures_table.html`."""

    columns: tuple[Column, ...]
    errors: dict[str, str]
    keep: bool


def _page(request: AnyRequest, errors: dict[str, str] | None = None, *, keep: bool = False) -> Response[str]:
    context = TablePage(columns=COLUMNS, errors=errors or {}, keep=keep)
    return page(request, "figures_table.html", context, status_code=422 if errors else 200)


@get("/footprints/table", guards=[editor], include_in_schema=False)
async def figures_form(request: AnyRequest) -> Response[str]:
    """How to declare many parts at once."""
    return _page(request)


@get("/footprints/table/{kind:str}", guards=[editor], include_in_schema=False)
async def figures_table(request: AnyRequest, unit: Unit, kind: FromPath[str]) -> Response[bytes]:
    """The own parts with what is declared of them, as a file."""
    if kind not in KINDS:
        raise NotFound
    language = viewer_of(request).language
    rows = writing.rows(await unit(service.lines), language)
    title = say("footprint.table.sheet", language)
    content = as_csv(rows) if kind == "csv" else as_xlsx(rows, COLUMNS, KNOWN, title, language)
    headers = {"content-disposition": f'attachment; filename="meguri-footprints.{kind}"', "cache-control": "no-store"}
    return Response(content, media_type=KINDS[kind], headers=headers)


@post("/footprints/table", guards=[editor], include_in_schema=False, status_code=200)
async def figures_send(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Takes the table in; a worker does the rest."""
    form, language = await request.form(), viewer_of(request).language
    file, keep = form.get("file"), bool(form.get("keep"))
    if not isinstance(file, UploadFile) or not file.filename:
        return _page(request, {"file": say("footprint.table.no_file", language)}, keep=keep)
    try:
        return await hand_in(request, unit, "footprints", file, await file.read(), keep=keep)
    except Refusal as refusal:
        return _page(request, {"file": refusal.sentence(language)}, keep=keep)


handlers = [figures_form, figures_table, figures_send]

"""Pages: take the table, look at what it would do, send it."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile

from meguri.answers import service, table
from meguri.answers.columns import COLUMNS
from meguri.imports.pages import hand_in, is_long
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.sheet.columns import Column
from meguri.ui import Flash, done, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor

AnyRequest = Request[Any, Any, Any]
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong, by row and column."""

    place: str
    problem: str


class AnswersPage(msgspec.Struct, frozen=True, kw_only=True):
    """`answers.html`."""

    waiting: int
    columns: tuple[Column, ...]
    looked: service.AnswerReport | None
    problems: list[Problem]
    errors: dict[str, str]
    keep: bool


async def _page(
    request: AnyRequest,
    unit: Unit,
    *,
    looked: service.AnswerReport | None = None,
    problems: list[Problem] | None = None,
    errors: dict[str, str] | None = None,
    keep: bool = False,
) -> Response[str]:
    waiting = await unit(service.open_requests)
    context = AnswersPage(
        waiting=len(waiting),
        columns=COLUMNS,
        looked=looked,
        problems=problems or [],
        errors=errors or {},
        keep=keep,
    )
    return page(request, "answers.html", context, status_code=422 if errors else 200)


@get("/requests/received/table", guards=[editor], include_in_schema=False)
async def answers_form(request: AnyRequest, unit: Unit) -> Response[str]:
    """How to answer many requests at once."""
    return await _page(request, unit)


@get("/requests/received/table/{kind:str}", guards=[editor], include_in_schema=False)
async def answers_table(request: AnyRequest, unit: Unit, kind: FromPath[str]) -> Response[bytes]:
    """The open requests as a file."""
    if kind not in KINDS:
        raise NotFound
    language = viewer_of(request).language
    rows = table.rows(await unit(service.open_requests), language)
    content = table.as_csv(rows) if kind == "csv" else table.as_xlsx(rows, language)
    headers = {"content-disposition": f'attachment; filename="meguri-answers.{kind}"', "cache-control": "no-store"}
    return Response(content, media_type=KINDS[kind], headers=headers)


@post("/requests/received/table", guards=[editor], include_in_schema=False, status_code=200)
async def answers_send(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Looks at the table, or sends it."""
    form, language = await request.form(), viewer_of(request).language
    file, keep, look = form.get("file"), bool(form.get("keep")), form.get("act") != "send"
    if not isinstance(file, UploadFile) or not file.filename:
        return await _page(request, unit, errors={"file": say("answers.page.no_file", language)}, keep=keep)
    content = await file.read()

    async def send(tx: Transaction, scope: OperatorScope) -> service.AnswerReport:
        return await service.send(tx, scope, content, keep_good_rows=keep, only_look=look)

    try:
        if not look and is_long(content):
            return await hand_in(request, unit, "answers", file, content, keep=keep)
        report = await unit(send)
    except Refusal as refusal:
        problems = [Problem(place=error.field, problem=error.of(language)) for error in refusal.fields]
        wrong = {"file": refusal.sentence(language)}
        return await _page(request, unit, problems=problems, errors=wrong, keep=keep)
    rows = [error.field_error() for error in report.errors]
    problems = [Problem(place=each.field, problem=each.of(language)) for each in rows]
    if look or report.errors:
        return await _page(request, unit, looked=report, problems=problems, keep=keep)
    happened = say("answers.page.sent", language, n=report.sent)
    return done(request, "/requests/received", Flash(happened=happened, seen_by=say("answers.page.seen", language)))


handlers = [answers_form, answers_table, answers_send]

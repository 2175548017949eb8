"""Pages of reporting templates: read a supplier's, see its answers, fill in one's own from all of them."""

from functools import partial
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence.api import download
from meguri.diligence.model import Kept
from meguri.diligence.pages_common import AnyRequest, may_edit, told
from meguri.diligence.rmi import own, writing
from meguri.diligence.rmi.checking import check
from meguri.diligence.rmi.model import Read
from meguri.diligence.service import records, workbooks
from meguri.diligence.service.workbooks import FilesRead, Imported
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.ui.answer import page
from meguri.ui.viewer import viewer_of
from meguri.web import FromPath, Unit, editor, signed_in
from meguri.workbooks.running import aside

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorkbookPage(msgspec.Struct, frozen=True, kw_only=True):
    """`workbook.html`."""

    imported: Imported | None
    kept: list[Kept[Read]]
    may_edit: bool
    wrong: str = ""
    asked: str = ""
    several: FilesRead | None = None


async def _kept(tx: Transaction, scope: OperatorScope) -> list[Kept[Read]]:
    return await records.listed(tx, scope, "declaration", Read)


async def _page(
    request: AnyRequest,
    unit: Unit,
    *,
    found: Imported | None = None,
    wrong: str = "",
    asked: str = "",
    several: FilesRead | None = None,
) -> Response[str]:
    context = WorkbookPage(
        imported=found, kept=await unit(_kept), may_edit=may_edit(request), wrong=wrong, asked=asked, several=several
    )
    return page(request, "workbook.html", context, status_code=422 if wrong else 200)


@get("/diligence/workbook", guards=[signed_in], include_in_schema=False)
async def workbook(request: AnyRequest, unit: Unit) -> Response[str]:
    """The form for a CMRT, EMRT or AMRT, and those that were read."""
    return await _page(request, unit)


@post("/diligence/workbook", guards=[editor], status_code=200, include_in_schema=False)
async def read_workbook(request: AnyRequest, unit: Unit) -> Response[str]:
    """Reads one workbook or several, keeps their declarations, and reports row by row, or file by file."""
    form = await request.form()
    files = [one for one in form.getall("file", []) if isinstance(one, UploadFile)][: workbooks.MOST_FILES]
    items = await workbooks.read([(one.filename, await one.read()) for one in files] or [("", b"")])
    alone = items[0] if len(items) == 1 else None
    if alone and alone.state == "refused":
        wrong = alone.reason_ja if viewer_of(request).language == "ja" else alone.reason_en
        return await _page(request, unit, wrong=wrong)
    if alone and alone.imported:
        return await _page(request, unit, found=await unit(partial(workbooks.keep_one, found=alone.imported)))
    told_ = await unit(partial(workbooks.keep, items=items, keep_good=form.get("keep_good") == "yes"))
    return await _page(request, unit, several=told_)


@get("/diligence/workbook/{declaration_id:uuid}", guards=[signed_in], include_in_schema=False)
async def declaration(request: AnyRequest, unit: Unit, declaration_id: FromPath[UUID]) -> Response[str]:
    """One declaration that was read."""

    async def one(tx: Transaction, scope: OperatorScope) -> Kept[Read]:
        return await records.get(tx, scope, "declaration", Read, declaration_id)

    read = (await unit(one)).content
    return await _page(request, unit, found=Imported(read=read, checked=check(read.declaration, read.layout)))


@post("/diligence/workbook/own", guards=[editor], status_code=200, include_in_schema=False)
async def fill_own(request: AnyRequest, unit: Unit) -> Response[str] | Response[bytes]:
    """One's own copy of a template with what the suppliers say together."""
    asked = str((await request.form()).get("asked", "")).strip()
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7):
        return await _page(request, unit, wrong=told(request, "workbook.asked_wrong"), asked=asked)
    template = await _file(request)
    suppliers = own.newest_of_each([one.content.declaration for one in await unit(_kept)])
    try:
        filled, company = await aside(own.fill_from_suppliers, template, suppliers, int(asked))
    except Refusal as refusal:
        return await _page(request, unit, wrong=refusal.sentence(viewer_of(request).language), asked=asked)
    return download(filled, writing.file_name(company, clock.today()), XLSX)


async def _file(request: AnyRequest) -> bytes:
    file = (await request.form()).get("file")
    return await file.read() if isinstance(file, UploadFile) else b""


handlers = [workbook, read_workbook, declaration, fill_own]

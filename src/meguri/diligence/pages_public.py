"""Pages for anybody: the published report, and telling of a grievance without a name."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence.api import download
from meguri.diligence.api_cases import reported
from meguri.diligence.errors import NothingFound, TooManyFiles
from meguri.diligence.limiting import LIMIT
from meguri.diligence.model import CaseStatus, GrievanceInput, Opened
from meguri.diligence.printing import report_pdf
from meguri.diligence.report import Report, read_json
from meguri.diligence.service import grievances, records, reports
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.database import Database
from meguri.storage.files import FileTooLarge, WrongFileKind
from meguri.storage.transaction import Transaction
from meguri.ui.answer import page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import PUBLIC, Db, FromPath, principal_of

AnyRequest = Request[Any, Any, Any]


class PublicReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`public_report.html`."""

    report: Report
    pdf_href: str
    json_href: str
    grievance_href: str


class TellPage(msgspec.Struct, frozen=True, kw_only=True):
    """`tell.html`."""

    operator_id: UUID
    company_name: str
    given: dict[str, str]
    errors: dict[str, str]
    opened: Opened | None = None


class FollowPage(msgspec.Struct, frozen=True, kw_only=True):
    """`follow.html`."""

    operator_id: UUID
    company_name: str
    status: CaseStatus | None = None
    code: str = ""
    wrong: str = ""


async def _company(db: Database, operator_id: UUID) -> str:
    """The company's name. Raises NothingFound."""

    async def read(tx: Transaction, scope: OperatorScope) -> str:
        async with tx.across():
            found = await operators.names_of(tx, scope, [operator_id])
        if operator_id not in found:
            raise NothingFound
        return found[operator_id]

    return await db.run(system_scope("diligence", operator_id), read)


async def _report(db: Database, operator_id: UUID, report_id: UUID) -> Report:
    async def read(tx: Transaction, scope: OperatorScope) -> Report:
        kept = await records.get(tx, scope, "report", reports.PublishedReport, report_id)
        return read_json(kept.content.report)

    return await db.run(system_scope("diligence", operator_id), read)


@get("/public/dd/{operator_id:uuid}/reports/{report_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def public_report(
    request: AnyRequest, db: Db, operator_id: FromPath[UUID], report_id: FromPath[UUID]
) -> Response[str]:
    """A published report: it never changes."""
    here = f"/public/dd/{operator_id}"
    context = PublicReportPage(
        report=await _report(db, operator_id, report_id),
        pdf_href=f"{here}/reports/{report_id}/pdf",
        json_href=f"{here}/reports/{report_id}/json",
        grievance_href=f"{here}/grievance",
    )
    return page(request, "public_report.html", context)


@get("/public/dd/{operator_id:uuid}/reports/{report_id:uuid}/pdf", opt=PUBLIC, include_in_schema=False)
async def public_pdf(
    request: AnyRequest, db: Db, operator_id: FromPath[UUID], report_id: FromPath[UUID]
) -> Response[bytes]:
    """The same as a PDF."""
    made = await _report(db, operator_id, report_id)
    content = await asyncio.to_thread(report_pdf, made, viewer_of(request).language)
    return download(content, f"due-diligence-{made.year}.pdf", "application/pdf")


@get("/public/dd/{operator_id:uuid}/reports/{report_id:uuid}/json", opt=PUBLIC, include_in_schema=False)
async def public_json(db: Db, operator_id: FromPath[UUID], report_id: FromPath[UUID]) -> Response[bytes]:
    """The same as data; without `sha256`, in sorted order, it has that hash."""

    async def read(tx: Transaction, scope: OperatorScope) -> bytes:
        kept = await records.get(tx, scope, "report", reports.PublishedReport, report_id)
        return msgspec.json.encode(kept.content.report, order="deterministic")

    content = await db.run(system_scope("diligence", operator_id), read)
    return download(content, "due-diligence.json", "application/json")


@get("/public/dd/{operator_id:uuid}/grievance", opt=PUBLIC, include_in_schema=False)
async def tell_page(request: AnyRequest, db: Db, operator_id: FromPath[UUID]) -> Response[str]:
    """The form: nothing but what happened must be said."""
    context = TellPage(operator_id=operator_id, company_name=await _company(db, operator_id), given={}, errors={})
    return page(request, "tell.html", context)


@post("/public/dd/{operator_id:uuid}/grievance", opt=PUBLIC, status_code=200, include_in_schema=False)
async def tell(request: AnyRequest, db: Db, operator_id: FromPath[UUID]) -> Response[str]:
    """Takes what was told, and shows the code once."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    name, language = await _company(db, operator_id), viewer_of(request).language
    errors: dict[str, str] = {}
    opened = None
    try:
        fields = {key: form.get(key, "") for key in ("what", "where", "when", "affected", "site", "contact")}
        said = msgspec.convert(
            {**fields, "retaliation": form.get("retaliation") == "yes", "language": language}, GrievanceInput
        )
        opened = await reported(db, principal_of(request).client_address, operator_id, said, await _files(request))
    except msgspec.ValidationError:
        errors["what"] = say("diligence.tell.too_short", language)
    except (FileTooLarge, WrongFileKind, TooManyFiles) as refusal:
        errors["files"] = refusal.sentence(language)
    except Refusal as refusal:
        errors["what"] = refusal.sentence(language)
    context = TellPage(operator_id=operator_id, company_name=name, given=form, errors=errors, opened=opened)
    return page(request, "tell.html", context, status_code=422 if errors else 200)


async def _files(request: AnyRequest) -> list[tuple[str, bytes]]:
    """What was sent with the form; a field that was left empty is none."""
    sent = (await request.form()).getall("files", [])
    found = [one for one in sent if isinstance(one, UploadFile) and one.filename]
    return [(one.filename, await one.read()) for one in found]


@get("/public/dd/{operator_id:uuid}/grievance/follow", opt=PUBLIC, include_in_schema=False)
async def follow_page(request: AnyRequest, db: Db, operator_id: FromPath[UUID]) -> Response[str]:
    """The form for the code."""
    return page(
        request, "follow.html", FollowPage(operator_id=operator_id, company_name=await _company(db, operator_id))
    )


@post("/public/dd/{operator_id:uuid}/grievance/follow", opt=PUBLIC, status_code=200, include_in_schema=False)
async def follow(request: AnyRequest, db: Db, operator_id: FromPath[UUID]) -> Response[str]:
    """What has become of a case, and a further word to its handlers."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    code, text = form.get("code", "")[:100], form.get("text", "").strip()[:4000]
    name, language = await _company(db, operator_id), viewer_of(request).language
    scope = system_scope("grievances", operator_id)
    try:
        LIMIT.take(principal_of(request).client_address)
        files = await _files(request)
        more = bool(text or files)
        status = await (
            db.run(scope, grievances.say_more, code, text, files) if more else db.run(scope, grievances.by_code, code)
        )
    except Refusal as refusal:
        wrong = (
            say("diligence.follow.unknown", language)
            if isinstance(refusal, NothingFound)
            else refusal.sentence(language)
        )
        context = FollowPage(operator_id=operator_id, company_name=name, wrong=wrong)
        return page(request, "follow.html", context, status_code=422)
    return page(
        request, "follow.html", FollowPage(operator_id=operator_id, company_name=name, status=status, code=code)
    )


handlers = [public_report, public_pdf, public_json, tell_page, tell, follow_page, follow]

"""Reports by annex, Japan's sheet and manifests, certificates: listed, on the screen, on paper, as workbooks."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, get

from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.numbers import whole
from meguri.kernel.scope import OperatorScope
from meguri.recycling import paper_words
from meguri.recycling.pages_shared import AnyRequest, Chosen, chosen, say, tabs, year_of
from meguri.recycling.papers import Paper, as_pdf, as_workbook
from meguri.recycling.service import reporting
from meguri.storage.transaction import Transaction
from meguri.ui import page, viewer_of
from meguri.web import FromPath, FromQuery, Unit, signed_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: dict[str, tuple[Any, Callable[..., Paper]]] = {
    "annex_xii": (reporting.annex, paper_words.annex_paper),
    "japan_fund": (reporting.fund, paper_words.fund_paper),
    "manifests": (reporting.manifests, paper_words.manifest_paper),
}
"""Reports of a site's year: the use case, and its words."""


class ReportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`reports.html`. `wrong`: why a certificate cannot be given."""

    tabs: list[Any]
    chosen: Chosen
    year: int
    kinds: list[str]
    passport: str
    wrong: str | None


class PaperPage(msgspec.Struct, frozen=True, kw_only=True):
    """`paper.html`: where its PDF and workbook are; `signed`: where it is signed, for programs."""

    paper: Paper
    pdf: str
    xlsx: str
    signed: str | None = None


@get("/recycling/reports", guards=[signed_in], include_in_schema=False)
async def reports_page(
    request: AnyRequest,
    unit: Unit,
    site: FromQuery[str | None] = None,
    year: FromQuery[str | None] = None,
    passport: FromQuery[str | None] = None,
) -> Response[str]:
    """Every report of a site and year, and the way to a battery's certificate."""
    language = viewer_of(request).language
    wrong = None
    if passport:
        try:
            found = await unit(reporting.certificate, passport.strip()[:300])
            return _shown(
                request, paper_words.certificate_paper(found, language), _of(passport), signed=bool(found.signed_by)
            )
        except Refusal as refusal:
            missing = refusal.status == 404
            wrong = say(language, "reports.never_here" if missing else "reports.not_yet")

    async def read(tx: Transaction, scope: OperatorScope) -> ReportsPage:
        return ReportsPage(
            tabs=tabs(language, "reports"),
            chosen=await chosen(tx, scope, site),
            year=year_of(year),
            kinds=list(KINDS),
            passport=passport or "",
            wrong=wrong,
        )

    return page(request, "reports.html", await unit(read), status_code=422 if wrong else 200)


def _of(passport: str) -> str:
    """Where the files of a battery's certificate are."""
    return f"/recycling/certificate/{{kind}}?passport={quote(passport.strip()[:300], safe='')}"


def _shown(request: AnyRequest, paper: Paper, files: str, *, signed: bool = False) -> Response[str]:
    json = files.format(kind="json") if signed else None
    shown = PaperPage(paper=paper, pdf=files.format(kind="pdf"), xlsx=files.format(kind="xlsx"), signed=json)
    return page(request, "paper.html", shown)


async def _file(request: AnyRequest, paper: Paper, name: str, kind: str) -> Response[bytes]:
    if kind == "pdf":
        body, media = await asyncio.to_thread(as_pdf, paper, viewer_of(request).language), "application/pdf"
    else:
        body, media = await asyncio.to_thread(as_workbook, paper), XLSX
    return Response(body, media_type=media, headers={"content-disposition": f'attachment; filename="{name}.{kind}"'})


@get("/recycling/reports/{report:str}/{site_id:uuid}/{file:str}", guards=[signed_in], include_in_schema=False)
async def site_report(
    request: AnyRequest, unit: Unit, report: FromPath[str], site_id: FromPath[UUID], file: FromPath[str]
) -> Response[Any]:
    """`2026`: the page; `2026.pdf`, `2026.xlsx`: the files."""
    year, _, ending = file.partition(".")
    if report not in KINDS or ending not in ("", "pdf", "xlsx") or not 2025 <= (whole(year) or 0) <= 2200:
        await unit(reporting.place_of, site_id)
        raise NotFound
    use_case, worded = KINDS[report]
    paper = worded(await unit(use_case, site_id, int(year)), viewer_of(request).language)
    if ending:
        return await _file(request, paper, f"{report}-{year}", ending)
    return _shown(request, paper, f"/recycling/reports/{report}/{site_id}/{year}.{{kind}}")


@get("/recycling/certificate/{file:str}", guards=[signed_in], include_in_schema=False)
async def certificate_file(
    request: AnyRequest, unit: Unit, file: FromPath[str], passport: FromQuery[str]
) -> Response[Any]:
    """A battery's certificate as `pdf` or `xlsx`; `json`: as a credential that the company signs."""
    if file not in ("pdf", "xlsx", "json"):
        raise NotFound
    if file == "json":
        made = await unit(reporting.signed_certificate, passport.strip()[:300])
        headers = {
            "content-disposition": f'attachment; filename="{made["credentialSubject"]["recycling"]["number"]}.json"'
        }
        return Response(msgspec.json.encode(made), media_type="application/vc", headers=headers)
    found = await unit(reporting.certificate, passport.strip()[:300])
    return await _file(request, paper_words.certificate_paper(found, viewer_of(request).language), found.number, file)


handlers = [reports_page, site_report, certificate_file]

"""The yearly report for the authority: on the screen, on paper, as a workbook."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get

from meguri.kernel.errors import NotFound
from meguri.kernel.numbers import whole
from meguri.recycling.pages_shared import STATUS_SIGN, AnyRequest
from meguri.recycling.report import Report
from meguri.recycling.report_files import as_pdf, as_workbook
from meguri.recycling.service import reporting
from meguri.ui import page, viewer_of
from meguri.web import FromPath, Unit, signed_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`report.html`."""

    site_id: UUID
    found: Report
    signs: dict[str, str]


@get("/recycling/report/{site_id:uuid}/{file:str}", guards=[signed_in], include_in_schema=False)
async def report_page(request: AnyRequest, unit: Unit, site_id: FromPath[UUID], file: FromPath[str]) -> Response[Any]:
    """`2026`: the page; `2026.pdf`, `2026.xlsx`: the files."""
    year, _, kind = file.partition(".")
    if not 2025 <= (whole(year) or 0) <= 2200 or kind not in ("", "pdf", "xlsx"):
        await unit(reporting.yearly, site_id, 2026)
        raise NotFound
    found: Report = await unit(reporting.yearly, site_id, int(year))
    if not kind:
        signs = {status.value: sign for status, sign in STATUS_SIGN.items()}
        return page(request, "report.html", ReportPage(site_id=site_id, found=found, signs=signs))
    if kind == "pdf":
        body, media = await asyncio.to_thread(as_pdf, found, viewer_of(request).language), "application/pdf"
    else:
        body, media = await asyncio.to_thread(as_workbook, found), XLSX
    name = f"recycling-{found.year}.{kind}"
    return Response(body, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})


handlers = [report_page]

"""Japan: the two groups of items, and the profiles of grid storage and auction."""

import asyncio
from typing import Any

from litestar import Response, get

from meguri.documents.pdf import pdf
from meguri.passport import errors
from meguri.passport.api.asking import AnyRequest, named
from meguri.passport.api.reading import READING
from meguri.passport.japan.profiles import JapanReport
from meguri.passport.service import japan
from meguri.ui import language_for
from meguri.web import FromPath, FromQuery, Unit, refusals, signed_in


@get("/api/v1/passports/{identifier:str}/japan", guards=[signed_in], responses=refusals(*READING))
async def get_japan(unit: Unit, identifier: FromPath[str], format: FromQuery[str] = "json") -> Response[Any]:
    """仕様識別情報 and 個体識別情報 of a passport, as `json` or `csv`; the second group needs class P4."""
    _, document, table = await unit(japan.japan_view, named(identifier))
    if format != "csv":
        return Response(document)
    headers = {"content-disposition": 'attachment; filename="passport-jp.csv"', "x-content-type-options": "nosniff"}
    return Response(table, media_type="text/csv", headers=headers)


@get(
    "/api/v1/passports/{identifier:str}/japan/{profile:str}",
    guards=[signed_in],
    responses=refusals(*READING, errors.NotResponsibleOperator, errors.ProfileUnknown),
)
async def get_japan_profile(
    unit: Unit,
    request: AnyRequest,
    identifier: FromPath[str],
    profile: FromPath[str],
    format: FromQuery[str] = "json",
    also: FromQuery[list[str] | None] = None,
) -> Response[Any]:
    """Completeness by `jp-grid-storage`, `jp-auction-3` or `jp-vehicle`, as `json` or as one printable `pdf`.

    `also` (as often as needed) names other batteries of the same project: the limit on cells of a country is the project's.
    """
    printed = await unit(japan.profile_report, named(identifier), profile, also or ())
    if format != "pdf":
        report: JapanReport = printed.report
        return Response(report)
    language = language_for(request)
    content = await asyncio.to_thread(pdf, "meguri.passport", "japan.typ", printed, language=language)
    headers = {"content-disposition": f'attachment; filename="{profile}.pdf"', "x-content-type-options": "nosniff"}
    return Response(content, media_type="application/pdf", headers=headers)


handlers: list[Any] = [get_japan, get_japan_profile]

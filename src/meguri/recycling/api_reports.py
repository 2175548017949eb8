"""Native REST of reports: which there are, and each with its figures, rules, gaps and hash."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import QueryParameter

from meguri.kernel.errors import NotFound
from meguri.kernel.paging import Page
from meguri.recycling import errors
from meguri.recycling.certificate import Certificate
from meguri.recycling.service import reporting
from meguri.web import FromPath, FromQuery, Unit, refusals, signed_in

Year = Annotated[int, QueryParameter(ge=2025, le=2200)]
_USE_CASES: dict[str, Any] = {
    "eu_recycler": reporting.yearly,
    "annex_xii": reporting.annex,
    "japan_fund": reporting.fund,
    "manifests": reporting.manifests,
}


class ReportWord(msgspec.Struct, frozen=True, kw_only=True):
    """A report that can be had, and where."""

    kind: str
    json: str
    page: str
    pdf: str
    xlsx: str


@get("/api/v1/reports", guards=[signed_in], responses=refusals(errors.SiteNotFound))
async def list_reports(unit: Unit, site: FromQuery[UUID], year: Year) -> Page[ReportWord]:
    """The reports of a site's year."""
    await unit(reporting.place_of, site)
    found = []
    for kind in _USE_CASES:
        at = f"/recycling/report/{site}/{year}" if kind == "eu_recycler" else f"/recycling/reports/{kind}/{site}/{year}"
        address = f"/api/v1/reports/{kind}?site={site}&year={year}"
        found.append(ReportWord(kind=kind, json=address, page=at, pdf=f"{at}.pdf", xlsx=f"{at}.xlsx"))
    return Page(items=found)


@get(
    "/api/v1/reports/{report:str}",
    guards=[signed_in],
    responses=refusals(errors.SiteNotFound, errors.RuleSetNotValid, NotFound),
)
async def get_report(unit: Unit, report: FromPath[str], site: FromQuery[UUID], year: Year) -> Any:
    """One report: `eu_recycler`, `annex_xii`, `japan_fund` (calendar years), `manifests` (the fiscal year from April)."""
    if report not in _USE_CASES:
        raise NotFound
    return await unit(_USE_CASES[report], site, year)


@get(
    "/api/v1/recycling/certificate",
    guards=[signed_in],
    responses=refusals(errors.LotNotFound, errors.StateTransition),
)
async def get_certificate(unit: Unit, passport: FromQuery[str]) -> Certificate:
    """The certificate of recycling of one battery."""
    found: Certificate = await unit(reporting.certificate, passport[:300])
    return found


@get(
    "/api/v1/recycling/certificate/signed",
    guards=[signed_in],
    responses=refusals(errors.LotNotFound, errors.StateTransition),
)
async def get_signed_certificate(unit: Unit, passport: FromQuery[str]) -> dict[str, Any]:
    """The certificate of one battery as a verifiable credential that your company signs, once its months are closed."""
    found: dict[str, Any] = await unit(reporting.signed_certificate, passport[:300])
    return found


handlers = [list_reports, get_report, get_certificate, get_signed_certificate]

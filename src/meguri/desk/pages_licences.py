"""The desk's page of recyclers' licences: who waits, what proof was seen, and what does not hold."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import PlatformRole
from meguri.operators import service as operators
from meguri.reuse.records import OthersLicence
from meguri.reuse.service import licences
from meguri.traceability.forms import text
from meguri.ui import Flash, done, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, platform

AnyRequest = Request[Any, Any, Any]
_PLACE = "/platform/licences"
_DESK = platform(PlatformRole.PLATFORM_OPERATOR)
_BADGES = {"checked": "ok", "waiting": "waiting", "refused": "stop"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One company's licence."""

    licence: OthersLicence
    company: str
    kind: str


class LicencesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`licences.html`."""

    rows: list[Row]
    errors: dict[str, str]


async def _page(request: AnyRequest, unit: Unit, errors: dict[str, str] | None = None) -> Response[str]:
    found = await unit(licences.all_licences)
    names = await unit(operators.names_of, {one.operator_id for one in found})
    rows = [Row(licence=one, company=names.get(one.operator_id, "—"), kind=_BADGES[one.state]) for one in found]
    context = LicencesPage(rows=rows, errors=errors or {})
    return page(request, "licences.html", context, status_code=422 if errors else 200)


@get(_PLACE, guards=[_DESK], include_in_schema=False)
async def listed(request: AnyRequest, unit: Unit) -> Response[str]:
    """Licences of all companies, those that wait first."""
    return await _page(request, unit)


@post(_PLACE + "/{company_id:uuid}", guards=[_DESK], status_code=200, include_in_schema=False)
async def judge(request: AnyRequest, unit: Unit, company_id: FromPath[UUID]) -> Response[Any]:
    """`act=check`: the proof was seen. `act=refuse`: it does not hold, or no more."""
    form, language = await request.form(), viewer_of(request).language
    act, said = text(form, "act"), text(form, f"words-{company_id}")[:500]
    use_case = licences.check if act == "check" else licences.refuse
    try:
        await unit(use_case, company_id, text(form, "number")[:100], said)
    except Refusal as refusal:
        return await _page(request, unit, {f"words-{company_id}": refusal.sentence(language)})
    word = "checked_now" if act == "check" else "refused_now"
    return done(request, _PLACE, Flash(happened=say(f"desk.licences.{word}", language)))


handlers = [listed, judge]

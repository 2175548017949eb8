"""Pages for authorities: look for a passport, say on which ground it is opened, count, take the list along."""

import csv
import io
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import PlatformRole
from meguri.passport import service, views
from meguri.passport.api.asking import cursor_of, place_of
from meguri.passport.overseeing import authority_rules
from meguri.passport.pages import categories
from meguri.passport.public.pages import full_page
from meguri.passport.service import Listed, Overseen
from meguri.passport.service.overseeing import Count
from meguri.ui import page, viewer_of
from meguri.ui.links import with_query
from meguri.ui.navigation import Place
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Paging, Unit, signed_in

AnyRequest = Request[Any, Any, Any]
places = [Place("authority", "/authority", needs=PlatformRole.AUTHORITY)]
STATES = ("Active", "Inactive", "Archived")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


class AuthorityPage(msgspec.Struct, frozen=True, kw_only=True):
    """`authority.html`. `named`: the words of each category."""

    rows: list[Listed]
    counts: list[Count]
    wanted: Overseen
    query: dict[str, str]
    next_cursor: str | None
    categories: list[Choice]
    named: dict[str, str]
    badges: dict[str, str]


class BasisPage(msgspec.Struct, frozen=True, kw_only=True):
    """`authority_open.html`: why this passport is opened."""

    title: str
    company: str
    passport_id: UUID
    bases: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]


def _wanted(q: str, category: str, state: str, company: str) -> Overseen:
    return Overseen(
        q=q.strip()[:200] or None,
        category=category or None,
        state=state if state in STATES else None,
        company=company.strip()[:20] or None,
    )


@get("/authority", guards=[signed_in], include_in_schema=False)
async def authority(
    request: AnyRequest,
    unit: Unit,
    paging: Paging,
    q: FromQuery[str] = "",
    category: FromQuery[str] = "",
    status: FromQuery[str] = "",
    company: FromQuery[str] = "",
) -> Response[str]:
    """Published passports of all companies, and how many there are of each kind."""
    wanted = _wanted(q, category, status, company)
    found, rest = await unit(service.oversee, wanted, after=place_of(paging.cursor), limit=min(paging.limit, 50))
    named = {choice.value: choice.label for choice in categories(viewer_of(request).language)}
    context = AuthorityPage(
        rows=found,
        counts=await unit(service.counted),
        wanted=wanted,
        query={k: v for k, v in (("q", q), ("category", category), ("status", status), ("company", company)) if v},
        next_cursor=cursor_of(rest),
        categories=categories(viewer_of(request).language),
        named=named,
        badges=dict(views.BADGES),
    )
    return page(request, "authority.html", context)


@get("/authority/passports.csv", guards=[signed_in], include_in_schema=False)
async def authority_export(
    request: AnyRequest,
    unit: Unit,
    q: FromQuery[str] = "",
    category: FromQuery[str] = "",
    status: FromQuery[str] = "",
    company: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Response[bytes]:
    """The same list as a table; where it is longer than one table may be, its last row says where it goes on."""
    language = viewer_of(request).language
    wanted = _wanted(q, category, status, company)
    found, rest = await unit(service.export, wanted, after=place_of(cursor))
    named = {choice.value: choice.label for choice in categories(language)}
    columns = ("identifier", "model", "serial", "category", "state", "company", "number", "updated")
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([say(f"passport.authority.{name}", language) for name in columns])
    for row in found:
        one = row.passport
        cells = (
            one.product_id,
            one.model_name,
            one.serial or "",
            named.get(one.category or "", one.category or ""),
            say(f"passport.state.{one.state}", language),
            row.company,
            row.number,
            one.updated_at.isoformat(),
        )
        table.writerow([f"'{cell}" if cell.startswith(_RISKY) else cell for cell in cells])
    if rest is not None:
        further = {"q": q, "category": category, "status": status, "company": company, "cursor": cursor_of(rest)}
        place = with_query(str(request.url.with_replacements(query="")), **further)
        table.writerow([say("passport.authority.goes_on", language), place])
    headers = {"content-disposition": 'attachment; filename="meguri-passports.csv"', "cache-control": "no-store"}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@get("/authority/passports/{passport_id:uuid}", guards=[signed_in], include_in_schema=False)
async def basis_form(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[str]:
    """On which ground, and for which file."""
    return await _asking(request, unit, passport_id, {}, {})


@post("/authority/passports/{passport_id:uuid}", guards=[signed_in], status_code=200, include_in_schema=False)
async def open_passport(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[str]:
    """The passport as the law opens it to this reader."""
    form = await request.form()
    given = {name: str(form.get(name) or "").strip()[:100] for name in ("basis", "reference")}
    language = viewer_of(request).language
    wrong = {name: say(f"passport.authority.wrong_{name}", language) for name, text in given.items() if not text}
    if wrong:
        return await _asking(request, unit, passport_id, given, wrong)
    try:
        view = await unit(service.open_by_law, passport_id, service.Opening(**given))
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _asking(request, unit, passport_id, given, {"basis": refusal.sentence(language)})
    return await full_page(request, unit, view)


async def _asking(
    request: AnyRequest, unit: Unit, passport_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    language = viewer_of(request).language
    one = await unit(service.overseen, passport_id)
    context = BasisPage(
        title=" ".join(part for part in (one.passport.model_name, one.passport.serial) if part)
        or one.passport.product_id,
        company=one.company,
        passport_id=passport_id,
        bases=[Choice(key, basis.name.of(language)) for key, basis in authority_rules().bases.items()],
        given={"basis": "", "reference": "", **given},
        errors=errors,
    )
    return page(request, "authority_open.html", context, status_code=422 if errors else 200)


handlers = [authority, authority_export, basis_form, open_passport]

"""Pages of the desk, and the public page by which a company asks to be let in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.desk import service
from meguri.desk.model import (
    Admitted,
    Announcement,
    Application,
    ApplicationInput,
    CompanyRow,
    Onboarding,
    Proof,
    Proved,
    Usage,
)
from meguri.desk.rules import tariff, terms
from meguri.desk.sheet import statement_csv
from meguri.identity.model import AccessState
from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import PlatformRole
from meguri.traceability.forms import text
from meguri.ui import Flash, Place, done, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import PUBLIC, Asking, Db, FromPath, FromQuery, platform

AnyRequest = Request[Any, Any, Any]
desk = platform(PlatformRole.PLATFORM_OPERATOR)
places = (Place("platform", "/platform", needs=PlatformRole.PLATFORM_OPERATOR),)
JST = ZoneInfo("Asia/Tokyo")


class DeskPage(msgspec.Struct, frozen=True, kw_only=True):
    """`desk.html`: what waits, what runs, how suppliers come in."""

    applications: list[Application]
    maintenance: bool
    announcements: list[Announcement]
    onboarding: Onboarding
    companies: int
    errors: dict[str, str] = {}


class AdmitPage(msgspec.Struct, frozen=True, kw_only=True):
    """`admit.html`: one application, and the link when it is admitted."""

    application: Application
    proofs: list[str]
    made: Admitted | None = None
    address: str = ""


class CompaniesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`companies.html`."""

    rows: list[CompanyRow]
    today: date
    errors: dict[str, str] = {}


class UsagePage(msgspec.Struct, frozen=True, kw_only=True):
    """`usage.html`: counts of one month and what they cost."""

    rows: list[Usage]
    month: str
    tariff_version: str
    currency: str
    total: int


class ApplyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`apply.html`: the public form."""

    given: dict[str, str]
    terms_text: str
    terms_version: str
    sent: bool
    errors: dict[str, str]


_APPLY = ("name", "corporate_number", "address", "contact", "email")


def _applying(
    request: AnyRequest, given: dict[str, str], errors: dict[str, str] | None = None, *, sent: bool = False
) -> Response[str]:
    words = getattr(terms(), viewer_of(request).language)
    context = ApplyPage(given=given, terms_text=words, terms_version=terms().version, sent=sent, errors=errors or {})
    return page(request, "apply.html", context, status_code=422 if errors else 200)


@get("/apply", opt=PUBLIC, include_in_schema=False)
async def apply_form(request: AnyRequest) -> Response[str]:
    """The form for a company that wants to join."""
    return _applying(request, dict.fromkeys((*_APPLY, "small", "terms"), ""))


@post("/apply", opt=PUBLIC, include_in_schema=False, status_code=200)
async def apply(request: AnyRequest, db: Db) -> Response[str]:
    """Asks to be let in."""
    form, language = await request.form(), viewer_of(request).language
    given = {name: text(form, name)[:256] for name in (*_APPLY, "small", "terms")}
    empty = {name: say("desk.apply.missing", language) for name in _APPLY if not given[name]}
    if empty:
        return _applying(request, given, empty)
    said = ApplicationInput(
        **{name: given[name] for name in _APPLY},
        small=given["small"] == "yes",
        terms_version=terms().version if given["terms"] == "yes" else "",
    )
    try:
        await service.apply(db, said)
    except Refusal as refusal:
        wrong = {e.field: e.of(language) for e in refusal.fields}
        return _applying(request, given, wrong or {_field_of(refusal): refusal.sentence(language)})
    return _applying(request, given, sent=True)


def _field_of(refusal: Refusal) -> str:
    return {"desk.terms_not_accepted": "terms", "desk.applied_already": "corporate_number"}.get(refusal.code, "email")


async def _desk(request: AnyRequest, db: Db, principal: Asking, errors: dict[str, str] | None = None) -> Response[str]:
    scope = principal.proved
    context = DeskPage(
        applications=await service.applications(db, scope),
        maintenance=await service.maintenance(db, scope),
        announcements=await service.announcements(db, scope),
        onboarding=await service.onboarding(db, scope),
        companies=len(await service.companies(db, scope)),
        errors=errors or {},
    )
    return page(request, "desk.html", context, status_code=422 if errors else 200)


@get("/platform", guards=[desk], include_in_schema=False)
async def desk_page(request: AnyRequest, db: Db, principal: Asking) -> Response[str]:
    """The desk."""
    return await _desk(request, db, principal)


@get("/platform/applications/{application_id:uuid}", guards=[desk], include_in_schema=False)
async def application_page(
    request: AnyRequest, db: Db, principal: Asking, application_id: FromPath[UUID]
) -> Response[str]:
    """One application."""
    return page(request, "admit.html", await _admitting(db, principal, application_id))


async def _admitting(
    db: Db, principal: Asking, application_id: UUID, made: Admitted | None = None, address: str = ""
) -> AdmitPage:
    found = [
        one
        for one in await service.applications(db, principal.proved, state=None)
        if one.application_id == application_id
    ]
    if not found:
        raise NotFound
    return AdmitPage(application=found[0], proofs=[str(one) for one in Proof], made=made, address=address)


@post("/platform/applications/{application_id:uuid}/admit", guards=[desk], include_in_schema=False, status_code=200)
async def admit(request: AnyRequest, db: Db, principal: Asking, application_id: FromPath[UUID]) -> Response[Any]:
    """Lets the company in and shows the link once."""
    form = await request.form()
    try:
        proof = Proof(text(form, "proof"))
    except ValueError:
        raise NotFound from None
    try:
        made = await service.admit(db, principal.proved, application_id, proof, text(form, "evidence")[:500])
    except Refusal as refusal:
        return done(request, "/platform", Flash(happened=refusal.sentence(viewer_of(request).language)))
    base = request.app.state.get("public_url") or str(request.base_url).rstrip("/")
    context = await _admitting(db, principal, application_id, made, f"{base}{made.path}")
    return page(request, "admit.html", context)


@post("/platform/applications/{application_id:uuid}/decline", guards=[desk], include_in_schema=False, status_code=200)
async def decline(request: AnyRequest, db: Db, principal: Asking, application_id: FromPath[UUID]) -> Response[Any]:
    """Does not let the company in."""
    reason = text(await request.form(), "reason")[:500]
    await service.decline(db, principal.proved, application_id, reason)
    return done(request, "/platform", Flash(happened=say("desk.desk.declined", viewer_of(request).language)))


async def _companies(
    request: AnyRequest, db: Db, principal: Asking, errors: dict[str, str] | None = None
) -> Response[str]:
    rows = await service.companies(db, principal.proved)
    context = CompaniesPage(rows=rows, today=clock.today(), errors=errors or {})
    return page(request, "companies.html", context, status_code=422 if errors else 200)


@get("/platform/companies", guards=[desk], include_in_schema=False)
async def companies_page(request: AnyRequest, db: Db, principal: Asking) -> Response[str]:
    """Every company with its access."""
    return await _companies(request, db, principal)


@post("/platform/companies/{company_id:uuid}/proof", guards=[desk], include_in_schema=False, status_code=200)
async def prove_company(request: AnyRequest, db: Db, principal: Asking, company_id: FromPath[UUID]) -> Response[Any]:
    """Records what was proved of a company that is in already."""
    form, language = await request.form(), viewer_of(request).language
    try:
        proof = Proof(text(form, "proof"))
    except ValueError:
        raise NotFound from None
    seen = Proved(
        proof=proof,
        evidence=text(form, "evidence")[:500],
        small=bool(form.get("small")),
        terms=bool(form.get("terms")),
    )
    try:
        await service.prove(db, principal.proved, company_id, seen)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _companies(request, db, principal, {"evidence": refusal.sentence(language)})
    return done(request, "/platform/companies", Flash(happened=say("desk.companies.proved", language)))


@post("/platform/companies/{company_id:uuid}/access", guards=[desk], include_in_schema=False, status_code=200)
async def plan_access(request: AnyRequest, db: Db, principal: Asking, company_id: FromPath[UUID]) -> Response[Any]:
    """Suspends, resumes or ends, on a day."""
    form, language = await request.form(), viewer_of(request).language
    try:
        state, day = AccessState(text(form, "state")), date.fromisoformat(text(form, "effective_on"))
    except ValueError:
        return await _companies(request, db, principal, {"effective_on": say("desk.companies.wrong_day", language)})
    try:
        await service.plan_access(db, principal.proved, company_id, state, day, text(form, "reason")[:500])
    except Refusal as refusal:
        return await _companies(request, db, principal, {"effective_on": refusal.sentence(language)})
    return done(request, "/platform/companies", Flash(happened=say("desk.companies.planned", language)))


@post("/platform/plans/{plan_id:uuid}/drop", guards=[desk], include_in_schema=False, status_code=200)
async def drop_plan(request: AnyRequest, db: Db, principal: Asking, plan_id: FromPath[UUID]) -> Response[Any]:
    """Takes a planned change back."""
    await service.drop_plan(db, principal.proved, plan_id)
    return done(
        request, "/platform/companies", Flash(happened=say("desk.companies.dropped", viewer_of(request).language))
    )


@post("/platform/announcements", guards=[desk], include_in_schema=False, status_code=200)
async def announce(request: AnyRequest, db: Db, principal: Asking) -> Response[Any]:
    """Announces."""
    form, language = await request.form(), viewer_of(request).language
    try:
        from_at, until_at = (_moment(text(form, name)) for name in ("from_at", "until_at"))
        await service.announce(db, principal.proved, text(form, "ja"), text(form, "en"), from_at, until_at)
    except ValueError:
        return await _desk(request, db, principal, {"from_at": say("desk.desk.wrong_time", language)})
    except Refusal as refusal:
        return await _desk(request, db, principal, {"ja": refusal.sentence(language)})
    return done(request, "/platform", Flash(happened=say("desk.desk.announced", language)))


def _moment(typed: str) -> datetime:
    """What a field for date and time holds, in Japan's time. Raises ValueError."""
    return datetime.fromisoformat(typed).replace(tzinfo=JST)


@post(
    "/platform/announcements/{announcement_id:uuid}/withdraw", guards=[desk], include_in_schema=False, status_code=200
)
async def withdraw(request: AnyRequest, db: Db, principal: Asking, announcement_id: FromPath[UUID]) -> Response[Any]:
    """Takes an announcement back."""
    await service.withdraw_announcement(db, principal.proved, announcement_id)
    return done(request, "/platform", Flash(happened=say("desk.desk.withdrawn", viewer_of(request).language)))


@post("/platform/maintenance", guards=[desk], include_in_schema=False, status_code=200)
async def maintenance(request: AnyRequest, db: Db, principal: Asking) -> Response[Any]:
    """Closes the service, or opens it."""
    is_on = text(await request.form(), "is_on") == "yes"
    await service.switch_maintenance(db, principal.proved, is_on=is_on)
    word = "desk.desk.closed" if is_on else "desk.desk.opened"
    return done(request, "/platform", Flash(happened=say(word, viewer_of(request).language)))


def _month(typed: str | None) -> tuple[int, int]:
    today = clock.now().astimezone(JST)
    if not typed:
        return today.year, today.month
    try:
        year, month = (int(part) for part in typed.split("-"))
    except ValueError:
        raise NotFound from None
    return year, month


@get("/platform/usage", guards=[desk], include_in_schema=False)
async def usage_page(
    request: AnyRequest, db: Db, principal: Asking, month: FromQuery[str | None] = None
) -> Response[str]:
    """Counts of one month, and what they cost."""
    year, number = _month(month)
    rows = await service.usage(db, principal.proved, year, number)
    context = UsagePage(
        rows=rows,
        month=f"{year:04d}-{number:02d}",
        tariff_version=tariff().version,
        currency=tariff().currency,
        total=sum(row.amount for row in rows),
    )
    return page(request, "usage.html", context)


@get("/platform/usage.csv", guards=[desk], include_in_schema=False)
async def usage_csv(db: Db, principal: Asking, month: FromQuery[str | None] = None) -> Response[bytes]:
    """The same as a table: one statement a line."""
    year, number = _month(month)
    rows = await service.usage(db, principal.proved, year, number)
    headers = {"content-disposition": f'attachment; filename="statements-{year:04d}-{number:02d}.csv"'}
    return Response(statement_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


handlers = [
    apply_form,
    apply,
    desk_page,
    application_page,
    admit,
    decline,
    companies_page,
    plan_access,
    prove_company,
    drop_plan,
    announce,
    withdraw,
    maintenance,
    usage_page,
    usage_csv,
]

"""The customer's pages of guest links: ask, list, renew, withdraw."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.guests import service
from meguri.guests.model import GuestLink, Invite, NewGuestLink
from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.text import Language
from meguri.traceability import service as traceability
from meguri.traceability.forms import text
from meguri.traceability.model import Part
from meguri.ui import Flash, done, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import Asking, FromPath, FromQuery, Unit, editor

AnyRequest = Request[Any, Any, Any]
PER_PAGE = 50
_FIELDS = ("part", "company", "email", "contact", "message", "due", "language")


class InvitePage(msgspec.Struct, frozen=True, kw_only=True):
    """`invite.html`."""

    part: Part
    given: dict[str, str]
    errors: dict[str, str]


class LinkPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guest_link.html`: a link just made, shown this once."""

    made: NewGuestLink
    address: str
    email: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One link and where it stands."""

    link: GuestLink
    state: str


class GuestsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guests.html`."""

    rows: list[Row]
    next_cursor: str | None


def _address(request: AnyRequest, path: str) -> str:
    base = request.app.state.get("public_url") or str(request.base_url).rstrip("/")
    return f"{base}{path}"


async def _form(
    request: AnyRequest, unit: Unit, part_id: str, given: dict[str, str], errors: dict[str, str] | None = None
) -> Response[str]:
    trace_id = parse_uuid(part_id)
    if trace_id is None:
        raise NotFound
    part = await unit(traceability.part, trace_id)
    context = InvitePage(part=part, given=given, errors=errors or {})
    return page(request, "invite.html", context, status_code=422 if errors else 200)


@get("/guests/new", guards=[editor], include_in_schema=False)
async def invite_form(request: AnyRequest, unit: Unit, part: FromQuery[str] = "") -> Response[str]:
    """The form for asking a supplier without an account."""
    return await _form(request, unit, part, dict.fromkeys(_FIELDS, ""))


@post("/guests/new", guards=[editor], include_in_schema=False, status_code=200)
async def invite(request: AnyRequest, unit: Unit, principal: Asking) -> Response[str]:
    """Asks, and shows the link once."""
    form, language = await request.form(), viewer_of(request).language
    given = {name: text(form, name) for name in _FIELDS}
    due, wrong = None, _missing(given, language)
    try:
        due = date.fromisoformat(given["due"]) if given["due"] else None
    except ValueError:
        wrong["due"] = say("guests.invite.wrong_due", language)
    trace_id = parse_uuid(given["part"])
    if wrong or trace_id is None:
        return await _form(request, unit, given["part"], given, wrong or {"company": ""})
    said = Invite(
        downstream_trace_id=trace_id,
        company=given["company"],
        email=given["email"],
        contact=given["contact"],
        message=given["message"] or None,
        due_date=due,
        language="en" if given["language"] == "en" else "ja",
    )
    try:
        made = await service.invite(unit.db, principal.proved, said)
    except Refusal as refusal:
        wrong = {e.field: e.of(language) for e in refusal.fields} or {"email": refusal.sentence(language)}
        return await _form(request, unit, given["part"], given, wrong)
    return page(request, "guest_link.html", LinkPage(made=made, address=_address(request, made.path), email=said.email))


def _missing(given: dict[str, str], language: Language) -> dict[str, str]:
    return {
        name: say(f"guests.invite.wrong_{name}", language)
        for name, most in (("company", 256), ("email", 254))
        if not 1 <= len(given[name]) <= most
    }


@get("/guests", guards=[editor], include_in_schema=False)
async def guests(
    request: AnyRequest, unit: Unit, principal: Asking, cursor: FromQuery[str | None] = None
) -> Response[str]:
    """The links and how far each guest has come."""
    after = parse_uuid(cursor) if cursor else None
    if cursor and after is None:
        raise NotFound
    found, now = await service.links(unit.db, principal.proved, after, PER_PAGE + 1), clock.now()
    shown = found[:PER_PAGE]
    context = GuestsPage(
        rows=[Row(link=link, state=link.state(now).value) for link in shown],
        next_cursor=str(shown[-1].link_id) if len(found) > PER_PAGE else None,
    )
    return page(request, "guests.html", context)


@post("/guests/{link_id:uuid}/revoke", guards=[editor], include_in_schema=False, status_code=200)
async def revoke(request: AnyRequest, unit: Unit, principal: Asking, link_id: FromPath[UUID]) -> Response[Any]:
    """Ends a link."""
    await service.revoke(unit.db, principal.proved, link_id)
    return done(request, "/guests", Flash(happened=say("guests.list.revoked", viewer_of(request).language)))


@post("/guests/{link_id:uuid}/renew", guards=[editor], include_in_schema=False, status_code=200)
async def renew(request: AnyRequest, unit: Unit, principal: Asking, link_id: FromPath[UUID]) -> Response[Any]:
    """A new link in its place."""
    try:
        made = await service.renew(unit.db, principal.proved, link_id)
    except Refusal as refusal:
        return done(request, "/guests", Flash(happened=refusal.sentence(viewer_of(request).language)))
    return page(request, "guest_link.html", LinkPage(made=made, address=_address(request, made.path), email=""))


handlers = [invite_form, invite, guests, revoke, renew]

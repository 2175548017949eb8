"""The customer's pages of guest links: ask, list, renew, withdraw."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.guests import service
from meguri.guests.forms import FIELDS, AnyRequest, InvitePage, invite_of, link_page, refused, typed
from meguri.guests.model import GuestLink
from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.traceability import service as traceability
from meguri.traceability.forms import text
from meguri.ui import Flash, done, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import Asking, FromPath, FromQuery, Unit, editor

PER_PAGE = 50


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One link and where it stands."""

    link: GuestLink
    state: str


class GuestsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guests.html`."""

    rows: list[Row]
    next_cursor: str | None


async def _form(
    request: AnyRequest, unit: Unit, part_id: str, given: dict[str, str], errors: dict[str, str] | None = None
) -> Response[str]:
    trace_id = parse_uuid(part_id)
    if trace_id is None:
        raise NotFound
    part = await unit(traceability.part, trace_id)
    context = InvitePage(part=part, action="/guests/new", wanted="footprint", given=given, errors=errors or {})
    return page(request, "invite.html", context, status_code=422 if errors else 200)


@get("/guests/new", guards=[editor], include_in_schema=False)
async def invite_form(request: AnyRequest, unit: Unit, part: FromQuery[str] = "") -> Response[str]:
    """The form for asking a supplier without an account."""
    return await _form(request, unit, part, dict.fromkeys(FIELDS, ""))


@post("/guests/new", guards=[editor], include_in_schema=False, status_code=200)
async def invite(request: AnyRequest, unit: Unit, principal: Asking) -> Response[str]:
    """Asks, and shows the link once."""
    form, language = await request.form(), viewer_of(request).language
    part_id, given = text(form, "part"), typed(form)
    trace_id = parse_uuid(part_id)
    if trace_id is None:
        raise NotFound
    said, wrong = invite_of(given, trace_id, language)
    if said is None:
        return await _form(request, unit, part_id, given, wrong)
    try:
        made = await service.invite(unit.db, principal.proved, said)
    except Refusal as refusal:
        return await _form(request, unit, part_id, given, refused(refusal, language))
    return link_page(request, made, said.email)


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
    return link_page(request, made)


handlers = [invite_form, invite, guests, revoke, renew]

"""Pages of a company's people: who is in, who was invited, which role. Words in, words out."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.identity import service
from meguri.identity.errors import AlreadyMember, BadEmail, LastAdmin, PersonNotFound
from meguri.identity.model import Invitation, Member, NewLink
from meguri.identity.pages import HTML, AnyRequest, language_of, origin_of, sent, wrong_fields
from meguri.kernel.errors import Forbidden, Invalid
from meguri.kernel.scope import Role
from meguri.ui import Flash, Place, done, page
from meguri.ui.words import say
from meguri.web import Asking, Db, FromPath, Paging, admin, freshly_proved, page_of

places = (Place("people", "/people", needs=Role.ADMIN),)


class InviteForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    email: str = ""
    name: str = ""
    role: str = Role.EDITOR


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """Members, open invitations, the form to invite."""

    members: list[Member]
    next_cursor: str | None
    invitations: list[Invitation]
    me: UUID | None
    given: InviteForm = InviteForm()
    errors: dict[str, str] = {}


class LinkPage(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time link, shown this once. `invited`: for somebody who shall join; else for a new password."""

    address: str
    email: str
    ends_at: datetime
    invited: bool


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """One person: role, new password, removal."""

    member: Member
    myself: bool
    errors: dict[str, str] = {}


async def _people(db: Db, principal: Asking, paging: Paging, **more: object) -> PeoplePage:
    scope = principal.proved
    after = UUID(paging.cursor) if paging.cursor else None
    found = page_of(
        await service.list_people(db, scope, after, paging.limit + 1),
        paging.limit,
        lambda member: (str(member.person_id),),
    )
    base = PeoplePage(
        members=found.items,
        next_cursor=str(found.items[-1].person_id) if found.next_cursor else None,
        invitations=await service.list_invitations(db, scope),
        me=scope.person_id,
    )
    return msgspec.structs.replace(base, **more)


@get("/people", guards=[admin], include_in_schema=False)
async def people(request: AnyRequest, principal: Asking, paging: Paging, db: Db) -> Response[str]:
    """The list."""
    return page(request, "people.html", await _people(db, principal, paging))


@post("/people/invitations", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def invite(request: AnyRequest, principal: Asking, paging: Paging, db: Db) -> HTML:
    """Invite somebody and show the link, or the form again."""
    form = await sent(request)
    given = InviteForm(email=form.get("email", ""), name=form.get("name", ""), role=form.get("role", ""))
    try:
        role = Role(given.role)
        link = await service.invite(db, principal.proved, given.email, given.name, role)
    except ValueError:
        errors = {"role": say("identity.people.role_missing", language_of(request))}
    except (AlreadyMember, BadEmail, Invalid) as refusal:
        errors = wrong_fields(request, refusal, "email")
    else:
        return _shown(request, link, given.email, invited=True)
    context = await _people(db, principal, paging, given=given, errors=errors)
    return page(request, "people.html", context, status_code=422)


def _shown(request: AnyRequest, link: NewLink, email: str, *, invited: bool) -> Response[str]:
    address = f"{origin_of(request)}/join/{link.token}"
    return page(request, "link.html", LinkPage(address=address, email=email, ends_at=link.ends_at, invited=invited))


@post("/people/invitations/{link_id:uuid}/withdraw", guards=[admin], status_code=200, include_in_schema=False)
async def withdraw(request: AnyRequest, link_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """End an invitation."""
    await service.withdraw_invitation(db, principal.proved, link_id)
    return done(request, "/people", Flash(happened=say("identity.people.withdrawn", language_of(request))))


@get("/people/{person_id:uuid}", guards=[admin], include_in_schema=False)
async def member(request: AnyRequest, person_id: FromPath[UUID], principal: Asking, db: Db) -> Response[str]:
    """One person."""
    return page(request, "member.html", await _member(db, principal, person_id))


async def member_page(
    request: AnyRequest, db: Db, principal: Asking, person_id: UUID, errors: dict[str, str]
) -> Response[str]:
    """One person's page again, with what went wrong."""
    return page(request, "member.html", await _member(db, principal, person_id, errors), status_code=422)


async def _member(db: Db, principal: Asking, person_id: UUID, errors: dict[str, str] | None = None) -> MemberPage:
    found = await service.find_member(db, principal.proved, person_id)
    return MemberPage(member=found, myself=person_id == principal.proved.person_id, errors=errors or {})


@post("/people/{person_id:uuid}/role", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def change_role(request: AnyRequest, person_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """Give another role."""
    given = (await sent(request)).get("role", "")
    try:
        changed = await service.change_role(db, principal.proved, person_id, Role(given))
    except ValueError:
        errors = {"role": say("identity.people.role_missing", language_of(request))}
    except LastAdmin as refusal:
        errors = wrong_fields(request, refusal, "role")
    else:
        told = say("identity.people.role_changed", language_of(request), name=changed.name)
        return done(request, "/people", Flash(happened=told))
    context = await _member(db, principal, person_id, errors)
    return page(request, "member.html", context, status_code=422)


@post("/people/{person_id:uuid}/password-link", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def password_link(request: AnyRequest, person_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """A link for a new password, or why there is none."""
    found = await service.find_member(db, principal.proved, person_id)
    try:
        link = await service.new_password_link(db, principal.proved, person_id)
    except Forbidden:
        errors = {"link": say("identity.people.link_refused", language_of(request))}
        return page(request, "member.html", await _member(db, principal, person_id, errors), status_code=422)
    return _shown(request, link, found.email, invited=False)


@post("/people/{person_id:uuid}/remove", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def remove(request: AnyRequest, person_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """Take a person off the company, once their address is typed out."""
    found = await service.find_member(db, principal.proved, person_id)
    if (await sent(request)).get("confirm", "").strip().lower() != found.email:
        errors = {"confirm": say("identity.people.confirm_wrong", language_of(request))}
        return page(request, "member.html", await _member(db, principal, person_id, errors), status_code=422)
    try:
        await service.remove_member(db, principal.proved, person_id)
    except (LastAdmin, PersonNotFound) as refusal:
        context = await _member(db, principal, person_id, wrong_fields(request, refusal, "confirm"))
        return page(request, "member.html", context, status_code=422)
    told = say("identity.people.removed", language_of(request), name=found.name)
    return done(request, "/people", Flash(happened=told))


handlers = [people, invite, withdraw, member, change_role, password_link, remove]

"""Native REST of identity: signing in, people and roles, API keys, sign-ins, the published keys."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from msgspec import Meta

from meguri.identity import service
from meguri.identity.errors import (
    AccessSuspended,
    AlreadyMember,
    BadAddressRange,
    BadEmail,
    BadRedirectUri,
    CodeWrong,
    KeyNotFound,
    LastAdmin,
    LinkInvalid,
    NotAMember,
    PersonNotFound,
    RefreshRefused,
    SecondStepNeeded,
    SessionNotFound,
    SignInBusy,
    SignInRefused,
    WeakPassword,
)
from meguri.identity.model import Invitation, KeyView, Member, NewApiKey, NewLink, SignInView, Tokens
from meguri.identity.service.proof import prove
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.kernel.scope import PlatformRole, Role
from meguri.web import (
    PUBLIC,
    Asking,
    Db,
    FromPath,
    Json,
    PageRequest,
    Paging,
    admin,
    freshly_proved,
    page_of,
    principal_of,
    refusals,
    signed_in,
)
from meguri.web.auth import ProofNeeded

AnyRequest = Request[Any, Any, Any]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
Code = Annotated[str, Meta(min_length=1, max_length=60)] | None
Mail = Annotated[str, Meta(min_length=3, max_length=254)]
PersonName = Annotated[str, Meta(min_length=1, max_length=100)]


class SignIn(msgspec.Struct, frozen=True):
    """Account (e-mail address) and password; for which operator, by default the one joined first.

    `code`: of the authenticator app, or a recovery code, for an account that has such an app.
    """

    account: Annotated[str, Meta(min_length=1, max_length=320)]
    password: Password
    operator_id: UUID | None = None
    code: Code = None


class Refresh(msgspec.Struct, frozen=True):
    """A refresh token of the native sign-in."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=200)]


class Who(msgspec.Struct, frozen=True):
    """Who is asking: by a token, a key or a page session."""

    operator_id: UUID
    role: Role
    kind: str
    person_id: UUID | None
    platform_role: PlatformRole | None


class NewPassword(msgspec.Struct, frozen=True):
    """The password now, and the one from now on."""

    password: Password
    new_password: Password


class NewMember(msgspec.Struct, frozen=True):
    """Somebody who shall join."""

    email: Mail
    name: PersonName
    role: Role = Role.VIEWER


class RoleOf(msgspec.Struct, frozen=True):
    """The role that a person shall have."""

    role: Role


class Joining(msgspec.Struct, frozen=True):
    """The token of a one-time link, and the first password, or that of the account which exists already (with its code)."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Password
    code: Code = None


class NewKey(msgspec.Struct, frozen=True):
    """An API key for the operator's own programs. Address ranges in CIDR notation.

    redirect_uris  where a program with this key may send people back to, when it shall sign in the operator's people
    """

    name: PersonName
    address_ranges: Annotated[list[str], Meta(min_length=1, max_length=50)]
    role: Role = Role.EDITOR
    redirect_uris: Annotated[list[str], Meta(max_length=10)] = []


_SIGN_IN = (SignInRefused, SecondStepNeeded, CodeWrong, AccessSuspended, NotAMember, SignInBusy)


@post("/session", opt=PUBLIC, responses=refusals(*_SIGN_IN))
async def sign_in(data: Json[SignIn], request: AnyRequest, db: Db) -> Tokens:
    """Sign in with account and password."""
    return await service.sign_in(
        db,
        data.account,
        data.password,
        principal_of(request).client_address,
        operator_id=data.operator_id,
        user_agent=request.headers.get("user-agent", ""),
        code=data.code,
    )


@post("/session/refresh", opt=PUBLIC, responses=refusals(RefreshRefused))
async def refresh(data: Json[Refresh], db: Db) -> Tokens:
    """New tokens for a refresh token. The old one stays valid until the new one is first used."""
    return await service.refresh_native(db, data.refresh_token)


@post("/session/join", opt=PUBLIC, status_code=204, responses=refusals(LinkInvalid, WeakPassword, *_SIGN_IN))
async def join(data: Json[Joining], request: AnyRequest, db: Db) -> None:
    """Use a one-time link."""
    await service.accept_link(db, data.token, data.password, principal_of(request).client_address, code=data.code)


@get("/session", guards=[signed_in], responses=refusals(), sync_to_thread=False)
def who(principal: Asking) -> Who:
    """Who is asking, and on whose behalf."""
    scope = principal.proved
    return Who(scope.operator_id, scope.role, principal.kind, scope.person_id, scope.platform_role)


@delete("/session", guards=[signed_in], responses=refusals(SessionNotFound))
async def sign_out(principal: Asking, db: Db) -> None:
    """End this sign-in: its refresh and access tokens, or its page session, hold no longer."""
    if principal.session_id is None:
        raise SessionNotFound
    await service.end_session(db, principal.proved, principal.session_id)


@put("/session/password", guards=[signed_in], status_code=204, responses=refusals(WeakPassword, *_SIGN_IN))
async def change_password(data: Json[NewPassword], principal: Asking, db: Db) -> None:
    """Change the password. All refresh tokens and other page sessions of the person end."""
    if principal.kind == "key":
        raise NotAMember
    await prove(db, principal.email, data.password, principal.client_address, second_step=False)
    kept = principal.session_id if principal.kind == "session" else None
    await service.change_password(db, principal.proved, data.new_password, kept_session=kept)


@get("/sessions", guards=[signed_in], responses=refusals(SessionNotFound))
async def list_sign_ins(principal: Asking, db: Db) -> Page[SignInView]:
    """All that the person is signed in with, the youngest first; at most 100."""
    return Page(await service.list_sign_ins(db, principal.proved))


@delete("/sessions/{sign_in_id:uuid}", guards=[signed_in], responses=refusals(SessionNotFound))
async def end_sign_in(sign_in_id: FromPath[UUID], principal: Asking, db: Db) -> None:
    """End one of the person's own sign-ins."""
    await service.end_session(db, principal.proved, sign_in_id)


@get("/people", guards=[admin], responses=refusals(BadCursor))
async def list_people(principal: Asking, paging: Paging, db: Db) -> Page[Member]:
    """The people of the operator."""
    found = await service.list_people(db, principal.proved, _after(paging), paging.limit + 1)
    return page_of(found, paging.limit, lambda member: (str(member.person_id),))


@put(
    "/people/{person_id:uuid}/role", guards=[freshly_proved], responses=refusals(PersonNotFound, LastAdmin, ProofNeeded)
)
async def change_role(person_id: FromPath[UUID], data: Json[RoleOf], principal: Asking, db: Db) -> Member:
    """Give a person another role. Needs a sign-in with password within the last 15 minutes."""
    return await service.change_role(db, principal.proved, person_id, data.role)


@delete("/people/{person_id:uuid}", guards=[freshly_proved], responses=refusals(PersonNotFound, LastAdmin, ProofNeeded))
async def remove_member(person_id: FromPath[UUID], principal: Asking, db: Db) -> None:
    """Take a person off the operator; their tokens and sessions for it end."""
    await service.remove_member(db, principal.proved, person_id)


@post(
    "/people/{person_id:uuid}/password-link", guards=[freshly_proved], responses=refusals(PersonNotFound, ProofNeeded)
)
async def new_password_link(person_id: FromPath[UUID], principal: Asking, db: Db) -> NewLink:
    """A one-time link by which a member of this operator alone sets a new password."""
    return await service.new_password_link(db, principal.proved, person_id)


@get("/people/invitations", guards=[admin], responses=refusals())
async def list_invitations(principal: Asking, db: Db) -> Page[Invitation]:
    """Who was invited and has not come yet; at most 100."""
    return Page(await service.list_invitations(db, principal.proved))


@post("/people/invitations", guards=[freshly_proved], responses=refusals(AlreadyMember, BadEmail, ProofNeeded))
async def invite(data: Json[NewMember], principal: Asking, db: Db) -> NewLink:
    """A one-time link by which somebody joins."""
    return await service.invite(db, principal.proved, data.email, data.name, data.role)


@delete("/people/invitations/{link_id:uuid}", guards=[admin], responses=refusals(PersonNotFound))
async def withdraw_invitation(link_id: FromPath[UUID], principal: Asking, db: Db) -> None:
    """End a link that was not used."""
    await service.withdraw_invitation(db, principal.proved, link_id)


@get("/keys", guards=[admin], responses=refusals(BadCursor))
async def list_keys(principal: Asking, paging: Paging, db: Db) -> Page[KeyView]:
    """The operator's own API keys."""
    found = await service.list_api_keys(db, principal.proved, _after(paging), paging.limit + 1)
    return page_of(found, paging.limit, lambda key: (str(key.key_id),))


@post("/keys", guards=[freshly_proved], responses=refusals(BadAddressRange, BadRedirectUri, ProofNeeded))
async def create_key(data: Json[NewKey], principal: Asking, db: Db) -> NewApiKey:
    """An API key. Its secret is in this answer and nowhere else."""
    return await service.create_api_key(
        db, principal.proved, data.name, data.role, data.address_ranges, data.redirect_uris
    )


@delete("/keys/{key_id:uuid}", guards=[admin], responses=refusals(KeyNotFound))
async def revoke_key(key_id: FromPath[UUID], principal: Asking, db: Db) -> None:
    """End an API key from the next request on."""
    await service.revoke_api_key(db, principal.proved, key_id)


@get("/.well-known/jwks.json", opt=PUBLIC)
async def jwks(db: Db) -> Response[dict[str, Any]]:
    """The public keys that access tokens are signed with (RFC 7517)."""
    keys: dict[str, Any] = dict(await service.gate_of(db).jwks(db))
    return Response(keys, headers={"cache-control": "public, max-age=300"}, media_type="application/json")


def _after(paging: PageRequest) -> UUID | None:
    if paging.cursor is None:
        return None
    try:
        return UUID(decode_cursor(paging.cursor, 1)[0])
    except ValueError:
        raise BadCursor from None


api = Router(
    "/api/v1",
    tags=["identity"],
    route_handlers=[
        sign_in,
        refresh,
        join,
        who,
        sign_out,
        change_password,
        list_sign_ins,
        end_sign_in,
        list_people,
        change_role,
        remove_member,
        new_password_link,
        list_invitations,
        invite,
        withdraw_invitation,
        list_keys,
        create_key,
        revoke_key,
    ],
)
route_handlers = [api, jwks]

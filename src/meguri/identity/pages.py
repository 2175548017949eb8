"""The doors: signing in and out, joining by a one-time link, giving the password again. Words in, words out."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from meguri.identity import seeds, service
from meguri.identity.errors import LinkInvalid, SignInRefused, WeakPassword
from meguri.identity.model import LinkPurpose, NewSession, PublicAccount
from meguri.identity.rules import identity_rules
from meguri.kernel.errors import Refusal, TooMany, Unavailable
from meguri.kernel.text import Language
from meguri.ui import page, viewer_of
from meguri.ui.answer import shell_of
from meguri.ui.failures import failure
from meguri.ui.headers import cookie
from meguri.ui.links import local_path
from meguri.web import PUBLIC, Asking, Db, FromPath, principal_of, signed_in

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]
COOKIE = "meguri"


class SignInPage(msgspec.Struct, frozen=True, kw_only=True):
    """The way in. `accounts`: those that everybody may try, in demonstration and tutorial only."""

    account: str = ""
    back: str = "/"
    wrong: str | None = None
    accounts: list[PublicAccount] = []


class JoinPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a one-time link offers: joining, or a new password."""

    action: str
    name: str
    email: str
    new_password: bool
    wrong: str | None = None
    least: int


class ProvePage(msgspec.Struct, frozen=True, kw_only=True):
    """The password again, before a step that needs it."""

    email: str
    back: str
    wrong: str | None = None


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form's fields; files are left out."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def language_of(request: AnyRequest) -> Language:
    """The reader's language."""
    return viewer_of(request).language


def redirected(to: str, cookies: list[Cookie] | None = None) -> Response[None]:
    """On to another page of ours."""
    headers = {"location": local_path(to), "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers, cookies=cookies or [], media_type="text/plain")


def session_cookie(request: AnyRequest, session: NewSession | None) -> Cookie:
    """The cookie of a session that begins; None ends it."""
    https = shell_of(request).https
    if session is None:
        return cookie(COOKIE, "", https=https, max_age=0)
    return cookie(COOKIE, session.cookie, https=https, max_age=identity_rules().session.longest_s)


@get("/sign-in", opt=PUBLIC, include_in_schema=False)
async def sign_in_page(request: AnyRequest, db: Db) -> HTML:
    """The form; who is signed in already goes on."""
    back = local_path(request.query_params.get("next"))
    if viewer_of(request).signed_in:
        return redirected(back)
    return page(request, "sign_in.html", SignInPage(back=back, accounts=await seeds.public_accounts(db)))


@post("/sign-in", opt=PUBLIC, status_code=200, include_in_schema=False)
async def sign_in(request: AnyRequest, db: Db) -> HTML:
    """Begin a session and go where the person wanted to go."""
    form, principal = await sent(request), principal_of(request)
    account, back = form.get("account", "")[:320], local_path(form.get("next"))
    agent = request.headers.get("user-agent", "")
    try:
        session = await service.create_session(
            db, account, form.get("password", ""), principal.client_address, user_agent=agent
        )
    except (SignInRefused, TooMany, Unavailable) as refusal:
        context = SignInPage(
            account=account,
            back=back,
            wrong=refusal.sentence(language_of(request)),
            accounts=await seeds.public_accounts(db),
        )
        return page(request, "sign_in.html", context, status_code=422 if refusal.status == 401 else refusal.status)
    return redirected(back, [session_cookie(request, session)])


@post("/sign-out", guards=[signed_in], status_code=200, include_in_schema=False)
async def sign_out(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """End the session, here and on the server."""
    if principal.session_id is not None:
        await service.end_session(db, principal.proved, principal.session_id)
    return redirected("/sign-in", [session_cookie(request, None)])


@get("/join/{token:str}", opt=PUBLIC, include_in_schema=False)
async def join_page(request: AnyRequest, token: FromPath[str], db: Db) -> HTML:
    """What the link offers, or that it does not hold."""
    try:
        return page(request, "join.html", await _joining(db, token))
    except LinkInvalid as refusal:
        return failure(request, refusal)


@post("/join/{token:str}", opt=PUBLIC, status_code=200, include_in_schema=False)
async def join(request: AnyRequest, token: FromPath[str], db: Db) -> HTML:
    """Use the link and begin a session."""
    principal, password = principal_of(request), (await sent(request)).get("password", "")
    try:
        link = await service.look_at_link(db, token)
        person = await service.accept_link(db, token, password, principal.client_address)
    except LinkInvalid as refusal:
        return failure(request, refusal)
    except (WeakPassword, SignInRefused, TooMany, Unavailable) as refusal:
        context = await _joining(db, token, wrong=refusal.sentence(language_of(request)))
        return page(request, "join.html", context, status_code=422 if refusal.status == 401 else refusal.status)
    session = await service.session_of(
        db,
        person,
        principal.client_address,
        user_agent=request.headers.get("user-agent", ""),
        operator_id=link.operator_id,
    )
    return redirected("/", [session_cookie(request, session)])


async def _joining(db: Db, token: str, wrong: str | None = None) -> JoinPage:
    link = await service.look_at_link(db, token)
    return JoinPage(
        action=f"/join/{token}",
        name=link.name,
        email=link.email,
        new_password=link.purpose is LinkPurpose.NEW_PASSWORD,
        wrong=wrong,
        least=identity_rules().password.least_characters,
    )


@get("/prove", guards=[signed_in], include_in_schema=False)
async def prove_page(request: AnyRequest, principal: Asking) -> HTML:
    """The form."""
    back = local_path(request.query_params.get("next"))
    return page(request, "prove.html", ProvePage(email=principal.email, back=back))


@post("/prove", guards=[signed_in], status_code=200, include_in_schema=False)
async def prove(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The password again; then on with what needs it."""
    form = await sent(request)
    back = local_path(form.get("next"))
    try:
        await service.prove_again(db, principal, form.get("password", ""))
    except (SignInRefused, TooMany, Unavailable) as refusal:
        wrong = refusal.sentence(language_of(request))
        context = ProvePage(email=principal.email, back=back, wrong=wrong)
        return page(request, "prove.html", context, status_code=422 if refusal.status == 401 else refusal.status)
    return redirected(back)


def wrong_fields(request: AnyRequest, refusal: Refusal, otherwise: str) -> dict[str, str]:
    """Field → sentence for a refusal; one without fields is told beside the field `otherwise`."""
    language = language_of(request)
    if refusal.fields:
        return {each.field: each.of(language) for each in refusal.fields}
    return {otherwise: refusal.sentence(language)}


handlers = [sign_in_page, sign_in, sign_out, join_page, join, prove_page, prove]

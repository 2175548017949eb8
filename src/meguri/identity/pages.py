"""The doors: signing in and out, joining by a one-time link, giving the password again. Words in, words out."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from meguri.identity import seeds, service
from meguri.identity.errors import LinkInvalid, SecondStepNeeded, SignInRefused, WeakPassword
from meguri.identity.model import LinkPurpose, NewSession, PublicAccount
from meguri.identity.rules import identity_rules
from meguri.identity.service import passkeys
from meguri.identity.service.passkeys import Question
from meguri.kernel.errors import Refusal, TooMany, Unavailable
from meguri.kernel.text import Language
from meguri.ui import page, viewer_of
from meguri.ui.answer import shell_of
from meguri.ui.failures import failure
from meguri.ui.headers import cookie
from meguri.ui.links import local_path
from meguri.ui.viewer import said_in, speak
from meguri.web import PUBLIC, Asking, Db, FromPath, principal_of, signed_in

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]
COOKIE = "meguri"


class SignInPage(msgspec.Struct, frozen=True, kw_only=True):
    """The way in.

    accounts  those that everybody may try, in demonstration and tutorial only
    passkey   the question to a passkey of this site
    provider  the name of the OpenID provider, where there is one
    """

    account: str = ""
    back: str = "/"
    wrong: str | None = None
    accounts: list[PublicAccount] = []
    passkey: Question
    provider: str | None = None


class JoinPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a one-time link offers: joining, or a new password."""

    action: str
    name: str
    email: str
    new_password: bool
    wrong: str | None = None
    least: int
    two_steps: bool = False


class ProvePage(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh proof, before a step that needs it: the password (with the app's code), a passkey, the provider elsewhere."""

    email: str
    back: str
    wrong: str | None = None
    password: bool
    two_steps: bool
    passkey: Question | None
    provider: str | None


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


def origin_of(request: AnyRequest) -> str:
    """Where the reader reaches us: as the setting says, else as they asked."""
    origin = request.app.state.get("public_url") or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return str(origin).rstrip("/")


def speak_as(request: AnyRequest, back: str) -> None:
    """Whoever comes from a public page is answered at the doors in that page's language, German too."""
    said = said_in(back) if back.startswith("/passport/") else None
    if said is not None:
        speak(request, said)


async def refused_at_the_door(
    request: AnyRequest, db: Db, refusal: Refusal, back: str, account: str = ""
) -> Response[str]:
    """The way in again, with what was wrong."""
    speak_as(request, back)
    context = await _way_in(request, db, back, account, refusal)
    status = 422 if refusal.status in (401, 409) else refusal.status
    return page(request, "sign_in.html", context, status_code=status)


async def _way_in(
    request: AnyRequest, db: Db, back: str, account: str = "", refusal: Refusal | None = None
) -> SignInPage:
    provider = service.gate_of(db).provider
    return SignInPage(
        account=account,
        back=back,
        wrong=refusal.sentence(language_of(request)) if refusal else None,
        accounts=await seeds.public_accounts(db),
        passkey=passkeys.ask_anybody(db, origin_of(request)),
        provider=provider.settings.name if provider else None,
    )


@get("/sign-in", opt=PUBLIC, include_in_schema=False)
async def sign_in_page(request: AnyRequest, db: Db) -> HTML:
    """The form; who is signed in already goes on."""
    back = local_path(request.query_params.get("next"))
    if viewer_of(request).signed_in:
        return redirected(back)
    speak_as(request, back)
    return page(request, "sign_in.html", await _way_in(request, db, back))


@post("/sign-in", opt=PUBLIC, status_code=200, include_in_schema=False)
async def sign_in(request: AnyRequest, db: Db) -> HTML:
    """Begin a session and go where the person wanted to go; where the account has an authenticator app, its code is next."""
    from meguri.identity.pages_steps import needs_code

    form, principal = await sent(request), principal_of(request)
    account, back = form.get("account", "")[:320], local_path(form.get("next"))
    agent = request.headers.get("user-agent", "")
    try:
        session = await service.create_session(
            db, account, form.get("password", ""), principal.client_address, user_agent=agent
        )
    except SecondStepNeeded as needed:
        return needs_code(request, db, needed, back)
    except (SignInRefused, TooMany, Unavailable) as refusal:
        return await refused_at_the_door(request, db, refusal, back, account)
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
    principal, form = principal_of(request), await sent(request)
    password, code = form.get("password", ""), form.get("code") or None
    try:
        link = await service.look_at_link(db, token)
        person = await service.accept_link(db, token, password, principal.client_address, code=code)
    except LinkInvalid as refusal:
        return failure(request, refusal)
    except (WeakPassword, SignInRefused, TooMany, Unavailable) as refusal:
        two_steps = "code" in form or isinstance(refusal, SecondStepNeeded)
        context = await _joining(db, token, wrong=refusal.sentence(language_of(request)), two_steps=two_steps)
        return page(request, "join.html", context, status_code=422 if refusal.status == 401 else refusal.status)
    session = await service.session_of(
        db,
        person,
        principal.client_address,
        user_agent=request.headers.get("user-agent", ""),
        operator_id=link.operator_id,
    )
    return redirected("/", [session_cookie(request, session)])


async def _joining(db: Db, token: str, wrong: str | None = None, *, two_steps: bool = False) -> JoinPage:
    link = await service.look_at_link(db, token)
    return JoinPage(
        action=f"/join/{token}",
        name=link.name,
        email=link.email,
        new_password=link.purpose is LinkPurpose.NEW_PASSWORD,
        wrong=wrong,
        least=identity_rules().password.least_characters,
        two_steps=two_steps,
    )


@get("/prove", guards=[signed_in], include_in_schema=False)
async def prove_page(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The ways to prove oneself again."""
    return await proving(request, principal, db, local_path(request.query_params.get("next")))


@post("/prove", guards=[signed_in], status_code=200, include_in_schema=False)
async def prove(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The password again; then on with what needs it."""
    form = await sent(request)
    back = local_path(form.get("next"))
    try:
        await service.prove_again(db, principal, form.get("password", ""), code=form.get("code") or None)
    except (SignInRefused, TooMany, Unavailable) as refusal:
        return await proving(request, principal, db, back, refusal)
    return redirected(back)


async def proving(
    request: AnyRequest, principal: Asking, db: Db, back: str, refusal: Refusal | None = None
) -> Response[str]:
    """The page that asks for a fresh proof."""
    proofs = await service.proofs_of(db, principal.proved)
    provider = service.gate_of(db).provider
    context = ProvePage(
        email=principal.email,
        back=back,
        wrong=refusal.sentence(language_of(request)) if refusal else None,
        password=proofs.password,
        two_steps=proofs.app_since is not None,
        passkey=await passkeys.ask_again(db, principal.proved, origin_of(request)),
        provider=provider.settings.name if provider and proofs.outside else None,
    )
    status = 200 if refusal is None else 422 if refusal.status == 401 else refusal.status
    return page(request, "prove.html", context, status_code=status)


def wrong_fields(request: AnyRequest, refusal: Refusal, otherwise: str) -> dict[str, str]:
    """Field → sentence for a refusal; one without fields is told beside the field `otherwise`."""
    language = language_of(request)
    if refusal.fields:
        return {each.field: each.of(language) for each in refusal.fields}
    return {otherwise: refusal.sentence(language)}


handlers = [sign_in_page, sign_in, sign_out, join_page, join, prove_page, prove]

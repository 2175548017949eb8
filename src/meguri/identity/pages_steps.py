"""The doors besides the password: the code of an authenticator app, passkeys, a provider elsewhere. Words in, words out."""

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie

from meguri.identity import service
from meguri.identity.errors import (
    AccessSuspended,
    LinkedElsewhere,
    ProviderAway,
    ProviderRefused,
    SecondStepNeeded,
    SignInRefused,
)
from meguri.identity.model import Account
from meguri.identity.pages import (
    HTML,
    AnyRequest,
    language_of,
    origin_of,
    proving,
    redirected,
    refused_at_the_door,
    sent,
    session_cookie,
    speak_as,
)
from meguri.identity.rules import identity_rules
from meguri.identity.service import outside, passkeys
from meguri.identity.service.proof import code_ticket, prove_code
from meguri.identity.steps import LinkStep, StepOver
from meguri.kernel.errors import Refusal, TooMany, Unavailable
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.answer import shell_of
from meguri.ui.headers import cookie, cookie_name
from meguri.ui.links import local_path
from meguri.ui.words import say
from meguri.web import PUBLIC, Asking, Db, principal_of, signed_in

_STEP_COOKIE = "meguri_step"


class CodePage(msgspec.Struct, frozen=True, kw_only=True):
    """The code, after the password. `step`: the ticket."""

    step: str
    back: str
    digits: int
    wrong: str | None = None


class ConnectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to link an account elsewhere: its address and that of the account here."""

    step: str
    provider: str
    outside: str
    own: str
    two_steps: bool = False
    wrong: str | None = None


def code_page(request: AnyRequest, step: str, back: str, wrong: Refusal | None = None) -> Response[str]:
    """The page that asks for the code."""
    speak_as(request, back)
    sentence = wrong.sentence(language_of(request)) if wrong else None
    digits = identity_rules().second_step.digits
    context = CodePage(step=step, back=back, digits=digits, wrong=sentence)
    return page(request, "identity/code.html", context, status_code=422 if wrong else 200)


def needs_code(request: AnyRequest, db: Db, needed: SecondStepNeeded, back: str) -> Response[str]:
    """On from the password to the code."""
    return code_page(request, code_ticket(db, needed.person_id), back)


async def entered(request: AnyRequest, db: Db, person: Account, back: str, cookies: list[Cookie] | None = None) -> HTML:
    """A session for somebody who has just proved who they are."""
    agent = request.headers.get("user-agent", "")
    session = await service.session_of(db, person, principal_of(request).client_address, user_agent=agent)
    return redirected(back, [session_cookie(request, session), *(cookies or [])])


@post("/sign-in/code", opt=PUBLIC, status_code=200, include_in_schema=False)
async def sign_in_code(request: AnyRequest, db: Db) -> HTML:
    """The second step, and in."""
    form = await sent(request)
    step, back = form.get("step", ""), local_path(form.get("next"))
    try:
        person = await prove_code(db, step, form.get("code", ""), principal_of(request).client_address)
        return await entered(request, db, person, back)
    except (StepOver, AccessSuspended) as refusal:
        return await refused_at_the_door(request, db, refusal, back)
    except (SignInRefused, TooMany, Unavailable) as refusal:
        return code_page(request, step, back, refusal)


@post("/sign-in/passkey", opt=PUBLIC, status_code=200, include_in_schema=False)
async def sign_in_passkey(request: AnyRequest, db: Db) -> HTML:
    """In by a passkey."""
    form, address = await sent(request), principal_of(request).client_address
    back = local_path(form.get("next"))
    try:
        person = await passkeys.sign_in(
            db, origin_of(request), form.get("step", ""), form.get("credential", ""), address
        )
        return await entered(request, db, person, back)
    except (StepOver, SignInRefused, AccessSuspended, TooMany, Unavailable) as refusal:
        return await refused_at_the_door(request, db, refusal, back)


@post("/prove/passkey", guards=[signed_in], status_code=200, include_in_schema=False)
async def prove_passkey(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The passkey again, before a step that needs it."""
    form = await sent(request)
    back = local_path(form.get("next"))
    try:
        await passkeys.prove_again(
            db, principal, origin_of(request), form.get("step", ""), form.get("credential", "")
        )  # fmt: skip
    except (StepOver, SignInRefused) as refusal:
        return await proving(request, principal, db, back, refusal)
    return redirected(back)


@get("/sign-in/provider", opt=PUBLIC, include_in_schema=False)
async def to_provider(request: AnyRequest, db: Db) -> HTML:
    """Off to the provider, to sign in."""
    back = local_path(request.query_params.get("next"))
    try:
        address, ticket = await outside.begin(db, origin_of(request), back)
    except ProviderAway as refusal:
        return await refused_at_the_door(request, db, refusal, back)
    return _off(request, address, ticket)


@get("/prove/provider", guards=[signed_in], include_in_schema=False)
async def prove_at_provider(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Off to the provider, which asks the person anew."""
    back = local_path(request.query_params.get("next"))
    try:
        address, ticket = await outside.begin(
            db, origin_of(request), back, session_id=principal.session_id, fresh=True
        )  # fmt: skip
    except ProviderAway as refusal:
        return await proving(request, principal, db, back, refusal)
    return _off(request, address, ticket)


@get("/account/providers/connect", guards=[signed_in], include_in_schema=False)
async def connect(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Off to the provider, to link an account of one's own; nothing is linked before its owner agrees."""
    address, ticket = await outside.begin(
        db, origin_of(request), "/account/security", session_id=principal.session_id
    )  # fmt: skip
    return _off(request, address, ticket)


@get(outside.PATH, opt=PUBLIC, include_in_schema=False)
async def from_provider(request: AnyRequest, db: Db) -> HTML:
    """Back from the provider: in, or on to the question whether to link."""
    principal = principal_of(request)
    said = {name: str(value) for name, value in request.query_params.items()}
    ticket = request.cookies.get(cookie_name(_STEP_COOKIE, https=shell_of(request).https), "")
    try:
        came = await outside.come_back(db, origin_of(request), ticket, said, principal)
        if came.link is not None:
            return await _ask_to_link(request, db, came.link)
        if came.person is not None:
            return await entered(request, db, came.person, came.back, [_forgotten(request)])
    except (StepOver, ProviderRefused, ProviderAway, AccessSuspended) as refusal:
        if viewer_of(request).signed_in:
            return await proving(request, principal, db, "/", refusal)
        return await refused_at_the_door(request, db, refusal, "/")
    return redirected(came.back, [_forgotten(request)])


@post("/sign-in/provider/link", opt=PUBLIC, status_code=200, include_in_schema=False)
async def link(request: AnyRequest, db: Db) -> HTML:
    """The owner of the account here agrees to the link, with its password; and in."""
    form, address = await sent(request), principal_of(request).client_address
    step = form.get("step", "")
    try:
        person, back = await outside.link(
            db, step, form.get("password", ""), address, code=form.get("code") or None
        )  # fmt: skip
        if viewer_of(request).signed_in:
            return done(request, back, Flash(happened=say("identity.security.outside_linked", language_of(request))))
        return await entered(request, db, person, back, [_forgotten(request)])
    except (StepOver, LinkedElsewhere, AccessSuspended) as refusal:
        return await refused_at_the_door(request, db, refusal, "/")
    except SecondStepNeeded as refusal:
        return await _ask_to_link(request, db, step, refusal, two_steps=True)
    except (SignInRefused, TooMany, Unavailable) as refusal:
        return await _ask_to_link(request, db, step, refusal, two_steps="code" in form)


async def _ask_to_link(
    request: AnyRequest, db: Db, ticket: str, wrong: Refusal | None = None, *, two_steps: bool = False
) -> Response[str]:
    step: LinkStep
    step, own = await outside.link_of(db, ticket)
    context = ConnectPage(
        step=ticket,
        provider=provider_name(db) or step.issuer,
        outside=step.email or step.subject,
        own=own,
        two_steps=two_steps,
        wrong=wrong.sentence(language_of(request)) if wrong else None,
    )
    return page(request, "identity/connect.html", context, status_code=422 if wrong else 200)


def provider_name(db: Db) -> str | None:
    """The words for the provider of this installation; None where there is none."""
    provider = service.gate_of(db).provider
    return provider.settings.name if provider else None


def _off(request: AnyRequest, address: str, ticket: str) -> Response[None]:
    """To the provider. Only the browser that began can go on: the ticket stays with it."""
    kept = cookie(
        _STEP_COOKIE, ticket, https=shell_of(request).https, max_age=identity_rules().provider.round_s
    )  # fmt: skip
    headers = {"location": address, "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers, cookies=[kept], media_type="text/plain")


def _forgotten(request: AnyRequest) -> Cookie:
    return cookie(_STEP_COOKIE, "", https=shell_of(request).https, max_age=0)


handlers = [
    sign_in_code,
    sign_in_passkey,
    prove_passkey,
    to_provider,
    prove_at_provider,
    connect,
    from_provider,
    link,
]

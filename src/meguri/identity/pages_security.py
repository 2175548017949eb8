"""One's own ways to sign in (passkeys, authenticator app, accounts elsewhere), and news of one's account. Words in, words out."""

from uuid import UUID

import msgspec
import segno
from litestar import Response, get, post

from meguri.identity import service
from meguri.identity.errors import (
    AppExists,
    CodeWrong,
    LastProof,
    NoApp,
    PasskeyRefused,
    TooManyPasskeys,
)
from meguri.identity.model import Proofs
from meguri.identity.pages import HTML, AnyRequest, language_of, origin_of, sent
from meguri.identity.pages_steps import provider_name
from meguri.identity.places import device_of
from meguri.identity.service import outside, passkeys
from meguri.identity.service.passkeys import Question
from meguri.identity.service.second_step import NewApp
from meguri.identity.steps import StepOver
from meguri.kernel.errors import Forbidden, Refusal
from meguri.ui import Flash, done, page
from meguri.ui.words import say
from meguri.web import Asking, Db, FromPath, freshly_proved, self_freshly_proved, signed_in

_PLACE = "/account/security"


class SecurityPage(msgspec.Struct, frozen=True, kw_only=True):
    """All ways of one person; `question` is what makes a further passkey, `device` the name proposed for it."""

    proofs: Proofs
    question: Question
    device: str
    provider: str | None
    wrong: str | None = None


class AppPage(msgspec.Struct, frozen=True, kw_only=True):
    """A new authenticator app: its secret as picture and text, shown until its first code has come."""

    picture: str
    secret: str
    wrong: str | None = None


class CodesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Recovery codes, shown this once."""

    codes: list[str]


async def _security(request: AnyRequest, principal: Asking, db: Db, wrong: Refusal | None = None) -> Response[str]:
    scope = principal.proved
    context = SecurityPage(
        proofs=await service.proofs_of(db, scope),
        question=await passkeys.ask_new(db, scope, origin_of(request)),
        device=device_of(request.headers.get("user-agent", "")),
        provider=provider_name(db),
        wrong=wrong.sentence(language_of(request)) if wrong else None,
    )
    return page(request, "security.html", context, status_code=422 if wrong else 200)


def _told(request: AnyRequest, key: str, **values: object) -> Response[None]:
    return done(request, _PLACE, Flash(happened=say(key, language_of(request), **values)))


@get("/account/security", guards=[self_freshly_proved], include_in_schema=False)
async def security(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The ways to sign in. A fresh proof first: who changes them can come back for ever."""
    return await _security(request, principal, db)


@post("/account/passkeys", guards=[self_freshly_proved], status_code=200, include_in_schema=False)
async def add_passkey(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Keep a passkey."""
    form = await sent(request)
    given, answer, name = form.get("step", ""), form.get("credential", ""), form.get("name", "")
    try:
        made = await passkeys.add(
            db, principal.proved, origin_of(request), given, answer, name, session_id=principal.session_id
        )
    except (StepOver, PasskeyRefused, TooManyPasskeys) as refusal:
        return await _security(request, principal, db, refusal)
    return _told(request, "identity.security.added", name=made.name)


@post(
    "/account/passkeys/{passkey_id:uuid}/remove", guards=[self_freshly_proved], status_code=200, include_in_schema=False
)
async def remove_passkey(request: AnyRequest, passkey_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """Forget a passkey."""
    try:
        await passkeys.remove(db, principal.proved, passkey_id, session_id=principal.session_id)
    except LastProof as refusal:
        return await _security(request, principal, db, refusal)
    return _told(request, "identity.security.removed")


@post("/account/app", guards=[self_freshly_proved], status_code=200, include_in_schema=False)
async def begin_app(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Show a new secret."""
    try:
        return _app(request, await service.begin_app(db, principal.proved))
    except AppExists as refusal:
        return await _security(request, principal, db, refusal)


@post("/account/app/confirm", guards=[self_freshly_proved], status_code=200, include_in_schema=False)
async def confirm_app(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The first code; then the recovery codes."""
    code = (await sent(request)).get("code", "")
    try:
        codes = await service.confirm_app(db, principal.proved, code, session_id=principal.session_id)
    except CodeWrong as refusal:
        return _app(request, await service.waiting_app(db, principal.proved), refusal)
    except NoApp as refusal:
        return await _security(request, principal, db, refusal)
    return page(request, "codes.html", CodesPage(codes=codes))


@post("/account/app/remove", guards=[self_freshly_proved], status_code=200, include_in_schema=False)
async def remove_app(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """The password alone suffices again."""
    try:
        await service.remove_app(db, principal.proved, session_id=principal.session_id)
    except NoApp as refusal:
        return await _security(request, principal, db, refusal)
    return _told(request, "identity.security.app_removed")


@post("/account/recovery-codes", guards=[self_freshly_proved], status_code=200, include_in_schema=False)
async def renew_codes(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """New recovery codes."""
    try:
        codes = await service.renew_codes(db, principal.proved, session_id=principal.session_id)
    except NoApp as refusal:
        return await _security(request, principal, db, refusal)
    return page(request, "codes.html", CodesPage(codes=codes))


@post(
    "/account/providers/{link_id:uuid}/remove", guards=[self_freshly_proved], status_code=200, include_in_schema=False
)
async def remove_provider(request: AnyRequest, link_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """Undo the link with an account elsewhere."""
    try:
        await outside.unlink(db, principal.proved, link_id, session_id=principal.session_id)
    except LastProof as refusal:
        return await _security(request, principal, db, refusal)
    return _told(request, "identity.security.outside_removed")


@post("/account/notices/{notice_id:uuid}/mine", guards=[signed_in], status_code=200, include_in_schema=False)
async def notice_mine(request: AnyRequest, notice_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """That was me."""
    await service.answer_notice(db, principal.proved, principal.session_id, notice_id, mine=True)
    return done(request, "/account", Flash(happened=say("identity.notice.seen", language_of(request))))


@post("/account/notices/{notice_id:uuid}/not-mine", guards=[signed_in], status_code=200, include_in_schema=False)
async def notice_not_mine(request: AnyRequest, notice_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """That was somebody else: what they are signed in with ends."""
    await service.answer_notice(db, principal.proved, principal.session_id, notice_id, mine=False)
    told = say("identity.notice.ended", language_of(request))
    return done(request, "/account", Flash(happened=told, kind="attention"))


@post("/people/{person_id:uuid}/second-step/remove", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def free_member(request: AnyRequest, person_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """An administrator takes the second step off a member."""
    from meguri.identity.pages_people import member_page

    language = language_of(request)
    found = await service.find_member(db, principal.proved, person_id)
    try:
        await service.free_member(db, principal.proved, person_id)
    except Forbidden:
        return await member_page(
            request, db, principal, person_id, {"free": say("identity.people.free_refused", language)}
        )
    except NoApp:
        return await member_page(
            request, db, principal, person_id, {"free": say("identity.people.free_none", language)}
        )
    return done(request, "/people", Flash(happened=say("identity.people.freed", language, name=found.name)))


def _app(request: AnyRequest, app: NewApp, wrong: Refusal | None = None) -> Response[str]:
    picture = segno.make(app.address, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    grouped = " ".join(app.secret[start : start + 4] for start in range(0, len(app.secret), 4))
    sentence = wrong.sentence(language_of(request)) if wrong else None
    context = AppPage(picture=picture, secret=grouped, wrong=sentence)
    return page(request, "app.html", context, status_code=422 if wrong else 200)


handlers = [
    security,
    add_passkey,
    remove_passkey,
    begin_app,
    confirm_app,
    remove_app,
    renew_codes,
    remove_provider,
    notice_mine,
    notice_not_mine,
    free_member,
]

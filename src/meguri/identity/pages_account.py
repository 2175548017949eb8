"""A person's own settings: password, what they are signed in with, for which company they act. Words in, words out."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.identity import service
from meguri.identity.errors import SignInRefused, WeakPassword
from meguri.identity.model import Membership, Notice, SignInView
from meguri.identity.pages import HTML, AnyRequest, language_of, sent, wrong_fields
from meguri.identity.programs import program_of
from meguri.identity.rules import identity_rules
from meguri.identity.service.proof import prove
from meguri.kernel.errors import TooMany, Unavailable
from meguri.kernel.ids import parse_uuid
from meguri.ui import Flash, done, page
from meguri.ui.words import say
from meguri.web import Asking, Db, FromPath, signed_in

NamesOf = Callable[[Asking, Collection[UUID]], Awaitable[dict[UUID, str]]]


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """One's own settings. `here`: the session that is looking. `names`: the companies'. `password`: whether there is one."""

    name: str
    email: str
    sign_ins: list[SignInView]
    programs: dict[UUID, str]
    here: UUID | None
    companies: list[Membership]
    names: dict[UUID, str]
    operator_id: UUID
    least: int
    notices: list[Notice]
    password: bool
    errors: dict[str, str] = {}


async def _account(request: AnyRequest, db: Db, principal: Asking, errors: dict[str, str] | None = None) -> AccountPage:
    scope = principal.proved
    sign_ins = await service.list_sign_ins(db, scope)
    companies = await service.operators_of(db, scope)
    concerned = {each.operator_id for each in companies} | {each.operator_id for each in sign_ins}
    names_of: NamesOf | None = request.app.state.get("company_names")
    return AccountPage(
        name=principal.name,
        email=principal.email,
        sign_ins=sign_ins,
        programs={each.sign_in_id: program_of(each.user_agent) for each in sign_ins},
        here=principal.session_id,
        companies=companies,
        names=await names_of(principal, concerned) if names_of else {},
        operator_id=scope.operator_id,
        least=identity_rules().password.least_characters,
        notices=await service.list_notices(db, scope, principal.session_id),
        password=(await service.proofs_of(db, scope)).password,
        errors=errors or {},
    )


@get("/account", guards=[signed_in], include_in_schema=False)
async def account(request: AnyRequest, principal: Asking, db: Db) -> Response[str]:
    """One's own settings."""
    return page(request, "account.html", await _account(request, db, principal))


@post("/account/password", guards=[signed_in], status_code=200, include_in_schema=False)
async def change_password(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Change the password; all else that the person is signed in with ends."""
    form = await sent(request)
    try:
        await prove(db, principal.email, form.get("password", ""), principal.client_address, second_step=False)
        await service.change_password(
            db, principal.proved, form.get("new_password", ""), kept_session=principal.session_id
        )
    except (SignInRefused, TooMany, Unavailable) as refusal:
        errors = wrong_fields(request, refusal, "password")
    except WeakPassword as refusal:
        errors = wrong_fields(request, refusal, "new_password")
    else:
        return done(request, "/account", Flash(happened=say("identity.account.changed", language_of(request))))
    return page(request, "account.html", await _account(request, db, principal, errors), status_code=422)


@post("/account/sign-ins/{sign_in_id:uuid}/end", guards=[signed_in], status_code=200, include_in_schema=False)
async def end_sign_in(request: AnyRequest, sign_in_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """End one of one's own sign-ins."""
    await service.end_session(db, principal.proved, sign_in_id)
    return done(request, "/account", Flash(happened=say("identity.account.ended", language_of(request))))


@post("/account/company", guards=[signed_in], status_code=200, include_in_schema=False)
async def switch_company(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Go on for another of one's companies."""
    chosen = parse_uuid((await sent(request)).get("operator_id", ""))
    if chosen is not None and principal.session_id is not None:
        await service.switch_operator(db, principal.proved, principal.session_id, chosen)
    return done(request, "/")


handlers = [account, change_password, end_sign_in, switch_company]

"""The desk's page for breaking the glass. Words in, words out."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.desk import glass, service
from meguri.desk.errors import CompanyNotFound, ReasonTooShort, SamePerson
from meguri.desk.model import GlassRequest
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import PlatformRole
from meguri.traceability.forms import text
from meguri.ui import Flash, done, page
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import Asking, Db, FromPath, platform, platform_freshly_proved

AnyRequest = Request[Any, Any, Any]
_PLACE = "/platform/glass"


class GlassPage(msgspec.Struct, frozen=True, kw_only=True):
    """`glass.html`: the form to ask, and what was asked. `me`: whose own requests they cannot agree to."""

    choices: list[Choice]
    requests: list[GlassRequest]
    names: dict[UUID, str]
    me: UUID | None
    given: dict[str, str] = {}
    errors: dict[str, str] = {}


async def _glass(
    request: AnyRequest, db: Db, principal: Asking, given: dict[str, str] | None = None, wrong: Refusal | None = None
) -> Response[str]:
    scope, language = principal.proved, viewer_of(request).language
    companies = await service.companies(db, scope)
    field = "operator_id" if isinstance(wrong, CompanyNotFound) else "reason"
    context = GlassPage(
        choices=[Choice(str(one.operator_id), one.name) for one in companies if one.state],
        requests=await glass.requests(db, scope),
        names={one.operator_id: one.name for one in companies},
        me=scope.person_id,
        given=given or {},
        errors={field: wrong.sentence(language)} if wrong else {},
    )
    return page(request, "glass.html", context, status_code=422 if wrong else 200)


@get(_PLACE, guards=[platform(PlatformRole.PLATFORM_OPERATOR)], include_in_schema=False)
async def glass_page(request: AnyRequest, principal: Asking, db: Db) -> Response[str]:
    """Who asked to look into which company's data, why, and who agreed."""
    return await _glass(request, db, principal)


@post(
    _PLACE, guards=[platform_freshly_proved(PlatformRole.PLATFORM_OPERATOR)], include_in_schema=False, status_code=200
)
async def ask(request: AnyRequest, principal: Asking, db: Db) -> Response[Any]:
    """Ask."""
    form = await request.form()
    given = {name: text(form, name)[:1000] for name in ("operator_id", "reason")}
    try:
        chosen = parse_uuid(given["operator_id"])
        if chosen is None:
            raise CompanyNotFound
        await glass.ask(db, principal.proved, chosen, given["reason"])
    except (CompanyNotFound, ReasonTooShort) as refusal:
        return await _glass(request, db, principal, given, refusal)
    return done(request, _PLACE, Flash(happened=say("desk.glass.asked", viewer_of(request).language)))


@post(
    _PLACE + "/{request_id:uuid}/agree",
    guards=[platform_freshly_proved(PlatformRole.PLATFORM_OPERATOR)],
    include_in_schema=False,
    status_code=200,
)
async def agree(request: AnyRequest, request_id: FromPath[UUID], principal: Asking, db: Db) -> Response[Any]:
    """Agree to somebody else's request."""
    try:
        await glass.agree(db, principal.proved, request_id)
    except SamePerson as refusal:
        return await _glass(request, db, principal, wrong=refusal)
    return done(request, _PLACE, Flash(happened=say("desk.glass.agreed", viewer_of(request).language)))


handlers = [glass_page, ask, agree]

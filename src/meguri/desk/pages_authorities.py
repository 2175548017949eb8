"""The desk's page of authorities: which companies are verified as one, on what proof; recorded, and ended."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.passport import service as passports
from meguri.passport.dealings import policy
from meguri.storage.transaction import Transaction
from meguri.traceability.forms import text
from meguri.ui import Flash, done, page
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, platform

AnyRequest = Request[Any, Any, Any]
_PLACE = "/platform/authorities"
_DESK = platform(PlatformRole.PLATFORM_OPERATOR)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One company in one role."""

    operator_id: UUID
    name: str
    role: str
    evidence: str
    since: Any


class AuthoritiesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`authorities.html`."""

    rows: list[Held]
    roles: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]


async def _page(
    request: AnyRequest, unit: Unit, given: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response[str]:
    held = await unit(passports.roles)
    names = await unit(operators.names_of, {one.operator_id for one in held})
    language = viewer_of(request).language
    context = AuthoritiesPage(
        rows=[
            Held(
                operator_id=one.operator_id,
                name=names.get(one.operator_id, "—"),
                role=one.role,
                evidence=one.evidence,
                since=one.verified_at,
            )
            for one in held
        ],
        roles=[Choice(role, say(f"desk.authorities.role.{role}", language)) for role in policy().authorities],
        given={"company": "", "role": "", "evidence": "", **(given or {})},
        errors=errors or {},
    )
    return page(request, "authorities.html", context, status_code=422 if errors else 200)


@get(_PLACE, guards=[_DESK], include_in_schema=False)
async def authorities(request: AnyRequest, unit: Unit) -> Response[str]:
    """Who is verified as an authority."""
    return await _page(request, unit)


@post(_PLACE, guards=[_DESK], status_code=200, include_in_schema=False)
async def verify(request: AnyRequest, unit: Unit) -> Response[Any]:
    """A company is verified as an authority; what proves it stays with the record."""
    form, language = await request.form(), viewer_of(request).language
    given = {name: text(form, name)[:500] for name in ("company", "role", "evidence")}

    async def recorded(tx: Transaction, scope: OperatorScope) -> None:
        company = await operators.look_up(tx, scope, given["company"])
        await passports.set_role(tx, scope, company.operator_id, given["role"], given["evidence"])

    wrong = {name: say(f"desk.authorities.wrong_{name}", language) for name, said in given.items() if not said}
    if wrong:
        return await _page(request, unit, given, wrong)
    try:
        await unit(recorded)
    except Refusal as refusal:
        field = "company" if isinstance(refusal, OperatorUnknown) else "role"
        return await _page(request, unit, given, {field: refusal.sentence(language)})
    return done(request, _PLACE, Flash(happened=say("desk.authorities.verified", language)))


@post(_PLACE + "/{company_id:uuid}/{role:str}/end", guards=[_DESK], status_code=200, include_in_schema=False)
async def end(request: AnyRequest, unit: Unit, company_id: FromPath[UUID], role: FromPath[str]) -> Response[Any]:
    """It is one no more, from now on."""
    await unit(passports.end_role, company_id, role)
    return done(request, _PLACE, Flash(happened=say("desk.authorities.ended", viewer_of(request).language)))


handlers = [authorities, verify, end]

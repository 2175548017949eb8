"""The page of back-up copies: where they go, how it went, and the form that says where to."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.dpp import keeping
from meguri.dataspaces.dpp.keeping import NoProvider, Provider, ProviderInput
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.passport.service import copying
from meguri.passport.service.copying import Lag
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.words import say
from meguri.web import Unit, admin, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HERE = "/passports/backup"


class BackupPage(msgspec.Struct, frozen=True, kw_only=True):
    """The context of the page. `given`: what was typed and not taken."""

    provider: Provider | None
    lag: Lag
    given: str
    errors: dict[str, str]
    may_set: bool
    may_copy: bool


async def _page(request: AnyRequest, unit: Unit, given: str | None, errors: dict[str, str]) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> tuple[Provider | None, Lag]:
        try:
            return await keeping.provider(tx, scope), await copying.lag(tx, scope)
        except NoProvider:
            return None, await copying.lag(tx, scope)

    provider, lag = await unit(read)
    viewer = viewer_of(request)
    context = BackupPage(
        provider=provider,
        lag=lag,
        given=given if given is not None else provider.address if provider else "",
        errors=errors,
        may_set=viewer.has(Role.ADMIN),
        may_copy=viewer.has(Role.EDITOR),
    )
    return page(request, "dataspaces/backup.html", context, status_code=422 if errors else 200)


@get(HERE, guards=[signed_in], include_in_schema=False)
async def backup(request: AnyRequest, unit: Unit) -> Response[str]:
    """How the back-up stands."""
    return await _page(request, unit, None, {})


@post(HERE, guards=[admin], include_in_schema=False, status_code=200)
async def name_provider(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Say where to copy to; an empty address says: no longer."""
    form, language = await request.form(), viewer_of(request).language
    address, key = (str(form.get(name) or "").strip() for name in ("address", "api_key"))
    if not address:
        return await _forgotten(request, unit)
    try:
        said = msgspec.convert({"address": address, **({"api_key": key} if key else {})}, ProviderInput)
        await unit(keeping.name_provider, said)
    except msgspec.ValidationError:
        return await _page(request, unit, address, {"address": keeping.BadProviderAddress().sentence(language)})
    except Refusal as refusal:
        return await _page(request, unit, address, {"address": refusal.sentence(language)})
    told = say("dataspaces.backup.named", language), say("dataspaces.backup.named_seen", language)
    return done(request, HERE, Flash(happened=told[0], seen_by=told[1]))


async def _forgotten(request: AnyRequest, unit: Unit) -> Response[Any]:
    language = viewer_of(request).language
    try:
        await unit(keeping.forget_provider)
    except NoProvider:
        return await _page(request, unit, "", {"address": say("dataspaces.backup.address_missing", language)})
    return done(request, HERE, Flash(happened=say("dataspaces.backup.forgotten", language)))


@post(HERE + "/copies", guards=[editor], include_in_schema=False, status_code=200)
async def copy_now(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Copy now."""
    await unit(keeping.copy_soon)
    return done(request, HERE, Flash(happened=say("dataspaces.backup.begun", viewer_of(request).language)))


handlers: list[HTTPRouteHandler] = [backup, name_provider, copy_now]

"""Native REST of back-up copies: where they go, and how it went."""

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.dpp import keeping
from meguri.dataspaces.dpp.keeping import BadProviderAddress, NoProvider, Provider, ProviderInput
from meguri.web import Json, Unit, admin, editor, refusals, signed_in

HERE = "/api/v1/passport-backup/provider"


@get(HERE, guards=[signed_in], responses=refusals(NoProvider))
async def show_provider(unit: Unit) -> Provider:
    """Where the company's passports are copied to, how the last try went, and how far the copies are behind."""
    return await unit(keeping.provider)


@put(HERE, guards=[admin], responses=refusals(BadProviderAddress))
async def name_provider(unit: Unit, data: Json[ProviderInput]) -> Provider:
    """Copy there from now on, every ten minutes. The key is kept sealed and never answered."""
    return await unit(keeping.name_provider, data)


@delete(HERE, guards=[admin], responses=refusals(NoProvider), status_code=204)
async def forget_provider(unit: Unit) -> None:
    """Copy no longer."""
    await unit(keeping.forget_provider)


@post(HERE + "/copies", guards=[editor], responses=refusals(NoProvider), status_code=202)
async def copy_now(unit: Unit) -> Provider:
    """Copy now; the answer is how it stands before."""
    await unit(keeping.copy_soon)
    return await unit(keeping.provider)


handlers: list[HTTPRouteHandler] = [show_provider, name_provider, forget_provider, copy_now]

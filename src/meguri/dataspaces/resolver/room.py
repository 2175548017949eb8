"""What the resolver offers to the composition root."""

from typing import Any

from meguri.dataspaces.resolver import files
from meguri.dataspaces.resolver.answers import note_change
from meguri.dataspaces.resolver.facade import Resolver
from meguri.kernel.scope import OperatorScope
from meguri.passport import events
from meguri.settings import Profile
from meguri.storage import Transaction
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "reactions", "route_handlers"]

route_handlers = [*files.handlers]


def facade(app: App, house: FacadeHouse) -> App:
    """`app` within the resolver."""
    settings = house.settings
    return Resolver(
        app,
        house.db,
        trusted_proxies=settings.trusted_proxies,
        http2_only=settings.dpp_http2_only,
        production=settings.profile is Profile.PRODUCTION,
    )


async def _changed(_: Transaction, __: OperatorScope, event: events.PassportEvent) -> None:
    note_change(event.passport_id)


reactions: dict[type[Any], list[Any]] = {
    kind: [_changed]
    for kind in (
        events.PassportChanged,
        events.PassportPublished,
        events.PassportStateChanged,
        events.ResponsibilityMoved,
        events.LifeChanged,
    )
}

"""What EN 18222 offers to the composition root."""

from meguri.dataspaces.dpp import api, pages
from meguri.dataspaces.dpp.facade import DppFacade
from meguri.dataspaces.dpp.jobs import jobs
from meguri.settings import Profile
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "route_handlers"]

route_handlers = [*api.handlers, *pages.handlers]


def facade(app: App, house: FacadeHouse) -> App:
    """`app` within the API of EN 18222."""
    settings = house.settings
    return DppFacade(
        app,
        house.db,
        trusted_proxies=settings.trusted_proxies,
        http2_only=settings.dpp_http2_only,
        production=settings.profile is Profile.PRODUCTION,
    )

"""What PACT offers to the composition root."""

from meguri.dataspaces.pact import api, pages
from meguri.dataspaces.pact.facade import PactFacade
from meguri.dataspaces.pact.house import settle
from meguri.dataspaces.pact.jobs import jobs
from meguri.dataspaces.pact.seeds import seed
from meguri.settings import Settings
from meguri.storage import Database
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "route_handlers", "settle", "started"]

route_handlers = [*api.handlers, *pages.handlers]


async def started(db: Database, settings: Settings) -> None:
    """In the conformance profile there is something to read, and a partner who may."""
    if settings.conformance_hooks:
        await seed(db)


def facade(app: App, house: FacadeHouse) -> App:
    """`app` within the PACT service."""
    return PactFacade(app, house.db, settle(house.settings))

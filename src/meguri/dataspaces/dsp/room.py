"""What this room offers to the composition root."""

from meguri.dataspaces.dsp.facade import Doors, owns
from meguri.dataspaces.dsp.jobs import jobs
from meguri.dataspaces.dsp.seeding import seed
from meguri.dataspaces.node import use
from meguri.dataspaces.wire import facade as around
from meguri.settings import Settings
from meguri.storage import Database
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "started"]


def facade(app: App, house: FacadeHouse) -> App:
    """`app` with the protocol's doors around it."""
    doors = Doors(house.db)
    return around(app, owns, doors.serve, public_url=house.settings.public_url)


def settle(settings: Settings) -> None:
    """This process is a part of the installation of these settings."""
    use(settings)


async def started(db: Database, settings: Settings) -> None:
    """Before the first request: the seed of the profile `conformance`. Raises RealCompanies."""
    if settings.conformance_hooks:
        await seed(db)

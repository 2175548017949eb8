"""What this room offers to the composition root."""

from meguri.dataspaces.aas.example import seed
from meguri.dataspaces.aas.facade import Doors, owns
from meguri.dataspaces.aas.jobs import jobs
from meguri.dataspaces.aas.projecting import reactions
from meguri.dataspaces.dsp import interfaces
from meguri.dataspaces.dsp.seeding import seed as seed_participant
from meguri.dataspaces.wire import facade as around
from meguri.settings import Settings
from meguri.storage import Database
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "reactions", "started"]


interfaces.name("aas-registry", lambda db: Doors(db).registry)
interfaces.name("aas-submodels", lambda db: Doors(db).submodels)


def facade(app: App, house: FacadeHouse) -> App:
    """`app` with the shell interface's doors around it."""
    return around(app, owns, Doors(house.db).serve, public_url=house.settings.public_url)


async def started(db: Database, settings: Settings) -> None:
    """In the conformance profile there are shells to read."""
    if settings.conformance_hooks:
        await seed_participant(db)
        await seed(db)

"""What this room offers to the composition root."""

from meguri.dataspaces.dsp import interfaces
from meguri.dataspaces.epcis import pages
from meguri.dataspaces.epcis.facade import Doors, owns
from meguri.dataspaces.epcis.jobs import jobs
from meguri.dataspaces.epcis.projecting import reactions as lives
from meguri.dataspaces.epcis.recycled import reactions as books
from meguri.dataspaces.wire import facade as around
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "reactions", "route_handlers"]

interfaces.name("epcis", lambda db: Doors(db).agreed)
reactions = {**lives, **books}
route_handlers = pages.handlers


def facade(app: App, house: FacadeHouse) -> App:
    """`app` with the event interface's doors around it."""
    return around(app, owns, Doors(house.db).serve, public_url=house.settings.public_url)

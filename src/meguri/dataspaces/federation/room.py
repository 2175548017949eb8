"""What this room offers to the composition root."""

from meguri.dataspaces.federation import pages
from meguri.dataspaces.federation.facade import Doors, owns
from meguri.dataspaces.federation.jobs import jobs
from meguri.dataspaces.federation.proofs import of_partners
from meguri.dataspaces.federation.telling import reactions
from meguri.dataspaces.wire import facade as around
from meguri.operators.subjects import prove_also
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "reactions", "route_handlers"]

route_handlers = pages.handlers
prove_also(of_partners)


def facade(app: App, house: FacadeHouse) -> App:
    """`app` with the doors between nodes around it."""
    return around(app, owns, Doors(house.db).serve, public_url=house.settings.public_url)

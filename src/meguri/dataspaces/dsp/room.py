"""What this room offers to the composition root."""

from meguri.dataspaces.did.services import offer
from meguri.dataspaces.dsp import api, api_offering, pages, pages_consuming, pages_offering
from meguri.dataspaces.dsp.facade import Doors, owns
from meguri.dataspaces.dsp.jobs import jobs
from meguri.dataspaces.dsp.seeding import seed
from meguri.dataspaces.node import use
from meguri.dataspaces.wire import facade as around
from meguri.proof.did import Service
from meguri.settings import Settings
from meguri.storage import Database
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "route_handlers", "settle", "started"]

route_handlers = [
    *pages.handlers,
    *pages_offering.handlers,
    *pages_consuming.handlers,
    *api.handlers,
    *api_offering.handlers,
]


def services(origin: str, did: str) -> list[Service]:
    """What a company's DID document names of this protocol."""
    operator_id = did.rpartition(":")[2]
    root = f"{origin}/t/{operator_id}/dsp"
    return [
        Service(name="catalog", type="CatalogService", endpoint=f"{root}/2025-1/catalog"),
        Service(name="dsp", type="DataService", endpoint=f"{root}/.well-known/dspace-version"),
    ]


offer("dsp", services)


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

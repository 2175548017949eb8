"""What this room offers to the composition root."""

from meguri.dataspaces.ods.facade import Doors, owns
from meguri.dataspaces.wire import facade as around
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade"]


def facade(app: App, house: FacadeHouse) -> App:
    """`app` with the doors of Open Data Spaces around it."""
    return around(app, owns, Doors(house.db).serve, public_url=house.settings.public_url)

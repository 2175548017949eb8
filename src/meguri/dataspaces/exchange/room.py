"""What the exchange formats offer to the composition root."""

from meguri.dataspaces.exchange import api
from meguri.dataspaces.exchange.formats import all_formats
from meguri.settings import Settings
from meguri.storage import Database

__all__ = ["route_handlers", "started"]

route_handlers = [*api.handlers]


async def started(_: Database, __: Settings) -> None:
    """Every format is loaded with the server: a release that is laid over it later brings none of its own."""
    all_formats()

"""What the exchange formats offer to the composition root."""

from meguri.dataspaces.exchange import api

__all__ = ["route_handlers"]

route_handlers = [*api.handlers]

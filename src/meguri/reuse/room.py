"""What this room offers to the composition root."""

from meguri.reuse import api, api_market, api_services
from meguri.reuse.jobs import jobs
from meguri.reuse.reactions import reactions
from meguri.ui import Place

__all__ = ["jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [*api.handlers, *api_market.handlers, *api_services.handlers]
navigation: tuple[Place, ...] = ()

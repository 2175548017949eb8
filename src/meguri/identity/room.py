"""What identity offers to the composition root."""

from meguri.identity import api
from meguri.identity.jobs import jobs

__all__ = ["jobs", "route_handlers"]

route_handlers = [*api.route_handlers]

"""What health offers to the composition root."""

from meguri.health import api, pages
from meguri.health.jobs import jobs

__all__ = ["jobs", "route_handlers"]

route_handlers = [*api.handlers, *pages.handlers]

"""What messages offer to the composition root."""

from meguri.messages import api, pages
from meguri.messages.jobs import jobs

__all__ = ["jobs", "route_handlers"]

route_handlers = [*api.handlers, *pages.handlers]

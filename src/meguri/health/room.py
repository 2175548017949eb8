"""What health offers to the composition root."""

from meguri.health import api, api_readers, pages, pages_readers
from meguri.health.jobs import jobs

__all__ = ["jobs", "route_handlers"]

route_handlers = [*api.handlers, *api_readers.handlers, *pages.handlers, *pages_readers.handlers]

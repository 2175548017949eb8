"""What telemetry offers to the composition root."""

from meguri.telemetry import api, pages
from meguri.telemetry.ground import settle
from meguri.telemetry.jobs import jobs

__all__ = ["jobs", "route_handlers", "settle"]

route_handlers = [*api.handlers, *pages.handlers]

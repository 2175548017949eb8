"""What guests offer to the composition root."""

from meguri.guests import pages, pages_answer
from meguri.guests.jobs import jobs

__all__ = ["jobs", "route_handlers"]

route_handlers = [*pages.handlers, *pages_answer.handlers]

"""What guests offer to the composition root."""

from meguri.guests import pages, pages_answer

__all__ = ["route_handlers"]

route_handlers = [*pages.handlers, *pages_answer.handlers]

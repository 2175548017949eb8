"""What the search offers to the composition root."""

from meguri.search import pages

__all__ = ["route_handlers"]

route_handlers = [*pages.handlers]

"""What the table of conformance offers to the composition root."""

from meguri.dataspaces.conformance import pages

__all__ = ["route_handlers"]

route_handlers = [*pages.handlers]

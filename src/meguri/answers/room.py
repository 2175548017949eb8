"""What the room of answers offers to the composition root."""

from meguri.answers import pages

__all__ = ["route_handlers"]

route_handlers = [*pages.handlers]

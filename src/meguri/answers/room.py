"""What the room of answers offers to the composition root."""

from meguri.answers import kinds, pages

__all__ = ["kinds", "route_handlers"]

route_handlers = [*pages.handlers]

"""What this room offers to the composition root."""

from meguri.recycling import api

__all__ = ["route_handlers"]

route_handlers = [*api.handlers]

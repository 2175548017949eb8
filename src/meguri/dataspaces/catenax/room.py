"""What Catena-X's aspects offer the app."""

from meguri.dataspaces.catenax.pcf import api

__all__ = ["route_handlers"]

route_handlers = [*api.handlers]

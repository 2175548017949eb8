"""What DIDs offer to the composition root."""

from meguri.dataspaces.did import api, pages

__all__ = ["route_handlers"]

route_handlers = [*api.handlers, *pages.handlers]

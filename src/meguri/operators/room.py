"""What this room offers to the composition root."""

from meguri.operators import api, pages, pages_disclosure, pages_inbox, pages_presence

__all__ = ["navigation", "route_handlers"]

route_handlers = [
    *api.handlers,
    *pages.handlers,
    *pages_disclosure.handlers,
    *pages_inbox.handlers,
    *pages_presence.handlers,
]
navigation = [*pages.places]

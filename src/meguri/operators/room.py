"""What this room offers to the composition root."""

from meguri.operators import api, pages, pages_disclosure, pages_inbox

__all__ = ["navigation", "route_handlers"]

route_handlers = [*api.handlers, *pages.handlers, *pages_disclosure.handlers, *pages_inbox.handlers]
navigation = [*pages.places]

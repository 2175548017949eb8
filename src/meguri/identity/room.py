"""What identity offers to the composition root."""

from meguri.identity import api, pages, pages_account, pages_keys, pages_people
from meguri.identity.jobs import jobs

__all__ = ["jobs", "navigation", "route_handlers"]

route_handlers = [
    *api.route_handlers,
    *pages.handlers,
    *pages_people.handlers,
    *pages_keys.handlers,
    *pages_account.handlers,
]
navigation = [*pages_people.places, *pages_keys.places]

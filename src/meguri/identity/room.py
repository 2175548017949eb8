"""What identity offers to the composition root."""

from meguri.identity import (
    api,
    pages,
    pages_account,
    pages_authorize,
    pages_keys,
    pages_people,
    pages_security,
    pages_steps,
)
from meguri.identity.jobs import jobs

__all__ = ["jobs", "navigation", "route_handlers"]

route_handlers = [
    *api.route_handlers,
    *pages.handlers,
    *pages_people.handlers,
    *pages_keys.handlers,
    *pages_account.handlers,
    *pages_authorize.handlers,
    *pages_steps.handlers,
    *pages_security.handlers,
]
navigation = [*pages_people.places, *pages_keys.places]

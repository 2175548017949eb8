"""What this room offers to the composition root."""

from meguri.operators import subjects
from meguri.passport.service import barring
from meguri.reuse import (
    api,
    api_agreements,
    api_market,
    api_services,
    pages,
    pages_accidents,
    pages_certificate,
    pages_licence,
    pages_market,
    pages_services,
    store,
)
from meguri.reuse.jobs import jobs
from meguri.reuse.reactions import reactions
from meguri.reuse.service.judging import vetoed

__all__ = ["jobs", "navigation", "reactions", "route_handlers"]

subjects.tell_also(store.serials)
barring.learn(vetoed)

route_handlers = [
    *api.handlers,
    *api_market.handlers,
    *api_services.handlers,
    *api_agreements.handlers,
    *pages.handlers,
    *pages_market.handlers,
    *pages_licence.handlers,
    *pages_services.handlers,
    *pages_accidents.handlers,
    *pages_certificate.handlers,
]
navigation = [*pages.places]

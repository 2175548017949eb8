"""What this room offers to the composition root."""

from meguri.reuse import api, api_market, api_services, pages, pages_certificate, pages_market, pages_services
from meguri.reuse.jobs import jobs
from meguri.reuse.reactions import reactions

__all__ = ["jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [
    *api.handlers,
    *api_market.handlers,
    *api_services.handlers,
    *pages.handlers,
    *pages_market.handlers,
    *pages_services.handlers,
    *pages_certificate.handlers,
]
navigation = [*pages.places]

"""What traceability offers to the composition root."""

from meguri.operators import disclosure
from meguri.traceability import api, kinds, pages_home, pages_parts, pages_requests
from meguri.traceability.jobs import jobs
from meguri.traceability.subjects import PartsAndTrades
from meguri.ui.navigation import Place

__all__ = ["jobs", "kinds", "navigation", "route_handlers"]

disclosure.learn(PartsAndTrades())

route_handlers = [*api.handlers, *pages_home.handlers, *pages_parts.handlers, *pages_requests.handlers]
navigation = [
    Place("home", "/"),
    Place("parts", "/parts"),
    Place("exchange", "/requests", also=("/notifications",)),
]

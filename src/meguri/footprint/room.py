"""What footprint offers to the composition root."""

from meguri.footprint import (
    api,
    api_declaring,
    api_making,
    pages,
    pages_declarations,
    pages_sources,
    pages_worksheets,
)
from meguri.footprint.jobs import jobs
from meguri.footprint.service import reactions
from meguri.ui.navigation import Place

__all__ = ["jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [
    *api.handlers,
    *api_making.handlers,
    *api_declaring.handlers,
    *pages.handlers,
    *pages_worksheets.handlers,
    *pages_declarations.handlers,
    *pages_sources.handlers,
]
navigation = [
    Place(
        "footprint",
        "/footprints",
        also=("/worksheets", "/results", "/declarations", "/factors", "/readings", "/reductions", "/pact"),
    )
]

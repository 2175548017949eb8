"""What footprint offers to the composition root."""

from meguri.footprint import (
    api,
    api_auditing,
    api_by_hour,
    api_declaring,
    api_making,
    api_packs,
    api_peers,
    pages,
    pages_auditing,
    pages_bulk,
    pages_declarations,
    pages_lines,
    pages_packs,
    pages_peers,
    pages_sources,
    pages_worksheets,
)
from meguri.footprint.bulk import kinds
from meguri.footprint.jobs import jobs
from meguri.footprint.service import reactions
from meguri.footprint.service.guarding import DerivableChild
from meguri.operators.cautions import caution_by
from meguri.ui.navigation import Place

__all__ = ["jobs", "kinds", "navigation", "reactions", "route_handlers"]

caution_by(DerivableChild())

route_handlers = [
    *api.handlers,
    *api_by_hour.handlers,
    *api_making.handlers,
    *api_packs.handlers,
    *api_peers.handlers,
    *api_declaring.handlers,
    *api_auditing.handlers,
    *pages.handlers,
    *pages_bulk.handlers,
    *pages_worksheets.handlers,
    *pages_lines.handlers,
    *pages_packs.handlers,
    *pages_peers.handlers,
    *pages_declarations.handlers,
    *pages_auditing.handlers,
    *pages_sources.handlers,
]
navigation = [
    Place(
        "footprint",
        "/footprints",
        also=(
            "/worksheets",
            "/results",
            "/declarations",
            "/verifying",
            "/packs",
            "/peers",
            "/factors",
            "/readings",
            "/reductions",
            "/pact",
        ),
    )
]

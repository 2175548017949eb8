"""What footprint offers to the composition root."""

from meguri.footprint import (
    api,
    api_auditing,
    api_by_hour,
    api_declaring,
    api_making,
    api_packs,
    api_peers,
    api_statement_files,
    pages,
    pages_auditing,
    pages_bulk,
    pages_declarations,
    pages_lines,
    pages_packs,
    pages_peers,
    pages_sources,
    pages_statement_files,
    pages_worksheets,
)
from meguri.footprint.bulk import kinds
from meguri.footprint.declarations import statement_files
from meguri.footprint.jobs import jobs
from meguri.footprint.service import reactions
from meguri.footprint.service.guarding import DerivableChild
from meguri.operators.cautions import caution_by
from meguri.ui.navigation import Place
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "kinds", "navigation", "reactions", "route_handlers"]

caution_by(DerivableChild())

route_handlers = [
    *api.handlers,
    *api_by_hour.handlers,
    *api_making.handlers,
    *api_packs.handlers,
    *api_peers.handlers,
    *api_declaring.handlers,
    *api_auditing.handlers,
    *api_statement_files.handlers,
    *pages.handlers,
    *pages_bulk.handlers,
    *pages_worksheets.handlers,
    *pages_lines.handlers,
    *pages_packs.handlers,
    *pages_peers.handlers,
    *pages_declarations.handlers,
    *pages_auditing.handlers,
    *pages_statement_files.handlers,
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


def facade(app: App, house: FacadeHouse) -> App:
    """Puts nothing around the application: takes the place where verifiers' papers are kept."""
    statement_files.place(house.files)
    return app

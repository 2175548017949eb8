"""What this room offers to the composition root."""

from meguri.recycling import api, pages, pages_content, pages_figures, pages_runs

__all__ = ["navigation", "route_handlers"]

route_handlers = [
    *api.handlers,
    *pages.handlers,
    *pages_runs.handlers,
    *pages_figures.handlers,
    *pages_content.handlers,
]
navigation = [*pages.places]

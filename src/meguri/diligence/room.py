"""What due diligence offers to the composition root."""

from meguri.diligence import (
    api,
    api_cases,
    api_records,
    api_requests,
    api_rmi,
    api_screening,
    files,
    pages,
    pages_casework,
    pages_public,
)
from meguri.diligence.jobs import jobs
from meguri.diligence.service import reactions
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [
    *api.handlers,
    *api_records.handlers,
    *api_requests.handlers,
    *api_screening.handlers,
    *api_cases.handlers,
    *api_rmi.handlers,
    *pages.handlers,
    *pages_casework.handlers,
    *pages_public.handlers,
]
navigation = [*pages.places]


def facade(app: App, house: FacadeHouse) -> App:
    """Puts nothing around the application: takes the place where files of evidence are kept."""
    files.place(house.files)
    return app

"""What due diligence offers to the composition root."""

from meguri.diligence import (
    api,
    api_acl,
    api_cases,
    api_records,
    api_requests,
    api_rmi,
    api_screening,
    files,
    pages,
    pages_casework,
    pages_data,
    pages_guests,
    pages_party,
    pages_public,
    pages_questions,
    pages_requests,
    pages_supply,
    pages_workbook,
)
from meguri.diligence.jobs import jobs
from meguri.diligence.service import reactions
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [
    *api.handlers,
    *api_acl.handlers,
    *api_records.handlers,
    *api_requests.handlers,
    *api_screening.handlers,
    *api_cases.handlers,
    *api_rmi.handlers,
    *pages.handlers,
    *pages_casework.handlers,
    *pages_data.handlers,
    *pages_guests.handlers,
    *pages_public.handlers,
    *pages_questions.handlers,
    *pages_requests.handlers,
    *pages_party.handlers,
    *pages_supply.handlers,
    *pages_workbook.handlers,
]
navigation = [*pages.places]


def facade(app: App, house: FacadeHouse) -> App:
    """Puts nothing around the application: takes the place where files of evidence are kept."""
    files.place(house.files)
    return app

"""What Catena-X's aspects and notifications offer the app."""

from meguri.dataspaces.catenax import pages
from meguri.dataspaces.catenax.notices import api as notices_api
from meguri.dataspaces.catenax.notices import pages as notices_pages
from meguri.dataspaces.catenax.notices.jobs import jobs
from meguri.dataspaces.catenax.notices.receiving import Inbox
from meguri.dataspaces.catenax.pcf import api
from meguri.dataspaces.dsp import interfaces

__all__ = ["jobs", "route_handlers"]

interfaces.name("notifications", lambda db: Inbox(db).take)
route_handlers = [*api.handlers, *pages.handlers, *notices_api.handlers, *notices_pages.handlers]

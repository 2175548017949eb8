"""What the desk offers to the composition root."""

from meguri.desk import pages, pages_authorities, pages_glass, pages_licences, pages_retention
from meguri.desk.facade import facade
from meguri.desk.jobs import jobs
from meguri.desk.reactions import reactions

__all__ = ["facade", "jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [
    *pages.handlers,
    *pages_glass.handlers,
    *pages_authorities.handlers,
    *pages_licences.handlers,
    *pages_retention.handlers,
]
navigation = list(pages.places)

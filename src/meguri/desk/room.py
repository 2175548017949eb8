"""What the desk offers to the composition root."""

from meguri.desk import pages
from meguri.desk.facade import facade
from meguri.desk.jobs import jobs
from meguri.desk.reactions import reactions

__all__ = ["facade", "jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [*pages.handlers]
navigation = list(pages.places)

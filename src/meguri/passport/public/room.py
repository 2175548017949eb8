"""What the public face of passports offers to the composition root."""

from meguri.passport.labels import api
from meguri.passport.public import pages

__all__ = ["route_handlers"]

route_handlers = [*pages.handlers, *api.handlers]

"""What the public face of passports offers to the composition root."""

from meguri.passport.labels import api
from meguri.passport.public import pages, pages_authority

__all__ = ["navigation", "route_handlers"]

navigation = [*pages_authority.places]
route_handlers = [*pages.handlers, *pages_authority.handlers, *api.handlers]

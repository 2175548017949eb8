"""What passports offer to the composition root."""

from meguri.passport import api
from meguri.passport.api.asking import with_identifiers
from meguri.passport.jobs import jobs
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "route_handlers"]

route_handlers = [*api.handlers]


def facade(app: App, _: FacadeHouse) -> App:
    """`app`, whose paths may name a passport by its percent-encoded identifier."""
    return with_identifiers(app)

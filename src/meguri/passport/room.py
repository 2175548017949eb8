"""What passports offer to the composition root."""

from meguri.footprint.events import DeclarationMoved
from meguri.kernel.events import Event
from meguri.passport import api, pages, pages_japan, pages_life
from meguri.passport.api.asking import with_identifiers
from meguri.passport.jobs import jobs
from meguri.passport.service.filling import follow_footprint
from meguri.storage import Reaction
from meguri.web.asgi import App
from meguri.web.house import FacadeHouse

__all__ = ["facade", "jobs", "navigation", "reactions", "route_handlers"]

route_handlers = [*api.handlers, *pages.handlers, *pages_life.handlers, *pages_japan.handlers]
navigation = [*pages.places]
reactions: dict[type[Event], list[Reaction]] = {DeclarationMoved: [follow_footprint]}


def facade(app: App, _: FacadeHouse) -> App:
    """`app`, whose paths may name a passport by its percent-encoded identifier."""
    return with_identifiers(app)

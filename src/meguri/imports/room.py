"""What the room of imports offers to the composition root."""

from meguri.imports import api, pages, store
from meguri.imports.jobs import jobs
from meguri.operators import subjects

__all__ = ["jobs", "route_handlers"]

subjects.tell_also(store.names)

route_handlers = [*api.handlers, *pages.handlers]

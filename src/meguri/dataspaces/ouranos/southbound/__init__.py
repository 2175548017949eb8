"""The traceability system towards a data-transport system that is not ours: `/tms/*`."""

from meguri.dataspaces.ouranos.house import Handlers
from meguri.dataspaces.ouranos.southbound import footprints, parts, requests

HANDLERS: Handlers = {**parts.HANDLERS, **requests.HANDLERS, **footprints.HANDLERS}
NAMES = frozenset(name for _, name in HANDLERS)

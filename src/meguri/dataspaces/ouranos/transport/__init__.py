"""The data-transport system, `/api/v1/datatransport`: one module per `dataTarget`."""

from meguri.dataspaces.ouranos.house import Handlers
from meguri.dataspaces.ouranos.transport import certification, cfp, dd, parts, status, trades

HANDLERS: Handlers = {
    **parts.HANDLERS,
    **trades.HANDLERS,
    **status.HANDLERS,
    **cfp.HANDLERS,
    **certification.HANDLERS,
    **dd.HANDLERS,
}
METHODS = frozenset(method for method, _ in HANDLERS)

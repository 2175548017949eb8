"""The traceability system towards applications: root paths such as `/cfpAcl`."""

from meguri.dataspaces.ouranos.house import Handlers
from meguri.dataspaces.ouranos.northbound import certificates, disclosure, messages

HANDLERS: Handlers = {**disclosure.HANDLERS, **messages.HANDLERS, **certificates.HANDLERS}
NAMES = frozenset(name for _, name in HANDLERS)

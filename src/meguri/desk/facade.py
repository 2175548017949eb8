"""The gate of the whole service: closed for maintenance, everybody but the platform operator is told so."""

from meguri.desk.errors import UnderMaintenance
from meguri.desk.switches import Switches, switches_of
from meguri.storage.database import Database
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.house import FacadeHouse
from meguri.web.shedding import refuse

OPEN = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
    "/sign-in",
    "/sign-out",
    "/platform",
    "/favicon.ico",
    "/language/",
    "/prove",
)


class MaintenanceGate:
    """`inner`, closed while the switch is on."""

    def __init__(self, inner: App, db: Database) -> None:
        self._inner, self._db = inner, db
        self._switches: Switches = switches_of(db)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self._inner(scope, receive, send)
            return
        await self._switches.refresh(self._db)
        if self._switches.maintenance:
            await refuse(scope, send, UnderMaintenance(retry_after=300))
            return
        await self._inner(scope, receive, send)


def facade(app: App, house: FacadeHouse) -> App:
    """For the composition root."""
    return MaintenanceGate(app, house.db)

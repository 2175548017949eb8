"""The gateway as the door at `/ods/` uses it: who asks, which route, whether they may, and the answer from behind."""

from typing import Any

from meguri.dataspaces.ods.gateway import store
from meguri.dataspaces.ods.gateway.model import Route
from meguri.dataspaces.ods.gateway.passing import Asked, Back, passed
from meguri.dataspaces.ods.gateway.policy import Policy
from meguri.dataspaces.rules import ods
from meguri.identity import service as identity
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Outbound, Reach, origin_of
from meguri.kernel.scope import OperatorScope
from meguri.settings import Settings
from meguri.storage import Database

_OUR_SHARE_S = 1.0  # of a request's time, so that the gateway's own answer comes before the house gives up


class Gateway:
    """Stands before the resources of this installation and before services behind routes."""

    def __init__(self, db: Database, settings: Settings) -> None:
        """Connects to nothing."""
        self._db = db
        self._policy = Policy(db, settings)
        self._reach = Reach(origins=frozenset(origin_of(one) for one in settings.gateway_origins))
        self._seconds = max(1.0, min(ods().l2_timeout_s, settings.request_timeout_s - _OUR_SHARE_S))
        self._outbound: Outbound | None = None

    async def enter(self, token: str) -> tuple[OperatorScope, dict[str, Any]]:
        """Who asks, and what their token says. Raises as `identity.scope_in_data_space`."""
        return await identity.scope_in_data_space(self._db, token)

    async def route(self, method: str, path: str) -> Route | None:
        """The first route that takes a request. A path with steps upwards is nobody's."""
        if any(one in (".", "..") for one in path.split("/")) or "\\" in path or "//" in path:
            return None
        found = await self._db.run(system_scope("ods"), store.routes)
        return next((one for one in found if one.takes(method, path)), None)

    async def allows(
        self, scope: OperatorScope, endpoint_id: str, claims: dict[str, Any], token: str, tracking: str
    ) -> bool:
        """Whether they may call it. Raises policy.Undecided."""
        return await self._policy.allows(scope, endpoint_id, claims, kind="endpoint", token=token, tracking=tracking)

    async def passed(self, route: Route, asked: Asked) -> Back:
        """The answer from behind. Raises passing.NotPassed and its kin, outbound.Refused."""
        if self._outbound is None:
            self._outbound = Outbound(self._reach)
        return await passed(self._outbound, route, asked, self._seconds)

"""`/actuator/gateway/routes[/{id}]`: the gateway's routes, for whoever holds the management key.

Source: the management paths of the public L2 module (Spring Cloud Gateway's actuator): GET lists, POST keeps, DELETE drops.
"""

import hmac

from meguri.dataspaces.ods.gateway import store
from meguri.dataspaces.ods.gateway.model import Route, Unfit, read
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import origin_of
from meguri.kernel import clock
from meguri.kernel.clock import seconds_z
from meguri.settings import Settings
from meguri.storage import Database

ROOT = "/actuator/gateway"
_MOST = 64 * 1024


class Management:
    """The door to the routes; shut where no key is set."""

    def __init__(self, db: Database, settings: Settings) -> None:
        """Has no state of its own."""
        self._db, self._key = db, settings.gateway_key
        self._origins = frozenset(origin_of(one) for one in settings.gateway_origins)

    def admits(self, call: Call) -> bool:
        """Whether the management key stands in the head."""
        given = call.headers.get("x-api-key", "")
        return self._key is not None and hmac.compare_digest(given.encode("utf-8", "replace"), self._key.encode())

    async def serve(self, call: Call) -> Answer:
        """The answer to one call below `/actuator/gateway`."""
        if self._key is None:
            return said(404, "[dataspace] NotFound", "Endpoint not found")
        if not self.admits(call):
            return said(401, "[dataspace] Unauthorized", "Invalid API-Key")
        rest, scope = call.segments[2:], system_scope("ods")
        if rest == ("refresh",) and call.method == "POST":
            return Answer(200)  # routes are read anew for each request
        if rest == ("routes",) and call.method == "GET":
            return to_json(200, [one.shown() for one in await self._db.run(scope, store.routes)])
        if len(rest) != 2 or rest[0] != "routes":
            return said(404, "[dataspace] NotFound", "Endpoint not found")
        if call.method == "GET":
            found = [one for one in await self._db.run(scope, store.routes) if one.route_id == rest[1]]
            return to_json(200, found[0].shown()) if found else said(404, "[dataspace] NotFound", "Endpoint not found")
        if call.method == "DELETE":
            gone = await self._db.run(scope, store.drop, rest[1])
            return Answer(200) if gone else said(404, "[dataspace] NotFound", "Endpoint not found")
        if call.method not in ("POST", "PUT"):
            return said(
                405, "[dataspace] MethodNotAllowed", "Invalid request parameters", {"allow": "GET, POST, DELETE"}
            )
        return await self._keep(call, rest[1])

    async def _keep(self, call: Call, route_id: str) -> Answer:
        try:
            route: Route = read(loads(await call.body(_MOST)), route_id, self._origins)
        except TooLarge:
            return said(413, "[dataspace] BadRequest", "Invalid request parameters, the body is too large")
        except (NotStrict, Unfit) as wrong:
            why = str(wrong) if isinstance(wrong, Unfit) else "the body is not JSON"
            return said(400, "[dataspace] BadRequest", f"Invalid request parameters, {why}")
        await self._db.run(system_scope("ods"), store.keep, route)
        return Answer(201, b"", {"location": f"{ROOT}/routes/{route_id}"})


def said(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    """A refusal in the gateway's own form."""
    body = {"code": code, "message": message, "detail": f"timeStamp: {seconds_z(clock.now())}"}
    return to_json(status, body, headers)

"""The event interface's doors: capture, events, queries (EPCIS 2.0, REST binding; JSON alone)."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from meguri.dataspaces.aas.faults import Fault as LookFault
from meguri.dataspaces.aas.looking import Lookout
from meguri.dataspaces.aas.view import PUBLIC, Viewer
from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.dsp.interfaces import Admitted
from meguri.dataspaces.dsp.model import Participant
from meguri.dataspaces.epcis import asking, capturing, store, subscribing
from meguri.dataspaces.epcis.faults import Fault, answer_of
from meguri.dataspaces.rules import epcis
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

log = structlog.get_logger("meguri.epcis")
PREFIX = ("epcis", "v2")
_BY_FIELD = {
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "dispositions": "EQ_disposition",
    "eventTypes": "eventType",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
}
_ALLOW = {
    "capture": "GET, POST, OPTIONS",
    "events": "GET, POST, OPTIONS",
    "queries": "GET, POST, DELETE, OPTIONS",
}


def owns(path: str) -> bool:
    """Whether a path is this façade's."""
    parts = tuple(path.split("/")[1:])
    return parts[:2] == PREFIX or (parts[:1] == ("t",) and parts[2:4] == PREFIX)


class Doors:
    """Serves the events of every participant of this node."""

    def __init__(self, db: Database) -> None:
        """Knows nobody yet."""
        self._db = db
        self._lookout = Lookout(db)

    async def serve(self, call: Call) -> Answer:
        """The answer to one call, whatever happens."""
        return await _answered(call, self._routed(call))

    async def agreed(self, call: Call, admitted: Admitted) -> Answer:
        """The same for a call under an agreement on events: reading alone, also those that the agreement reaches."""
        return await _answered(call, self._agreed(call, admitted))

    async def _agreed(self, call: Call, admitted: Admitted) -> Answer:
        _check_length(call)
        _check_accept(call)
        if call.method not in ("GET", "HEAD") or admitted.below[:1] in (("capture",), ("queries",)):
            raise Fault("NoSuchResourceException")
        did = admitted.holder.process.peer_did
        viewer = Viewer(audiences=(PUBLIC, did), did=did, reach=tuple(admitted.form.reach))
        scope = system_scope("epcis", admitted.participant.operator_id)
        return await self._db.run(scope, _served, call, admitted.below, viewer, admitted.participant, None)

    async def _routed(self, call: Call) -> Answer:
        tenant, rest = (call.segments[1], call.segments[4:]) if call.segments[0] == "t" else ("", call.segments[2:])
        _check_length(call)
        if not rest:
            raise Fault("NoSuchResourceException")
        _check_accept(call)
        if call.method == "OPTIONS":
            return Answer(204, b"", {"allow": _ALLOW.get(rest[0], "GET, OPTIONS")})
        participant = await self._lookout.participant(tenant)
        viewer = await self._lookout.viewer(call, participant, epcis().capture_bytes)
        if not viewer.known:
            raise Fault("SecurityException")
        if call.method not in ("GET", "HEAD") and not (viewer.own or viewer.on_record):
            raise Fault("SecurityException", "Only partners on record may tell events", status=403)
        scope = system_scope("epcis", participant.operator_id)
        body = await _body(call) if call.method == "POST" else None
        return await self._db.run(scope, _served, call, rest, viewer, participant, body)


async def _answered(call: Call, found: Awaitable[Answer]) -> Answer:
    """What is found, or the refusal in this interface's form; with its headers."""
    try:
        answer = await found
    except Fault as fault:
        answer = answer_of(fault)
    except LookFault as fault:
        name = "SecurityException" if fault.status in (401, 403) else "NoSuchResourceException"
        answer = answer_of(Fault(name, status=fault.status))
    except TooLarge:
        answer = answer_of(Fault("CaptureLimitExceededException"))
    except Refusal as refusal:
        log.warning("epcis.refused", code=refusal.code, track=call.tracking)
        answer = answer_of(Fault("ImplementationException", status=503 if refusal.status >= 500 else 400))
    except Exception as error:
        log.error("epcis.unexpected", track=call.tracking, exc_info=error)
        answer = answer_of(Fault("ImplementationException"))
    answer.headers.update(
        {
            "gs1-epcis-version": "2.0.0",
            "gs1-cbv-version": "2.0.0",
            "gs1-epc-format": "Always_GS1_Digital_Link",
            "gs1-epcis-capture-limit": str(epcis().capture_limit),
            "gs1-epcis-capture-file-size-limit": str(epcis().capture_bytes),
        }
    )
    return answer


def _check_length(call: Call) -> None:
    """Raises Fault (URITooLongException)."""
    if len(call.path) + len(call.scope.get("query_string", b"")) > 8192:
        raise Fault("URITooLongException")


def _check_accept(call: Call) -> None:
    """Answers are JSON alone. Raises Fault (NotAcceptableException)."""
    wanted = [one.partition(";")[0].strip().lower() for one in call.headers.get("accept", "").split(",") if one.strip()]
    fits = ("*/*", "application/*", "application/json", "application/ld+json", "application/problem+json")
    if wanted and not any(one in fits for one in wanted):
        raise Fault("NotAcceptableException", "application/json or application/ld+json")


async def _body(call: Call) -> Any:
    said = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if said not in ("application/json", "application/ld+json"):
        raise Fault("UnsupportedMediaTypeException")
    try:
        return loads(await call.body(epcis().capture_bytes), most_keys=2_000_000)
    except NotStrict as error:
        raise Fault("ValidationException", f"/: {error}") from None


async def _served(
    tx: Transaction,
    scope: OperatorScope,
    call: Call,
    rest: tuple[str, ...],
    viewer: Viewer,
    participant: Participant,
    body: Any,
) -> Answer:
    me = None if viewer.own else viewer.did or str(viewer.operator_id)
    speaker = participant.did if viewer.own else str(me)
    if rest[0] == "capture":
        return await _capture(tx, scope, call, rest[1:], me, speaker, body)
    if rest == ("events",) and call.method == "POST":
        event_id = await capturing.one(tx, scope, speaker, viewer.own, body)
        return Answer(201, b"", {"location": f"{call.encoded}/{quote(event_id, safe='')}"})
    if rest[0] == "queries":
        return await _queries(tx, scope, call, rest[1:], me, speaker, body)
    pairs = [pair for pair in call.query if pair[0] != "nextPageToken"]
    if rest[0] == "events" and len(rest) == 2 and call.method == "GET":
        return await _events(tx, scope, call, me, [("EQ_eventID", rest[1])], single=True, reach=viewer.reach)
    if rest == ("events",) and call.method == "GET":
        return await _events(tx, scope, call, me, pairs, reach=viewer.reach)
    if rest[0] in _BY_FIELD and len(rest) == 3 and rest[2] == "events" and call.method == "GET":
        return await _events(tx, scope, call, me, [*pairs, (_BY_FIELD[rest[0]], rest[1])], reach=viewer.reach)
    raise Fault("NoSuchResourceException")


async def _events(
    tx: Transaction,
    scope: OperatorScope,
    call: Call,
    me: str | None,
    pairs: list[tuple[str, str]],
    *,
    single: bool = False,
    name: str = "SimpleEventQuery",
    reach: tuple[str, ...] = (),
) -> Answer:
    query = asking.asked(pairs)
    secret = await contracts.token_key(tx, scope)
    found, following = await asking.page(tx, scope, me, query, call.value("nextPageToken"), secret, reach)
    if single and not found:
        raise Fault("NoSuchResourceException")
    headers = {}
    if following:
        again = urlencode([*[pair for pair in call.query if pair[0] != "nextPageToken"], ("nextPageToken", following)])
        headers["link"] = f'<{call.base}{call.encoded}?{again}>; rel="next"'
    return to_json(200, asking.results(found, name), headers)


async def _capture(
    tx: Transaction, scope: OperatorScope, call: Call, rest: tuple[str, ...], me: str | None, speaker: str, body: Any
) -> Answer:
    if not rest and call.method == "POST":
        behaviour = call.headers.get("gs1-capture-error-behaviour", "rollback")
        if behaviour not in ("rollback", "proceed"):
            raise Fault("ValidationException", "GS1-Capture-Error-Behaviour is rollback or proceed")
        capture_id = await capturing.capture(tx, scope, speaker, me is None, body, behaviour)
        return Answer(202, b"", {"location": f"{call.encoded}/{capture_id}"})
    if call.method != "GET" or len(rest) > 1:
        raise Fault("NoSuchResourceException")
    capture_id_asked = parse_uuid(rest[0]) if rest else None
    if rest and capture_id_asked is None:
        raise Fault("NoSuchResourceException")
    found = [
        {
            "captureID": str(one.capture_id),
            "createdAt": one.created_at,
            "finishedAt": one.finished_at,
            "running": False,
            "success": one.success,
            "captureErrorBehaviour": one.behaviour,
            "errors": one.errors,
        }
        for one in await store.captures(tx, scope, me, capture_id_asked, 100)
    ]
    if rest and not found:
        raise Fault("NoSuchResourceException")
    return to_json(200, found[0] if rest else found)


async def _queries(
    tx: Transaction, scope: OperatorScope, call: Call, rest: tuple[str, ...], me: str | None, owner: str, body: Any
) -> Answer:
    if not rest and call.method == "POST":
        name, query = (body.get("name"), body.get("query")) if isinstance(body, dict) else (None, None)
        if not isinstance(name, str) or not 0 < len(name) <= 100 or not isinstance(query, dict):
            raise Fault("ValidationException", "/: name and query are needed")
        asking.asked(asking.pairs_of(query))
        if not await store.add_query(tx, scope, owner, name, query):
            raise Fault("ResourceAlreadyExistsException")
        return Answer(201, b"", {"location": f"{call.encoded}/{quote(name, safe='')}"})
    if not rest and call.method == "GET":
        return to_json(200, [{"name": row[0], "query": row[1]} for row in await store.named(tx, scope, owner)])
    if rest[1:] in (("events",), ("subscriptions",)) and call.headers.get("upgrade", "").lower() == "websocket":
        raise Fault(
            "ImplementationException", "Streaming over WebSocket is not offered; subscribe with dest", status=501
        )
    known = await store.query(tx, scope, owner, rest[0]) if rest else None
    if known is None:
        raise Fault("NoSuchResourceException")
    if len(rest) == 1 and call.method == "DELETE":
        await store.drop_subscriptions(tx, scope, owner, rest[0])
        await store.drop_query(tx, scope, owner, rest[0])
        return Answer(204)
    if len(rest) == 1 and call.method == "GET":
        return to_json(200, {"name": rest[0], "query": known})
    if rest[1:] == ("events",) and call.method == "GET":
        pages = [pair for pair in call.query if pair[0] == "perPage"]
        return await _events(tx, scope, call, me, [*asking.pairs_of(known), *pages], name=rest[0])
    if rest[1:2] == ("subscriptions",) and len(rest) <= 3:
        return await _subscriptions(tx, scope, call, rest, me, owner, body)
    raise Fault("NoSuchResourceException")


async def _subscriptions(
    tx: Transaction, scope: OperatorScope, call: Call, rest: tuple[str, ...], me: str | None, owner: str, body: Any
) -> Answer:
    name = rest[0]
    if len(rest) == 2 and call.method == "POST":
        made = await subscribing.subscribe(tx, scope, owner, me, name, body)
        return to_json(201, subscribing.told(made), {"location": f"{call.encoded}/{made.subscription_id}"})
    if len(rest) == 2 and call.method == "GET":
        return to_json(200, [subscribing.told(one) for one in await store.subscriptions(tx, scope, owner, name)])
    asked = parse_uuid(rest[2]) if len(rest) == 3 else None
    found = await store.subscriptions(tx, scope, owner, name, asked) if asked else []
    if not found:
        raise Fault("NoSuchResourceException")
    if call.method == "DELETE":
        await store.drop_subscriptions(tx, scope, owner, name, asked)
        return Answer(204)
    if call.method != "GET":
        raise Fault("NoSuchResourceException")
    return to_json(200, subscribing.told(found[0]))

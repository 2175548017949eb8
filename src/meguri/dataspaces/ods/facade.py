"""The doors of Open Data Spaces: decisions, notifier, metadata, queries, discovery."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import msgspec
import structlog
from pyoxigraph import RdfFormat

from meguri.dataspaces.aas.faults import Fault as LookFault
from meguri.dataspaces.aas.looking import Lookout
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.dsp.model import Dataset, Participant
from meguri.dataspaces.ods import deciding, forwarding, graph, notifier, querying, tokens
from meguri.dataspaces.ods.gateway import managing, tuples
from meguri.dataspaces.ods.gateway.managing import Management
from meguri.dataspaces.ods.gateway.policy import Policy, Undecided
from meguri.dataspaces.ods.notifier import Fault
from meguri.dataspaces.rules import ods, trust
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.identity import service as identity
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.errors import Refusal, Unauthenticated
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.proof import keyring
from meguri.settings import Settings
from meguri.storage import Database, Transaction

log = structlog.get_logger("meguri.ods")
_STARTS = ("/access/v1/", "/authz/", "/l4/", "/discovery/v1/", f"{managing.ROOT}/")
_EXACT = ("/sparql", "/v1/api/query", *tokens.FLOWS)
_NOT_HERE = ("default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri", "update")
"""Parameters of SPARQL 1.1 Protocol that ask for other graphs, or for a change."""
_NOTIFIER = ("/api/v1/notifications", "/api/v1/notification-targets")


def owns(path: str) -> bool:
    """Whether a path is this façade's."""
    bare = path.rstrip("/")
    if bare.startswith("/t/") and bare.split("/")[3:4] in (["l4"], ["sparql"]):
        return True
    if bare in _EXACT or path.startswith(_STARTS):
        return True
    return any(bare == one or path.startswith(f"{one}/") for one in _NOTIFIER)


class Doors:
    """Serves Open Data Spaces for the companies of this node."""

    def __init__(self, db: Database, settings: Settings) -> None:
        """Knows nobody yet."""
        self._db = db
        self._management = Management(db, settings)
        self._policy = Policy(db, settings)
        self._lookout = Lookout(db)
        self._turns = querying.Turns()

    async def serve(self, call: Call) -> Answer:
        """The answer to one call, whatever happens."""
        try:
            return await self._routed(call)
        except Fault as fault:
            return notifier.answer_of(fault, call.path)
        except querying.Refused as refused:
            later = {"retry-after": "5"} if refused.status == 503 else {}
            return to_json(refused.status, {"code": refused.code, "message": refused.place or refused.code}, later)
        except LookFault as fault:
            return to_json(fault.status, {"code": fault.code, "message": fault.text})
        except TooLarge:
            return to_json(413, {"code": "TOO_LARGE", "message": "The body is too large"})
        except Refusal as refusal:
            log.warning("ods.refused", code=refusal.code, track=call.tracking)
            return to_json(refusal.status, {"code": refusal.code, "message": refusal.sentence("en")})
        except Exception as error:
            log.error("ods.unexpected", track=call.tracking, exc_info=error)
            return to_json(500, {"code": "INTERNAL", "message": "Unexpected error"})

    async def _routed(self, call: Call) -> Answer:
        path = call.path.rstrip("/")
        if path.startswith("/api/v1/"):
            return await self._notifier(call)
        if path.startswith(("/access/v1/", "/authz/")):
            return await self._decision(call)
        if path in tokens.FLOWS:
            return await tokens.serve(self._db, call, tokens.FLOWS[path])
        if path.startswith(managing.ROOT):
            return await self._management.serve(call)
        if path.startswith("/discovery/v1/"):
            return await self._discovery(call, call.segments[2:])
        return await self._metadata(call)

    # notifier

    async def _notifier(self, call: Call) -> Answer:
        for name in notifier.NEEDED[:3]:
            if not call.headers.get(name):
                raise Fault(422, f"{name}: 必須のヘッダーです")
        if call.headers["content-type"].partition(";")[0].strip().lower() != "application/json":
            raise Fault(422, "content-type: application/json を指定してください")
        tracking = call.headers.get("x-trackingid")
        if not tracking:
            raise Fault(422, "x-trackingid: 必須のヘッダーです")
        if parse_uuid(tracking) is None:
            raise Fault(400, "X-TrackingId must be a valid UUID format")
        key = call.headers.get("x-notifier-api-key")
        if not key:
            raise Fault(422, "x-notifier-api-key: 必須のヘッダーです")
        found = await identity.check_api_key(self._db, key, call.address)
        if not found.known or not found.address_ok:
            raise Fault(403, "Invalid API key")
        scope, claims = await self._bearer(call)
        try:
            allowed = await self._policy.allows(
                scope, _permission(call), claims, kind="api_endpoint", token=call.bearer, tracking=call.tracking
            )
        except Undecided:
            raise Fault(500, "Unexpected error occurred") from None
        if not allowed:
            raise Fault(403, "Access denied")
        body = await _json(call) if call.method in ("POST", "PUT") and call.segments[-1] != "receive" else None
        return await self._db.run(scope, notifier.serve, call, call.segments[2:], body)

    async def _person(self, call: Call) -> OperatorScope:
        return (await self._bearer(call))[0]

    async def _bearer(self, call: Call) -> tuple[OperatorScope, dict[str, Any]]:
        try:
            return await identity.scope_in_data_space(self._db, call.bearer)
        except Unauthenticated:
            raise Fault(401, "Invalid access token") from None

    # decisions

    async def _decision(self, call: Call) -> Answer:
        """An evaluation; what goes wrong has the caller's own form too: of L3 below `/authz`, else ours."""
        wrapped = call.segments[0] == "authz"
        echoed = {"x-request-id": call.headers["x-request-id"]} if "x-request-id" in call.headers else {}
        try:
            made = await self._decided(call, wrapped)
        except Fault as fault:
            if not wrapped:
                raise
            return tokens.envelope(fault.status, fault.detail, None, echoed)
        except (deciding.Malformed, tuples.Unfit) as wrong:
            why = str(wrong) or "subject, resource and action are needed"
            if wrapped:
                return tokens.envelope(400, why, None, echoed)
            return to_json(400, {"code": "MALFORMED", "message": why}, echoed)
        if made is None:
            return to_json(404, {"code": "NOT_FOUND", "message": "Not found"})
        return to_json(200, _envelope(200, "ok", made) if wrapped else made, echoed)

    async def _decided(self, call: Call, wrapped: bool) -> Any:
        place = call.segments[3:] if wrapped and call.segments[1:2] == ("stores",) else call.segments
        if call.method != "POST":
            return None
        if wrapped and place in (("write",), ("read",)):
            return await self._relations(call, place[0])
        if len(place) != 3 or place[:2] != ("access", "v1") or place[2] not in ("evaluation", "evaluations"):
            return None
        await self._asking(call)
        body = await _json(call, broken=deciding.Malformed())
        scope = system_scope("ods")
        if place[2] == "evaluations" and isinstance(body, dict) and body.get("evaluations", []) != []:
            return {"evaluations": await self._db.run(scope, deciding.decide_many, body)}
        return {"decision": await self._db.run(scope, deciding.decide, body)}

    async def _relations(self, call: Call, word: str) -> Any:
        if not self._management.admits(call):
            raise Fault(401, "Invalid API-Key")
        scope = system_scope("ods")
        if word == "read":
            found = await self._db.run(scope, tuples.listed)
            return {"tuples": [{"key": msgspec.to_builtins(one)} for one in found], "continuation_token": ""}
        body = await _json(call, broken=tuples.Unfit("the body is not JSON"))
        await self._db.run(scope, tuples.write, *tuples.read(body))
        return {}

    async def _asking(self, call: Call) -> None:
        """Whoever asks for decisions has a token or key of this installation."""
        if not await tokens.has_key(self._db, call):
            await self._person(call)

    # metadata

    async def _metadata(self, call: Call) -> Answer:
        tenant = call.segments[1] if call.segments[0] == "t" else ""
        if call.path.rstrip("/").endswith("/l4/catalog") and call.method == "GET":
            form = _form(call.headers.get("accept", ""))
            if form is None:
                return to_json(406, {"code": "NOT_ACCEPTABLE", "message": "application/ld+json or text/turtle"})
            triples = await self._graph(call, tenant)
            media = "text/turtle" if form is RdfFormat.TURTLE else "application/ld+json"
            return Answer(200, graph.serialized(triples, form), {"cache-control": "no-store", "vary": "accept"}, media)
        query, target = await self._query(call)
        if target is not None:
            return await self._elsewhere(call, query, target)
        querying.check(query)
        async with self._turns.one():
            found = await querying.answer(query, graph.ntriples(await self._graph(call, tenant)))
        headers = {"cache-control": "no-store"} | ({"x-meguri-truncated": "true"} if found.truncated else {})
        return Answer(200, found.body, headers, found.media_type)

    async def _graph(self, call: Call, tenant: str) -> list[Any]:
        try:
            participant = await self._lookout.participant(tenant)
        except LookFault:
            if tenant or not call.bearer:
                raise
            # Where several companies take part, an address without a company means one's own.
            participant = await self._lookout.participant(str((await self._person(call)).operator_id))
        viewer = await self._lookout.viewer(call, participant)
        scope = system_scope("ods", participant.operator_id)
        return await self._db.run(scope, graph_of, participant, viewer)

    async def _elsewhere(self, call: Call, query: str, target: str) -> Answer:
        """A query of our own people to a partner's metadata: signed in the company's name, answered as the partner does."""
        try:
            scope = await identity.scope_of_token(self._db, call.bearer)
        except Refusal:
            raise querying.Refused(400, "TARGET_NOT_ALLOWED") from None
        querying.check(query)
        return await forwarding.forward(self._db, scope.operator_id, query, target)

    async def _query(self, call: Call) -> tuple[str, str | None]:
        """The query, and the partner's endpoint where it is to be asked, if not here. Raises Refused."""
        target: Any = None
        if call.path.rstrip("/") == "/v1/api/query":
            if call.method != "POST":
                raise querying.Refused(405, "METHOD_NOT_ALLOWED")
            body = await _json(call, ods().query_bytes + 4096, querying.Refused(400, "QUERY_INVALID", "1:1"))
            target = body.get("target") if isinstance(body, dict) else None
            if target is not None and (not isinstance(target, str) or not target):
                raise querying.Refused(400, "TARGET_NOT_ALLOWED")
            text = body.get("query") if isinstance(body, dict) else None
        elif call.method == "GET":
            text = call.value("query")
        else:
            raw = (await call.body(ods().query_bytes + 4096)).decode("utf-8", "replace")
            kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
            form = {} if kind.startswith("application/sparql-") else parse_qs(raw, keep_blank_values=True)
            if kind == "application/sparql-update" or not form.keys().isdisjoint(_NOT_HERE):
                raise querying.Refused(400, "QUERY_NOT_ALLOWED")
            text = raw if kind == "application/sparql-query" else form.get("query", [""])[0]
        if any(call.values(name) for name in _NOT_HERE):
            raise querying.Refused(400, "QUERY_NOT_ALLOWED")
        if not isinstance(text, str) or not text:
            raise querying.Refused(400, "QUERY_INVALID", "1:1")
        return text, target

    # discovery

    async def _discovery(self, call: Call, rest: tuple[str, ...]) -> Answer:
        scope = await self._person(call)
        if rest[:1] == ("register",) and call.method in ("POST", "PUT", "DELETE"):
            body = (
                await _json(call, broken=querying.Refused(400, "SCHEMA_INVALID")) if call.method != "DELETE" else None
            )
            return await self._db.run(scope, _register, call.method, rest[1:], body)
        if rest == ("find",) and call.method == "GET":
            return await self._db.run(scope, _find, call.values("key"), call.value("q"))
        if rest == ("finder",) and call.method == "GET":
            return await self._db.run(scope, _finder, call.value("domain") or "")
        return to_json(404, {"code": "NOT_FOUND", "message": "Not found"})


def _permission(call: Call) -> str:
    """The permission that a notifier call needs, written as an endpoint id."""
    rest = call.segments[2:]
    verbs = {"GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"}
    verb = verbs.get(call.method, "call")
    if rest[-1] == "bulk-delete":
        verb = "delete"
    elif rest[-1] == "receive":
        verb = "data-receive-put" if "data" in rest else "receive-put"
    elif call.method == "GET" and len(rest) == 1 and rest[0] == "notification-targets":
        verb = "get-all"
    elif call.method == "GET" and len(rest) == 2 and rest[0] == "notifications":
        verb = "get-id"
    return f"{rest[0]}-{verb}"


def _envelope(status: int, title: str, data: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "detail": "", "data": data}


async def _json(call: Call, most: int = 1 << 20, broken: Exception | None = None) -> Any:
    """The body. Raises `broken` when it is no JSON; else the notifier's own refusal."""
    try:
        return loads(await call.body(most))
    except NotStrict:
        raise broken or Fault(422, "JSON として読み取れません") from None


def _form(accept: str) -> RdfFormat | None:
    """The form that the caller likes best (RFC 9110 §12.5.1), JSON-LD among equals; None when it takes neither."""
    liked = dict(_likings(accept)) or {"*/*": 1.0}
    found: list[tuple[float, RdfFormat]] = []
    for form, names in _FORMS:
        said = next((liked[name] for name in names if name in liked), 0.0)
        if said > 0:
            found.append((said, form))
    return max(found, key=lambda one: one[0])[1] if found else None


_FORMS = (
    (RdfFormat.JSON_LD, ("application/ld+json", "application/json", "application/*", "*/*")),
    (RdfFormat.TURTLE, ("text/turtle", "text/*", "*/*")),
)


def _likings(accept: str) -> Iterator[tuple[str, float]]:
    for one in accept.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if name:
            try:
                yield name, min(1.0, max(0.0, float(weight)))
            except ValueError:
                yield name, 1.0


async def graph_of(tx: Transaction, scope: OperatorScope, participant: Participant, viewer: Viewer) -> list[Any]:
    """The graph of one viewer: of its own datasets for the company itself, of what it is shown for everyone else."""
    most = ods().graph_datasets
    if viewer.own:
        found = await contracts.own_datasets(tx, scope, datetime(9999, 1, 1, tzinfo=UTC), "", most)
        return list(graph.triples(participant, found))
    partner = await contracts.partner(tx, scope, viewer.did) if viewer.did else None
    proof = trust().rank(partner.identity_proof) if partner else 0
    nothing: dict[str, Any] = dict.fromkeys(("dataset_ids", "types", "conforms", "traces", "since", "until"))
    if not viewer.did:
        return list(graph.triples(participant, ()))
    seen: list[Dataset] = []
    place = (datetime(1, 1, 2, tzinfo=UTC), "")
    while len(seen) < most:
        page, ends = await contracts.visible_page(tx, scope, viewer.did, proof, clock.now(), place, 1000, nothing)
        seen += page
        if len(ends) <= 1000:
            break
        place = (ends[999][0], ends[999][1])
    return list(graph.triples(participant, seen))


async def _register(tx: Transaction, scope: OperatorScope, method: str, rest: tuple[str, ...], body: Any) -> Answer:
    registration = parse_uuid(rest[0]) if rest else None
    if method == "DELETE" and registration is not None:
        gone = await tx.run(notifier.queries.unregister, operator_id=scope.operator_id, registration_id=registration)
        return Answer(204) if gone else to_json(404, {"code": "NOT_FOUND", "message": "Not found"})
    said = body if isinstance(body, dict) else {}
    ttl = said.get("ttl")
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not 0 < ttl <= ods().ttl_most_s:
        return to_json(400, {"code": "TTL_INVALID", "message": f"ttl is 1 to {ods().ttl_most_s} seconds"})
    now = clock.now()
    expires = now + timedelta(seconds=ttl)
    if method == "PUT" and registration is not None:
        renewed = await tx.run(
            notifier.queries.renew,
            operator_id=scope.operator_id,
            registration_id=registration,
            expires_at=expires,
            now=now,
        )
        if not renewed:
            return to_json(404, {"code": "NOT_FOUND", "message": "Not found"})
        return to_json(200, {"registrationId": str(registration), "expiresAt": expires})
    keys = said.get("keys")
    pairs = (
        [(one.get("name"), one.get("value")) for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []
    )
    if not pairs or any(name not in ods().find_keys or not isinstance(value, str) for name, value in pairs):
        return to_json(400, {"code": "KEY_NOT_ALLOWED", "message": ", ".join(ods().find_keys)})
    if said.get("operatorDid") != await _own_did(tx, scope) or not await _own_numbers(tx, scope, pairs):
        return to_json(403, {"code": "NOT_YOUR_OPERATOR", "message": "operatorDid and operatorId are your own"})
    if (
        await tx.value(notifier.queries.registrations, operator_id=scope.operator_id, now=clock.now())
        >= ods().most_registrations
    ):
        return to_json(429, {"code": "TOO_MANY", "message": "Too many live registrations"}, {"retry-after": "3600"})
    service = said.get("serviceInstance")
    if not isinstance(service, dict) or method != "POST":
        return to_json(400, {"code": "SCHEMA_INVALID", "message": "serviceInstance"})
    made = new_id()
    await tx.run(
        notifier.queries.register,
        operator_id=scope.operator_id,
        registration_id=made,
        domain=str(said.get("domain", ""))[:255],
        keys=[f"{name}:{value}" for name, value in pairs],
        service=msgspec.json.encode(service).decode(),
        expires_at=expires,
    )
    return to_json(201, {"registrationId": str(made), "expiresAt": expires})


async def _own_did(tx: Transaction, scope: OperatorScope) -> str:
    return keyring.did_of(tx.installation.origin, scope.operator_id)


async def _own_numbers(tx: Transaction, scope: OperatorScope, pairs: list[tuple[Any, Any]]) -> bool:
    """Whether every company that is named as a key is the one that registers: nobody is found under another's name."""
    company = await operators.own(tx, scope)
    mine = {str(scope.operator_id), company.open_operator_id, company.global_operator_id, await _own_did(tx, scope)}
    return all(value in mine for name, value in pairs if name == "operatorId")


async def _find(tx: Transaction, _: OperatorScope, keys: list[str], words: str | None) -> Answer:
    if not keys and not words:
        return to_json(400, {"code": "SCHEMA_INVALID", "message": "key or q is needed"})
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") if words else None
    async with tx.across():
        rows = await tx.all(
            notifier.queries.find,
            keys=keys,
            words=f"%{escaped}%" if escaped else None,
            now=clock.now(),
            rows=100,
        )
    return to_json(200, {"@context": {"ods": ods().ns}, "@graph": [row[0] for row in rows]})


async def _finder(tx: Transaction, _: OperatorScope, domain: str) -> Answer:
    async with tx.across():
        rows = await tx.all(notifier.queries.finder, domain=domain, now=clock.now())
    here = f"{tx.installation.origin}/discovery/v1"
    found = [{"@type": "ods:DiscoveryService", "ods:endpoint": here, "ods:domain": row[0]} for row in rows]
    return to_json(200, {"@context": {"ods": ods().ns}, "@graph": found})

"""The protocol's doors: which path is what, and one answer for everything that nobody may see."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import structlog

from meguri.dataspaces.dsp import catalog, negotiating, plane, store, transferring
from meguri.dataspaces.dsp.engine import ack_of, shown
from meguri.dataspaces.dsp.faults import Fault, answer_of
from meguri.dataspaces.dsp.identity import Gatekeeper, NotProved
from meguri.dataspaces.dsp.interfaces import Admitted, all_of
from meguri.dataspaces.dsp.kit import begin_negotiation, begin_transfer
from meguri.dataspaces.dsp.messages import Message, read
from meguri.dataspaces.dsp.model import Caller, Participant, Process
from meguri.dataspaces.dsp.negotiating import fresh_pid
from meguri.dataspaces.dsp.starting import base_of
from meguri.dataspaces.dsp.states import EVENTS, Kind, Move
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import limits
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.errors import Refusal, Unavailable
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

log = structlog.get_logger("meguri.dsp")
WELL_KNOWN = ("", ".well-known", "dspace-version")
_NEGOTIATION: dict[tuple[str, ...], tuple[str, Move]] = {
    ("request",): ("ContractRequestMessage", Move.REQUEST),
    ("offers",): ("ContractOfferMessage", Move.OFFER),
    ("agreement",): ("ContractAgreementMessage", Move.AGREE),
    ("agreement", "verification"): ("ContractAgreementVerificationMessage", Move.VERIFY),
    ("events",): ("ContractNegotiationEventMessage", Move.ACCEPT),
    ("termination",): ("ContractNegotiationTerminationMessage", Move.TERMINATE),
}
_TRANSFER: dict[tuple[str, ...], tuple[str, Move]] = {
    ("start",): ("TransferStartMessage", Move.START),
    ("completion",): ("TransferCompletionMessage", Move.COMPLETE),
    ("suspension",): ("TransferSuspensionMessage", Move.SUSPEND),
    ("termination",): ("TransferTerminationMessage", Move.TERMINATE),
}
_ON_ITS_WAY = timedelta(seconds=1)
_ERRORS = {"catalog": "CatalogError", "negotiations": "ContractNegotiationError", "transfers": "TransferError"}


def owns(path: str) -> bool:
    """Whether a path is this façade's."""
    if path in ("/dsp", "/.well-known/dspace-version", "/.well-known/dspace-version/"):
        return True
    if path.startswith("/dsp/"):
        return True
    if path.startswith("/t/"):
        return path.split("/")[3:4] == ["dsp"]
    return path.startswith("/tck/") and node().conformance


class Doors:
    """Serves the protocol for every participant of this node."""

    def __init__(self, db: Database) -> None:
        """Knows nobody yet."""
        self._db = db
        self.gatekeeper = Gatekeeper(db)
        self._interfaces = all_of(db)

    async def serve(self, call: Call) -> Answer:
        """The answer to one call, whatever happens."""
        tenant, rest = _split(call.segments)
        family = _ERRORS.get(rest[1], "CatalogError") if rest[:1] == ("2025-1",) and len(rest) > 1 else "CatalogError"
        try:
            return await self._routed(call, tenant, rest)
        except Fault as fault:
            refused = (
                Fault("NOT_FOUND") if fault.code == "NOT_FOUND" else fault
            )  # nothing of what is kept is told of it
        except TooLarge:
            refused = Fault("TOO_LARGE")
        except Unavailable:
            refused = Fault("BUSY")
        except Refusal as refusal:
            log.warning("dsp.refused", code=refusal.code, track=call.tracking)
            refused = Fault("NOT_FOUND")
        except Exception as error:
            log.error("dsp.unexpected", track=call.tracking, exc_info=error)
            refused = Fault("INTERNAL")
        return answer_of(refused, family, *_pids(family, call, rest))

    async def _routed(self, call: Call, tenant: str, rest: tuple[str, ...]) -> Answer:
        if call.segments[:1] == ("tck",):
            return await self._kit(call)
        participant = await self._db.run(system_scope("dsp"), _participant, tenant)
        if participant is None:
            raise Fault("NOT_FOUND")
        scope = system_scope("dsp", participant.operator_id)
        if rest == (".well-known", "dspace-version"):
            return to_json(200, catalog.versions(participant, _path_of_version(call)))
        if rest[:1] == ("data",) and len(rest) >= 2:
            return await self._data(call, scope, participant, rest[1], rest[2:])
        if rest == ("token",) and call.method == "POST":
            return await self._refresh(call, scope, participant)
        if rest[:1] == ("2025-1",) and len(rest) > 1:
            return await self._protocol(call, scope, participant, rest[1:])
        raise Fault("NOT_FOUND")

    async def _protocol(
        self, call: Call, scope: OperatorScope, participant: Participant, rest: tuple[str, ...]
    ) -> Answer:
        raw = await call.body(limits().body_bytes) if call.method in ("POST", "PUT", "PATCH") else b""
        try:
            caller = await self.gatekeeper.caller(call, participant, raw)
        except NotProved:
            raise Fault("UNAUTHENTICATED" if rest[0] == "catalog" else "NOT_FOUND") from None
        if call.method == "POST":
            _check_media_type(call)
        if rest[0] == "catalog":
            return await self._catalog(call, scope, participant, caller, rest[1:], raw)
        if rest[0] == "negotiations" and len(rest) > 1:
            return await self._negotiation(call, scope, caller, rest[1:], raw)
        if rest[0] == "transfers" and len(rest) > 1:
            return await self._transfer(call, scope, caller, rest[1:], raw)
        raise Fault("NOT_FOUND")

    async def _catalog(
        self,
        call: Call,
        scope: OperatorScope,
        participant: Participant,
        caller: Caller,
        rest: tuple[str, ...],
        raw: bytes,
    ) -> Answer:
        if rest == ("request",) and (
            call.method == "POST" or (call.method == "GET" and call.value("continuationToken"))
        ):
            token = call.value("continuationToken")
            asked = read(raw, "CatalogRequestMessage").get("filter") if raw or not token else None
            page = await self._db.run(scope, catalog.page, participant, caller, asked, token)
            links = [
                f'<{base_of(participant)}/catalog/request?continuationToken={one}>; rel="{rel}"'
                for one, rel in ((page.after, "next"), (page.before, "previous"))
                if one
            ]
            return to_json(200, page.catalog, {"link": ", ".join(links)} if links else {})
        if rest[:1] == ("datasets",) and len(rest) == 2 and call.method == "GET":
            return to_json(200, await self._db.run(scope, catalog.one, participant, caller, rest[1]))
        raise Fault("DATASET_NOT_FOUND")

    async def _negotiation(
        self, call: Call, scope: OperatorScope, caller: Caller, rest: tuple[str, ...], raw: bytes
    ) -> Answer:
        if len(rest) == 1 and call.method == "POST" and rest[0] in ("request", "offers"):
            first = negotiating.requested if rest[0] == "request" else negotiating.offered
            kind = "ContractRequestMessage" if rest[0] == "request" else "ContractOfferMessage"
            message = read(raw, kind)
            if "callbackAddress" not in message:
                raise Fault("SCHEMA_INVALID", "/", consumer=str(message.get("consumerPid", "")))
            process, _ = await self._db.run(scope, first, caller, message, raw)
            return to_json(201, ack_of(process))
        if len(rest) == 1 and call.method == "GET":
            return to_json(200, ack_of(await self._state(scope, Kind.NEGOTIATION, rest[0], caller)))
        route = _NEGOTIATION.get(rest[1:]) if call.method == "POST" else None
        if route is None:
            raise Fault("NOT_FOUND")
        message, move = read(raw, route[0]), route[1]
        _refuse_initial(message, move, rest[0])
        if move is Move.ACCEPT:
            move = EVENTS[message["eventType"]]
        return await self._told(negotiating.told, scope, caller, rest[0], move, message, raw)

    async def _transfer(
        self, call: Call, scope: OperatorScope, caller: Caller, rest: tuple[str, ...], raw: bytes
    ) -> Answer:
        if rest == ("request",) and call.method == "POST":
            message = read(raw, "TransferRequestMessage")
            process, new = await self._db.run(scope, transferring.requested, caller, message, raw)
            if not new:
                await self._db.run(scope, transferring.told_again, process.pid)
            return to_json(201, ack_of(process))
        if len(rest) == 1 and call.method == "GET":
            return to_json(200, ack_of(await self._state(scope, Kind.TRANSFER, rest[0], caller)))
        route = _TRANSFER.get(rest[1:]) if call.method == "POST" else None
        if route is None:
            raise Fault("NOT_FOUND")
        message = read(raw, route[0])
        return await self._told(transferring.told, scope, caller, rest[0], route[1], message, raw)

    async def _state(self, scope: OperatorScope, kind: Kind, pid: str, caller: Caller) -> Process:
        """The process as its state is read. While a message of ours is on its way, its answer is waited for a moment: who
        has just acknowledged it would else read the state before it. Raises Fault (NOT_FOUND)."""
        until = clock.now() + _ON_ITS_WAY
        while True:
            found = await self._db.run(scope, shown, kind, pid, caller)
            now = clock.now()
            sent = found.pending_id is not None and found.lease_until is not None and found.lease_until > now
            if not sent or now >= until:
                return found
            await asyncio.sleep(0.05)

    async def _told(
        self, use_case: Any, scope: OperatorScope, caller: Caller, pid: str, move: Move, message: Message, raw: bytes
    ) -> Answer:
        try:
            return to_json(200, ack_of(await self._db.run(scope, use_case, caller, pid, move, message, raw)))
        except Fault as fault:
            if fault.code == "AGREEMENT_INVALID":
                await self._db.run(scope, negotiating.refuse_agreement, pid)
            raise

    async def _data(
        self, call: Call, scope: OperatorScope, participant: Participant, pid: str, below: tuple[str, ...]
    ) -> Answer:
        said = transferring.purposes_of(call.headers.get("x-meguri-purpose"))
        form = await self._db.run(scope, plane.form_behind, pid, call.bearer)
        serves = self._interfaces.get(form.api or "") if form else None
        if form is None or serves is None:
            if call.method not in ("GET", "HEAD"):
                return Answer(405, b"", {"allow": "GET"})
            return await self._db.run(scope, plane.serve, pid, call.bearer, said, below)
        held = await self._db.run(scope, plane.admitted, pid, call.bearer, said)
        if isinstance(held, Answer):
            return held
        answer = Answer(500)
        try:
            answer = await serves(call, Admitted(participant, held, form, below))
        finally:
            await self._db.run(scope, plane.settled, held, said, answer)
        answer.headers.setdefault("cache-control", "no-store")
        return answer

    async def _refresh(self, call: Call, scope: OperatorScope, participant: Participant) -> Answer:
        raw = await call.body(16_384)
        form = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
        try:
            caller = await self.gatekeeper.caller(call, participant, raw)
        except NotProved:
            return to_json(401, {"error": "invalid_client"}, {"www-authenticate": "Bearer"})
        if form.get("grant_type") != "refresh_token":
            return to_json(400, {"error": "unsupported_grant_type"})
        who = None if caller.anyone else caller.did
        return await self._db.run(scope, plane.refreshed, form.get("refresh_token", ""), who)

    async def _kit(self, call: Call) -> Answer:
        """Doors of the conformance profile alone: the test kit asks us to begin as the consumer."""
        starts: Any = {("negotiations", "requests"): begin_negotiation, ("transfers", "requests"): begin_transfer}
        start = starts.get(call.segments[1:]) if call.method == "POST" else None
        if start is None or not node().conformance:
            raise Fault("NOT_FOUND")
        await start(self._db, await call.body(65_536))
        return to_json(200, {})


async def _participant(tx: Transaction, _: OperatorScope, tenant: str) -> Participant | None:
    return await store.participant_of_tenant(tx, tenant)


def _split(segments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The tenant's word ("" for the alias) and the path below `<root>`."""
    if segments[:1] == ("t",):
        return segments[1] if len(segments) > 1 and segments[1] else "\0", segments[3:]
    if segments[:1] == (".well-known",):
        return "", segments
    return "", segments[1:]


def _path_of_version(call: Call) -> str:
    """Below `<root>` the path is relative to it; at the host's own well-known address it is the full path."""
    return "/dsp/2025-1" if call.segments[:1] == (".well-known",) else "/2025-1"


def _pids(family: str, call: Call, rest: tuple[str, ...]) -> tuple[str, str]:
    """The provider's and consumer's ids for a refusal: those that the caller gave, made up where it gave none."""
    if family == "CatalogError":
        return "", ""
    try:
        said = loads(call.taken or b"{}")
    except NotStrict:
        said = {}
    given = [said.get(name) if isinstance(said, dict) else None for name in ("providerPid", "consumerPid")]
    provider, consumer = (one if isinstance(one, str) and 0 < len(one) <= 500 else "" for one in given)
    named = rest[2] if len(rest) > 2 and rest[2] not in ("request", "offers") else ""
    if named and named not in (provider, consumer):
        provider, consumer = (provider, named) if provider and not consumer else (named, consumer)
    return provider or fresh_pid(), consumer or fresh_pid()


def _check_media_type(call: Call) -> None:
    said = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if said not in ("application/json", "application/ld+json", ""):
        raise Fault("UNSUPPORTED_MEDIA_TYPE")


def _refuse_initial(message: Message, move: Move, pid: str) -> None:
    """Beside a process only the form that names it is legal."""
    if move in (Move.REQUEST, Move.OFFER) and "callbackAddress" in message:
        raise Fault(
            "SCHEMA_INVALID",
            "/",
            provider=str(message.get("providerPid", pid)),
            consumer=str(message.get("consumerPid", pid)),
        )

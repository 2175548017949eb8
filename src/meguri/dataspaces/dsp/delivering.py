"""Sending what is pending, and what follows from the answer. No lock is held while a request is on its way."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

import msgspec

from meguri import logs
from meguri.dataspaces.dsp import engine, store, transferring
from meguri.dataspaces.dsp.following import follow
from meguri.dataspaces.dsp.messages import to_bytes
from meguri.dataspaces.dsp.model import Participant, Process
from meguri.dataspaces.dsp.signing import authorization
from meguri.dataspaces.dsp.starting import started_with
from meguri.dataspaces.dsp.states import Kind, Move
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import retry
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused, Reply, Unreachable
from meguri.kernel import clock
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

_log = logs.get(__name__)
_LEASE = timedelta(seconds=20)
_SHORT_S = 3.0
UNREACHABLE, UNKNOWN, DIVERGED = "PARTNER_UNREACHABLE", "COUNTERPARTY_UNKNOWN", "STATE_DIVERGED"


class Shipment(msgspec.Struct, frozen=True):
    """What to send, and for whom."""

    process: Process
    participant: Participant
    headers: dict[str, str]
    ask_headers: dict[str, str]


class Outcome(msgspec.Struct, frozen=True):
    """What came of it: an answer, or None; the state that the other side shows, if it was asked."""

    reply: Reply | None
    peer_state: str | None = None
    unsure: bool = False
    asked: bool = False


async def deliver(db: Database, operator_id: str, pid: str, pending_id: str, pause_ms: int = 0) -> None:
    """Send the pending message of a process once, and settle what came of it."""
    if pause_ms:
        await asyncio.sleep(min(pause_ms, 5000) / 1000)
    operator = parse_uuid(operator_id)
    if operator is None:
        return
    scope = system_scope("dsp", operator)
    shipment = await db.run(scope, _take, pid, pending_id)
    if shipment is None:
        return
    outcome = await _send(shipment)
    await db.run(scope, settle, pid, pending_id, outcome)


async def _take(tx: Transaction, scope: OperatorScope, pid: str, pending_id: str) -> Shipment | None:
    process = await store.process(tx, scope, pid, locked=True)
    participant = await store.participant(tx, scope)
    now = clock.now()
    if process is None or participant is None or str(process.pending_id) != pending_id or process.held:
        return None
    if process.lease_until is not None and process.lease_until > now:
        return None
    taken = msgspec.structs.replace(
        process,
        attempts=process.attempts + 1,
        first_try_at=process.first_try_at or now,
        next_try_at=now + _LEASE,
        lease_until=now + _LEASE,
    )
    await store.update_process(tx, taken)
    body = taken.pending_body or b""
    to, url = taken.peer_did, f"{taken.peer_base.rstrip('/')}{taken.pending_path}"
    return Shipment(
        process=taken,
        participant=participant,
        headers=await authorization(tx, scope, participant, to, "POST", url, body),
        ask_headers=await authorization(tx, scope, participant, to, "GET", engine.address_of_state(taken), b""),
    )


async def start_again(db: Database, operator_id: str, pid: str) -> None:
    """Tell a consumer that asked again where its data are, once; what it answers changes nothing here."""
    operator = parse_uuid(operator_id)
    told = await db.run(system_scope("dsp", operator), _start, pid) if operator else None
    if told is None:
        return
    url, body, headers = told
    try:
        await node().outbound.send("POST", url, headers=headers, body=body, timeout_s=retry().timeout_s)
    except (Refused, Unreachable):
        return  # it may ask once more


async def _start(tx: Transaction, scope: OperatorScope, pid: str) -> tuple[str, bytes, dict[str, str]] | None:
    process = await store.process(tx, scope, pid, locked=True)
    participant = await store.participant(tx, scope)
    if process is None or participant is None or process.state != "STARTED" or process.pending_id is not None:
        return None
    process, message = await started_with(tx, scope, process)
    body = to_bytes(message)
    url = f"{process.peer_base.rstrip('/')}{engine.path_of(process, Move.START)}"
    signed = await authorization(tx, scope, participant, process.peer_did, "POST", url, body)
    return url, body, {"content-type": "application/json", "accept": "application/json", **signed}


async def _send(shipment: Shipment) -> Outcome:
    """Ask first when a try before may have arrived; ask afterwards when the answer contradicts."""
    process = shipment.process
    if process.unsure and process.peer_pid is not None:
        state = await _peer_state(shipment)
        if state is not None and state == process.pending_state:
            return Outcome(Reply(status=200, headers={}, body=b""), state, asked=True)
    url = f"{process.peer_base.rstrip('/')}{process.pending_path}"
    headers = {"content-type": "application/json", "accept": "application/json", **shipment.headers}
    try:
        reply = await node().outbound.send(
            "POST", url, headers=headers, body=process.pending_body or b"", timeout_s=retry().timeout_s
        )
    except Refused:
        return Outcome(Reply(status=403, headers={}, body=b""))
    except Unreachable:
        return Outcome(None, unsure=True)
    if reply.status in (400, 404, 409) and process.peer_pid is not None:
        return Outcome(reply, await _peer_state(shipment), asked=True)
    return Outcome(reply)


async def _peer_state(shipment: Shipment) -> str | None:
    """The state that the other side shows; "" when it does not know the process; None when it could not be asked."""
    try:
        reply = await node().outbound.send(
            "GET", engine.address_of_state(shipment.process), headers=shipment.ask_headers, timeout_s=retry().timeout_s
        )
    except (Refused, Unreachable):
        return None
    if reply.status == 404:
        return ""
    state = _object(reply.body).get("state")
    return str(state).rpartition("/")[2].rpartition(":")[2] if isinstance(state, str) else None


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = loads(raw)
    except NotStrict:
        return {}
    return found if isinstance(found, dict) else {}


async def settle(tx: Transaction, scope: OperatorScope, pid: str, pending_id: str, outcome: Outcome) -> None:
    """What follows from an answer: it counts, it is tried again, it waits for a person, or the process ends."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is None or str(process.pending_id) != pending_id:
        return  # acknowledged meanwhile by what the other side said next
    reply, rules = outcome.reply, retry()
    if reply is not None and 200 <= reply.status < 300:
        await _arrived(tx, scope, process, reply)
    elif reply is None or reply.status in rules.retried or reply.status >= 500:
        await _again_or_end(tx, scope, process, outcome)
    elif outcome.peer_state is not None and outcome.peer_state == process.pending_state:
        await _arrived(tx, scope, process, reply)
    elif process.pending_move is Move.TERMINATE:
        await engine.ended_here(tx, scope, process, process.end_code or "TERMINATED")
    elif reply.status in rules.human:
        await store.update_process(
            tx, msgspec.structs.replace(process, held=f"HTTP_{reply.status}", lease_until=None, next_try_at=None)
        )
    else:
        await engine.ended_here(tx, scope, process, DIVERGED)


async def _arrived(tx: Transaction, scope: OperatorScope, process: Process, reply: Reply) -> None:
    if process.peer_pid is None:
        body = _object(reply.body)
        learned = body.get("providerPid" if process.role == "consumer" else "consumerPid")
        if not isinstance(learned, str) or not learned:
            await engine.ended_here(tx, scope, process, DIVERGED)
            return
        process = msgspec.structs.replace(process, peer_pid=learned)
    moved = await engine.acknowledged(tx, scope, process)
    if moved.kind is Kind.TRANSFER:
        await transferring.after_acknowledged(tx, moved)
    await follow(tx, scope, moved)


async def _again_or_end(tx: Transaction, scope: OperatorScope, process: Process, outcome: Outcome) -> None:
    rules, now = retry(), clock.now()
    status = outcome.reply.status if outcome.reply else 0
    old = now - process.created_at > timedelta(seconds=rules.unknown_pid_s)
    if status == 404 and old and (outcome.peer_state == "" or process.peer_pid is None):
        await engine.ended_here(tx, scope, process, UNKNOWN)
        return
    first = process.first_try_at or now
    if now - first > timedelta(hours=rules.give_up_after_h):
        await engine.ended_here(tx, scope, process, UNREACHABLE)
        return
    delay = _delay(process.attempts, outcome)
    due = now + timedelta(seconds=delay)
    await store.update_process(
        tx,
        msgspec.structs.replace(process, lease_until=None, next_try_at=due, unsure=process.unsure or outcome.unsure),
    )
    await _later(tx, process, delay, due)


def _delay(attempts: int, outcome: Outcome) -> float:
    rules = retry()
    delay = rules.delay_s(max(attempts, 1)) * random.uniform(1 - rules.jitter, 1 + rules.jitter)  # noqa: S311
    if outcome.reply is not None and outcome.reply.status == 429:
        asked = outcome.reply.headers.get("retry-after", "")
        delay = max(delay, float(asked)) if asked.isdigit() and len(asked) < 5 else delay
    return delay


async def _later(tx: Transaction, process: Process, delay: float, due: datetime) -> None:
    args: Any = {"operator_id": str(process.operator_id), "pid": process.pid, "pending_id": str(process.pending_id)}
    if delay <= _SHORT_S:  # the queue looks for jobs of a later moment only every few seconds
        await tx.defer(engine.DELIVER, **args, pause_ms=int(delay * 1000))
    else:
        await tx.defer(engine.DELIVER, run_at=due, **args)


async def rescue(db: Database) -> int:
    """Put back what should have been sent by now and was not: its worker died. How many."""
    late = await db.run(system_scope("dsp"), _late)
    for one in late:
        await db.run(system_scope("dsp", one.operator_id), _put_back, one.pid, str(one.pending_id))
    return len(late)


async def _late(tx: Transaction, _: OperatorScope) -> list[store.ToSend]:
    return await store.left_to_send(tx, clock.now() - timedelta(seconds=15))


async def _put_back(tx: Transaction, scope: OperatorScope, pid: str, pending_id: str) -> None:
    process = await store.process(tx, scope, pid, locked=True)
    if process is None or str(process.pending_id) != pending_id:
        return
    await store.update_process(
        tx, msgspec.structs.replace(process, lease_until=None, unsure=True, next_try_at=clock.now())
    )
    await tx.defer(engine.DELIVER, operator_id=str(scope.operator_id), pid=pid, pending_id=pending_id)

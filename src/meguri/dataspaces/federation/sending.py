"""Messages to partners: kept with the change that they tell of, signed when they are sent, closed by the partner's receipt."""

import asyncio
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import token
from meguri.dataspaces.federation import store
from meguri.dataspaces.federation.store import Link, Out
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import federation, retry
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused, Reply, Unreachable
from meguri.kernel import clock
from meguri.kernel.clock import millis_z
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.proof import keyring
from meguri.storage import Database, Transaction

DELIVER = "federation.deliver"
_SHORT_S = 3.0


class Shipment(msgspec.Struct, frozen=True):
    """What goes out, and where."""

    message: Out
    link: Link
    body: bytes
    headers: dict[str, str]


async def enqueue(
    tx: Transaction,
    operator_id: UUID,
    link_id: UUID,
    kind: str,
    subject_key: str,
    payload: Mapping[str, Any],
    in_reply_to: UUID | None = None,
) -> UUID:
    """Keep a message and the job that sends it, in the transaction of what it tells of."""
    message_id = new_id()
    expires = clock.now() + timedelta(days=federation().expiry_days)
    await store.add_out(tx, operator_id, link_id, message_id, kind, subject_key, payload, expires, in_reply_to)
    await tx.defer(DELIVER, operator_id=str(operator_id), message_id=str(message_id))
    return message_id


def envelope(message: Out, link: Link, sender: str) -> dict[str, Any]:
    """The message as both sides hash it: without proof."""
    made = {
        "specVersion": "1",
        "messageId": str(message.message_id),
        "type": message.type,
        "linkId": str(message.link_id),
        "sender": sender,
        "receiver": link.peer_did,
        "seq": message.seq,
        "subjectKey": message.subject_key,
        "subjectPrev": message.subject_prev,
        "sentAt": millis_z(message.sent_at),
        "expiresAt": millis_z(message.expires_at),
        "inReplyTo": str(message.in_reply_to) if message.in_reply_to else None,
        "payload": message.payload,
    }
    return {name: value for name, value in made.items() if value is not None}


async def deliver(db: Database, operator_id: str, message_id: str, pause_ms: int = 0) -> None:
    """Send a message once, and settle what came of it."""
    if pause_ms:
        await asyncio.sleep(min(pause_ms, 5000) / 1000)
    operator, message = parse_uuid(operator_id), parse_uuid(message_id)
    if operator is None or message is None:
        return
    scope = system_scope("federation", operator)
    shipment = await db.run(scope, _take, message)
    if shipment is None:
        return
    reply: Reply | None = None
    try:
        reply = await node().outbound.send(
            "POST",
            f"{shipment.link.peer_base}/inbox",
            headers={"content-type": "application/json", **shipment.headers},
            body=shipment.body,
            timeout_s=retry().timeout_s,
        )
    except (Refused, Unreachable):
        reply = None
    await db.run(scope, _settle, message, reply)


async def _take(tx: Transaction, scope: OperatorScope, message_id: UUID) -> Shipment | None:
    message = await store.out(tx, scope.operator_id, message_id)
    if message is None or message.state not in ("queued", "sent"):
        return None
    link = await store.link(tx, scope.operator_id, message.link_id)
    now = clock.now()
    if link is None or link.state in ("ENDED", "REJECTED"):
        await store.move_out(tx, msgspec.structs.replace(message, state="refused", code="LINK_ENDED", next_try_at=None))
        return None
    if message.expires_at <= now:
        await store.move_out(tx, msgspec.structs.replace(message, state="expired", code="EXPIRED", next_try_at=None))
        return None
    if link.state != "ACTIVE":
        return None
    taken = msgspec.structs.replace(message, attempts=message.attempts + 1, next_try_at=now + timedelta(seconds=30))
    await store.move_out(tx, taken)
    return await signed(tx, scope, taken, link)


async def signed(tx: Transaction, scope: OperatorScope, message: Out, link: Link) -> Shipment:
    """The message under our present key: what waited through a change of keys goes out with the new one."""
    signer = await keyring.signer(tx, scope)
    body = msgspec.json.encode(signer.sign(envelope(message, link, signer.did)))
    url = f"{link.peer_base}/inbox"
    now = int(clock.now().timestamp())
    proof = token.issue(signer.key, signer.method, signer.did, link.peer_did, "POST", url, body, now)
    return Shipment(message, link, body, {"authorization": f"Bearer {proof}"})


async def _settle(tx: Transaction, scope: OperatorScope, message_id: UUID, reply: Reply | None) -> None:
    message = await store.out(tx, scope.operator_id, message_id)
    if message is None or message.state not in ("queued", "sent"):
        return
    status = reply.status if reply else 0
    if status in (200, 202) and reply is not None:
        await _arrived(tx, scope, message, reply)
    elif status in (400, 409, 410, 422):
        state = "expired" if status == 410 else "refused"
        await store.move_out(tx, msgspec.structs.replace(message, state=state, code=_code(reply), next_try_at=None))
    else:
        await _again(tx, message)


async def _arrived(tx: Transaction, scope: OperatorScope, message: Out, reply: Reply) -> None:
    receipt = _object(reply).get("receipt")
    if isinstance(receipt, dict):
        await store.close_out(tx, scope.operator_id, message.link_id, message.message_id, receipt)
        return
    if message.type == "receipt":
        await store.close_out(tx, scope.operator_id, message.link_id, message.message_id, {"outcome": "applied"})
        return
    wait = timedelta(seconds=federation().receipt_after_s)
    await store.move_out(tx, msgspec.structs.replace(message, state="sent", next_try_at=clock.now() + wait))


async def _again(tx: Transaction, message: Out) -> None:
    rules = retry()
    delay = rules.delay_s(max(message.attempts, 1)) * random.uniform(1 - rules.jitter, 1 + rules.jitter)  # noqa: S311
    due = clock.now() + timedelta(seconds=delay)
    await store.move_out(tx, msgspec.structs.replace(message, next_try_at=due))
    args: Any = {"operator_id": str(message.operator_id), "message_id": str(message.message_id)}
    if delay <= _SHORT_S:
        await tx.defer(DELIVER, **args, pause_ms=int(delay * 1000))
    else:
        await tx.defer(DELIVER, run_at=due, **args)


def _object(reply: Reply | None) -> dict[str, Any]:
    try:
        found = loads(reply.body) if reply else {}
    except NotStrict:
        return {}
    return found if isinstance(found, dict) else {}


def _code(reply: Reply | None) -> str:
    return str(_object(reply).get("code", "REFUSED"))[:60]


async def rescue(db: Database) -> int:
    """Send again what is overdue: never sent because a worker died, or never receipted. How many."""
    late = await db.run(system_scope("federation"), _late)
    for operator_id, message_id in late:
        await deliver(db, str(operator_id), str(message_id))
    return len(late)


async def _late(tx: Transaction, _: OperatorScope) -> list[tuple[Any, ...]]:
    return await store.due(tx, clock.now() - timedelta(seconds=5))

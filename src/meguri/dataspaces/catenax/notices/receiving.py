"""The inbox that partners post to, under an agreement on it."""

from typing import Any
from uuid import UUID

from meguri.dataspaces.catenax.notices import store
from meguri.dataspaces.catenax.notices.events import NoticeReceived
from meguri.dataspaces.catenax.notices.messages import Unsound, checked, is_quality
from meguri.dataspaces.catenax.notices.model import ACTIONS, QUALITY
from meguri.dataspaces.dsp import store as partners
from meguri.dataspaces.dsp.interfaces import Admitted
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.jobs.model import system_scope
from meguri.kernel.scope import OperatorScope
from meguri.operators.inbox import notify
from meguri.operators.model import Relation
from meguri.storage import Database, Transaction

MOST_BYTES = 1 << 20
_QUALITY_PATHS = ((), ("qualitynotifications", "receive"), ("qualitynotifications", "update"))


class Inbox:
    """Takes notifications for every participant of this node."""

    def __init__(self, db: Database) -> None:
        """Has taken nothing yet."""
        self._db = db

    async def take(self, call: Call, admitted: Admitted) -> Answer:
        """201 for what was taken, now or before; 400 names the first fault, 409 an id that stands for something else."""
        if call.method != "POST":
            return Answer(405, b"", {"allow": "POST"})
        said = call.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if said not in ("application/json", "application/ld+json"):
            return _refused(415, "UNSUPPORTED_MEDIA_TYPE", "application/json is expected")
        try:
            body = loads(await call.body(MOST_BYTES))
        except TooLarge:
            return _refused(413, "TOO_LARGE", f"At most {MOST_BYTES} bytes")
        except NotStrict as error:
            return _refused(400, "SCHEMA_INVALID", f"/: {error}")
        action = _action(admitted.below, body)
        if action is None:
            return _refused(404, "NOT_FOUND", "There is no such inbox")
        scope = system_scope("catenax", admitted.participant.operator_id)
        return await self._db.run(scope, _taken, admitted, action, body)


def _action(below: tuple[str, ...], body: Any) -> str | None:
    if len(below) == 1 and below[0] in ACTIONS:
        return below[0]
    return QUALITY if below in _QUALITY_PATHS and is_quality(body) else None


def _refused(status: int, code: str, message: str) -> Answer:
    return to_json(status, {"code": code, "message": message})


async def _taken(tx: Transaction, scope: OperatorScope, admitted: Admitted, action: str, body: Any) -> Answer:
    peer = admitted.holder.process.peer_did
    partner = await partners.partner(tx, scope, peer)
    try:
        message_id = checked(body, action, partner.bpn if partner else None, admitted.participant.bpn)
    except Unsound as fault:
        return _refused(400, "SCHEMA_INVALID", str(fault))
    pid = admitted.holder.process.pid
    notice_id = await store.add(
        tx, scope, inbound=True, peer_did=peer, message_id=message_id, action=action, pid=pid, body=body
    )
    if notice_id is None:
        before = await store.known(tx, scope, peer, message_id)
        if before != store.hash_of(body):
            return _refused(409, "MESSAGE_ID_REUSED", "This messageId was used for another message")
        return to_json(201, {"messageId": str(message_id)})
    await tx.record(NoticeReceived(notice_id=notice_id, peer=peer, action=action))
    await _tell(tx, scope, notice_id, partner.partner_operator_id if partner else None)
    return to_json(201, {"messageId": str(message_id)})


async def _tell(tx: Transaction, scope: OperatorScope, notice_id: UUID, sender: UUID | None) -> None:
    """Our own people are told in the app."""
    relation = Relation(
        trade_id=notice_id,
        request_id=notice_id,
        downstream_operator_id=scope.operator_id,
        upstream_operator_id=sender or scope.operator_id,
        downstream_trace_id=notice_id,
    )
    await notify(tx, scope.operator_id, "CX_NOTICE", sender or scope.operator_id, relation)

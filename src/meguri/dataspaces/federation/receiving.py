"""Messages come in: each is proved, kept as it came, applied once and in order, and receipted, all in one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from meguri.dataspaces.dsp.documents import Document
from meguri.dataspaces.federation import handing, shadows, store
from meguri.dataspaces.federation.applying import HANDOVER, UNSUPPORTED, Rejected, apply
from meguri.dataspaces.federation.events import MessageApplied
from meguri.dataspaces.federation.payloads import TYPES, unsound_field, wrong_envelope
from meguri.dataspaces.federation.sending import enqueue
from meguri.dataspaces.federation.store import Known, Link
from meguri.dataspaces.rules import federation
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, to_json
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.clock import millis_z
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.proof import data_integrity, jcs
from meguri.proof.multikey import PublicKey
from meguri.storage import Database, Transaction


class Fault(Exception):
    """The message is refused; nothing of it is kept."""

    def __init__(self, status: int, code: str, detail: str = "", **more: Any) -> None:
        """`code` of a fixed list."""
        super().__init__(code)
        self.status, self.code, self.detail, self.more = status, code, detail, more


def answer_of(fault: Fault) -> Answer:
    """The refusal as it goes out."""
    return to_json(fault.status, {"code": fault.code, "message": fault.detail or fault.code, **fault.more})


def read(raw: bytes) -> dict[str, Any]:
    """A message of sound form. Raises Fault."""
    try:
        message = loads(raw)
    except NotStrict as error:
        raise Fault(400, "SCHEMA_INVALID", str(error)) from None
    wrong = wrong_envelope(message)
    if wrong is not None:
        raise Fault(400, "SCHEMA_INVALID", wrong)
    return dict(message)


def check_times(message: Mapping[str, Any]) -> None:
    """Neither past its time nor from the future. Raises Fault."""
    now = clock.now()
    try:
        sent, expires = (datetime.fromisoformat(message[name]) for name in ("sentAt", "expiresAt"))
        if sent.tzinfo is None or expires.tzinfo is None:
            raise ValueError
    except ValueError:
        raise Fault(400, "SCHEMA_INVALID", "sentAt, expiresAt") from None
    if expires <= now:
        raise Fault(410, "EXPIRED")
    if sent > now + timedelta(minutes=federation().skew_minutes):
        raise Fault(400, "CLOCK_SKEW")
    if expires - sent > timedelta(days=federation().expiry_days, minutes=1):
        raise Fault(400, "SCHEMA_INVALID", "expiresAt")


def check_proof(message: Mapping[str, Any], document: Document) -> str:
    """The name of the key that signed the whole message. Raises Fault."""
    proof = message["proof"]
    kid = str(proof.get("verificationMethod", ""))
    key: PublicKey | None = document.assertion(kid) if kid.partition("#")[0] == message["sender"] else None
    if key is None:
        raise Fault(400, "KEY_NOT_AUTHORISED")
    try:
        fine = data_integrity.verifies(message, proof, key)  # type: ignore[arg-type]
    except (AttributeError, TypeError):
        fine = False
    if not fine:
        raise Fault(400, "PROOF_INVALID")
    return kid


def content_hash(message: Mapping[str, Any]) -> str:
    """What makes a message the same: all of it but the proof, which a change of keys replaces."""
    return jcs.sha256_hex({name: value for name, value in message.items() if name != "proof"})


async def accept(
    tx: Transaction,
    scope: OperatorScope,
    link: Link,
    message: dict[str, Any],
    raw: bytes,
    kid: str,
    document: Document,
) -> Answer:
    """Keep, apply and receipt a message that has proved itself by `kid` of the sender's `document`.

    `scope` is the sender's shadow. Raises Fault.
    """
    link = await _live(tx, link)
    message_id, hashed = UUID(message["messageId"]), content_hash(message)
    known = await store.known_in(tx, link.operator_id, message["sender"], message_id)
    if known is not None:
        if known.content_hash != hashed:
            raise Fault(409, "MESSAGE_ID_REUSED")
        return to_json(
            200, {"messageId": str(message_id), "status": "duplicate", "receipt": _receipt(message_id, known)}
        )
    if message["type"] not in TYPES:
        raise Fault(422, "UNSUPPORTED_TYPE")
    wrong = unsound_field(message["type"], message["payload"])
    if wrong is not None:
        raise Fault(400, "SCHEMA_INVALID", f"payload/{wrong}")
    if await store.seq_used(tx, link.operator_id, link.link_id, message["seq"]):
        raise Fault(409, "SEQ_REUSED")
    prev = message.get("subjectPrev")
    before = prev if isinstance(prev, int) and not isinstance(prev, bool) and 0 <= prev < message["seq"] else 0
    await store.add_in(tx, link.operator_id, message, before, raw, hashed, kid)
    if before == 0 or await store.seq_settled(tx, link.operator_id, link.link_id, before):
        await _apply_from(tx, scope, link, message, hashed, document)
    return to_json(202, {"messageId": str(message_id), "status": "accepted"})


async def _live(tx: Transaction, link: Link) -> Link:
    """The link, locked: one message of it at a time."""
    fresh = await store.link(tx, link.operator_id, link.link_id)
    if fresh is None or fresh.state != "ACTIVE":
        raise Fault(404, "NOT_FOUND")
    return fresh


async def _apply_from(
    tx: Transaction, scope: OperatorScope, link: Link, message: dict[str, Any], hashed: str, document: Document
) -> None:
    """Apply a message, and those that waited for it, one after another."""
    while True:
        await _apply_one(tx, scope, link, message, hashed, document)
        waiting = await store.next_held(tx, link.operator_id, link.link_id, message["subjectKey"], message["seq"])
        if waiting is None:
            return
        message, hashed = loads(bytes(waiting[1])), waiting[2]


async def _apply_one(
    tx: Transaction, scope: OperatorScope, link: Link, message: dict[str, Any], hashed: str, document: Document
) -> None:
    message_id, kind = UUID(message["messageId"]), message["type"]
    if kind == "receipt":
        of = UUID(message["payload"]["of"])
        await store.close_out(tx, link.operator_id, link.link_id, of, message["payload"])
        await handing.receipted(tx, scope, link, of, message["payload"], document)
        await store.settle_in(tx, link.operator_id, message["sender"], message_id, "applied", None)
        return
    if kind == HANDOVER:
        await handing.came(tx, scope, link, message)
        return
    state, code = await _effect(tx, scope, link, message)
    await _settled(tx, link, message, hashed, state, code)


async def _effect(tx: Transaction, scope: OperatorScope, link: Link, message: dict[str, Any]) -> tuple[str, str | None]:
    """What a message does here: the state that it is in then, and why if it was rejected."""
    try:
        async with tx.savepoint():
            return ("applied" if await apply(tx, scope, link, message["type"], message["payload"]) else "kept"), None
    except Rejected as no:
        return "rejected", no.code
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
        return "rejected", refusal.code.upper().replace(".", "_")[:60]


async def _settled(
    tx: Transaction, link: Link, message: dict[str, Any], hashed: str, state: str, code: str | None
) -> None:
    """Write it down and receipt it."""
    message_id, kind = UUID(message["messageId"]), message["type"]
    await store.settle_in(tx, link.operator_id, message["sender"], message_id, state, code)
    await tx.record(
        MessageApplied(
            receiver_id=link.operator_id, message_id=message_id, type=kind, content_hash=hashed, code=code or ""
        )
    )
    receipt = {"of": str(message_id), "outcome": "rejected" if code else "applied", "contentHash": hashed}
    more = {"code": code} if code else {"appliedAt": millis_z(clock.now())}
    await enqueue(
        tx, link.operator_id, link.link_id, "receipt", f"receipt:{message_id}", {**receipt, **more}, message_id
    )


async def judge_again(db: Database) -> int:
    """After an upgrade: messages with values that the version before did not know take effect now, as they came. How many."""
    known = 0
    for operator_id, link_id, sender, message_id in await db.run(system_scope("federation"), _unsupported):
        link = await db.run(system_scope("federation", operator_id), _link, link_id)
        if link is not None and link.state == "ACTIVE":
            known += await db.run(shadows.scope_of(link.partner_operator_id), _judged_again, link, sender, message_id)
    return known


async def _unsupported(tx: Transaction, _: OperatorScope) -> list[tuple[UUID, UUID, str, UUID]]:
    return await store.unsupported(tx)


async def _link(tx: Transaction, scope: OperatorScope, link_id: UUID) -> Link | None:
    return await store.link(tx, scope.operator_id, link_id)


async def _judged_again(tx: Transaction, scope: OperatorScope, link: Link, sender: str, message_id: UUID) -> bool:
    """Whether a message is known now; if not, it waits for the next version."""
    found = await store.unsupported_one(tx, link.operator_id, sender, message_id)
    if found is None:
        return False
    message = loads(found[0])
    if message["type"] == HANDOVER:  # its giver takes it back, or hands it over anew
        await store.settle_in(tx, link.operator_id, sender, message_id, "rejected", UNSUPPORTED)
        return False
    state, code = await _effect(tx, scope, link, message)
    if code == UNSUPPORTED:
        await store.settle_in(tx, link.operator_id, sender, message_id, state, code)
        return False
    await _settled(tx, link, message, found[1], state, code)
    return True


def _receipt(message_id: UUID, known: Known) -> dict[str, Any] | None:
    if known.state == "held" or (known.state == "kept" and known.code == handing.WAITS):
        return None
    rejected = known.state == "rejected"
    made = {
        "of": str(message_id),
        "outcome": "rejected" if rejected else "applied",
        "code": known.code,
        "appliedAt": millis_z(known.applied_at) if known.applied_at else None,
        "contentHash": known.content_hash,
    }
    return {name: value for name, value in made.items() if value is not None}


async def receipt_for(tx: Transaction, scope: OperatorScope, link: Link, message_id: UUID) -> dict[str, Any] | None:
    """The receipt of a message of the partner's, or None."""
    known = await store.known_in(tx, link.operator_id, link.peer_did, message_id)
    return _receipt(message_id, known) if known else None

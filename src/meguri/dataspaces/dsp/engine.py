"""The moves of a process: what is heard is checked against the state table, what is said is kept until it is acknowledged.

A state moves when the other side has acknowledged. What is still to be said stands in the process's `pending_` columns with
its exact bytes, written in the same transaction as the job that sends it. A message that is legal only from the pending state
proves that the other side has ours already: then ours counts as acknowledged first.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from meguri.dataspaces.dsp import messages, states, store, store_tokens
from meguri.dataspaces.dsp.events import AgreementEnded, ProcessMoved
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.messages import Message
from meguri.dataspaces.dsp.model import Caller, Process
from meguri.dataspaces.dsp.policy import usage_end
from meguri.dataspaces.dsp.states import Kind, Move, Role
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

ACK = {Kind.NEGOTIATION: "ContractNegotiation", Kind.TRANSFER: "TransferProcess"}
DELIVER = "dsp.deliver"
_PATHS = {
    (Kind.NEGOTIATION, Move.REQUEST): ("ContractRequestMessage", "request"),
    (Kind.NEGOTIATION, Move.OFFER): ("ContractOfferMessage", "offers"),
    (Kind.NEGOTIATION, Move.AGREE): ("ContractAgreementMessage", "agreement"),
    (Kind.NEGOTIATION, Move.VERIFY): ("ContractAgreementVerificationMessage", "agreement/verification"),
    (Kind.NEGOTIATION, Move.ACCEPT): ("ContractNegotiationEventMessage", "events"),
    (Kind.NEGOTIATION, Move.FINALIZE): ("ContractNegotiationEventMessage", "events"),
    (Kind.NEGOTIATION, Move.TERMINATE): ("ContractNegotiationTerminationMessage", "termination"),
    (Kind.TRANSFER, Move.REQUEST): ("TransferRequestMessage", "request"),
    (Kind.TRANSFER, Move.START): ("TransferStartMessage", "start"),
    (Kind.TRANSFER, Move.COMPLETE): ("TransferCompletionMessage", "completion"),
    (Kind.TRANSFER, Move.SUSPEND): ("TransferSuspensionMessage", "suspension"),
    (Kind.TRANSFER, Move.TERMINATE): ("TransferTerminationMessage", "termination"),
}
_FOLDERS = {Kind.NEGOTIATION: "negotiations", Kind.TRANSFER: "transfers"}


def ack_of(process: Process) -> Message:
    """The process as both sides may read it."""
    return messages.made(
        ACK[process.kind],
        providerPid=process.provider_pid,
        consumerPid=process.consumer_pid,
        state=process.state,
    )


def message_of(process: Process, move: Move, **more: Any) -> Message:
    """A message of ours about a process that both sides know."""
    kind, _ = _PATHS[process.kind, move]
    return messages.made(kind, providerPid=process.provider_pid, consumerPid=process.consumer_pid, **more)


def path_of(process: Process, move: Move) -> str:
    """Where the message goes, below the other side's base."""
    _, word = _PATHS[process.kind, move]
    folder = _FOLDERS[process.kind]
    first = move is Move.REQUEST and process.peer_pid is None
    return f"/{folder}/{word}" if first else f"/{folder}/{quote(process.peer_pid or '', safe=':')}/{word}"


def address_of_state(process: Process) -> str:
    """Where the other side shows the process."""
    return f"{process.peer_base.rstrip('/')}/{_FOLDERS[process.kind]}/{quote(process.peer_pid or '', safe=':')}"


async def plan(tx: Transaction, process: Process, move: Move, message: Message, *, pause_ms: int = 0) -> Process:
    """Keep the message and the job that sends it; the state stays until the other side has acknowledged.

    Raises Fault (INVALID_STATE) when the state table does not let us.
    """
    first = move is Move.REQUEST and process.peer_pid is None
    target = process.state if first else states.after_own(process.kind, process.role, process.state, move)
    if target is None:
        raise Fault("INVALID_STATE")
    pending = new_id()
    planned = msgspec.structs.replace(
        process,
        pending_id=pending,
        pending_move=move,
        pending_state=target,
        pending_path=path_of(process, move),
        pending_body=messages.to_bytes(message),
        attempts=0,
        first_try_at=None,
        next_try_at=clock.now(),
        lease_until=None,
        unsure=False,
        held=None,
        waits_for=None,
    )
    written = await store.update_process(tx, planned)
    await tx.defer(
        DELIVER, operator_id=str(process.operator_id), pid=process.pid, pending_id=str(pending), pause_ms=pause_ms
    )
    return written


def without_pending(process: Process, **more: Any) -> Process:
    """The process with nothing left to say."""
    return msgspec.structs.replace(
        process,
        pending_id=None,
        pending_move=None,
        pending_state=None,
        pending_path=None,
        pending_body=None,
        attempts=0,
        first_try_at=None,
        next_try_at=None,
        lease_until=None,
        unsure=False,
        held=None,
        **more,
    )


async def acknowledged(tx: Transaction, scope: OperatorScope, process: Process) -> Process:
    """What we said has arrived: its state counts."""
    move, target = process.pending_move, process.pending_state
    assert move is not None and target is not None  # noqa: S101, PT018  # only called while something is pending
    await store.keep_message(tx, process, move, process.pending_body or b"", inbound=False)
    moved = without_pending(process, state=target)
    if move is Move.SUSPEND:
        moved = msgspec.structs.replace(moved, suspended_by=process.role)
    elif move is Move.START:
        moved = msgspec.structs.replace(moved, suspended_by=None)
    return await _reached(tx, scope, process, moved, by="us")


async def heard(
    tx: Transaction, scope: OperatorScope, process: Process, move: Move, raw: bytes, **learned: Any
) -> Process:
    """Apply a message of the other side, `process` being locked. `learned` are fields that the message tells.

    Raises Fault (INVALID_STATE); then nothing has changed.
    """
    process, target = await _target(tx, scope, process, move)
    await store.keep_message(tx, process, move, raw, inbound=True)
    moved = without_pending(process, state=target, waits_for=None, **learned)
    other = Role.CONSUMER if process.role is Role.PROVIDER else Role.PROVIDER
    if move is Move.SUSPEND:
        moved = msgspec.structs.replace(moved, suspended_by=other)
    elif move is Move.START:
        moved = msgspec.structs.replace(moved, suspended_by=None)
    elif move is Move.TERMINATE:
        moved = msgspec.structs.replace(moved, end_code=learned.get("end_code") or "TERMINATED_BY_PARTNER")
    return await _reached(tx, scope, process, moved, by="peer")


async def _target(tx: Transaction, scope: OperatorScope, process: Process, move: Move) -> tuple[Process, str]:
    pending = process.pending_state
    if pending is not None and pending != "TERMINATED":
        target = states.after_inbound(process.kind, process.role, pending, move)
        if target is not None:
            return await acknowledged(tx, scope, process), target
    target = states.after_inbound(process.kind, process.role, process.state, move)
    if target is None or (pending == "TERMINATED" and target != "TERMINATED"):
        raise Fault("INVALID_STATE", provider=process.provider_pid, consumer=process.consumer_pid)
    return process, target


async def _reached(tx: Transaction, scope: OperatorScope, before: Process, after: Process, *, by: str) -> Process:
    written = await store.update_process(tx, after)
    if before.state != after.state:
        await tx.record(
            ProcessMoved(
                pid=after.pid,
                kind=after.kind,
                peer_did=after.peer_did,
                before=before.state,
                after=after.state,
                by=by,
            )
        )
    if after.kind is Kind.NEGOTIATION:
        await _agreement_follows(tx, scope, after)
    elif after.state in states.ENDED:
        await store_tokens.drop_tokens(tx, scope, after.pid)
    return written


async def _agreement_follows(tx: Transaction, scope: OperatorScope, process: Process) -> None:
    if process.agreement_id is None:
        return
    if process.state == "FINALIZED":
        ends_at = usage_end(process.policy or {}, clock.now())
        await store.finalize_agreement(tx, scope, process.agreement_id, ends_at)
    elif process.state == "TERMINATED" and await store.end_agreement(
        tx, scope, process.agreement_id, "negotiation terminated"
    ):
        await tx.record(AgreementEnded(agreement_id=process.agreement_id, reason="negotiation terminated"))


async def ended_here(tx: Transaction, scope: OperatorScope, process: Process, code: str) -> Process:
    """The process ends on our side whatever the other side knows."""
    return await _reached(tx, scope, process, without_pending(process, state="TERMINATED", end_code=code), by="us")


async def locked(
    tx: Transaction, scope: OperatorScope, kind: Kind, pid: str, caller: Caller, message: Mapping[str, Any]
) -> Process:
    """The process that a message is about, locked, with the other side's pid learned from it.

    Unknown, of another kind and of another party are one and the same. Raises Fault.
    """
    found = await store.process(tx, scope, pid, locked=True) if _speakable(pid) else None
    if found is None or found.kind is not kind or not is_party(found, caller):
        raise Fault("NOT_FOUND")
    ours, theirs = ("providerPid", "consumerPid") if found.role is Role.PROVIDER else ("consumerPid", "providerPid")
    if message.get(ours) != pid or (found.peer_pid is not None and message.get(theirs) != found.peer_pid):
        raise Fault("PID_MISMATCH", provider=found.provider_pid, consumer=found.consumer_pid)
    if found.peer_pid is None:  # our request's answer is still on its way: the other side is faster
        found = msgspec.structs.replace(found, peer_pid=str(message.get(theirs)))
    return found


async def shown(tx: Transaction, scope: OperatorScope, kind: Kind, pid: str, caller: Caller) -> Process:
    """The process as its state is read. Raises Fault (NOT_FOUND)."""
    found = await store.process(tx, scope, pid) if _speakable(pid) else None
    if found is None or found.kind is not kind or not is_party(found, caller):
        raise Fault("NOT_FOUND")
    return found


def is_party(process: Process, caller: Caller) -> bool:
    """Whether the caller is the other side of the process. A blocked partner is a stranger."""
    if caller.anyone:
        return True
    return process.peer_did == caller.did and not (caller.partner and caller.partner.blocked)


def _speakable(pid: str) -> bool:
    return 0 < len(pid) <= 200 and "\0" not in pid

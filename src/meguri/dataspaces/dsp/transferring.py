"""Transfer processes: what the other side's messages do, and how we begin one ourselves."""

from typing import Any

from meguri.dataspaces.dsp import engine, facts, store, store_tokens
from meguri.dataspaces.dsp.callbacks import check_callback
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.following import act, follow
from meguri.dataspaces.dsp.messages import Message, made
from meguri.dataspaces.dsp.model import Agreement, Caller, Participant, Process
from meguri.dataspaces.dsp.negotiating import fresh_pid
from meguri.dataspaces.dsp.policy import Phase, evaluate
from meguri.dataspaces.dsp.starting import base_of
from meguri.dataspaces.dsp.states import Kind, Move, Role
from meguri.dataspaces.dsp.terms import NS, PUSH
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import conformance
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

KIND = Kind.TRANSFER
PUSH_JOB, AGAIN_JOB = "dsp.push", "dsp.again"


async def requested(
    tx: Transaction, scope: OperatorScope, caller: Caller, message: Message, raw: bytes
) -> tuple[Process, bool]:
    """A TransferRequestMessage: the process, and whether it is new. Raises Fault."""
    consumer = message["consumerPid"]
    known = await _again(tx, scope, caller, consumer, raw)
    if known is not None:
        return known, False
    agreement = await _usable(tx, scope, caller, message)
    callback = await check_callback(message["callbackAddress"], caller)
    address = message.get("dataAddress")
    if (message["format"] == PUSH) != (address is not None) or (address is not None and not address.get("endpoint")):
        raise Fault("INVALID_DATA_ADDRESS", consumer=consumer)
    if address is not None:
        await check_callback(str(address["endpoint"]), caller)
    pid = fresh_pid()
    await store.add_process(
        tx,
        scope,
        pid=pid,
        kind=KIND,
        role=Role.PROVIDER,
        peer_pid=consumer,
        peer_did=caller.did,
        peer_base=callback,
        state="REQUESTED",
        dataset_id=agreement.dataset_id,
        agreement_id=agreement.agreement_id,
        format=message["format"],
        data_address=address,
        purposes=purposes_of(message.get(NS + "purpose")),
        script=_script(agreement.agreement_id),
    )
    process = await store.process(tx, scope, pid, locked=True)
    if process is None:
        raise Fault("BUSY")
    await store.keep_message(tx, process, Move.REQUEST, raw, inbound=True)
    await follow(tx, scope, process)
    return process, True


def _script(agreement_id: str) -> str | None:
    rules = conformance()
    return agreement_id if node().conformance and agreement_id in (*rules.provided, *rules.consumed) else None


def purposes_of(said: Any) -> list[str]:
    """The purposes that a message or header declares."""
    found = said if isinstance(said, list) else str(said).split(",") if said else []
    return [str(one).strip() for one in found if str(one).strip()]


async def _again(tx: Transaction, scope: OperatorScope, caller: Caller, consumer: str, raw: bytes) -> Process | None:
    """The transfer of a request that came before. Raises Fault (PID_REUSED) when it asked for something else."""
    pid = await store.process_of_peer(tx, scope, KIND, Role.PROVIDER, caller.did, consumer)
    process = await store.process(tx, scope, pid, locked=True) if pid else None
    if process is None:
        return None
    if not await store.message_known(tx, process, raw):
        raise Fault("PID_REUSED", provider=process.provider_pid, consumer=process.consumer_pid)
    return process


async def told_again(tx: Transaction, scope: OperatorScope, pid: str) -> None:
    """Whoever asks again for data to fetch may not have got our start message: it goes out once more."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is None or process.state != "STARTED" or process.format == PUSH or process.pending_id is not None:
        return
    await tx.defer(AGAIN_JOB, operator_id=str(process.operator_id), pid=pid)


async def _usable(tx: Transaction, scope: OperatorScope, caller: Caller, message: Message) -> Agreement:
    """The agreement that a request names, if it may be used now. Raises Fault."""
    consumer = message["consumerPid"]
    found = await _finalized(tx, scope, message["agreementId"])
    stranger = found is not None and not caller.anyone and found.peer_did != caller.me
    if found is None or stranger or found.role is not Role.PROVIDER or found.finalized_at is None:
        raise Fault("UNKNOWN_AGREEMENT", consumer=consumer)
    if found.ended_at is not None or (found.ends_at is not None and found.ends_at < clock.now()):
        raise Fault("AGREEMENT_EXPIRED", consumer=consumer)
    form = await store.form_of(tx, scope, found.dataset_id)
    if form is None or message["format"] not in form.formats:
        raise Fault("UNSUPPORTED_FORMAT", consumer=consumer)
    declared = purposes_of(message.get(NS + "purpose"))
    decision = evaluate(found.policy, facts.of_agreement(found, Phase.TOKEN, declared))
    if not decision.allowed:
        raise Fault("POLICY_NOT_SATISFIED", f"Not satisfied: {decision.failed}", status=400, consumer=consumer)
    return found


async def _finalized(tx: Transaction, scope: OperatorScope, agreement_id: str) -> Agreement | None:
    """The agreement; whoever asks for its data has got our message that it is final, though its answer is still on its way."""
    found = await store.agreement(tx, scope, agreement_id)
    if found is None or found.finalized_at is not None or found.role is not Role.PROVIDER:
        return found
    process = await store.process(tx, scope, found.pid, locked=True)
    if process is not None and process.pending_state == "FINALIZED":
        await engine.acknowledged(tx, scope, process)
    return await store.agreement(tx, scope, agreement_id)


async def told(
    tx: Transaction, scope: OperatorScope, caller: Caller, pid: str, move: Move, message: Message, raw: bytes
) -> Process:
    """A message about a transfer that stands. Raises Fault; then nothing has changed."""
    process = await engine.locked(tx, scope, KIND, pid, caller, message)
    if await store.message_known(tx, process, raw):
        return process
    pids: Any = {"provider": process.provider_pid, "consumer": process.consumer_pid}
    address = message.get("dataAddress")
    resumes = move is Move.START and process.role is Role.PROVIDER
    if resumes and process.state == "SUSPENDED" and process.suspended_by is Role.PROVIDER:
        raise Fault("RESUME_NOT_ALLOWED", **pids)
    if move is Move.START and process.role is Role.CONSUMER and address is not None and process.format == PUSH:
        raise Fault("INVALID_DATA_ADDRESS", **pids)
    learned: dict[str, Any] = {"peer_pid": process.peer_pid}
    if address is not None and process.role is Role.CONSUMER:
        learned["data_address"] = address
    if move is Move.TERMINATE:
        learned["end_code"] = str(message.get("code", ""))[:100] or None
    moved = await engine.heard(tx, scope, process, move, raw, **learned)
    return await follow(tx, scope, moved)


async def begin(
    tx: Transaction,
    scope: OperatorScope,
    participant: Participant,
    agreement_id: str,
    format: str,
    *,
    peer_base: str,
    peer_did: str | None = None,
    data_address: Message | None = None,
    purposes: tuple[str, ...] = (),
) -> Process:
    """Ask the provider of an agreement of ours for its data. Raises Fault (UNKNOWN_AGREEMENT)."""
    agreement = await store.agreement(tx, scope, agreement_id)
    if agreement is None or agreement.role is not Role.CONSUMER or agreement.finalized_at is None:
        raise Fault("UNKNOWN_AGREEMENT")
    asked = await store.process(tx, scope, agreement.pid)
    pid = fresh_pid()
    await store.add_process(
        tx,
        scope,
        pid=pid,
        kind=KIND,
        role=Role.CONSUMER,
        peer_did=peer_did or agreement.peer_did,
        peer_base=peer_base.rstrip("/"),
        state="REQUESTED",
        dataset_id=agreement.dataset_id,
        agreement_id=agreement_id,
        format=format,
        purposes=purposes,
        script=_script(agreement_id),
        type_iri=asked.type_iri if asked else None,
    )
    process = await store.process(tx, scope, pid)
    if process is None:
        raise Fault("INTERNAL")
    message = made(
        "TransferRequestMessage",
        consumerPid=pid,
        agreementId=agreement_id,
        format=format,
        callbackAddress=base_of(participant),
        dataAddress=data_address,
        **({NS + "purpose": list(purposes)} if purposes else {}),
    )
    return await engine.plan(tx, process, Move.REQUEST, message)


async def answer(tx: Transaction, scope: OperatorScope, pid: str, move: Move, *, code: str = "") -> Process:
    """Suspend, resume, complete or end a transfer of ours. Raises Fault.

    Suspending and ending take effect on our data plane at once, whatever the other side acknowledges.
    """
    process = await store.process(tx, scope, pid, locked=True)
    if process is None or process.kind is not KIND:
        raise Fault("NOT_FOUND")
    other = Role.CONSUMER if process.role is Role.PROVIDER else Role.PROVIDER
    if move is Move.START and process.suspended_by is other:
        raise Fault("RESUME_NOT_ALLOWED")
    if move is Move.TERMINATE:
        await store_tokens.drop_tokens(tx, scope, pid)
    return await act(tx, scope, process, move, code=code)


async def after_acknowledged(tx: Transaction, process: Process) -> None:
    """A push starts once the consumer knows that it is coming."""
    if process.role is Role.PROVIDER and process.state == "STARTED" and process.format == PUSH:
        await tx.defer(PUSH_JOB, operator_id=str(process.operator_id), pid=process.pid)


__all__ = ["after_acknowledged", "answer", "begin", "purposes_of", "requested", "told", "told_again"]

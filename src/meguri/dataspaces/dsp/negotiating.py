"""Contract negotiation: what the other side's messages do, and how we begin one ourselves."""

from datetime import timedelta
from typing import Any

import msgspec

from meguri.dataspaces.dsp import engine, store
from meguri.dataspaces.dsp.callbacks import check_callback
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.following import ANSWER, act, follow
from meguri.dataspaces.dsp.messages import Message, made, rules_of
from meguri.dataspaces.dsp.model import Caller, Participant, Process
from meguri.dataspaces.dsp.policy import moment, policy_hash, unknown_terms
from meguri.dataspaces.dsp.starting import base_of
from meguri.dataspaces.dsp.states import EVENTS, HEARD_BY, Kind, Move, Role
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import conformance, limits
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

KIND = Kind.NEGOTIATION


def fresh_pid() -> str:
    """A process id that was never used."""
    return f"urn:uuid:{new_id()}"


async def requested(
    tx: Transaction, scope: OperatorScope, caller: Caller, message: Message, raw: bytes
) -> tuple[Process, bool]:
    """An initial ContractRequestMessage: the new process, and whether it is new. Raises Fault."""
    offer, consumer = message["offer"], message["consumerPid"]
    known = await _again(tx, scope, Role.PROVIDER, caller, consumer, raw)
    if known is not None:
        return known, False
    callback = await check_callback(message["callbackAddress"], caller)
    found = await store.visible_offer(tx, scope, caller.me, caller.proof, offer["@id"])
    if found is None or found.dataset_id != offer["target"]:
        raise Fault("UNKNOWN_OFFER", consumer=consumer)
    pid = fresh_pid()
    script = found.dataset_id if node().conformance and found.dataset_id in conformance().scripts else None
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
        dataset_id=found.dataset_id,
        offer_id=found.offer_id,
        policy=rules_of(offer),
        policy_hash=policy_hash(offer),
        script=script,
    )
    return await _begun(tx, scope, pid, Move.REQUEST, raw), True


async def _begun(tx: Transaction, scope: OperatorScope, pid: str, move: Move, raw: bytes) -> Process:
    process = await store.process(tx, scope, pid, locked=True)
    if process is None:  # the same request arrived twice at the same moment, and the other one won
        raise Fault("BUSY")
    await store.keep_message(tx, process, move, raw, inbound=True)
    await follow(tx, scope, process)
    return process


async def _again(
    tx: Transaction, scope: OperatorScope, role: Role, caller: Caller, peer_pid: str, raw: bytes
) -> Process | None:
    """The process of an initial message that came before. Raises Fault (PID_REUSED) when it said something else."""
    pid = await store.process_of_peer(tx, scope, KIND, role, caller.did, peer_pid)
    process = await store.process(tx, scope, pid) if pid else None
    if process is None:
        return None
    if not await store.message_known(tx, process, raw):
        raise Fault("PID_REUSED", provider=process.provider_pid, consumer=process.consumer_pid)
    return process


async def offered(
    tx: Transaction, scope: OperatorScope, caller: Caller, message: Message, raw: bytes
) -> tuple[Process, bool]:
    """An initial ContractOfferMessage: a provider approaches us. It waits for a person. Raises Fault."""
    offer, provider = message["offer"], message["providerPid"]
    known = await _again(tx, scope, Role.CONSUMER, caller, provider, raw)
    if known is not None:
        return known, False
    callback = await check_callback(message["callbackAddress"], caller)
    pid = fresh_pid()
    await store.add_process(
        tx,
        scope,
        pid=pid,
        kind=KIND,
        role=Role.CONSUMER,
        peer_pid=provider,
        peer_did=caller.did,
        peer_base=callback,
        state="OFFERED",
        dataset_id=offer["target"],
        offer_id=offer["@id"],
        policy=rules_of(offer),
        policy_hash=policy_hash(offer),
        waits_for=ANSWER,
    )
    return await _begun(tx, scope, pid, Move.OFFER, raw), True


async def told(
    tx: Transaction, scope: OperatorScope, caller: Caller, pid: str, move: Move, message: Message, raw: bytes
) -> Process:
    """A message about a negotiation that stands. Raises Fault; then nothing has changed."""
    process = await engine.locked(tx, scope, KIND, pid, caller, message)
    if await store.message_known(tx, process, raw):
        return process
    pids: Any = {"provider": process.provider_pid, "consumer": process.consumer_pid}
    if move not in HEARD_BY[process.role]:
        raise Fault("INVALID_EVENT" if move in EVENTS.values() else "INVALID_STATE", **pids)
    learned: dict[str, Any] = {"peer_pid": process.peer_pid}
    if move in (Move.REQUEST, Move.OFFER):
        learned |= _from_offer(process, message["offer"], pids)
    elif move is Move.AGREE:
        learned |= await _checked_agreement(tx, scope, process, message["agreement"], pids)
    elif move is Move.TERMINATE:
        learned["end_code"] = str(message.get("code", ""))[:100] or None
    moved = await engine.heard(tx, scope, process, move, raw, **learned)
    if move is Move.AGREE:
        await _keep_agreement(tx, scope, moved, message["agreement"])
    return await follow(tx, scope, moved)


def _from_offer(process: Process, offer: Message, pids: Any) -> dict[str, Any]:
    if not node().conformance and offer["target"] != process.dataset_id:
        raise Fault("UNKNOWN_OFFER", **pids)
    return {"offer_id": offer["@id"], "policy": rules_of(offer), "policy_hash": policy_hash(offer)}


async def _checked_agreement(
    tx: Transaction, scope: OperatorScope, process: Process, agreement: Message, pids: Any
) -> dict[str, Any]:
    """Whether the agreement is what was negotiated; the kit's own agreements name parties and targets at random."""
    at = moment(agreement["timestamp"])
    late = timedelta(seconds=limits().agreement_clock_s)
    participant = await store.participant(tx, scope)
    fine = node().conformance or (
        agreement["target"] == process.dataset_id
        and participant is not None
        and agreement["assignee"] == participant.did
        and agreement["assigner"] == process.peer_did
        and policy_hash(agreement) == process.policy_hash
        and at is not None
        and abs(at - clock.now()) <= late
        and await store.agreement(tx, scope, agreement["@id"]) is None
    )
    if not fine:
        raise Fault("AGREEMENT_INVALID", **pids)
    return {"agreement_id": agreement["@id"]}


async def _keep_agreement(tx: Transaction, scope: OperatorScope, process: Process, agreement: Message) -> None:
    await store.add_agreement(
        tx, scope, process, agreement["@id"], agreement, rules_of(agreement), policy_hash(agreement)
    )


async def refuse_agreement(tx: Transaction, scope: OperatorScope, pid: str) -> None:
    """After an agreement that is not what was negotiated: end the negotiation, and say why."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is not None and process.state in ("REQUESTED", "ACCEPTED"):
        await act(tx, scope, process, Move.TERMINATE, code="AGREEMENT_INVALID")


async def begin(
    tx: Transaction,
    scope: OperatorScope,
    participant: Participant,
    peer_did: str,
    peer_base: str,
    offer: Message,
    *,
    waived: tuple[str, ...] = (),
    script: str | None = None,
    type_iri: str | None = None,
) -> Process:
    """Ask a provider for a contract on its offer (with @id, target and rules), as the consumer.

    waived    terms of the policy that a person has accepted although we can only record them
    type_iri  the type of the dataset, as the provider's catalog names it

    Raises Fault (POLICY_UNSUPPORTED) naming the terms that nobody accepted.
    """
    missing = [] if script else [term for term in unknown_terms(offer) if term not in waived]
    if missing:
        raise Fault("POLICY_UNSUPPORTED", ", ".join(missing))
    pid = fresh_pid()
    await store.add_process(
        tx,
        scope,
        pid=pid,
        kind=KIND,
        role=Role.CONSUMER,
        peer_did=peer_did,
        peer_base=peer_base.rstrip("/"),
        state="REQUESTED",
        dataset_id=offer["target"],
        offer_id=offer["@id"],
        policy=rules_of(offer),
        policy_hash=policy_hash(offer),
        script=script,
        type_iri=type_iri,
    )
    process = await store.process(tx, scope, pid)
    if process is None:
        raise Fault("INTERNAL")
    message = made(
        "ContractRequestMessage",
        consumerPid=pid,
        callbackAddress=base_of(participant),
        offer={"@type": "Offer", "@id": offer["@id"], "target": offer["target"], **rules_of(offer)},
    )
    return await engine.plan(tx, process, Move.REQUEST, message)


async def answer(
    tx: Transaction, scope: OperatorScope, pid: str, move: Move, *, policy: Message | None = None
) -> Process:
    """A person's answer: accept, agree, offer or request something else, or end it. Raises Fault."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is None or process.kind is not KIND:
        raise Fault("NOT_FOUND")
    if policy is not None:
        unknown = unknown_terms(policy)
        if unknown:
            raise Fault("POLICY_UNSUPPORTED", ", ".join(unknown))
        process = msgspec.structs.replace(
            process,
            offer_id=f"urn:uuid:{new_id()}",
            policy=rules_of(policy),
            policy_hash=policy_hash(policy),
        )
    return await act(tx, scope, process, move)


__all__ = ["answer", "begin", "fresh_pid", "offered", "refuse_agreement", "requested", "told"]

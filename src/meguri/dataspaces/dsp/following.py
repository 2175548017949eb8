"""What we do by ourselves when a state is reached: by the rules of the house, or by a scenario of the conformance profile."""

import msgspec

from meguri.dataspaces.dsp import engine, facts, store
from meguri.dataspaces.dsp.kinds import INTERFACES
from meguri.dataspaces.dsp.messages import Message, rules_of
from meguri.dataspaces.dsp.model import Participant, Process
from meguri.dataspaces.dsp.policy import Phase, evaluate, policy_hash
from meguri.dataspaces.dsp.starting import started_with
from meguri.dataspaces.dsp.states import Kind, Move, Role
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import conformance
from meguri.kernel import clock
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

REVIEW, ANSWER = "review", "answer"
"""What a process waits for, when it waits for a person: a look at another policy, an answer to an offer."""
PULL = "dsp.pull"


async def follow(tx: Transaction, scope: OperatorScope, process: Process) -> Process:
    """Plan our next move, if there is one."""
    if process.script is not None:
        return await _by_script(tx, scope, process)
    move = await _by_rule(tx, scope, process)
    if isinstance(move, str) and not isinstance(move, Move):
        return await store.update_process(tx, msgspec.structs.replace(process, waits_for=move))
    if move is None:
        return await _after_rule(tx, process)
    return await act(tx, scope, process, move)


async def _by_script(tx: Transaction, scope: OperatorScope, process: Process) -> Process:
    rules = conformance()
    steps = rules.scripts.get(process.script or "", ())
    if process.step >= len(steps) or steps[process.step][0] != process.state:
        return process
    move = Move(steps[process.step][1])
    pause = rules.pause_ms if process.step else rules.first_pause_ms
    stepped = msgspec.structs.replace(process, step=process.step + 1)
    return await act(tx, scope, stepped, move, pause_ms=pause)


async def _by_rule(tx: Transaction, scope: OperatorScope, process: Process) -> Move | str | None:
    """The next move, or what a person has to do, or None."""
    at = (process.kind, process.role, process.state)
    if at == (Kind.NEGOTIATION, Role.PROVIDER, "REQUESTED"):
        return await _answer_to_request(tx, scope, process)
    if at == (Kind.NEGOTIATION, Role.CONSUMER, "OFFERED"):
        return ANSWER
    return {
        (Kind.NEGOTIATION, Role.PROVIDER, "ACCEPTED"): Move.AGREE,
        (Kind.NEGOTIATION, Role.PROVIDER, "VERIFIED"): Move.FINALIZE,
        (Kind.NEGOTIATION, Role.CONSUMER, "AGREED"): Move.VERIFY,
        (Kind.TRANSFER, Role.PROVIDER, "REQUESTED"): Move.START,
    }.get(at)


async def _answer_to_request(tx: Transaction, scope: OperatorScope, process: Process) -> Move | str:
    """Agree to our own policy when its constraints hold; what differs goes to a person, or is ended."""
    offer = await store.visible_dataset(tx, scope, process.peer_did, 99, process.dataset_id or "")
    if offer is not None and policy_hash(process.policy or {}) == offer.policy_hash:
        known = await facts.of_negotiation(tx, scope, process, Phase.NEGOTIATION)
        return Move.AGREE if evaluate(offer.policy, known).allowed else Move.TERMINATE
    participant = await store.participant(tx, scope)
    return Move.TERMINATE if participant and participant.counter_offer == "reject" else REVIEW


async def _after_rule(tx: Transaction, process: Process) -> Process:
    """A consumer fetches what has been started, unless it is an interface to call; nothing else happens by itself."""
    fetchable = process.data_address is not None and process.kind is Kind.TRANSFER and process.role is Role.CONSUMER
    whole = process.type_iri not in INTERFACES
    if fetchable and whole and process.state == "STARTED" and not node().conformance:
        await tx.defer(PULL, operator_id=str(process.operator_id), pid=process.pid)
    return process


async def act(
    tx: Transaction, scope: OperatorScope, process: Process, move: Move, *, pause_ms: int = 0, code: str = ""
) -> Process:
    """Plan `move` with the message that belongs to it. Raises Fault (INVALID_STATE)."""
    if move is Move.AGREE:
        process, message = await _agreement(tx, scope, process)
    elif move is Move.START:
        process, message = await started_with(tx, scope, process)
    elif move in (Move.ACCEPT, Move.FINALIZE):
        message = engine.message_of(process, move, eventType="ACCEPTED" if move is Move.ACCEPT else "FINALIZED")
    elif move in (Move.OFFER, Move.REQUEST):
        message = _with_offer(process, move)
    elif move in (Move.TERMINATE, Move.SUSPEND):
        message = engine.message_of(process, move, code=code or _code(process), reason=["Ended by the other party"])
        process = msgspec.structs.replace(process, end_code=code or process.end_code)
    else:
        message = engine.message_of(process, move)
    return await engine.plan(tx, process, move, message, pause_ms=pause_ms)


def _code(process: Process) -> str:
    return "POLICY_MISMATCH" if process.state == "REQUESTED" and process.kind is Kind.NEGOTIATION else "TERMINATED"


def _with_offer(process: Process, move: Move) -> Message:
    rules = rules_of(process.policy or {}) or {"permission": [{"action": "use"}]}
    offer = {
        "@type": "Offer",
        "@id": process.offer_id or f"urn:uuid:{new_id()}",
        "target": process.dataset_id or "",
        **rules,
    }
    return engine.message_of(process, move, offer=offer)


async def _agreement(tx: Transaction, scope: OperatorScope, process: Process) -> tuple[Process, Message]:
    """The agreement on the current policy: kept before it is sent, so that there is one, however often it is sent."""
    participant: Participant | None = await store.participant(tx, scope)
    agreement_id = f"urn:uuid:{new_id()}"
    body = {
        "@id": agreement_id,
        "@type": "Agreement",
        "target": process.dataset_id,
        "assigner": participant.did if participant else "",
        "assignee": process.peer_did,
        "timestamp": seconds_z(clock.now()),
        **(rules_of(process.policy or {}) or {"permission": [{"action": "use"}]}),
    }
    process = msgspec.structs.replace(process, agreement_id=agreement_id)
    dataset = await store.visible_dataset(tx, scope, process.peer_did, 99, process.dataset_id or "")
    version = dataset.content_version if dataset else 1
    await store.add_agreement(
        tx,
        scope,
        process,
        agreement_id,
        body,
        rules_of(process.policy or {}),
        process.policy_hash or policy_hash(process.policy or {}),
        content_version=version,
    )
    return process, engine.message_of(process, Move.AGREE, agreement=body)

"""The data plane: each call is decided anew, by token, state, agreement and policy, and entered in the audit."""

import hashlib
import secrets
from typing import Any

import msgspec

from meguri.dataspaces.dsp import facts, store, store_tokens
from meguri.dataspaces.dsp.events import DataAccessed
from meguri.dataspaces.dsp.model import Agreement, Form, Process
from meguri.dataspaces.dsp.policy import Decision, Facts, Phase, evaluate, is_counted
from meguri.dataspaces.dsp.signing import payload_proof
from meguri.dataspaces.dsp.starting import REFRESH_FOR, access_token, refresh_token
from meguri.dataspaces.dsp.states import Role
from meguri.dataspaces.rules import limits
from meguri.dataspaces.wire import Answer, to_json
from meguri.kernel import clock
from meguri.kernel.clock import seconds_z
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs
from meguri.proof.multibase import base64url
from meguri.storage import Transaction


class Holder(msgspec.Struct, frozen=True):
    """Who presents a data-plane token that holds: for which transfer of whose."""

    process: Process
    agreement: Agreement


def _said(status: int, code: str, detail: str = "", **headers: str) -> Answer:
    return to_json(status, {"code": code, "message": detail or code}, {"cache-control": "no-store", **headers})


async def holder_of(tx: Transaction, scope: OperatorScope, pid: str | None, token: str) -> Holder | Answer:
    """The transfer and agreement behind a token, in the contract's order of checks; else the refusal."""
    found = await store_tokens.token(tx, token) if token else None
    valid = found is not None and not found.refresh and found.expires_at >= clock.now()
    if not valid or found is None or found.operator_id != scope.operator_id or pid not in (None, found.pid):
        return _said(401, "invalid_token", **{"www-authenticate": 'Bearer error="invalid_token"'})
    process = await store.process(tx, scope, found.pid)
    if process is None or process.agreement_id is None:
        return _said(401, "invalid_token", **{"www-authenticate": 'Bearer error="invalid_token"'})
    if process.state == "SUSPENDED" or process.pending_state == "SUSPENDED":
        return _said(409, "TRANSFER_SUSPENDED")
    if process.state != "STARTED" and process.pending_state != "STARTED":
        return _said(410, "TRANSFER_ENDED")
    if process.pending_state in ("TERMINATED", "COMPLETED"):
        return _said(410, "TRANSFER_ENDED")
    agreement = await store.agreement(tx, scope, process.agreement_id, locked=True)
    if agreement is None:
        return _said(410, "TRANSFER_ENDED")
    return Holder(process, agreement)


async def form_behind(tx: Transaction, scope: OperatorScope, pid: str, token: str) -> Form | None:
    """How the dataset of a transfer is had; None to whoever presents no token of that very transfer."""
    found = await store_tokens.token(tx, token) if token else None
    if found is None or found.refresh or (found.operator_id, found.pid) != (scope.operator_id, pid):
        return None
    process = await store.process(tx, scope, pid)
    return await store.form_of(tx, scope, process.dataset_id or "") if process else None


async def admitted(tx: Transaction, scope: OperatorScope, pid: str, token: str, purposes: list[str]) -> Holder | Answer:
    """Whether a call may go on, decided anew and counted; else the refusal. `settled` says afterwards what came of it."""
    ended = await _of_ended(tx, scope, pid, token)
    if ended is not None:
        return ended
    held = await holder_of(tx, scope, pid, token)
    if isinstance(held, Answer):
        return held
    decision = decide(held.agreement, held.process, purposes)
    if not decision.allowed:
        await _note(tx, held, purposes, decision, 0)
        return _said(403, "POLICY_NOT_SATISFIED", f"Not satisfied: {decision.failed}")
    await store.count_use(tx, scope, held.agreement)
    return held


async def settled(tx: Transaction, scope: OperatorScope, held: Holder, purposes: list[str], answer: Answer) -> None:
    """What came of a call that was let through: only one that succeeded counts, and each is entered."""
    if not 200 <= answer.status < 300:
        await store.uncount_use(tx, scope, held.agreement.agreement_id)
    await _note(tx, held, purposes, Decision(True), len(answer.body))


async def serve(
    tx: Transaction,
    scope: OperatorScope,
    pid: str,
    token: str,
    purposes: list[str],
    below: tuple[str, ...] = (),
) -> Answer:
    """The data of a transfer: the very version that the agreement names, in an envelope that can be proved later.

    below  what follows in the address: data that come whole have nothing there
    """
    held = await admitted(tx, scope, pid, token, purposes)
    if isinstance(held, Answer):
        return held
    if below:
        answer = _said(404, "NOT_FOUND")
    else:
        body = msgspec.json.encode(await envelope(tx, scope, held.agreement))
        digest = hashlib.sha256(body).digest()
        headers = {
            "content-digest": f"sha-256=:{_base64(digest)}:",
            "etag": f'"{digest.hex()}"',
            "cache-control": "no-store",
        }
        answer = Answer(200, body, headers)
    await settled(tx, scope, held, purposes, answer)
    return answer


async def agreed_on(tx: Transaction, scope: OperatorScope, did: str) -> frozenset[tuple[str, str]]:
    """(kind of dataset, trace id) that a partner may read now under its agreements, outside of the data plane as well.

    What is limited in number is had at the data plane alone, which counts.
    """
    found = set()
    for kind, trace_id, policy, finalized_at in await store.agreed_on(tx, scope, did):
        known = Facts(phase=Phase.CALL, now=clock.now(), recipient=did, finalized_at=finalized_at)
        if not is_counted(policy) and evaluate(policy, known).allowed:
            found.add((kind, trace_id))
    return frozenset(found)


async def _of_ended(tx: Transaction, scope: OperatorScope, pid: str, token: str) -> Answer | None:
    """A transfer that ended took its tokens with it: whoever still holds one is told so, and nobody else."""
    process = await store.process(tx, scope, pid) if token.startswith("mgt_") else None
    if process is None or process.role is not Role.PROVIDER or process.state not in ("COMPLETED", "TERMINATED"):
        return None
    return _said(410, "TRANSFER_ENDED")


def _base64(data: bytes) -> str:
    padded = base64url(data).replace("-", "+").replace("_", "/")
    return padded + "=" * (-len(padded) % 4)


def decide(agreement: Agreement, process: Process, purposes: list[str]) -> Decision:
    """Whether this call is allowed now."""
    over = agreement.ended_at is not None or (agreement.ends_at is not None and agreement.ends_at < clock.now())
    decision = evaluate(agreement.policy, facts.of_agreement(agreement, Phase.CALL, purposes or process.purposes))
    if over and decision.allowed:
        return Decision(False, "agreement")
    return decision


async def envelope(tx: Transaction, scope: OperatorScope, agreement: Agreement) -> dict[str, Any]:
    """What is handed over: the content with its hash, signed by us."""
    content = await store.content_of(tx, scope, agreement.dataset_id)
    bare = {
        "dataset": agreement.dataset_id,
        "version": agreement.content_version,
        "agreementId": agreement.agreement_id,
        "issuedAt": seconds_z(clock.now()),
        "content": content if content is not None else {},
        "contentHash": jcs.sha256_hex(content if content is not None else {}),
    }
    return await payload_proof(tx, scope, bare)


async def _note(tx: Transaction, held: Holder, purposes: list[str], decision: Decision, size: int) -> None:
    await tx.record(
        DataAccessed(
            consumer=held.process.peer_did,
            agreement_id=held.agreement.agreement_id,
            dataset_id=held.agreement.dataset_id,
            purposes=tuple(purposes or held.process.purposes),
            allowed=decision.allowed,
            failed=decision.failed,
            size=size,
        )
    )


async def refreshed(tx: Transaction, scope: OperatorScope, presented: str, consumer: str | None) -> Answer:
    """New tokens for a refresh token. The old one stays valid until the new one is presented (retire on acknowledgement):
    presented again, it gives the same new one, so that a lost reply costs nothing.

    consumer  the DID that has proved itself beside the token; None in the conformance profile
    """
    found = await store_tokens.token(tx, presented) if presented else None
    if found is None or not found.refresh or found.operator_id != scope.operator_id or found.expires_at < clock.now():
        return _said(401, "invalid_grant")
    process = await store.process(tx, scope, found.pid, locked=True)
    if process is None or process.state in ("COMPLETED", "TERMINATED"):
        return _said(401, "invalid_grant")
    if consumer is not None and process.peer_did != consumer:
        return _said(401, "invalid_grant")
    key, latest = await store.token_key(tx, scope), await store_tokens.latest_refresh(tx, scope, process.pid)
    if found.generation == latest:  # the newest is presented: the one before it has done its work
        latest += 1
        await store_tokens.retire_refresh(tx, scope, process.pid, found.generation)
        await store_tokens.add_token(
            tx,
            scope,
            refresh_token(key, process.pid, latest),
            process.pid,
            clock.now() + REFRESH_FOR,
            refresh=True,
            generation=latest,
        )
    reply = {
        "access_token": await access_token(tx, scope, process.pid),
        "token_type": "Bearer",
        "expires_in": limits().token_ttl_s,
        "refresh_token": refresh_token(key, process.pid, latest),
    }
    return to_json(200, reply, {"cache-control": "no-store"})


def new_token_key() -> bytes:
    """The secret from which a participant's refresh tokens are made."""
    return secrets.token_bytes(32)

"""Data on its way: fetched by us as the consumer, pushed by us as the provider. What arrives is checked before it counts."""

import hashlib
from base64 import b64encode
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from meguri.dataspaces.dsp import plane, store
from meguri.dataspaces.dsp.calling import NotNow, renewed
from meguri.dataspaces.dsp.documents import Documents
from meguri.dataspaces.dsp.errors import ProcessNotFound
from meguri.dataspaces.dsp.events import DataReceived
from meguri.dataspaces.dsp.following import act
from meguri.dataspaces.dsp.model import Process
from meguri.dataspaces.dsp.states import Move, Role
from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.node import node
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Reply, Unreachable
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.proof import data_integrity, jcs
from meguri.storage import Database, Transaction

MOST_BYTES = 32 << 20
_REFUSED = {403: "POLICY_NOT_SATISFIED", 410: "AGREEMENT_EXPIRED"}
"""Answers of a data plane that will not change by asking again, and what they mean."""


class NotYet(Exception):
    """The data could not be had or handed over just now; the job is tried again."""


def _properties(process: Process) -> dict[str, str]:
    address = process.data_address or {}
    return {one["name"]: one["value"] for one in address.get("endpointProperties", ())}


async def pull(db: Database, operator_id: str, pid: str) -> None:
    """Fetch, check, keep, and say that the transfer is complete. Raises NotYet."""
    operator = parse_uuid(operator_id)
    scope = system_scope("dsp", operator) if operator else system_scope("dsp")
    process = await db.run(scope, _of, pid)
    if process is None or process.state != "STARTED" or process.role is not Role.CONSUMER or not process.data_address:
        return
    reply = await _asked(process)
    if reply.status in (
        401,
        403,
    ):  # the token has run out while the provider could not be reached; some say 403 to that
        try:
            reply = await _asked(await renewed(db, scope, process))
        except (NotNow, ProcessNotFound) as error:
            if reply.status == 401:
                raise NotYet("the token could not be renewed") from error
    if reply.status in _REFUSED:
        await db.run(scope, _ended, pid, _REFUSED[reply.status])
        return
    if reply.status != 200:
        raise NotYet(f"status {reply.status}")
    if not _as_announced(reply):
        raise NotYet("the digest is not that of the body")
    envelope = await _checked(db, process, reply)
    await db.run(scope, keep, pid, envelope)


async def _asked(process: Process) -> Reply:
    """What the provider answers to the token that we have. Raises NotYet."""
    headers = {"authorization": f"Bearer {_properties(process).get('authorization', '')}", "accept": "application/json"}
    where = str((process.data_address or {}).get("endpoint", ""))
    try:
        return await node().outbound.send("GET", where, headers=headers, most_bytes=MOST_BYTES, timeout_s=60)
    except Unreachable as error:
        raise NotYet("unreachable") from error


async def _ended(tx: Transaction, scope: OperatorScope, pid: str, code: str) -> None:
    """The provider will not hand these data over any more: the transfer is over, and says why."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is not None and process.state == "STARTED" and process.pending_id is None:
        await act(tx, scope, process, Move.TERMINATE, code=code)


def _as_announced(reply: Reply) -> bool:
    """Whether the body is the one that `Content-Digest` names, where it names one."""
    said = reply.headers.get("content-digest", "")
    if "sha-256=:" not in said:
        return True
    found = said.partition("sha-256=:")[2].partition(":")[0]
    return found == b64encode(hashlib.sha256(reply.body).digest()).decode()


async def _checked(db: Database, process: Process, reply: Reply) -> dict[str, Any]:
    """What came, as it is kept: an envelope of ours with a hash and signature that hold, or what another connector sent,
    which comes without either and is kept as such. Raises NotYet when it is not what was promised."""
    try:
        said = loads(reply.body)
    except NotStrict as error:
        raise NotYet("not JSON") from error
    if not isinstance(said, dict) or not {"content", "contentHash"} <= set(said):
        return {"content": said, "contentHash": jcs.sha256_hex(said), "unsigned": True}
    if said["contentHash"] != jcs.sha256_hex(said["content"]):
        raise NotYet("the hash is not that of the content")
    if (said.get("dataset"), said.get("agreementId")) != (process.dataset_id, process.agreement_id):
        raise NotYet("of another dataset or agreement")
    proof = said.get("proof")
    kid = str(proof.get("verificationMethod", "")) if isinstance(proof, dict) else ""
    try:
        document = await Documents(db).of(process.peer_did, kid)
        key = document.assertion(kid) if kid.partition("#")[0] == process.peer_did else None
        fine = isinstance(key, Ed25519PublicKey) and data_integrity.verifies(said, proof or {}, key)
    except (TokenRefused, AttributeError, TypeError):
        fine = False
    if not fine:
        raise NotYet("the signature is not the provider's")
    return said


async def _of(tx: Transaction, scope: OperatorScope, pid: str) -> Process | None:
    return await store.process(tx, scope, pid)


async def keep(tx: Transaction, scope: OperatorScope, pid: str, envelope: dict[str, Any]) -> None:
    """Keep what came and was checked, and complete the transfer."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is None or process.state != "STARTED":
        return
    agreement = await store.agreement(tx, scope, process.agreement_id or "")
    ends_at = agreement.ends_at if agreement else None
    if await store.keep_copy(tx, process, envelope, envelope["contentHash"], ends_at):
        await tx.record(
            DataReceived(
                pid=pid,
                agreement_id=process.agreement_id or "",
                dataset_id=process.dataset_id or "",
                content_hash=envelope["contentHash"],
            )
        )
    await act(tx, scope, process, Move.COMPLETE)


async def push(db: Database, operator_id: str, pid: str) -> None:
    """Send the data to where the consumer wants it, and say that the transfer is complete. Raises NotYet."""
    operator = parse_uuid(operator_id)
    scope = system_scope("dsp", operator) if operator else system_scope("dsp")
    found = await db.run(scope, _to_push, pid)
    if found is None:
        return
    process, body = found
    properties = _properties(process)
    kind = properties.get("authType", "bearer")
    value = properties.get("authorization", "")
    headers = {"content-type": "application/json"}
    if value:
        headers["authorization"] = value if " " in value or kind != "bearer" else f"Bearer {value}"
    try:
        reply = await node().outbound.send(
            "POST", str((process.data_address or {}).get("endpoint", "")), headers=headers, body=body, timeout_s=60
        )
    except Unreachable as error:
        raise NotYet("unreachable") from error
    if not 200 <= reply.status < 300:
        raise NotYet(f"status {reply.status}")
    await db.run(scope, _pushed, pid)


async def _to_push(tx: Transaction, scope: OperatorScope, pid: str) -> tuple[Process, bytes] | None:
    process = await store.process(tx, scope, pid)
    if process is None or process.state != "STARTED" or process.role is not Role.PROVIDER or process.pending_id:
        return None
    agreement = await store.agreement(tx, scope, process.agreement_id or "")
    if agreement is None or not plane.decide(agreement, process, []).allowed:
        # What may not be handed over any more is not left standing as if it were on its way.
        await act(tx, scope, process, Move.TERMINATE, code="POLICY_NOT_SATISFIED")
        return None
    return process, msgspec.json.encode(await plane.envelope(tx, scope, agreement))


async def _pushed(tx: Transaction, scope: OperatorScope, pid: str) -> None:
    process = await store.process(tx, scope, pid, locked=True)
    if process is not None and process.state == "STARTED" and process.pending_id is None:
        agreement = await store.agreement(tx, scope, process.agreement_id or "", locked=True)
        if agreement is not None:
            await store.count_use(tx, scope, agreement)
        await act(tx, scope, process, Move.COMPLETE)

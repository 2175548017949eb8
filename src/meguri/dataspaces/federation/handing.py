"""Passports that go from one node to another: proposed here, accepted there, and in effect on both sides by that alone.

The giver's node offers the passport as a dataset to the taker alone and sends `passport.transfer` with its hash. The taker's
node fetches and checks it; then the transfer stands among the taker's own, as a proposal of the partner. What the taker
decides goes back as the receipt, with its signature, and moves the responsibility on the giver's node too.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import offering
from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.dsp.consuming import Consumer
from meguri.dataspaces.dsp.documents import Document, Documents
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.kinds import TYPE
from meguri.dataspaces.dsp.model import NewDataset
from meguri.dataspaces.dsp.offering import PartnerInput, Terms
from meguri.dataspaces.dsp.states import ENDED, Kind, Role
from meguri.dataspaces.dsp.terms import PULL
from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.federation import shadows, store
from meguri.dataspaces.federation.sending import enqueue
from meguri.dataspaces.federation.store import Link, Waiting
from meguri.dataspaces.node import node
from meguri.dataspaces.strict import loads
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.clock import millis_z, seconds_z
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.scope import Role as PersonRole
from meguri.passport import service as passports
from meguri.passport.events import DealingSettled
from meguri.proof import data_integrity, jcs
from meguri.storage import Database, Transaction

WAITS = "WAITING"
TAKE_IN = "federation.take_in"
_SOON, _FIRST_S = 4, 0.25  # agreement and transfer mostly take a moment: so many looks, each after twice the time
_HANDOVER = "handover"
_PURPOSE = "passport.legal"


def _as(operator_id: UUID) -> OperatorScope:
    return OperatorScope(operator_id, "system:federation", PersonRole.ADMIN)


async def settled(tx: Transaction, _: OperatorScope, event: DealingSettled) -> None:
    """A transfer between one of our companies and a partner on another node was made or decided here."""
    if event.kind != "transfer":
        return
    links = await store.links_of(tx, [(event.giver_id, event.taker_id), (event.taker_id, event.giver_id)])
    given, taken = links.get((event.giver_id, event.taker_id)), links.get((event.taker_id, event.giver_id))
    if given is not None:
        await _told_of_ours(tx, event, given)
    elif taken is not None and event.state in ("accepted", "rejected"):
        await _answered(tx, event, taken)


# the giver's node


async def _told_of_ours(tx: Transaction, event: DealingSettled, link_id: UUID) -> None:
    link = await store.link(tx, event.giver_id, link_id)
    if link is None:
        return
    subject = f"passport:{event.dealing_id}"
    if event.state == "proposed":
        payload = await _offered(tx, event, link)
        await enqueue(tx, event.giver_id, link_id, "passport.transfer", subject, payload)
        return
    told = await store.last_out(tx, event.giver_id, link_id, subject)
    if told is None:
        return
    await contracts.withdraw_dataset(tx, _as(event.giver_id), str(told.payload.get("bundleDataset", "")))
    if event.state in ("withdrawn", "expired"):
        payload = {**told.payload, "withdrawn": True}
        await enqueue(tx, event.giver_id, link_id, "passport.transfer", subject, payload)


async def _offered(tx: Transaction, event: DealingSettled, link: Link) -> dict[str, Any]:
    """The passports as a dataset for the partner alone, and the message that names it."""
    scope = _as(event.giver_id)
    bundle = await passports.bundle(tx, scope, event.dealing_id, passports.opening(node().files))
    content = msgspec.to_builtins(bundle)
    await offering.join(tx, scope)
    named = ", ".join(one.serial or one.dpp_id for one in bundle.passports)[:200]
    new = NewDataset(
        kind="passport-restricted",
        title={"ja": f"パスポートの引き継ぎ {named}", "en": f"Passport hand-over {named}"},
        type_iri=TYPE + "BatteryPassport",
        formats=[PULL],
        content=content,
    )
    terms = Terms(purposes=(_PURPOSE,), until=bundle.expires_at)
    dataset_id, _ = await offering.offer(tx, scope, new, link.peer_did, terms.policy())
    return {
        "passportId": bundle.passports[0].dpp_id,
        "newOperator": link.peer_did,
        "effectiveAt": seconds_z(bundle.proposed_at),
        "bundleHash": jcs.sha256_hex(content),
        "bundleDataset": dataset_id,
        "transferId": str(event.dealing_id),
    }


async def receipted(
    tx: Transaction, scope: OperatorScope, link: Link, of: UUID, said: dict[str, Any], document: Document
) -> None:
    """The partner has decided on what we handed over: it takes effect here as well. `scope` is the partner's shadow.

    Its receipt has proved itself; the signature under the transfer in it counts only if it holds by the same `document`.
    """
    out = await store.out(tx, link.operator_id, of)
    if out is None or out.type != "passport.transfer" or out.payload.get("withdrawn"):
        return
    transfer_id = parse_uuid(str(out.payload.get("transferId", "")))
    if transfer_id is None:
        return
    try:
        async with tx.savepoint():
            if said["outcome"] == "applied":
                await passports.accepted_elsewhere(
                    tx, scope, transfer_id, said.get("signature"), partial(_holds, document=document)
                )
            else:
                await passports.reject_transfer(tx, scope, transfer_id)
    except Refusal as refusal:
        if refusal.status >= 500:
            raise  # what is settled already stays as it is


# the taker's node


async def came(tx: Transaction, scope: OperatorScope, link: Link, message: dict[str, Any]) -> None:
    """A partner hands a passport over, or takes that back. `scope` is the partner's shadow."""
    message_id, payload = UUID(message["messageId"]), message["payload"]
    transfer_id = parse_uuid(str(payload.get("transferId", "")))
    if transfer_id is None:
        await _settle(tx, link, message_id, "UNSUPPORTED_VALUE")
    elif payload.get("withdrawn"):
        await _taken_back(tx, scope, link, transfer_id)
        await _settle(tx, link, message_id, None)
    else:
        await store.settle_in(tx, link.operator_id, link.peer_did, message_id, "kept", WAITS)
        await store.add_id(tx, link.operator_id, link.link_id, _HANDOVER, transfer_id, message_id)
        await tx.defer(TAKE_IN, operator_id=str(link.operator_id), message_id=str(message_id), turn=0)


async def _taken_back(tx: Transaction, scope: OperatorScope, link: Link, transfer_id: UUID) -> None:
    try:
        async with tx.savepoint():
            await passports.withdraw_transfer(tx, scope, transfer_id)
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
    known = await store.ours(tx, link.operator_id, link.link_id, _HANDOVER, transfer_id)
    if known is not None:  # not fetched yet, or not decided yet: nothing waits any more
        await store.decide_in(tx, link.operator_id, known[0], "rejected", "WITHDRAWN")


async def _settle(
    tx: Transaction, link: Link, message_id: UUID, code: str | None, signature: dict[str, Any] | None = None
) -> None:
    """Close a message with its receipt; `code` says why it was rejected."""
    known = await store.known_in(tx, link.operator_id, link.peer_did, message_id)
    if known is None:
        return
    state = "rejected" if code else "applied"
    await store.settle_in(tx, link.operator_id, link.peer_did, message_id, state, code)
    receipt: dict[str, Any] = {"of": str(message_id), "outcome": state, "contentHash": known.content_hash}
    more = {"code": code} if code else {"appliedAt": millis_z(clock.now())}
    signed = {"signature": signature} if signature else {}
    payload = {**receipt, **more, **signed}
    await enqueue(tx, link.operator_id, link.link_id, "receipt", f"receipt:{message_id}", payload, message_id)


async def _answered(tx: Transaction, event: DealingSettled, link_id: UUID) -> None:
    """Our people have accepted or declined what a partner hands over: the receipt tells it, with our signature."""
    link = await store.link(tx, event.taker_id, link_id)
    known = await store.ours(tx, event.taker_id, link_id, _HANDOVER, event.dealing_id)
    if link is None or known is None:
        return
    if event.state == "rejected":
        await _settle(tx, link, known[0], "DECLINED")
        return
    transfer = await passports.transfer(tx, _as(event.taker_id), event.dealing_id)
    await _settle(tx, link, known[0], None, passports.proof_of(transfer, event.taker_id))


async def take_in(db: Database, operator_id: str, message_id: str, turn: int) -> None:
    """Fetch what a partner hands over and enter it as its proposal; again a little later while it cannot be had."""
    if 0 < turn <= _SOON:
        await asyncio.sleep(_FIRST_S * 2 ** (turn - 1))
    operator, message = parse_uuid(operator_id), parse_uuid(message_id)
    if operator is None or message is None:
        return
    scope = system_scope("federation", operator)
    found = await db.run(scope, _waiting, message)
    if found is None:
        return
    waiting, link = found
    said: dict[str, Any] = loads(bytes(waiting.raw))
    content = await _content(db, operator, link, said["payload"])
    if content is None:
        await db.run(scope, _later, message, turn, said["expiresAt"])
        return
    bundle = _bundle(content, said["payload"])
    if bundle is None or not await _signed(db, link, bundle):
        await db.run(scope, _refuse, link, message, "BUNDLE_INVALID")
        return
    partner = shadows.scope_of(link.partner_operator_id)
    kept = await passports.stored(node().files, partner, [one.belongings for one in bundle.passports])
    try:
        await db.run(partner, passports.propose_from, bundle, operator, kept)
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
        await db.run(scope, _refuse, link, message, refusal.code.upper().replace(".", "_")[:60])


def _bundle(content: Any, promised: dict[str, Any]) -> passports.Bundle | None:
    """What came, if it is what the message promised."""
    try:
        found = msgspec.convert(content, passports.Bundle, strict=False)
    except msgspec.ValidationError:
        return None
    same = jcs.sha256_hex(content) == promised["bundleHash"] and str(found.transfer_id) == promised["transferId"]
    return found if same and found.passports else None


async def _signed(db: Database, link: Link, bundle: passports.Bundle) -> bool:
    """Whether the proposal is signed by the partner, by a key that stands in its identity document."""
    try:
        document = await Documents(db).of(link.peer_did, str(bundle.proof.get("verificationMethod", "")))
    except TokenRefused:
        return False
    return _holds(passports.signed_terms(bundle), bundle.proof, document=document)


def _holds(said: Mapping[str, Any], proof: Mapping[str, Any], *, document: Document) -> bool:
    """Whether `said` is signed by a key that this document lets make statements."""
    kid = str(proof.get("verificationMethod", ""))
    key = document.assertion(kid) if kid.partition("#")[0] == document.did else None
    try:
        return key is not None and data_integrity.verifies(said, proof, key)  # type: ignore[arg-type]
    except (AttributeError, TypeError):
        return False


async def _waiting(tx: Transaction, scope: OperatorScope, message_id: UUID) -> tuple[Waiting, Link] | None:
    found = await store.kept_one(tx, scope.operator_id, message_id)
    link = await store.link(tx, scope.operator_id, found.link_id) if found else None
    return (found, link) if found and link and link.state == "ACTIVE" else None


async def _refuse(tx: Transaction, _: OperatorScope, link: Link, message_id: UUID, code: str) -> None:
    await _settle(tx, link, message_id, code)


async def _later(tx: Transaction, scope: OperatorScope, message_id: UUID, turn: int, expires_at: str) -> None:
    at = clock.now() + timedelta(seconds=min(2 ** min(turn - _SOON + 1, 9), 300) if turn >= _SOON else 0)
    if millis_z(at) < expires_at:
        run_at = at if turn >= _SOON else None  # who is put off waits for the queue's next look, some seconds at least
        await tx.defer(
            TAKE_IN, run_at=run_at, operator_id=str(scope.operator_id), message_id=str(message_id), turn=turn + 1
        )


async def _content(db: Database, operator_id: UUID, link: Link, payload: dict[str, Any]) -> Any | None:
    """The bundle, when it has come; else the next step towards it is taken: agreement first, then transfer."""
    scope, dataset_id = _as(operator_id), str(payload.get("bundleDataset", ""))
    step, found = await db.run(scope, _step, link, dataset_id)
    if step == "here":
        return found
    consumer = Consumer(db)
    try:
        if step == "ask":
            await consumer.ask(scope, link.peer_did, dataset_id)
        elif step == "fetch":
            await consumer.fetch(scope, str(found), PULL, purposes=(_PURPOSE,))
    except (Refusal, Fault):
        return None
    return None


async def _step(tx: Transaction, scope: OperatorScope, link: Link, dataset_id: str) -> tuple[str, Any]:
    await offering.join(tx, scope)
    if await contracts.partner(tx, scope, link.peer_did) is None:
        known = PartnerInput(did=link.peer_did, name=link.peer_name, partner_operator_id=link.partner_operator_id)
        await offering.save_partner(tx, scope, known)
    negotiations = await contracts.processes_about(tx, scope, Kind.NEGOTIATION, link.peer_did, dataset_id)
    agreed = next((one for one in negotiations if one.state == "FINALIZED" and one.role is Role.CONSUMER), None)
    if agreed is None:
        going = any(one.state not in ENDED for one in negotiations)
        return ("wait", None) if going else ("ask", None)
    transfers = await contracts.processes_about(tx, scope, Kind.TRANSFER, link.peer_did, dataset_id)
    for one in transfers:
        for copy in await contracts.copies(tx, scope, one.pid):
            return "here", copy.envelope["content"]
    if any(one.state not in ENDED for one in transfers):
        return "wait", None
    return "fetch", agreed.agreement_id

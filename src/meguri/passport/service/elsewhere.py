"""Hand-overs between installations: a passport travels as a bundle, and each side's half of the transfer is its own row.

Here, too, a partner of another installation is a company: what its node says is done in its name, by the use cases of `moving`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import dealings_store, errors, store
from meguri.passport.assembling import completed
from meguri.passport.dealings import Signature, TransferBody, terms
from meguri.passport.derived import merged
from meguri.passport.integrity import new_salts
from meguri.passport.keys import key_of
from meguri.passport.kinds import Document
from meguri.passport.model import Record
from meguri.passport.service.belongings import Belongings, Open, Room, closed, gathered, unpacked
from meguri.passport.service.moving import NOTHING_SAID, Transfer, complete, opened, proposed, shown
from meguri.passport.service.writing import Change, beside, kind_named, layers, rule_sets
from meguri.storage import Transaction


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A passport on its way: who it is, and all values of its own, its batch and its model in one.

    Measured values and attached files go along as `belongings`, as far as there is room.
    """

    kind: str
    granularity: str
    product_id: str
    dpp_id: str
    serial: str | None
    state: str
    life: str | None
    version: int
    version_hash: str
    issued_at: datetime
    published_at: datetime | None
    values: Document
    belongings: Belongings = Belongings()


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What the incoming operator's installation needs: the proposal as it was signed, and the passports."""

    transfer_id: UUID
    reason: str
    outgoing_operator: str
    incoming_operator: str
    proposed_at: datetime
    expires_at: datetime
    proof: dict[str, Any]
    passports: tuple[Carried, ...]


def signed_terms(bundle: Bundle) -> dict[str, Any]:
    """What the outgoing operator's proof has to cover."""
    return dict(terms(bundle.transfer_id, _body(bundle, ())))


def _body(bundle: Bundle, passports: Sequence[UUID]) -> TransferBody:
    return TransferBody(
        dpp_ids=tuple(one.dpp_id for one in bundle.passports),
        passports=tuple(passports),
        reason=bundle.reason,
        outgoing_operator=bundle.outgoing_operator,
        incoming_operator=bundle.incoming_operator,
        proposed_at=bundle.proposed_at,
        expires_at=bundle.expires_at,
    )


async def bundle(tx: Transaction, scope: OperatorScope, transfer_id: UUID, file_of: Open = closed) -> Bundle:
    """A proposal of the caller's, with its passports and all that goes along. Raises DealingNotFound, DppNotFound."""
    dealing = await opened(tx, scope, transfer_id, "transfer")
    body = msgspec.convert(dealing.body, TransferBody)
    proof = next((one.proof for one in body.signatures if one.operator_id == dealing.giver_id), None)
    if dealing.giver_id != scope.operator_id or proof is None:
        raise errors.DealingNotFound
    by_dpp: dict[str, Carried] = {}
    room = Room()
    for passport_id in body.passports:
        async with tx.across():
            record = await store.locked(tx, scope.operator_id, passport_id)
        if record is None:
            raise errors.DppNotFound
        by_dpp[record.dpp_id] = await _carried(tx, record, room, file_of)
    return Bundle(
        transfer_id=transfer_id,
        reason=body.reason,
        outgoing_operator=body.outgoing_operator,
        incoming_operator=body.incoming_operator,
        proposed_at=body.proposed_at,
        expires_at=body.expires_at,
        proof=proof,
        passports=tuple(by_dpp[one] for one in body.dpp_ids),
    )


async def _carried(tx: Transaction, record: Record, room: Room, file_of: Open) -> Carried:
    below = await layers(tx, record)
    values = merged(below.model, below.batch, record.own)
    return Carried(
        kind=record.kind,
        granularity=record.granularity,
        product_id=record.product_id,
        dpp_id=record.dpp_id,
        serial=record.serial,
        state=record.state,
        life=record.life,
        version=record.version,
        version_hash=record.version_hash,
        issued_at=record.issued_at,
        published_at=record.published_at,
        values=values,
        belongings=await gathered(tx, record, values, room, file_of),
    )


async def propose_from(
    tx: Transaction, scope: OperatorScope, said: Bundle, taker_id: UUID, kept: frozenset[str] = frozenset()
) -> Transfer:
    """The proposal of a company of another installation, as that company (`scope`); its proof was checked before.

    The passports are kept where nobody finds them until the taker has accepted; then they are the taker's as any that it
    took over. One that went to that company from here comes back to its own record. `kept`: which files are stored
    already (`belongings.stored`). Again it changes nothing.
    Raises DuplicateProductId, KindUnknown.
    """
    async with tx.across():
        known = await dealings_store.locked(tx, said.transfer_id)
    if known is not None:
        return shown(known)
    ids = []
    for one in said.passports:
        ids.append(await _kept(tx, scope, one))
        async with tx.across():
            await unpacked(tx, scope, kind_named(one.kind), ids[-1], one.belongings, kept)
    signature = Signature(operator_id=scope.operator_id, proof=said.proof, attested=True)
    body = msgspec.structs.replace(_body(said, ids), signatures=(signature,))
    return await proposed(tx, said.transfer_id, body, scope.operator_id, taker_id, clock.now())


async def _kept(tx: Transaction, scope: OperatorScope, one: Carried) -> UUID:
    kind = kind_named(one.kind)
    key = key_of(one.product_id)
    here = await store.by_dpp_across(tx, key_of(one.dpp_id))
    if here is not None and here.operator_id == scope.operator_id and here.product_key == key:
        return await _back(tx, scope, here, one)
    if await store.taken_across(tx, [key]):
        raise errors.DuplicateProductId(value=one.product_id)
    if here is not None:  # nobody takes the name of another's passport
        raise errors.DuplicateProductId(value=one.dpp_id)
    now = clock.now()
    record = Record(
        operator_id=scope.operator_id,
        passport_id=new_id(),
        live=False,
        kind=kind.code,
        granularity=one.granularity,
        product_id=one.product_id,
        product_key=key,
        dpp_id=one.dpp_id,
        dpp_key=key_of(one.dpp_id),
        category=None,
        model_name="",
        serial=one.serial,
        model_operator_id=None,
        model_id=None,
        model_version=None,
        batch_operator_id=None,
        batch_id=None,
        batch_version=None,
        state=one.state,
        life=one.life,
        responsible=one.values.get("economic_operator_id") or "",
        provider=None,
        version=max(one.version, 1),
        own=one.values,
        derived={},
        meta={"*": {"source": "transfer", "actor": scope.actor, "recorded_at": clock.seconds_z(now)}},
        overrides={},
        salts=new_salts(),
        slices={},
        version_hash="",
        score=0.0,
        issued_at=one.issued_at,
        published_at=one.published_at,
        ceased_at=None,
        last_event_at=None,
        created_at=now,
        updated_at=now,
    )
    made, _ = completed(kind, record, await layers(tx, record))
    async with tx.across():
        await store.put(tx, made)
        await beside(tx, scope, made, Change(event="taken_in", keys=tuple(made.own)), None, rule_sets(kind))
    return made.passport_id


async def _back(tx: Transaction, scope: OperatorScope, here: Record, one: Carried) -> UUID:
    """A passport that went to the giver from here comes back: its record stands here as the giver's, and now says what the
    giver, who answers for it, says of it."""
    kind, now = kind_named(here.kind), max(clock.now(), here.updated_at)
    wanted = msgspec.structs.replace(
        here,
        own=one.values,
        state=one.state,
        life=one.life,
        version=max(one.version, here.version + 1),
        salts=new_salts(),
        updated_at=now,
    )
    made, _ = completed(kind, wanted, await layers(tx, wanted))
    async with tx.across():
        await store.put(tx, made)
        await beside(tx, scope, made, Change(event="taken_in", keys=tuple(made.own)), None, rule_sets(kind))
    return made.passport_id


async def accepted_elsewhere(
    tx: Transaction,
    scope: OperatorScope,
    transfer_id: UUID,
    proof: dict[str, Any] | None,
    holds: Callable[[Mapping[str, Any], dict[str, Any]], bool],
) -> Transfer:
    """The incoming operator, whose passports live elsewhere, has taken over: as that company (`scope`).

    It may have accepted before it heard that the proposal was withdrawn; what both have said holds. `holds` tells whether
    its signature is one: any other is not kept, for it would prove nothing. Again it changes nothing.
    Raises DealingNotFound, DealingClosed, IllegalTransition.
    """
    dealing = await opened(tx, scope, transfer_id, "transfer")
    if dealing.taker_id != scope.operator_id:
        raise errors.DealingNotFound
    if dealing.state == "accepted":
        return shown(dealing)
    if dealing.state not in ("proposed", "withdrawn", "expired"):
        raise errors.DealingClosed(state=dealing.state)
    body = msgspec.convert(dealing.body, TransferBody)
    signed = proof is not None and holds(terms(transfer_id, body), proof)
    own = Signature(operator_id=scope.operator_id, proof=proof, attested=True) if proof and signed else None
    return await complete(tx, scope, dealing, body, own, "accepted", NOTHING_SAID)


def proof_of(transfer: Transfer, operator_id: UUID) -> dict[str, Any] | None:
    """A party's proof under a transfer."""
    return next((one.proof for one in transfer.signatures if one.operator_id == operator_id), None)

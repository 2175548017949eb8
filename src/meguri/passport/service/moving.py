"""Responsibility goes from one operator to another: proposed by one, accepted by the other, signed by both."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.operators.model import DirectoryEntry
from meguri.passport import dealings_store, errors, readings_store, register, signing, store
from meguri.passport.assembling import completed
from meguri.passport.dealings import Dealing, Signature, TransferBody, policy, terms
from meguri.passport.document_rules import mistyped
from meguri.passport.events import DealingSettled, ResponsibilityMoved
from meguri.passport.integrity import new_salts
from meguri.passport.kinds import Kind
from meguri.passport.lifecycle import Happening
from meguri.passport.model import Record
from meguri.passport.service import barring, standing
from meguri.passport.service.issuing import public_id
from meguri.passport.service.living import refuse_illegal
from meguri.passport.service.writing import Change, beside, kind_named, layers, refuse, rule_sets
from meguri.passport.values import check
from meguri.storage import Transaction

UNSIGNABLE = frozenset({"insolvency", "delegate_end"})
"""Reasons for which a document stands for the outgoing operator's signature."""


class NewTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator proposes. `incoming_operator_id` is who shall be responsible."""

    dpp_ids: tuple[str, ...]
    reason: str
    incoming_operator_id: UUID
    evidence_document_ids: tuple[str, ...] = ()


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What the incoming operator says of itself. Left out, its record in the directory speaks for it."""

    operator_role: str | None = None
    operator_information: dict[str, Any] | None = None


NOTHING_SAID = Acceptance()


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as both sides see it."""

    transfer_id: UUID
    state: str
    dpp_ids: tuple[str, ...]
    reason: str
    outgoing_operator: str
    outgoing_operator_id: UUID
    incoming_operator: str
    incoming_operator_id: UUID
    proposed_at: Any
    expires_at: Any
    signatures: tuple[Signature, ...]
    evidence_document_ids: tuple[str, ...]


def shown(dealing: Dealing) -> Transfer:
    """A dealing as a transfer; past its time it has expired, even before a job says so."""
    body = msgspec.convert(dealing.body, TransferBody)
    late = dealing.state == "proposed" and clock.now() >= body.expires_at
    return Transfer(
        transfer_id=dealing.dealing_id,
        state="expired" if late else dealing.state,
        dpp_ids=body.dpp_ids,
        reason=body.reason,
        outgoing_operator=body.outgoing_operator,
        outgoing_operator_id=dealing.giver_id,
        incoming_operator=body.incoming_operator,
        incoming_operator_id=dealing.taker_id,
        proposed_at=body.proposed_at,
        expires_at=body.expires_at,
        signatures=body.signatures,
        evidence_document_ids=body.evidence_document_ids,
    )


async def propose_transfer(tx: Transaction, scope: OperatorScope, new: NewTransfer) -> Transfer:
    """The responsible operator proposes that another takes over; its signature is under it.

    Nothing changes until it is accepted. Raises DppNotFound, NotResponsibleOperator, IllegalTransition, OperatorUnknown,
    EvidenceRequired for an unknown reason, SafetyVeto, CannotSign.
    """
    if new.reason not in barring.NO_FURTHER_USE:
        await barring.refuse_unsafe_named(tx, scope, new.dpp_ids)
    records = await _held(tx, scope, new.dpp_ids)
    if new.reason not in policy().transfer_reasons:
        raise errors.EvidenceRequired(what=", ".join(policy().transfer_reasons))
    incoming = await _company(tx, scope, new.incoming_operator_id)
    now = clock.now().replace(microsecond=0)
    dealing_id = new_id()
    body = TransferBody(
        dpp_ids=tuple(record.dpp_id for record in records),
        passports=tuple(record.passport_id for record in records),
        reason=new.reason,
        outgoing_operator=records[0].responsible,
        incoming_operator=incoming,
        proposed_at=now,
        expires_at=now + timedelta(days=policy().transfer_days),
        evidence_document_ids=new.evidence_document_ids,
    )
    proof = await signing.sign(tx, scope, terms(dealing_id, body))
    body = msgspec.structs.replace(body, signatures=(Signature(operator_id=scope.operator_id, proof=proof),))
    return await proposed(tx, dealing_id, body, scope.operator_id, new.incoming_operator_id, now)


async def proposed(
    tx: Transaction, dealing_id: UUID, body: TransferBody, giver_id: UUID, taker_id: UUID, now: datetime
) -> Transfer:
    """Enter a signed proposal: both sides see it."""
    dealing = Dealing(
        operator_id=giver_id,
        dealing_id=dealing_id,
        side="giver",
        kind="transfer",
        partner_id=taker_id,
        state="proposed",
        body=msgspec.to_builtins(body),
        valid_from=now,
        valid_until=body.expires_at,
        created_at=now,
        updated_at=now,
    )
    await settle(tx, dealing)
    return shown(dealing)


async def _held(tx: Transaction, scope: OperatorScope, identifiers: Sequence[str]) -> list[Record]:
    if not identifiers:
        raise errors.DppNotFound
    records = []
    for identifier in sorted(set(identifiers)):
        record, _ = await standing.responsible(tx, scope, identifier)
        refuse_illegal(record, Happening.TRANSFER)
        records.append(record)
    return records


async def _company(tx: Transaction, scope: OperatorScope, operator_id: UUID) -> str:
    found = await operators.by_ids(tx, scope, [operator_id])
    if not found or operator_id == scope.operator_id:
        raise OperatorUnknown
    return public_id(found[0])


async def settle(tx: Transaction, dealing: Dealing) -> None:
    """Write both sides of a dealing and tell both audits."""
    async with tx.across():
        await dealings_store.put(tx, dealing)
    await tx.record(
        DealingSettled(
            dealing_id=dealing.dealing_id,
            kind=dealing.kind,
            state=dealing.state,
            giver_id=dealing.giver_id,
            taker_id=dealing.taker_id,
        )
    )


async def opened(tx: Transaction, scope: OperatorScope, dealing_id: UUID, kind: str) -> Dealing:
    """The giver's side of a dealing in which the caller takes part, held for a change. Raises DealingNotFound."""
    async with tx.across():
        dealing = await dealings_store.locked(tx, dealing_id)
    if dealing is None or dealing.kind != kind or scope.operator_id not in (dealing.giver_id, dealing.taker_id):
        raise errors.DealingNotFound
    return dealing


async def accept_transfer(
    tx: Transaction, scope: OperatorScope, transfer_id: UUID, acceptance: Acceptance = NOTHING_SAID
) -> Transfer:
    """The incoming operator takes over: from this moment it is responsible, and nobody else.

    Refused when it was settled before (a replay), is late, or a signature does not hold. Raises DealingNotFound,
    DealingClosed, TransferExpired, TransferSignature, SafetyVeto, CannotSign, IllegalTransition.
    """
    await _refuse_unsafe(tx, scope, transfer_id)
    dealing = await opened(tx, scope, transfer_id, "transfer")
    if dealing.taker_id != scope.operator_id:
        raise errors.TransferNotAccepted
    body = msgspec.convert(dealing.body, TransferBody)
    _refuse_settled(dealing, body)
    said = terms(transfer_id, body)
    outgoing = next((each for each in body.signatures if each.operator_id == dealing.giver_id), None)
    if outgoing is None or not (outgoing.attested or await signing.holds(tx, dealing.giver_id, said, outgoing.proof)):
        raise errors.TransferSignature
    own = Signature(operator_id=scope.operator_id, proof=await signing.sign(tx, scope, said))
    return await complete(tx, scope, dealing, body, own, "accepted", acceptance)


async def _refuse_unsafe(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> None:
    """Raises SafetyVeto for a proposal of the past whose product has been found dangerous since."""
    seen = await dealings_store.own(tx, scope.operator_id, transfer_id)
    if seen is None or seen.kind != "transfer" or seen.state != "proposed":
        return
    body = msgspec.convert(seen.body, TransferBody)
    if body.reason not in barring.NO_FURTHER_USE:
        await barring.refuse_unsafe(tx, body.passports)


def _refuse_settled(dealing: Dealing, body: TransferBody) -> None:
    if dealing.state != "proposed":
        raise errors.TransferExpired if dealing.state == "expired" else errors.DealingClosed(state=dealing.state)
    if clock.now() >= body.expires_at:
        raise errors.TransferExpired


async def complete(
    tx: Transaction,
    scope: OperatorScope,
    dealing: Dealing,
    body: TransferBody,
    signature: Signature | None,
    state: str,
    acceptance: Acceptance,
) -> Transfer:
    """The transfer takes effect: every passport of it moves, and both sides' halves say so. Raises TransferNotAccepted."""
    now = clock.now()
    more = (signature,) if signature else ()
    body = msgspec.structs.replace(body, signatures=(*body.signatures, *more), settled_at=now)
    done = msgspec.structs.replace(dealing, state=state, body=msgspec.to_builtins(body), updated_at=now)
    for passport_id in sorted(body.passports):
        await move(tx, scope, dealing.giver_id, passport_id, done, acceptance)
    await settle(tx, done)
    return shown(done)


async def move(
    tx: Transaction, scope: OperatorScope, outgoing: UUID, passport_id: UUID, dealing: Dealing, acceptance: Acceptance
) -> Record:
    """One passport goes to the incoming operator with its readings and files; earlier versions stay where they were made."""
    async with tx.across():
        before = await store.locked(tx, outgoing, passport_id) or await store.waiting(tx, outgoing, passport_id)
    if before is None:
        raise errors.TransferNotAccepted
    refuse_illegal(before, Happening.TRANSFER)
    incoming = dealing.taker_id
    await _refuse_taken(tx, before, (outgoing, incoming))
    company = (await operators.by_ids(tx, scope, [incoming]))[0]
    kind = kind_named(before.kind)
    said = {
        "operator_information": acceptance.operator_information or in_directory(company, before),
        "operator_role": acceptance.operator_role or _role_by(kind, str(dealing.body["reason"])),
    }
    _refuse_wrong(kind, msgspec.to_builtins(acceptance), public_id(company))
    wanted = taken_over(before, incoming, public_id(company), said, dealing)
    made, _ = completed(kind, wanted, await layers(tx, wanted))
    told = {
        "transfer_id": str(dealing.dealing_id),
        "outgoing": before.responsible,
        "incoming": made.responsible,
        "reason": dealing.body["reason"],
    }
    keys = ("economic_operator_id", "operator_information", "operator_role", "responsibility_transfers")
    async with tx.across():
        await store.hand_over(tx, outgoing, passport_id)
        await store.put(tx, made)
        await readings_store.move(tx, outgoing, passport_id, incoming)
        await beside(tx, scope, made, Change(event="transfer", keys=keys, life_event=told), None, rule_sets(kind))
        entry = register.Entry(action="passport.transfer", actor=scope.actor, object=made.dpp_id, detail=told)
        await register.enter(tx, outgoing, [(passport_id, entry)])
    await tx.record(
        ResponsibilityMoved(
            passport_id=passport_id,
            dpp_id=made.dpp_id,
            version=made.version,
            responsible_id=incoming,
            transfer_id=dealing.dealing_id,
            outgoing_id=outgoing,
        )
    )
    return made


async def _refuse_taken(tx: Transaction, before: Record, parties: tuple[UUID, UUID]) -> None:
    """What came from another installation has meanwhile become somebody's here. Raises DuplicateProductId."""
    if before.live:
        return
    await store.lock(tx, before.product_id)
    others = [one for one in await store.taken_across(tx, [before.product_key]) if one.operator_id not in parties]
    if others or await store.by_dpp_across(tx, before.dpp_key) is not None:
        raise errors.DuplicateProductId(value=before.product_id)


def _role_by(kind: Kind, reason: str) -> str | None:
    """In which role somebody answers who took over for this reason: never silently in the one of whoever answered before."""
    role, attribute = policy().transfer_roles.get(reason), kind.attributes.get("operator_role")
    return role if attribute is not None and role in attribute.enum else None


def _refuse_wrong(kind: Kind, said: Mapping[str, Any], admitted: str) -> None:
    """What the incoming operator says of itself obeys the catalogue like any other value."""
    told = {key: value for key, value in said.items() if value is not None and key in kind.attributes}
    wrong = [finding for key, value in told.items() for finding in check(kind.attributes[key], value)]
    refuse([*wrong, *mistyped(kind, told, admitted=(admitted,))])


def in_directory(company: DirectoryEntry, before: Record) -> dict[str, Any]:
    """A company's contact data as the directory has them; where they are already in the passport, those stay."""
    responsible = public_id(company)
    told = before.own.get("operator_information")
    if isinstance(told, dict) and told.get("id") == responsible:
        return told
    postal = _POSTAL.search(company.address)
    known = {
        "country": "JP" if is_corporate_number(company.open_operator_id) else None,
        "postal_code": postal[1] if postal else None,
        "street": _POSTAL.sub("", company.address).strip(),
    }
    address = {name: value for name, value in known.items() if value}
    return {"name": {"ja": company.name}, "id": responsible, "address": address}


_POSTAL = re.compile(r"〒?\s*([0-9]{3}-[0-9]{4})")


def taken_over(before: Record, incoming: UUID, responsible: str, said: Mapping[str, Any], dealing: Dealing) -> Record:
    """The record as the incoming operator's. What it says of itself takes the place of what the outgoing one said."""
    moved = {
        "transfer_id": str(dealing.dealing_id),
        "reason": dealing.body["reason"],
        "outgoing_operator": before.responsible,
        "incoming_operator": responsible,
        "at": clock.seconds_z(clock.now()),
        "state": dealing.state,
    }
    own = {
        **before.own,
        **{key: value for key, value in said.items() if value},
        "responsibility_transfers": [*before.own.get("responsibility_transfers", []), moved],
    }
    now = max(clock.now(), before.updated_at)
    return msgspec.structs.replace(
        before,
        operator_id=incoming,
        live=True,
        responsible=responsible,
        provider=None,
        own=own,
        version=before.version + 1,
        salts=new_salts(),
        updated_at=now,
        last_event_at=now,
    )


async def claim_by_evidence(
    tx: Transaction, scope: OperatorScope, identifier: str, *, reason: str, evidence_document_ids: tuple[str, ...]
) -> Transfer:
    """Propose to take over from an operator that can no longer sign (insolvency): signed here, with a document.

    Nothing changes until an authority has seen the document (`confirm_evidence`); the outgoing operator may still withdraw it.
    Raises DppNotFound, EvidenceRequired, NotResponsibleOperator when it is one's own, CannotSign.
    """
    if reason not in UNSIGNABLE or not evidence_document_ids:
        raise errors.EvidenceRequired(what="reason, evidence_document_ids")
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.seen(tx, scope, record)
    if at.is_owner:
        raise errors.NotResponsibleOperator
    now = clock.now().replace(microsecond=0)
    company = await operators.own(tx, scope)
    body = TransferBody(
        dpp_ids=(record.dpp_id,),
        passports=(record.passport_id,),
        reason=reason,
        outgoing_operator=record.responsible,
        incoming_operator=public_id(company),
        proposed_at=now,
        expires_at=now + timedelta(days=policy().transfer_days),
        evidence_document_ids=evidence_document_ids,
    )
    dealing_id = new_id()
    own = Signature(operator_id=scope.operator_id, proof=await signing.sign(tx, scope, terms(dealing_id, body)))
    signed = msgspec.structs.replace(body, signatures=(own,))
    return await proposed(tx, dealing_id, signed, record.operator_id, scope.operator_id, now)


async def confirm_evidence(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Transfer:
    """An authority has seen the document that stands for the outgoing operator's signature: responsibility moves.

    Raises DealingNotFound for everybody but authorities, DealingClosed, TransferExpired, TransferSignature.
    """
    async with tx.across():
        dealing = await dealings_store.locked(tx, transfer_id)
    if dealing is None or dealing.kind != "transfer" or not await standing.is_authority(tx, scope):
        raise errors.DealingNotFound
    body = msgspec.convert(dealing.body, TransferBody)
    _refuse_settled(dealing, body)
    incoming = next((each for each in body.signatures if each.operator_id == dealing.taker_id), None)
    said = terms(transfer_id, body)
    if incoming is None or not await signing.holds(tx, dealing.taker_id, said, incoming.proof):
        raise errors.TransferSignature
    return await complete(tx, scope, dealing, body, None, "evidenced", NOTHING_SAID)


async def reject_transfer(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Transfer:
    """The incoming operator says no. Raises DealingNotFound, DealingClosed, TransferExpired."""
    return await _end(tx, scope, transfer_id, "rejected")


async def withdraw_transfer(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Transfer:
    """The outgoing operator takes it back. Raises DealingNotFound, DealingClosed, TransferExpired."""
    return await _end(tx, scope, transfer_id, "withdrawn")


async def _end(tx: Transaction, scope: OperatorScope, transfer_id: UUID, state: str) -> Transfer:
    dealing = await opened(tx, scope, transfer_id, "transfer")
    by = dealing.taker_id if state == "rejected" else dealing.giver_id
    if by != scope.operator_id:
        raise errors.DealingNotFound
    _refuse_settled(dealing, msgspec.convert(dealing.body, TransferBody))
    done = msgspec.structs.replace(dealing, state=state, updated_at=clock.now())
    await settle(tx, done)
    return shown(done)


async def transfer(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> Transfer:
    """A transfer in which the caller takes part. Raises DealingNotFound."""
    found = await dealings_store.own(tx, scope.operator_id, transfer_id)
    if found is None or found.kind != "transfer":
        raise errors.DealingNotFound
    return shown(found)


async def transfers(
    tx: Transaction, scope: OperatorScope, *, side: str | None = None, state: str | None = None, limit: int = 100
) -> list[Transfer]:
    """The caller's transfers, newest first. `side`: giver (outgoing) or taker (incoming)."""
    found = await dealings_store.page(tx, scope.operator_id, "transfer", side=side, state=state, count=limit)
    return [shown(each) for each in found]


async def expire(tx: Transaction, _: OperatorScope) -> int:
    """Close what was not accepted in time; how many. To be repeated until it is 0."""
    async with tx.across():
        late = await dealings_store.due(tx, "transfer", "proposed", 100)
    for each in late:
        await settle(tx, msgspec.structs.replace(each, state="expired", updated_at=clock.now()))
    return len(late)

"""Second life: passports become others, in one transaction. Regulation (EU) 2023/1542 Art. 77(7)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, store, succession
from meguri.passport.assembling import whole
from meguri.passport.events import PassportStateChanged, PassportSucceeded
from meguri.passport.kinds import Kind
from meguri.passport.lifecycle import SUCCEEDING, Happening, Life, State
from meguri.passport.model import Issued, NewPassport, Record
from meguri.passport.service import barring, moving, standing
from meguri.passport.service.issuing import make
from meguri.passport.service.living import refuse_illegal
from meguri.passport.service.writing import Change, issued, kind_named, layers, save
from meguri.storage import Transaction

REASONS = {
    Happening.PREPARE_FOR_REUSE: "preparation_for_reuse",
    Happening.PREPARE_FOR_REPURPOSING: "preparation_for_repurposing",
    Happening.REPURPOSE: "repurposing",
    Happening.REMANUFACTURE: "remanufacturing",
}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What of a predecessor goes in. `share`: of its mass, 0 < share ≤ 1.

    transfer_id  a transfer by which its responsible operator hands it over; not needed for one's own
    """

    dpp_id: str
    share: float = 1.0
    transfer_id: UUID | None = None
    evidence_document_id: str | None = None


class Successor(msgspec.Struct, frozen=True, kw_only=True):
    """A new passport and what it is made of."""

    passport: NewPassport
    predecessors: list[Part]


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """One succession: n predecessors into one, or one into n.

    operation  prepare_for_reuse, prepare_for_repurposing, repurpose, remanufacture
    close_rest the rest of each predecessor is closed as waste
    soh_evidence, end_of_waste_evidence  needed when a predecessor is waste
    """

    operation: str
    successors: list[Successor]
    close_rest: bool = False
    soh_evidence: str | None = None
    end_of_waste_evidence: str | None = None


class Succeeded(msgspec.Struct, frozen=True, kw_only=True):
    """The new passports, and the predecessors that became inactive."""

    successors: list[Issued]
    inactive: list[str]
    transfers: list[UUID]


async def succeed(tx: Transaction, scope: OperatorScope, wanted: Succession, *, base: str | None = None) -> Succeeded:
    """New passports, links, transfers and the predecessors' states: all of it or nothing.

    A predecessor of another operator needs a transfer that it has proposed to the caller; it is accepted here, signed by both.
    Raises DppNotFound, NotResponsibleOperator, IllegalTransition, PredecessorNotUsable, PredecessorShareExceeded,
    PredecessorCycle, EvidenceRequired, SafetyVeto, what `accept_transfer` and `issue` raise.
    """
    operation = _operation(wanted)
    transfers = await _take_over(tx, scope, wanted)
    await barring.refuse_unsafe_named(
        tx, scope, (part.dpp_id for each in wanted.successors for part in each.predecessors)
    )
    before = await _predecessors(tx, scope, wanted, operation)
    _refuse_without_evidence(wanted, before.values())
    used = await _refuse_too_much(tx, wanted, before)
    made = [await _make(tx, scope, wanted, each, before, operation, base) for each in wanted.successors]
    closed = await _close(tx, scope, wanted, before, made, used, operation)
    await tx.record(
        PassportSucceeded(
            operation=operation.value,
            predecessors=tuple(each.passport_id for each in before.values()),
            successors=tuple(record.passport_id for record, _ in made),
            closed=tuple(each.passport_id for each in closed),
            operators=tuple(sorted({each.operator_id for each in before.values()})),
        )
    )
    return Succeeded(
        successors=[issued(kind_named(record.kind), record, document) for record, document in made],
        inactive=[each.dpp_id for each in closed],
        transfers=transfers,
    )


def _operation(wanted: Succession) -> Happening:
    found = next((each for each in SUCCEEDING if each.value == wanted.operation), None)
    if found is None or not wanted.successors or any(not each.predecessors for each in wanted.successors):
        raise errors.IllegalTransition(
            source="—", event=wanted.operation, allowed=", ".join(each.value for each in SUCCEEDING)
        )
    return found


async def _take_over(tx: Transaction, scope: OperatorScope, wanted: Succession) -> list[UUID]:
    """Accept the transfers that bring others' products here."""
    named = {part.transfer_id for each in wanted.successors for part in each.predecessors if part.transfer_id}
    for transfer_id in sorted(named):
        await _accept_for_succession(tx, scope, transfer_id)
    return sorted(named)


async def _accept_for_succession(tx: Transaction, scope: OperatorScope, transfer_id: UUID) -> None:
    await moving.accept_transfer(tx, scope, transfer_id)


async def _predecessors(
    tx: Transaction, scope: OperatorScope, wanted: Succession, operation: Happening
) -> dict[str, Record]:
    """The predecessors by the identifiers that were given, held in the order of their ids."""
    found: dict[str, Record] = {}
    for identifier in sorted({part.dpp_id for each in wanted.successors for part in each.predecessors}):
        record, _ = await standing.responsible(tx, scope, identifier)
        if record.state not in (State.ACTIVE, State.INACTIVE) or record.granularity != "item":
            raise errors.PredecessorNotUsable(value=f"{record.dpp_id} ({record.state})")
        if record.state == State.INACTIVE and await store.share_used_across(tx, record.passport_id) >= succession.WHOLE:
            raise errors.PredecessorShareExceeded(value=record.dpp_id)
        refuse_illegal(record, operation)
        found[identifier] = record
    return found


def _refuse_without_evidence(wanted: Succession, before: Any) -> None:
    """Waste becomes a product again only with proof of its health and of the end of waste."""
    if any(each.life == Life.WASTE for each in before) and not (wanted.soh_evidence and wanted.end_of_waste_evidence):
        raise errors.EvidenceRequired(what="soh_evidence, end_of_waste_evidence")


async def _refuse_too_much(tx: Transaction, wanted: Succession, before: Mapping[str, Record]) -> dict[UUID, float]:
    """The share of each predecessor that is used after this. Raises PredecessorShareExceeded."""
    used: dict[UUID, float] = {}
    for identifier, record in before.items():
        shares = [p.share for each in wanted.successors for p in each.predecessors if p.dpp_id == identifier]
        already = await store.share_used_across(tx, record.passport_id)
        if any(not 0 < share <= 1 for share in shares) or succession.exceeded(already, shares):
            raise errors.PredecessorShareExceeded(value=record.dpp_id)
        used[record.passport_id] = already + sum(shares)
    return used


async def _make(
    tx: Transaction,
    scope: OperatorScope,
    wanted: Succession,
    successor: Successor,
    before: Mapping[str, Record],
    operation: Happening,
    base: str | None,
) -> tuple[Record, dict[str, Any]]:
    """One successor with its links. It begins with what its first predecessor's materials are, and without performance."""
    parts = [(part, before[part.dpp_id]) for part in successor.predecessors]
    kind = kind_named(parts[0][1].kind)
    documents = [whole(kind, record, await layers(tx, record)) for _, record in parts]
    links = [
        _link(kind, part, record, document, operation)
        for (part, record), document in zip(parts, documents, strict=True)
    ]
    new = _begun(kind, successor.passport, documents[0])
    record, document = await _issue(tx, scope, new, operation, links, base, wanted)
    await _refuse_cycle(tx, record.passport_id, [each.passport_id for _, each in parts])
    async with tx.across():
        await store.add_links(
            tx,
            [
                row
                for (part, each), link in zip(parts, links, strict=True)
                for row in _rows(record, each, part, link, operation)
            ],
        )
    return record, document


async def _issue(
    tx: Transaction,
    scope: OperatorScope,
    new: NewPassport,
    operation: Happening,
    links: Sequence[Mapping[str, Any]],
    base: str | None,
    wanted: Succession,
) -> tuple[Record, dict[str, Any]]:
    shown = [{key: value for key, value in link.items() if value is not None} for link in links]
    record, document, _ = await make(
        tx,
        scope,
        new,
        base=base,
        life=SUCCEEDING[operation],
        system_values={"predecessors": shown},
        event=operation.value,
    )
    return record, document


def _begun(kind: Kind, new: NewPassport, first: Mapping[str, Any]) -> NewPassport:
    """The new passport with what it takes over; a model to stand on says all that itself."""
    taken = {} if new.model else succession.copied(kind, first)
    return msgspec.structs.replace(new, values={**taken, **new.values})


def _link(kind: Kind, part: Part, record: Record, document: Mapping[str, Any], operation: Happening) -> dict[str, Any]:
    return {
        "dpp_id": record.dpp_id,
        "unique_product_identifier": record.product_id,
        "operation": operation.value,
        "share": part.share,
        "version_hash": record.version_hash,
        "evidence_document_id": part.evidence_document_id,
        "carried_over": succession.carried_over(kind, document),
    }


def _rows(
    successor: Record, predecessor: Record, part: Part, link: Mapping[str, Any], operation: Happening
) -> list[dict[str, Any]]:
    row = {
        "link_id": new_id(),
        "predecessor_id": predecessor.passport_id,
        "successor_id": successor.passport_id,
        "operation": operation.value,
        "share": part.share,
        "version_hash": predecessor.version_hash,
        "carried_over": link["carried_over"],
        "at": clock.now(),
    }
    return [
        {**row, "operator_id": predecessor.operator_id, "side": "predecessor"},
        {**row, "operator_id": successor.operator_id, "side": "successor"},
    ]


async def _refuse_cycle(tx: Transaction, successor: UUID, predecessors: Sequence[UUID]) -> None:
    for predecessor in predecessors:
        ancestors = await store.ancestry_across(tx, predecessor, succession.DEEPEST)
        if predecessor == successor or any(each.predecessor_id == successor for each in ancestors):
            raise errors.PredecessorCycle


async def _close(
    tx: Transaction,
    scope: OperatorScope,
    wanted: Succession,
    before: Mapping[str, Record],
    made: Sequence[tuple[Record, Any]],
    used: Mapping[UUID, float],
    operation: Happening,
) -> list[Record]:
    """Every predecessor names its successors; one of which nothing is left becomes inactive."""
    closed = []
    for identifier, record in before.items():
        following = [
            {
                "dpp_id": new.dpp_id,
                "unique_product_identifier": new.product_id,
                "operation": operation.value,
                "share": part.share,
                "version_hash": new.version_hash,
            }
            for (new, _), successor in zip(made, wanted.successors, strict=True)
            for part in successor.predecessors
            if part.dpp_id == identifier
        ]
        done = wanted.close_rest or used[record.passport_id] >= succession.WHOLE
        own = {**record.own, "successors": [*record.own.get("successors", []), *following]}
        state = State.INACTIVE.value if done else record.state
        told = {"operation": operation.value, "successors": [each["dpp_id"] for each in following]}
        change = Change(event="succession", keys=("successors", "dpp_status"), life_event=told)
        after, _ = await save(tx, scope, record, msgspec.structs.replace(record, own=own, state=state), change)
        if done:
            closed.append(after)
            await tx.record(
                PassportStateChanged(
                    passport_id=after.passport_id,
                    dpp_id=after.dpp_id,
                    version=after.version,
                    responsible_id=after.operator_id,
                    state=after.state,
                )
            )
    return closed

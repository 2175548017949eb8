"""The rows of this room; the only caller of `queries.sql`."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp.model import Agreement, Copy, Dataset, Form, NewDataset, Participant, Partner, Process
from meguri.dataspaces.dsp.states import Kind, Role
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.storage.queries import Query, load_queries

queries = load_queries(__package__)


def _document(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


class ToSend(msgspec.Struct, frozen=True):
    """A process that has a message to send."""

    operator_id: UUID
    pid: str
    pending_id: UUID


class Said(msgspec.Struct, frozen=True):
    """One message of a process, as its history shows it."""

    move: str
    inbound: bool
    at: datetime


# participants and partners


async def participant_of_tenant(tx: Transaction, tenant: str) -> Participant | None:
    """Who takes part under this word; "" when the node has exactly one participant: that one."""
    async with tx.across():
        if tenant:
            found = await tx.all(queries.participant_of_tenant, Participant, tenant=tenant)
        else:
            found = await tx.all(queries.participants, Participant)
    return found[0] if len(found) == 1 else None


async def participant(tx: Transaction, scope: OperatorScope) -> Participant | None:
    """The company's own participation, or None."""
    return await tx.one(queries.participant, Participant, operator_id=scope.operator_id)


async def add_participant(tx: Transaction, scope: OperatorScope, did: str, tenant: str, token_key: bytes) -> None:
    """Enter the company as a participant; again changes nothing."""
    await tx.run(
        queries.add_participant,
        operator_id=scope.operator_id,
        did=did,
        tenant=tenant,
        service_id=new_id(),
        token_key=token_key,
        at=clock.now(),
    )


async def set_counter_offer(tx: Transaction, scope: OperatorScope, counter_offer: str) -> None:
    """What happens to requests with another policy."""
    await tx.run(queries.set_counter_offer, operator_id=scope.operator_id, counter_offer=counter_offer)


async def token_key(tx: Transaction, scope: OperatorScope) -> bytes:
    """The secret from which the participant's refresh tokens are made."""
    return bytes(await tx.value(queries.token_key, operator_id=scope.operator_id))


async def set_bpn(tx: Transaction, scope: OperatorScope, bpn: str | None) -> None:
    """The company's own business partner number."""
    await tx.run(queries.set_bpn, operator_id=scope.operator_id, bpn=bpn)


async def any_real_company(tx: Transaction) -> bool:
    """Whether a company is registered here that is not made up."""
    async with tx.across():
        return bool(await tx.value(queries.any_real_company))


async def partner(tx: Transaction, scope: OperatorScope, did: str) -> Partner | None:
    """A partner's record, or None."""
    return await tx.one(queries.partner, Partner, operator_id=scope.operator_id, did=did)


async def partners(tx: Transaction, scope: OperatorScope, after: str = "", rows: int = 101) -> list[Partner]:
    """Partners by DID after `after`."""
    return await tx.all(queries.partners, Partner, operator_id=scope.operator_id, after=after, rows=rows)


async def save_partner(tx: Transaction, scope: OperatorScope, **said: Any) -> Partner:
    """Write a record; its version grows."""
    found = await tx.one(queries.save_partner, Partner, operator_id=scope.operator_id, at=clock.now(), **said)
    assert found is not None  # noqa: S101  # RETURNING always gives the row
    return found


async def block_partner(tx: Transaction, scope: OperatorScope, did: str, blocked: bool) -> int:
    """Block or let in; 0: no such partner."""
    return await tx.run(queries.block_partner, operator_id=scope.operator_id, did=did, blocked=blocked, at=clock.now())


# datasets and offers


async def save_dataset(
    tx: Transaction, scope: OperatorScope, new: NewDataset, dataset_id: str, hashed: str | None
) -> int:
    """Add a dataset; 0: the id is there already."""
    return await tx.run(
        queries.save_dataset,
        operator_id=scope.operator_id,
        dataset_id=dataset_id,
        kind=new.kind,
        title=_document(new.title),
        type_iri=new.type_iri,
        conforms_to=new.conforms_to,
        trace_id=new.trace_id,
        formats=new.formats,
        content=_document(new.content),
        content_hash=hashed,
        api=new.api,
        reach=new.reach,
        at=clock.now(),
    )


async def save_offer(
    tx: Transaction,
    scope: OperatorScope,
    offer_id: str,
    dataset_id: str,
    audience: str,
    policy: Mapping[str, Any],
    hashed: str,
    least_proof: int,
) -> None:
    """Add an offer of a dataset to an audience."""
    await tx.run(
        queries.save_offer,
        operator_id=scope.operator_id,
        offer_id=offer_id,
        dataset_id=dataset_id,
        audience=audience,
        policy=_document(policy),
        policy_hash=hashed,
        least_proof=least_proof,
    )


async def withdraw_dataset(tx: Transaction, scope: OperatorScope, dataset_id: str) -> int:
    """Take all offers of a dataset back; 0: there was none."""
    return await tx.run(queries.withdraw_dataset, operator_id=scope.operator_id, dataset_id=dataset_id, at=clock.now())


async def own_datasets(
    tx: Transaction, scope: OperatorScope, before: datetime, before_id: str, rows: int
) -> list[Dataset]:
    """What the company offers, newest first."""
    return await tx.all(
        queries.own_datasets, Dataset, operator_id=scope.operator_id, before=before, before_id=before_id, rows=rows
    )


async def visible_page(
    tx: Transaction,
    scope: OperatorScope,
    me: str,
    proof: int,
    view: datetime,
    after: tuple[datetime, str],
    rows: int,
    narrowed: Mapping[str, Any],
) -> tuple[list[Dataset], list[tuple[Any, ...]]]:
    """The datasets of one page of the requester's view that pass the filter, and the places of the whole page.

    What is asked for by its identifier, or by that of its part, is found by it: no page is walked to come there. A type
    stands in the offers as well, so that pages are of that type alone.
    """
    if narrowed["traces"] is not None:
        of_traces = await tx.all(
            queries.datasets_of_traces, operator_id=scope.operator_id, traces=list(narrowed["traces"])
        )
        ids = {row[0] for row in of_traces}
        named = narrowed["dataset_ids"]
        narrowed = {**narrowed, "dataset_ids": sorted(ids if named is None else ids & set(named))}
    if narrowed["dataset_ids"] is not None:
        found = await tx.all(
            queries.visible_chosen, Dataset, operator_id=scope.operator_id, me=me, proof=proof, view=view, **narrowed
        )
        return found, []
    where = {"operator_id": scope.operator_id, "me": me, "proof": proof, "view": view, "after": after[0],
             "after_id": after[1], "rows": rows}  # fmt: skip
    typed = narrowed["types"] is not None
    found = await tx.all(_typed(queries.visible_page, typed), Dataset, **where, **narrowed)
    ends = {**where, "rows": rows + 1, **({"types": narrowed["types"]} if typed else {})}
    return found, await tx.all(_typed(queries.visible_last, typed), **ends)


async def visible_before(
    tx: Transaction,
    scope: OperatorScope,
    me: str,
    proof: int,
    view: datetime,
    until: tuple[datetime, str],
    rows: int,
    types: Sequence[str] | None,
) -> tuple[datetime, str] | None:
    """Behind which dataset the page of `rows` begins that ends with `until`; None: it is the first."""
    where = {"operator_id": scope.operator_id, "me": me, "proof": proof, "view": view, "until": until[0],
             "until_id": until[1], "rows": rows + 1, **({"types": list(types)} if types is not None else {})}  # fmt: skip
    found = await tx.one(_typed(queries.visible_before, types is not None), **where)
    return (found[0], found[1]) if found else None


def _typed(query: Query, typed: bool) -> Query:
    """The walk over offers, of certain types or of all."""
    condition = "AND type_iri = ANY(%(types)s::text[])" if typed else ""
    return Query(query.name, query.sql.replace("/*typed*/", condition))


async def visible_of_traces(
    tx: Transaction, scope: OperatorScope, me: str, proof: int, traces: Sequence[str]
) -> list[Dataset]:
    """The datasets about these parts as this requester sees them, oldest first."""
    return await tx.all(
        queries.visible_of_traces, Dataset, operator_id=scope.operator_id, me=me, proof=proof, traces=list(traces)
    )


async def visible_dataset(
    tx: Transaction, scope: OperatorScope, me: str, proof: int, dataset_id: str
) -> Dataset | None:
    """A dataset as this requester sees it, or None."""
    return await tx.one(
        queries.visible_dataset, Dataset, operator_id=scope.operator_id, me=me, proof=proof, dataset_id=dataset_id
    )


async def visible_offer(tx: Transaction, scope: OperatorScope, me: str, proof: int, offer_id: str) -> Dataset | None:
    """The dataset of an offer that this requester sees, or None."""
    return await tx.one(
        queries.visible_offer, Dataset, operator_id=scope.operator_id, me=me, proof=proof, offer_id=offer_id
    )


async def content_of(tx: Transaction, scope: OperatorScope, dataset_id: str) -> Any:
    """The agreed content of a dataset."""
    return await tx.value(queries.dataset_content, operator_id=scope.operator_id, dataset_id=dataset_id)


async def form_of(tx: Transaction, scope: OperatorScope, dataset_id: str) -> Form | None:
    """How a dataset is had, or None."""
    return await tx.one(queries.dataset_form, Form, operator_id=scope.operator_id, dataset_id=dataset_id)


# processes


async def add_process(
    tx: Transaction,
    scope: OperatorScope,
    *,
    pid: str,
    kind: Kind,
    role: Role,
    peer_did: str,
    peer_base: str,
    state: str,
    peer_pid: str | None = None,
    dataset_id: str | None = None,
    offer_id: str | None = None,
    agreement_id: str | None = None,
    policy: Mapping[str, Any] | None = None,
    policy_hash: str | None = None,
    format: str | None = None,
    data_address: Mapping[str, Any] | None = None,
    purposes: Sequence[str] = (),
    script: str | None = None,
    waits_for: str | None = None,
    type_iri: str | None = None,
) -> bool:
    """Whether the process is new; False: the peer's pid is known already."""
    return bool(
        await tx.run(
            queries.add_process,
            operator_id=scope.operator_id,
            pid=pid,
            kind=kind,
            role=role,
            peer_pid=peer_pid,
            peer_did=peer_did,
            peer_base=peer_base,
            state=state,
            dataset_id=dataset_id,
            offer_id=offer_id,
            agreement_id=agreement_id,
            policy=_document(policy),
            policy_hash=policy_hash,
            format=format,
            data_address=_document(data_address),
            purposes=list(purposes),
            script=script,
            waits_for=waits_for,
            type_iri=type_iri,
            at=clock.now(),
        )
    )


async def process(tx: Transaction, scope: OperatorScope, pid: str, *, locked: bool = False) -> Process | None:
    """A process by our own pid, or None."""
    query = queries.process_locked if locked else queries.process
    return await tx.one(query, Process, operator_id=scope.operator_id, pid=pid)


async def process_of_peer(
    tx: Transaction, scope: OperatorScope, kind: Kind, role: Role, peer_did: str, peer_pid: str
) -> str | None:
    """Our pid of a process by the peer's pid, or None."""
    found: str | None = await tx.value(
        queries.process_of_peer,
        operator_id=scope.operator_id,
        kind=kind,
        role=role,
        peer_did=peer_did,
        peer_pid=peer_pid,
    )
    return found


async def processes(
    tx: Transaction, scope: OperatorScope, before: datetime, before_id: str, rows: int, agreement_id: str | None = None
) -> list[Process]:
    """Processes, newest first."""
    return await tx.all(
        queries.processes,
        Process,
        operator_id=scope.operator_id,
        before=before,
        before_id=before_id,
        rows=rows,
        agreement_id=agreement_id,
    )


async def processes_about(
    tx: Transaction, scope: OperatorScope, kind: Kind, peer_did: str, dataset_id: str
) -> list[Process]:
    """Processes with a partner about one dataset, newest first."""
    return await tx.all(
        queries.processes_about,
        Process,
        operator_id=scope.operator_id,
        kind=kind,
        peer_did=peer_did,
        dataset_id=dataset_id,
    )


async def open_interface(tx: Transaction, scope: OperatorScope, peer_did: str, type_iri: str) -> Process | None:
    """The newest running transfer of a partner's interface of this type, or None."""
    return await tx.one(
        queries.open_interface, Process, operator_id=scope.operator_id, peer_did=peer_did, type_iri=type_iri
    )


async def update_process(tx: Transaction, process: Process) -> Process:
    """Write the row as `process` says, with the present moment."""
    written = msgspec.structs.replace(process, updated_at=clock.now())
    values = msgspec.structs.asdict(written)
    values["policy"], values["data_address"] = _document(process.policy), _document(process.data_address)
    await tx.run(queries.update_process, **values)
    return written


async def left_to_send(tx: Transaction, before: datetime, rows: int = 500) -> list[ToSend]:
    """Processes whose message should have gone out before `before`."""
    async with tx.across():
        return await tx.all(queries.left_to_send, ToSend, before=before, rows=rows)


async def keep_message(tx: Transaction, process: Process, move: str, raw: bytes, *, inbound: bool) -> None:
    """Enter a message in the history of a process."""
    await tx.run(
        queries.keep_message,
        operator_id=process.operator_id,
        pid=process.pid,
        message_id=new_id(),
        inbound=inbound,
        move=move,
        body_hash=hashlib.sha256(raw).digest(),
        at=clock.now(),
    )


async def message_known(tx: Transaction, process: Process, raw: bytes) -> bool:
    """Whether exactly these bytes were applied to the process before."""
    hashed = hashlib.sha256(raw).digest()
    return bool(
        await tx.value(queries.message_known, operator_id=process.operator_id, pid=process.pid, body_hash=hashed)
    )


async def messages(tx: Transaction, scope: OperatorScope, pid: str) -> list[Said]:
    """The history of a process."""
    return await tx.all(queries.messages, Said, operator_id=scope.operator_id, pid=pid)


# agreements


async def add_agreement(
    tx: Transaction,
    scope: OperatorScope,
    process: Process,
    agreement_id: str,
    body: Mapping[str, Any],
    policy: Mapping[str, Any],
    hashed: str,
    *,
    content_version: int = 1,
    finalized_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> bool:
    """Keep an agreement; False: it is there already."""
    return bool(
        await tx.run(
            queries.add_agreement,
            operator_id=scope.operator_id,
            agreement_id=agreement_id,
            role=process.role,
            pid=process.pid,
            peer_did=process.peer_did,
            dataset_id=process.dataset_id or "",
            content_version=content_version,
            policy=_document(policy),
            policy_hash=hashed,
            body=_document(body),
            at=clock.now(),
            finalized_at=finalized_at,
            ends_at=ends_at,
        )
    )


async def agreement(
    tx: Transaction, scope: OperatorScope, agreement_id: str, *, locked: bool = False
) -> Agreement | None:
    """An agreement, or None."""
    query = queries.agreement_locked if locked else queries.agreement
    return await tx.one(query, Agreement, operator_id=scope.operator_id, agreement_id=agreement_id)


async def agreements(
    tx: Transaction, scope: OperatorScope, before: datetime, before_id: str, rows: int
) -> list[Agreement]:
    """Agreements, newest first."""
    return await tx.all(
        queries.agreements, Agreement, operator_id=scope.operator_id, before=before, before_id=before_id, rows=rows
    )


async def agreed_on(tx: Transaction, scope: OperatorScope, did: str) -> list[tuple[Any, ...]]:
    """(kind of dataset, trace id, policy, finalized_at) of a partner's living agreements with us on parts."""
    return await tx.all(queries.agreed_on, operator_id=scope.operator_id, did=did, now=clock.now())


async def finalize_agreement(
    tx: Transaction, scope: OperatorScope, agreement_id: str, ends_at: datetime | None
) -> None:
    """From now on it may be used, until `ends_at`."""
    await tx.run(
        queries.finalize_agreement,
        operator_id=scope.operator_id,
        agreement_id=agreement_id,
        at=clock.now(),
        ends_at=ends_at,
    )


async def end_agreement(tx: Transaction, scope: OperatorScope, agreement_id: str, reason: str) -> int:
    """It may not be used any more; 0: it had ended."""
    return await tx.run(
        queries.end_agreement,
        operator_id=scope.operator_id,
        agreement_id=agreement_id,
        at=clock.now(),
        reason=reason,
    )


async def count_use(tx: Transaction, scope: OperatorScope, agreement: Agreement) -> None:
    """One more successful call."""
    await tx.run(
        queries.count_use, operator_id=scope.operator_id, agreement_id=agreement.agreement_id, seen=agreement.uses
    )


async def uncount_use(tx: Transaction, scope: OperatorScope, agreement_id: str) -> None:
    """The call that was counted did not succeed."""
    await tx.run(queries.uncount_use, operator_id=scope.operator_id, agreement_id=agreement_id)


async def agreements_past_end(tx: Transaction, rows: int = 500) -> list[tuple[Any, ...]]:
    """(operator_id, agreement_id) of agreements whose time is over."""
    async with tx.across():
        return await tx.all(queries.agreements_past_end, now=clock.now(), rows=rows)


async def open_transfers(tx: Transaction, scope: OperatorScope, agreement_id: str) -> list[str]:
    """Pids of transfers under an agreement that still run."""
    rows = await tx.all(queries.open_transfers, operator_id=scope.operator_id, agreement_id=agreement_id)
    return [row[0] for row in rows]


async def open_with_peer(tx: Transaction, scope: OperatorScope, did: str) -> list[str]:
    """Pids of everything that still runs with a partner."""
    return [row[0] for row in await tx.all(queries.open_with_peer, operator_id=scope.operator_id, peer_did=did)]


# copies


async def keep_copy(
    tx: Transaction, process: Process, envelope: Any, content_hash: str, delete_after: datetime | None
) -> bool:
    """Keep what was received; False: it is there already."""
    return bool(
        await tx.run(
            queries.keep_copy,
            operator_id=process.operator_id,
            pid=process.pid,
            agreement_id=process.agreement_id,
            dataset_id=process.dataset_id or "",
            peer_did=process.peer_did,
            envelope=_document(envelope),
            content_hash=content_hash,
            at=clock.now(),
            delete_after=delete_after,
        )
    )


async def copies(tx: Transaction, scope: OperatorScope, pid: str | None = None, rows: int = 100) -> list[Copy]:
    """What was received, newest first."""
    return await tx.all(queries.copies, Copy, operator_id=scope.operator_id, pid=pid, rows=rows)


async def copies_past_end(tx: Transaction, rows: int = 500) -> list[tuple[Any, ...]]:
    """(operator_id, pid) of copies whose use has ended."""
    async with tx.across():
        return await tx.all(queries.copies_past_end, now=clock.now(), rows=rows)


async def delete_copy(tx: Transaction, scope: OperatorScope, pid: str) -> int:
    """Erase the content of a copy; 0: it was erased."""
    return await tx.run(queries.delete_copy, operator_id=scope.operator_id, pid=pid, at=clock.now())

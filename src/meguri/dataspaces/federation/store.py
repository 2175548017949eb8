"""Links, messages both ways, and whose id is whose; the only caller of `queries.sql`.

All within `tx.across()`: a partner's message acts as the partner's shadow, and what is kept of it belongs to the receiver.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import metadata
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link with a company on another node.

    peer_number   the number by which the partner is found among companies, as it says itself
    suspended_by  us, peer, or key: a key of the partner's that is not trusted any more
    """

    operator_id: UUID
    link_id: UUID
    peer_did: str
    peer_base: str
    peer_name: str
    partner_operator_id: UUID
    proposed_by_us: bool
    state: str
    we_accept: bool
    they_accept: bool
    our_thumbprint: str
    peer_thumbprint: str
    version: int
    peer_number: str = ""
    suspended_by: str | None = None
    created_at: datetime
    updated_at: datetime


class Out(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours."""

    operator_id: UUID
    message_id: UUID
    link_id: UUID
    seq: int
    subject_key: str
    subject_prev: int
    type: str
    in_reply_to: UUID | None
    payload: dict[str, Any]
    state: str
    code: str | None
    attempts: int
    sent_at: datetime
    next_try_at: datetime | None
    expires_at: datetime


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a message that came before."""

    content_hash: str
    state: str
    code: str | None
    applied_at: datetime | None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message that takes effect when a person accepts it, as it came."""

    message_id: UUID
    type: str
    raw: bytes
    received_at: datetime
    link_id: UUID
    peer_name: str


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came, as a person sees it."""

    message_id: UUID
    type: str
    seq: int
    subject_key: str
    state: str
    code: str | None
    received_at: datetime
    applied_at: datetime | None


class Doubtful(msgspec.Struct, frozen=True, kw_only=True):
    """What was accepted under a key that its owner revoked later; `key_gone_at`: when that was seen."""

    message_id: UUID
    type: str
    subject_key: str
    received_at: datetime
    key_gone_at: datetime
    link_id: UUID
    peer_name: str


async def add_link(tx: Transaction, link: Link) -> bool:
    """Keep a new link; False: it is known."""
    values = msgspec.structs.asdict(link)
    for name in ("state", "we_accept", "created_at", "updated_at"):
        del values[name]
    async with tx.across():
        return bool(await tx.run(queries.add_link, at=clock.now(), **values))


async def proposals(tx: Transaction, operator_id: UUID, peer_did: str) -> tuple[int, int]:
    """How many proposals wait for our people: of all, and of this party."""
    async with tx.across():
        found = await tx.one(queries.proposals, operator_id=operator_id, peer_did=peer_did)
    return (found[0], found[1]) if found else (0, 0)


async def base_of_shadow(tx: Transaction, partner_operator_id: UUID) -> str | None:
    """Where the node is as whose company a shadow acts here, while a link with it is active; else None."""
    async with tx.across():
        found: str | None = await tx.value(queries.base_of_shadow, partner_operator_id=partner_operator_id)
    return found


async def shadow_of(tx: Transaction, peer_did: str) -> UUID | None:
    """As whom a party acts here already, or None."""
    async with tx.across():
        found: UUID | None = await tx.value(queries.shadow_of, peer_did=peer_did)
    return found


async def link(tx: Transaction, operator_id: UUID, link_id: UUID) -> Link | None:
    """A company's link, locked."""
    async with tx.across():
        return await tx.one(queries.link, Link, operator_id=operator_id, link_id=link_id)


async def links(tx: Transaction, operator_id: UUID) -> list[Link]:
    """A company's links, newest first."""
    async with tx.across():
        return await tx.all(queries.links, Link, operator_id=operator_id)


async def links_of(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """The live link of each pair (own company, partner) that has one."""
    async with tx.across():
        rows = await tx.all(queries.links_of, owns=[one[0] for one in pairs], partners=[one[1] for one in pairs])
    return {(row[0], row[1]): row[2] for row in rows}


async def move_link(tx: Transaction, link: Link) -> None:
    """Write state and consents of a link."""
    async with tx.across():
        await tx.run(
            queries.move_link,
            operator_id=link.operator_id,
            link_id=link.link_id,
            state=link.state,
            we_accept=link.we_accept,
            they_accept=link.they_accept,
            suspended_by=link.suspended_by,
            peer_thumbprint=link.peer_thumbprint,
            at=clock.now(),
        )


async def add_out(
    tx: Transaction,
    operator_id: UUID,
    link_id: UUID,
    message_id: UUID,
    kind: str,
    subject_key: str,
    payload: Mapping[str, Any],
    expires_at: datetime,
    in_reply_to: UUID | None,
) -> None:
    """Keep a message to be sent, with its number on the link and the number of the last one about the same subject."""
    async with tx.across():
        seq = await tx.value(queries.next_seq, operator_id=operator_id, link_id=link_id)
        before = await tx.value(
            queries.last_of_subject, operator_id=operator_id, link_id=link_id, subject_key=subject_key
        )
        await tx.run(
            queries.add_out,
            operator_id=operator_id,
            message_id=message_id,
            link_id=link_id,
            seq=seq,
            subject_key=subject_key,
            subject_prev=before or 0,
            type=kind,
            in_reply_to=in_reply_to,
            payload=msgspec.json.encode(payload).decode(),
            at=clock.now(),
            expires_at=expires_at,
        )


async def out(tx: Transaction, operator_id: UUID, message_id: UUID) -> Out | None:
    """A message of ours, locked."""
    async with tx.across():
        return await tx.one(queries.out, Out, operator_id=operator_id, message_id=message_id)


async def last_out(tx: Transaction, operator_id: UUID, link_id: UUID, subject_key: str) -> Out | None:
    """Our last message about a subject."""
    return await tx.one(queries.last_out, Out, operator_id=operator_id, link_id=link_id, subject_key=subject_key)


async def out_page(tx: Transaction, operator_id: UUID, link_id: UUID, after: int, until: int, rows: int) -> list[Out]:
    """Messages of ours by their numbers."""
    async with tx.across():
        return await tx.all(
            queries.out_page, Out, operator_id=operator_id, link_id=link_id, after=after, until=until, rows=rows
        )


async def move_out(tx: Transaction, message: Out) -> None:
    """Write how far a message has come."""
    async with tx.across():
        await tx.run(
            queries.move_out,
            operator_id=message.operator_id,
            message_id=message.message_id,
            state=message.state,
            code=message.code,
            attempts=message.attempts,
            next_try_at=message.next_try_at,
        )


async def close_out(
    tx: Transaction, operator_id: UUID, link_id: UUID, message_id: UUID, receipt: Mapping[str, Any]
) -> None:
    """The partner's receipt closes a message; a second one only changes that a value was not known."""
    rejected = receipt.get("outcome") == "rejected"
    async with tx.across():
        await tx.run(
            queries.close_out,
            operator_id=operator_id,
            link_id=link_id,
            message_id=message_id,
            state="rejected" if rejected else "receipted",
            code=receipt.get("code"),
            receipt=msgspec.json.encode(receipt).decode(),
        )


async def due(tx: Transaction, before: datetime, rows: int = 500) -> list[tuple[Any, ...]]:
    """(operator_id, message_id) of what should have been sent, or receipted, by then."""
    async with tx.across():
        return await tx.all(queries.due, before=before, rows=rows)


async def counts(tx: Transaction, operator_id: UUID, link_id: UUID) -> dict[str, int]:
    """How many messages of ours are how far."""
    async with tx.across():
        rows = await tx.all(queries.counts, operator_id=operator_id, link_id=link_id)
    return {row[0]: row[1] for row in rows}


async def known_in(tx: Transaction, operator_id: UUID, sender: str, message_id: UUID) -> Known | None:
    """What is kept of a message, or None."""
    async with tx.across():
        return await tx.one(queries.known_in, Known, operator_id=operator_id, sender=sender, message_id=message_id)


async def seq_used(tx: Transaction, operator_id: UUID, link_id: UUID, seq: int) -> bool:
    """Whether a number of the link is taken."""
    async with tx.across():
        return bool(await tx.value(queries.seq_used, operator_id=operator_id, link_id=link_id, seq=seq))


async def add_in(
    tx: Transaction, operator_id: UUID, message: Mapping[str, Any], prev: int, raw: bytes, hashed: str, kid: str
) -> None:
    """Keep a message that came, as it came."""
    async with tx.across():
        await tx.run(
            queries.add_in,
            operator_id=operator_id,
            message_id=message["messageId"],
            sender=message["sender"],
            link_id=message["linkId"],
            seq=message["seq"],
            subject_key=message["subjectKey"],
            subject_prev=prev,
            type=message["type"],
            raw=raw,
            content_hash=hashed,
            kid=kid,
            at=clock.now(),
        )


async def settle_in(
    tx: Transaction, operator_id: UUID, sender: str, message_id: UUID, state: str, code: str | None
) -> None:
    """Write what became of a message, and by which version of this program."""
    async with tx.across():
        await tx.run(
            queries.settle_in,
            judged_by=metadata.version("meguri"),
            operator_id=operator_id,
            sender=sender,
            message_id=message_id,
            state=state,
            code=code,
            at=clock.now(),
        )


async def unsupported(tx: Transaction, rows: int = 500) -> list[tuple[UUID, UUID, str, UUID]]:
    """(company, link, sender, message) of what another version of this program did not know."""
    async with tx.across():
        found = await tx.all(queries.unsupported, judged_by=metadata.version("meguri"), rows=rows)
    return [(row[0], row[1], row[2], row[3]) for row in found]


async def unsupported_one(
    tx: Transaction, operator_id: UUID, sender: str, message_id: UUID
) -> tuple[bytes, str] | None:
    """(raw, content hash) of one of these, locked; None when it was settled meanwhile."""
    async with tx.across():
        row = await tx.one(queries.unsupported_one, operator_id=operator_id, sender=sender, message_id=message_id)
    return None if row is None else (bytes(row[0]), row[1])


async def seq_settled(tx: Transaction, operator_id: UUID, link_id: UUID, seq: int) -> bool:
    """Whether the message of this number has taken effect or was rejected."""
    async with tx.across():
        return bool(await tx.value(queries.seq_settled, operator_id=operator_id, link_id=link_id, seq=seq))


async def next_held(
    tx: Transaction, operator_id: UUID, link_id: UUID, subject_key: str, seq: int
) -> tuple[Any, ...] | None:
    """(message_id, raw, content_hash) of the message that waits for this number."""
    async with tx.across():
        return await tx.one(
            queries.next_held, operator_id=operator_id, link_id=link_id, subject_key=subject_key, seq=seq
        )


async def inbox(tx: Transaction, operator_id: UUID, link_id: UUID, rows: int = 100) -> list[Came]:
    """What came over a link, newest first."""
    async with tx.across():
        return await tx.all(queries.inbox, Came, operator_id=operator_id, link_id=link_id, rows=rows)


async def add_id(tx: Transaction, operator_id: UUID, link_id: UUID, kind: str, theirs: UUID, ours: UUID) -> None:
    """From now on their id stands for ours."""
    async with tx.across():
        await tx.run(queries.add_id, operator_id=operator_id, link_id=link_id, kind=kind, theirs=theirs, ours=ours)


async def ours(tx: Transaction, operator_id: UUID, link_id: UUID, kind: str, theirs: UUID) -> tuple[UUID, int] | None:
    """Our id for theirs, and the version of what was last told about it."""
    async with tx.across():
        found = await tx.one(queries.ours, operator_id=operator_id, link_id=link_id, kind=kind, theirs=theirs)
    return None if found is None else (found[0], found[1])


async def theirs(tx: Transaction, operator_id: UUID, kind: str, ours: UUID) -> UUID | None:
    """Their id for ours."""
    async with tx.across():
        found: UUID | None = await tx.value(queries.theirs, operator_id=operator_id, kind=kind, ours=ours)
    return found


async def next_version(tx: Transaction, operator_id: UUID, kind: str, ours: UUID, told: str) -> int | None:
    """The number of what is told now; None when the same was told last."""
    async with tx.across():
        found: int | None = await tx.value(
            queries.next_version, operator_id=operator_id, kind=kind, ours=ours, told=told
        )
    return found


async def raise_version(
    tx: Transaction, operator_id: UUID, link_id: UUID, kind: str, theirs: UUID, version: int
) -> bool:
    """Whether the version is newer than what was told before; then it counts."""
    async with tx.across():
        return bool(
            await tx.run(
                queries.raise_version,
                operator_id=operator_id,
                link_id=link_id,
                kind=kind,
                theirs=theirs,
                version=version,
            )
        )


async def kept(tx: Transaction, operator_id: UUID) -> list[Waiting]:
    """What came and waits for a person, oldest first."""
    async with tx.across():
        return await tx.all(queries.kept, Waiting, operator_id=operator_id, rows=200)


async def kept_one(tx: Transaction, operator_id: UUID, message_id: UUID) -> Waiting | None:
    """One of these, locked."""
    async with tx.across():
        return await tx.one(queries.kept_one, Waiting, operator_id=operator_id, message_id=message_id)


async def decide_in(tx: Transaction, operator_id: UUID, message_id: UUID, state: str, code: str | None) -> None:
    """A person has decided."""
    async with tx.across():
        await tx.run(
            queries.decide_in, operator_id=operator_id, message_id=message_id, state=state, code=code, at=clock.now()
        )


async def kids_in(tx: Transaction, operator_id: UUID, link_id: UUID) -> list[str]:
    """Names of keys under which something was accepted that is not marked yet."""
    async with tx.across():
        return [row[0] for row in await tx.all(queries.kids_in, operator_id=operator_id, link_id=link_id)]


async def mark_gone(tx: Transaction, operator_id: UUID, link_id: UUID, kids: list[str]) -> int:
    """Mark what came under these keys; how much that was."""
    async with tx.across():
        return await tx.run(queries.mark_gone, operator_id=operator_id, link_id=link_id, kids=kids, at=clock.now())


async def gone(tx: Transaction, operator_id: UUID) -> list[Doubtful]:
    """What is marked, newest first."""
    async with tx.across():
        return await tx.all(queries.gone, Doubtful, operator_id=operator_id, rows=100)


async def watched(tx: Transaction) -> list[tuple[UUID, UUID, str]]:
    """(company, link, partner) of every link that lives."""
    async with tx.across():
        return [(row[0], row[1], row[2]) for row in await tx.all(queries.watched)]

"""The only caller of this room's SQL. All of it runs before a tenant is known, in identity's transactions.

To whom a link goes is sealed: a copy of the database tells nobody's address.
"""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from meguri.guests.model import GuestLink
from meguri.kernel import clock
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
Link = TypeVar("Link", bound=GuestLink)
_SEALED_FOR = "guests.link"
_SEALED = ("email", "contact")


class Door(GuestLink, frozen=True, kw_only=True):
    """A link with what was tried at it."""

    code_hash: bytes | None
    code_ends_at: datetime | None
    failures: int
    locked_until: datetime | None


async def add_link(tx: Transaction, token_hash: bytes, link: GuestLink, by: str) -> None:
    """A new link."""
    seal = tx.installation.sealer.seal_text
    await tx.run(
        queries.add_link,
        token_hash=token_hash,
        made_by=by,
        **{
            name: getattr(link, name)
            for name in ("link_id", "operator_id", "guest_id", "trade_id", "request_id", "company")
        },
        **{name: seal(getattr(link, name), f"{_SEALED_FOR}.{name} {link.link_id}") for name in _SEALED},
        language=link.language,
        made_at=link.made_at,
        ends_at=link.ends_at,
    )


async def open_link(tx: Transaction, token_hash: bytes) -> Door | None:
    """The link if it still holds, locked until the commit."""
    row = await tx.one(queries.open_link, token_hash=token_hash, now=clock.now())
    return _opened(tx, Door(**dict(zip(_DOOR, row, strict=True)))) if row else None


_LINK = tuple(GuestLink.__struct_fields__)
_DOOR = (*_LINK, "code_hash", "code_ends_at", "failures", "locked_until")


async def links(tx: Transaction, operator_id: UUID, after: UUID | None, limit: int) -> list[GuestLink]:
    """A customer's links, newest first."""
    found = await tx.all(queries.links, GuestLink, operator_id=operator_id, after=after, limit=limit)
    return [_opened(tx, one) for one in found]


async def all_links(tx: Transaction) -> list[GuestLink]:
    """Every link of every customer."""
    return [_opened(tx, one) for one in await tx.all(queries.all_links, GuestLink)]


async def link(tx: Transaction, operator_id: UUID, link_id: UUID) -> GuestLink | None:
    """One of a customer's links."""
    return _found(tx, await tx.one(queries.link, GuestLink, operator_id=operator_id, link_id=link_id))


async def link_to(tx: Transaction, operator_id: UUID, guest_id: UUID) -> GuestLink | None:
    """A customer's latest link to one guest."""
    return _found(tx, await tx.one(queries.link_to, GuestLink, operator_id=operator_id, guest_id=guest_id))


async def guests_still(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """(customer, guest) of every supplier that has not joined."""
    return await tx.all(queries.guests_still)


async def unanswered(tx: Transaction, operator_id: UUID, guest_id: UUID) -> dict[UUID, UUID]:
    """Requests to a guest that were not answered, each with its latest link."""
    return dict(await tx.all(queries.unanswered, operator_id=operator_id, guest_id=guest_id))


async def revoke(tx: Transaction, operator_id: UUID, request_id: UUID) -> int:
    """Ends every link to a request that was not answered, and the browsers that it is open in."""
    ended = await tx.run(queries.revoke_request, operator_id=operator_id, request_id=request_id, now=clock.now())
    if ended:
        await tx.run(queries.end_sessions, request_id=request_id)
    return ended


async def note_code(tx: Transaction, token_hash: bytes, code_hash: bytes, ends_at: datetime) -> None:
    """A number was mailed."""
    await tx.run(queries.note_code, token_hash=token_hash, code_hash=code_hash, ends_at=ends_at)


async def note_failure(tx: Transaction, token_hash: bytes, locked_until: datetime | None) -> None:
    """A wrong try; with `locked_until` the link is closed for a while."""
    await tx.run(queries.note_failure, token_hash=token_hash, locked_until=locked_until)


async def note_opened(tx: Transaction, token_hash: bytes) -> None:
    """The address was proved."""
    await tx.run(queries.note_opened, token_hash=token_hash, now=clock.now())


async def note_answered(tx: Transaction, link_id: UUID) -> None:
    """The request was answered by it."""
    await tx.run(queries.note_answered, link_id=link_id, now=clock.now())


async def note_joined(tx: Transaction, guest_id: UUID) -> None:
    """The guest is a member now."""
    await tx.run(queries.note_joined, guest_id=guest_id, now=clock.now())


async def add_session(tx: Transaction, cookie_hash: bytes, link_id: UUID, token_hash: bytes, ends_at: datetime) -> None:
    """A browser in which the address was proved."""
    await tx.run(
        queries.add_session,
        cookie_hash=cookie_hash,
        link_id=link_id,
        token_hash=token_hash,
        now=clock.now(),
        ends_at=ends_at,
    )


async def link_of_session(tx: Transaction, cookie_hash: bytes) -> GuestLink | None:
    """The link that a browser holds open."""
    return _found(tx, await tx.one(queries.link_of_session, GuestLink, cookie_hash=cookie_hash, now=clock.now()))


def _opened(tx: Transaction, link: Link) -> Link:
    """A link with what is sealed in it."""
    read = tx.installation.sealer.open_text
    return msgspec.structs.replace(
        link, **{name: read(getattr(link, name), f"{_SEALED_FOR}.{name} {link.link_id}") for name in _SEALED}
    )


def _found(tx: Transaction, link: GuestLink | None) -> GuestLink | None:
    return _opened(tx, link) if link else None

"""What identity keeps of page sessions and API keys. With `store.py`, the only caller of `queries.sql`."""

from datetime import datetime
from uuid import UUID

from meguri.identity.model import Client, KeyAttribute, KeyView
from meguri.identity.store import Caller, KeyRow, SessionRow, queries
from meguri.kernel import clock
from meguri.kernel.scope import Role
from meguri.storage.transaction import Transaction


async def add_session(
    tx: Transaction,
    caller: Caller,
    *,
    cookie_hash: bytes,
    session_id: UUID,
    operator_id: UUID,
    person_id: UUID,
    csrf_secret: bytes,
    ends_at: datetime,
) -> None:
    """Keep a page session."""
    await tx.run(
        queries.add_session,
        cookie_hash=cookie_hash,
        session_id=session_id,
        operator_id=operator_id,
        person_id=person_id,
        csrf_secret=csrf_secret,
        client_address=caller.client_address,
        user_agent=caller.user_agent,
        at=clock.now(),
        ends_at=ends_at,
    )


async def session(tx: Transaction, cookie_hash: bytes) -> SessionRow | None:
    """A page session that nobody ended and whose person is still a member."""
    return await tx.one(queries.session, SessionRow, cookie_hash=cookie_hash, at=clock.now())


async def see_session(tx: Transaction, cookie_hash: bytes) -> None:
    """The session was used."""
    await tx.run(queries.see_session, cookie_hash=cookie_hash, at=clock.now())


async def prove_session(tx: Transaction, person_id: UUID, session_id: UUID) -> None:
    """The password was given again in this session."""
    await tx.run(queries.prove_session, session_id=session_id, person_id=person_id, at=clock.now())


async def move_session(tx: Transaction, person_id: UUID, session_id: UUID, operator_id: UUID) -> bool:
    """The session goes on for another operator; False when there is none."""
    values = {"session_id": session_id, "person_id": person_id, "operator_id": operator_id}
    return await tx.run(queries.move_session, **values) == 1


async def end_sessions(
    tx: Transaction, person_id: UUID, *, kept: UUID | None = None, operator_id: UUID | None = None
) -> None:
    """End all of a person's page sessions but the one that is `kept`, or only those for one operator."""
    values = {"person_id": person_id, "kept": kept, "operator_id": operator_id}
    await tx.run(queries.end_sessions, **values, at=clock.now())


async def add_key(
    tx: Transaction,
    *,
    key_id: UUID,
    key_hash: bytes,
    hint: str,
    name: str,
    attribute: KeyAttribute,
    role: Role,
    owner_id: UUID | None,
    address_ranges: tuple[str, ...],
    by: str,
    is_public: bool = False,
    redirect_uris: tuple[str, ...] = (),
) -> bool:
    """Keep an API key; False when the same secret is kept already."""
    added = await tx.run(
        queries.add_key,
        key_id=key_id,
        key_hash=key_hash,
        hint=hint,
        name=name,
        attribute=attribute,
        role=role,
        owner_id=owner_id,
        address_ranges=list(address_ranges),
        by=by,
        is_public=is_public,
        redirect_uris=list(redirect_uris),
        at=clock.now(),
    )
    return added == 1


async def bind_key(tx: Transaction, key_id: UUID, operator_id: UUID) -> None:
    """The key may be used on behalf of this operator."""
    await tx.run(queries.bind_key, key_id=key_id, operator_id=operator_id)


async def key_by_hash(tx: Transaction, key_hash: bytes, *, with_public: bool) -> KeyRow | None:
    """A key that was not revoked; those that everybody knows only `with_public`."""
    return await tx.one(queries.key_by_hash, KeyRow, key_hash=key_hash, with_public=with_public)


async def client(tx: Transaction, key_id: UUID, *, with_public: bool) -> Client | None:
    """The program of a key that was not revoked."""
    return await tx.one(queries.client, Client, key_id=key_id, with_public=with_public)


async def use_key(tx: Transaction, key_id: UUID) -> None:
    """The key was used."""
    await tx.run(queries.use_key, key_id=key_id, at=clock.now())


async def keys_of(tx: Transaction, operator_id: UUID, after: UUID | None, limit: int) -> list[KeyView]:
    """An operator's own keys, revoked ones too, oldest first."""
    return await tx.all(queries.keys_of, KeyView, operator_id=operator_id, after=after, limit=limit)


async def own_key(tx: Transaction, operator_id: UUID, key_id: UUID) -> KeyView | None:
    """One of an operator's own keys."""
    return await tx.one(queries.own_key, KeyView, operator_id=operator_id, key_id=key_id)


async def revoke_key(tx: Transaction, operator_id: UUID, key_id: UUID) -> bool:
    """End one of an operator's own keys; False when there is none that holds."""
    return await tx.run(queries.revoke_key, operator_id=operator_id, key_id=key_id, at=clock.now()) == 1

"""What identity keeps: the only caller of `queries.sql`. All of it runs as `meguri_identity`, in
`Database.identity()`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from meguri.identity.keyring import SigningKey
from meguri.identity.lockout import Attempts
from meguri.identity.model import (
    Access,
    AccessState,
    Account,
    Invitation,
    KeyAttribute,
    Member,
    PublicAccount,
    RefreshKind,
    SignInView,
)
from meguri.identity.refresh import Node
from meguri.kernel import clock
from meguri.kernel.scope import PlatformRole, Role
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do for an operator now. `signed_in`: the sign-in that was asked for still holds."""

    role: Role
    state: AccessState
    platform_role: PlatformRole | None = None
    signed_in: bool = True


class MembershipRow(msgspec.Struct, frozen=True, kw_only=True):
    """One operator that a person may act for, and whether it may use the service."""

    operator_id: UUID
    role: Role
    state: AccessState


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The sign-in that a refresh token belongs to; `token_ends_at` is that token's own end."""

    family_id: UUID
    operator_id: UUID
    person_id: UUID
    kind: RefreshKind
    started_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    token_ends_at: datetime
    client_id: UUID | None = None


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A page session with its person and what they may do."""

    session_id: UUID
    operator_id: UUID
    person_id: UUID
    csrf_secret: bytes
    proved_at: datetime
    seen_at: datetime
    ends_at: datetime
    name: str
    email: str
    platform_role: PlatformRole | None
    role: Role
    state: AccessState
    noticed: bool = False


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as it is judged; `state` is that of its owner's access."""

    key_id: UUID
    attribute: KeyAttribute
    role: Role
    owner_id: UUID | None
    address_ranges: tuple[str, ...]
    last_used_at: datetime | None
    operator_ids: tuple[UUID, ...]
    state: AccessState | None


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sign-in comes from, as its owner shall recognise it in the list."""

    client_address: str
    user_agent: str = ""


async def account_by_email(tx: Transaction, email: str) -> Account | None:
    """The person with this e-mail address, as it is compared."""
    return await tx.one(queries.account_by_email, Account, email=email)


async def account_by_id(tx: Transaction, person_id: UUID) -> Account | None:
    """The person."""
    return await tx.one(queries.account_by_id, Account, person_id=person_id)


async def add_person(tx: Transaction, person: Account) -> bool:
    """A new person; False when the e-mail address is taken."""
    values = msgspec.structs.asdict(person)
    del values["platform_role"], values["two_steps"]
    return await tx.run(queries.add_person, **values, at=clock.now()) == 1


async def public_accounts(tx: Transaction) -> list[PublicAccount]:
    """The accounts that everybody may try."""
    return await tx.all(queries.public_accounts, PublicAccount)


async def renew_hash(tx: Transaction, person_id: UUID, password_hash: str) -> None:
    """Keep the same password under today's parameters."""
    await tx.run(queries.renew_hash, person_id=person_id, password_hash=password_hash)


async def set_password(tx: Transaction, person_id: UUID, password_hash: str) -> None:
    """Replace the password's hash."""
    await tx.run(queries.set_password, person_id=person_id, password_hash=password_hash, at=clock.now())


async def set_platform_role(tx: Transaction, person_id: UUID, role: PlatformRole | None) -> bool:
    """Give or take a platform role; False when there is no such person."""
    return await tx.run(queries.set_platform_role, person_id=person_id, platform_role=role) == 1


async def companies_of_platform_operators(tx: Transaction) -> list[UUID]:
    """The companies whose people run the platform."""
    return [row[0] for row in await tx.all(queries.companies_of_platform_operators)]


async def memberships(tx: Transaction, person_id: UUID) -> list[MembershipRow]:
    """The operators that a person may act for, first joined first."""
    return await tx.all(queries.memberships, MembershipRow, person_id=person_id, at=clock.now())


async def right(tx: Transaction, operator_id: UUID, person_id: UUID, sign_in_id: UUID | None) -> Right | None:
    """What the person may do for the operator now, or None."""
    asked = {"operator_id": operator_id, "person_id": person_id, "sign_in_id": sign_in_id}
    return await tx.one(queries.right, Right, **asked, at=clock.now())


async def open_access(tx: Transaction, operator_id: UUID) -> bool:
    """Let an operator in; False when it was known already."""
    return await tx.run(queries.open_access, operator_id=operator_id, at=clock.now()) == 1


async def change_access(tx: Transaction, operator_id: UUID, state: AccessState, reason: str) -> bool:
    """Suspend, resume or end an operator's access; False when it is unknown or has ended for good."""
    return await tx.run(queries.change_access, operator_id=operator_id, state=state, reason=reason, at=clock.now()) == 1


async def access_state(tx: Transaction, operator_id: UUID) -> AccessState | None:
    """Whether an operator is let in; None when identity does not know it."""
    found = await tx.value(queries.access_state, operator_id=operator_id)
    return None if found is None else AccessState(found)


async def accesses(tx: Transaction) -> list[Access]:
    """The operators whom identity knows, at most 1,000."""
    return await tx.all(queries.accesses, Access)


async def lock_operator(tx: Transaction, operator_id: UUID) -> None:
    """Wait for other changes of this operator's members."""
    await tx.run(queries.lock_operator, operator_id=operator_id)


async def members(tx: Transaction, operator_id: UUID, after: UUID | None, limit: int) -> list[Member]:
    """An operator's people in the order of their ids."""
    return await tx.all(queries.members, Member, operator_id=operator_id, after=after, limit=limit)


async def member(tx: Transaction, operator_id: UUID, person_id: UUID) -> Member | None:
    """One of an operator's people."""
    return await tx.one(queries.member, Member, operator_id=operator_id, person_id=person_id)


async def member_by_email(tx: Transaction, operator_id: UUID, email: str) -> Member | None:
    """One of an operator's people, by e-mail address."""
    return await tx.one(queries.member_by_email, Member, operator_id=operator_id, email=email)


async def other_admins(tx: Transaction, operator_id: UUID, person_id: UUID) -> int:
    """How many administrators the operator has besides this person."""
    return int(await tx.value(queries.count_other_admins, operator_id=operator_id, person_id=person_id))


async def memberships_elsewhere(tx: Transaction, operator_id: UUID, person_id: UUID) -> int:
    """How many other operators the person may act for."""
    return int(await tx.value(queries.count_memberships_elsewhere, operator_id=operator_id, person_id=person_id))


async def save_membership(
    tx: Transaction, operator_id: UUID, person_id: UUID, role: Role, *, lasts: bool = False
) -> None:  # fmt: skip
    """Make a person a member, or change the role; `lasts`: one that was lent is so no longer."""
    values = {"operator_id": operator_id, "person_id": person_id, "role": role, "lasts": lasts}
    await tx.run(queries.save_membership, **values, at=clock.now())


async def lend_membership(tx: Transaction, operator_id: UUID, person_id: UUID, ends_at: datetime) -> bool:
    """Make a person a viewer until then; False for one of the operator's own people."""
    values = {"operator_id": operator_id, "person_id": person_id, "ends_at": ends_at}
    return await tx.run(queries.lend_membership, **values, at=clock.now()) == 1


async def forget_lent(tx: Transaction) -> int:
    """Remove memberships whose time is over; how many."""
    return await tx.run(queries.forget_lent, at=clock.now())


async def remove_membership(tx: Transaction, operator_id: UUID, person_id: UUID) -> bool:
    """Take a person off an operator; False when they were no member."""
    return await tx.run(queries.remove_membership, operator_id=operator_id, person_id=person_id) == 1


async def add_link(tx: Transaction, token_hash: bytes, link: Invitation, by: str) -> None:
    """Keep a one-time link; earlier ones of this operator for the same address hold no longer."""
    await tx.run(queries.withdraw_links_for, operator_id=link.operator_id, email=link.email, at=link.made_at)
    values = msgspec.structs.asdict(link)
    values["at"] = values.pop("made_at")
    await tx.run(queries.add_link, **values, token_hash=token_hash, by=by)


async def open_link(tx: Transaction, token_hash: bytes) -> Invitation | None:
    """A link that holds, locked; None when it is unknown, used or over."""
    return await tx.one(queries.open_link, Invitation, token_hash=token_hash, at=clock.now())


async def use_link(tx: Transaction, token_hash: bytes) -> None:
    """Mark a link as used."""
    await tx.run(queries.use_link, token_hash=token_hash, at=clock.now())


async def open_invitations(tx: Transaction, operator_id: UUID) -> list[Invitation]:
    """Who has been invited and has not come yet: at most 100."""
    return await tx.all(queries.open_invitations, Invitation, operator_id=operator_id, at=clock.now())


async def withdraw_link(tx: Transaction, operator_id: UUID, link_id: UUID) -> bool:
    """End a link; False when this operator has no such link that holds."""
    return await tx.run(queries.withdraw_link, operator_id=operator_id, link_id=link_id, at=clock.now()) == 1


async def attempts(tx: Transaction, account_hash: bytes, client_address: str) -> Attempts:
    """What is remembered of a pair."""
    row = await tx.one(queries.attempts, account_hash=account_hash, client_address=client_address)
    return Attempts(tuple(row[0]), row[1]) if row else Attempts()


async def lock_attempts(tx: Transaction, account_hash: bytes, client_address: str) -> Attempts:
    """The same, kept from others until the transaction ends."""
    pair = {"account_hash": account_hash, "client_address": client_address}
    row = await tx.one(queries.lock_attempts, **pair, at=clock.now())
    return Attempts(tuple(row[0]), row[1]) if row else Attempts()


async def save_attempts(tx: Transaction, account_hash: bytes, client_address: str, known: Attempts) -> None:
    """Remember `known` of a pair."""
    pair = {"account_hash": account_hash, "client_address": client_address}
    await tx.run(queries.save_attempts, **pair, failed_at=list(known.failed_at), locked_until=known.locked_until)


async def forget_attempts(tx: Transaction, account_hash: bytes, client_address: str) -> None:
    """A success wipes a pair's failures out."""
    await tx.run(queries.forget_attempts, account_hash=account_hash, client_address=client_address)


async def add_family(tx: Transaction, family: Family, caller: Caller) -> None:
    """Keep a sign-in with tokens."""
    await tx.run(
        queries.add_family,
        family_id=family.family_id,
        operator_id=family.operator_id,
        person_id=family.person_id,
        kind=family.kind,
        client_id=family.client_id,
        client_address=caller.client_address,
        user_agent=caller.user_agent,
        at=family.started_at,
        ends_at=family.ends_at,
    )


async def add_refresh_token(
    tx: Transaction, family_id: UUID, token_hash: bytes, parent_hash: bytes | None, ends_at: datetime
) -> None:
    """Keep a refresh token."""
    values = {"family_id": family_id, "token_hash": token_hash, "parent_hash": parent_hash, "ends_at": ends_at}
    await tx.run(queries.add_refresh_token, **values)


async def family_of_token(tx: Transaction, token_hash: bytes) -> Family | None:
    """The sign-in that a refresh token belongs to, kept from others until the transaction ends."""
    return await tx.one(queries.family_of_token, Family, token_hash=token_hash)


async def kin(tx: Transaction, token_hash: bytes) -> dict[bytes, Node]:
    """The refresh token with its parent and siblings: all that its rotation has to know."""
    rows = await tx.all(queries.kin, token_hash=token_hash)
    return {own: Node(parent, used, dead) for own, parent, used, dead in rows}


async def use_refresh_token(tx: Transaction, family_id: UUID, token_hash: bytes, dying: Sequence[bytes]) -> None:
    """The token was used; by that the `dying` are dead."""
    await tx.run(queries.use_refresh_token, token_hash=token_hash)
    if dying:
        await tx.run(queries.end_refresh_tokens, hashes=list(dying))
    await tx.run(queries.see_family, family_id=family_id, at=clock.now())


async def revoke_families_of_client(tx: Transaction, client_id: UUID, why: str) -> None:
    """End all that people are signed in with through a program."""
    await tx.run(queries.revoke_families_of_client, client_id=client_id, why=why, at=clock.now())


async def see_family(tx: Transaction, family_id: UUID) -> None:
    """The sign-in was used."""
    await tx.run(queries.see_family, family_id=family_id, at=clock.now())


async def revoke_family(tx: Transaction, family_id: UUID, why: str) -> None:
    """End a sign-in with tokens."""
    await tx.run(queries.revoke_family, family_id=family_id, why=why, at=clock.now())


async def revoke_families(tx: Transaction, person_id: UUID, why: str, operator_id: UUID | None = None) -> None:
    """End all of a person's sign-ins with tokens, or those for one operator."""
    values = {"person_id": person_id, "operator_id": operator_id, "why": why}
    await tx.run(queries.revoke_families, **values, at=clock.now())


async def end_sign_in(tx: Transaction, person_id: UUID, sign_in_id: UUID) -> bool:
    """End one of the person's sign-ins, of whichever kind; False when there is none."""
    ended = await tx.run(queries.end_session, session_id=sign_in_id, person_id=person_id, at=clock.now())
    values = {"family_id": sign_in_id, "person_id": person_id, "why": "ended by its owner"}
    return ended + await tx.run(queries.revoke_own_family, **values, at=clock.now()) > 0


async def sign_ins(tx: Transaction, person_id: UUID, idle: timedelta) -> list[SignInView]:
    """What a person is signed in with, the youngest first, at most 100; without browsers unused for `idle`."""
    now = clock.now()
    return await tx.all(queries.sign_ins, SignInView, person_id=person_id, at=now, idle_since=now - idle)


async def signing_keys(tx: Transaction) -> list[SigningKey]:
    """The keys that are published now, in the order in which they sign."""
    return await tx.all(queries.signing_keys, SigningKey, at=clock.now())


async def lock_signing_keys(tx: Transaction) -> None:
    """Wait for another process that may be making a key."""
    await tx.run(queries.lock_signing_keys)


async def add_signing_key(tx: Transaction, key: SigningKey) -> None:
    """Keep a new key."""
    await tx.run(queries.add_signing_key, **msgspec.structs.asdict(key))


async def forget_before(tx: Transaction, before: datetime) -> int:
    """Remove what ended before this moment; how many rows."""
    statements = (
        queries.forget_attempts_before,
        queries.forget_tokens_before,
        queries.forget_families_before,
        queries.forget_sessions_before,
        queries.forget_links_before,
        queries.forget_signing_keys,
        queries.forget_steps_before,
    )
    return sum([await tx.run(statement, before=before) for statement in statements])

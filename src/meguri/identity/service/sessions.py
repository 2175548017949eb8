"""Page sessions: a cookie with 256 random bits, a row on the server, an end that its owner can bring about."""

import secrets
from datetime import timedelta
from uuid import UUID

from meguri.identity import store, store_access
from meguri.identity.errors import AccessSuspended, SessionNotFound, TokenInvalid, TokenMissing
from meguri.identity.gate import gate_of
from meguri.identity.model import AccessState, Account, Membership, NewSession, Session, SignInView
from meguri.identity.rules import identity_rules
from meguri.identity.secret import hash_of, new_secret
from meguri.identity.service.notices import note_place
from meguri.identity.service.proof import prove
from meguri.identity.service.signing_in import caller_of, choose
from meguri.identity.store import SessionRow
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.web.principal import Principal


async def create_session(
    db: Database, account: str, password: str, client_address: str, *, code: str | None = None, user_agent: str = ""
) -> NewSession:
    """A page session for a person with account and password, for the operator that they joined first.

    Raises SignInRefused, SecondStepNeeded, CodeWrong, AccessSuspended, TooMany, SignInBusy.
    """
    person = await prove(db, account, password, client_address, code=code)
    return await session_of(db, person, client_address, user_agent=user_agent)


async def session_of(
    db: Database, person: Account, client_address: str, *, user_agent: str = "", operator_id: UUID | None = None
) -> NewSession:
    """A page session for a person who has just proved who they are. Raises NotAMember, AccessSuspended."""
    cookie, csrf_secret, session_id = new_secret(), secrets.token_bytes(32), new_id()
    ends_at = clock.now() + timedelta(seconds=identity_rules().session.longest_s)
    caller = caller_of(client_address, user_agent)
    async with db.identity() as tx:
        chosen = choose(await store.memberships(tx, person.person_id), operator_id)
        await store_access.add_session(
            tx,
            caller,
            cookie_hash=hash_of(cookie),
            session_id=session_id,
            operator_id=chosen,
            person_id=person.person_id,
            csrf_secret=csrf_secret,
            ends_at=ends_at,
        )
        await note_place(tx, person.person_id, chosen, caller, session_id)
    return NewSession(
        cookie=cookie, session_id=session_id, csrf_secret=csrf_secret, operator_id=chosen, ends_at=ends_at
    )


async def session_scope(db: Database, cookie: str) -> Session:
    """The session of a cookie. Raises TokenMissing, TokenInvalid when it has ended, AccessSuspended."""
    if not cookie:
        raise TokenMissing
    memory, cookie_hash = gate_of(db).memory, hash_of(cookie)
    known = memory.right(("session", cookie_hash))
    if not isinstance(known, SessionRow):
        epoch = memory.epoch
        known = await _read(db, cookie_hash)
        memory.keep_right(("session", cookie_hash), known, epoch)
    _demand_alive(known)
    return _session(known)


async def _read(db: Database, cookie_hash: bytes) -> SessionRow:
    rule = identity_rules().session
    async with db.identity() as tx:
        row = await store_access.session(tx, cookie_hash)
        if row is None:
            raise TokenInvalid
        _demand_alive(row)
        if clock.now() - row.seen_at >= timedelta(seconds=rule.seen_every_s):
            await store_access.see_session(tx, cookie_hash)
    return row


def _demand_alive(row: SessionRow) -> None:
    now, idle = clock.now(), timedelta(seconds=identity_rules().session.idle_s)
    if now >= row.ends_at or now - row.seen_at >= idle:
        raise TokenInvalid
    if row.state is not AccessState.ACTIVE:
        raise AccessSuspended


def _session(row: SessionRow) -> Session:
    return Session(
        session_id=row.session_id,
        scope=OperatorScope(row.operator_id, f"person:{row.person_id}", row.role, row.platform_role, row.person_id),
        name=row.name,
        email=row.email,
        csrf_secret=row.csrf_secret,
        proved_at=row.proved_at,
        noticed=row.noticed,
    )


async def prove_again(db: Database, principal: Principal, password: str, *, code: str | None = None) -> None:
    """The person of a page session gives their password again before a step that needs it.

    Raises as `proof.prove` does, and SessionNotFound when it is no page session.
    """
    if principal.kind != "session" or principal.session_id is None:
        raise SessionNotFound
    person = await prove(db, principal.email, password, principal.client_address, code=code)
    async with db.identity() as tx:
        await store_access.prove_session(tx, person.person_id, principal.session_id)
    gate_of(db).memory.forget()


async def switch_operator(db: Database, scope: OperatorScope, session_id: UUID, operator_id: UUID) -> None:
    """The page session goes on for another of the person's operators. Raises NotAMember, AccessSuspended."""
    person_id = _person(scope)
    async with db.identity() as tx:
        choose(await store.memberships(tx, person_id), operator_id)
        if not await store_access.move_session(tx, person_id, session_id, operator_id):
            raise SessionNotFound
    gate_of(db).memory.forget()


async def operators_of(db: Database, scope: OperatorScope) -> list[Membership]:
    """The operators that the person may act for now, first joined first."""
    async with db.identity() as tx:
        rows = await store.memberships(tx, _person(scope))
    return [Membership(operator_id=row.operator_id, role=row.role) for row in rows if row.state is AccessState.ACTIVE]


async def list_sign_ins(db: Database, scope: OperatorScope) -> list[SignInView]:
    """All that the person is signed in with, at whichever operator, the youngest first."""
    async with db.identity() as tx:
        idle = timedelta(seconds=identity_rules().session.idle_s)
        return await store.sign_ins(tx, _person(scope), idle)


async def end_session(db: Database, scope: OperatorScope, sign_in_id: UUID) -> None:
    """End one of the person's own sign-ins, of whichever kind: its tokens hold no longer. Raises SessionNotFound."""
    async with db.identity() as tx:
        if not await store.end_sign_in(tx, _person(scope), sign_in_id):
            raise SessionNotFound
    gate_of(db).memory.forget()


def _person(scope: OperatorScope) -> UUID:
    if scope.person_id is None:
        raise SessionNotFound
    return scope.person_id

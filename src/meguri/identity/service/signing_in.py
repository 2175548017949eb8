"""Signing in for programs: access tokens, and refresh tokens that bring new ones."""

from datetime import datetime, timedelta
from uuid import UUID

from meguri.identity import store, store_access, tokens
from meguri.identity.errors import AccessSuspended, NotAMember, RefreshRefused
from meguri.identity.events import PasswordChanged, RefreshTokenCopied
from meguri.identity.gate import gate_of
from meguri.identity.model import AccessState, Account, Claims, NoticeKind, RefreshKind, Tokens
from meguri.identity.passwords import demand_strength, hasher
from meguri.identity.refresh import Verdict, present
from meguri.identity.rules import identity_rules
from meguri.identity.secret import hash_of, new_secret
from meguri.identity.service.notices import note_place, tell
from meguri.identity.service.proof import prove
from meguri.identity.store import Caller, Family, MembershipRow
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

_LONGEST_AGENT = 200


async def sign_in(
    db: Database,
    account: str,
    password: str,
    client_address: str,
    *,
    kind: RefreshKind = RefreshKind.NATIVE,
    operator_id: UUID | None = None,
    user_agent: str = "",
    code: str | None = None,
) -> Tokens:
    """Tokens for a person with account (e-mail address) and password.

    kind         whether the refresh token rotates (`refresh_native`) or never does (`refresh_plain`)
    operator_id  for which of the person's operators; by default the one joined first
    code         of the authenticator app, for an account that has one

    Raises SignInRefused, SecondStepNeeded, CodeWrong, NotAMember, AccessSuspended, TooMany, SignInBusy.
    """
    person = await prove(db, account, password, client_address, code=code)
    caller = caller_of(client_address, user_agent)
    async with db.identity() as tx:
        chosen = choose(await store.memberships(tx, person.person_id), operator_id)
        family, refresh = await begin(tx, person, chosen, kind, caller)
        await note_place(tx, person.person_id, chosen, caller, family.family_id)
    return await tokens_of(db, person, family, refresh)


def choose(rows: list[MembershipRow], operator_id: UUID | None) -> UUID:
    """The operator to act for. Raises NotAMember, AccessSuspended."""
    wanted = [row for row in rows if operator_id is None or row.operator_id == operator_id]
    if operator_id is not None and not wanted:
        raise NotAMember
    for row in wanted:
        if row.state is AccessState.ACTIVE:
            return row.operator_id
    raise AccessSuspended


def caller_of(client_address: str, user_agent: str) -> Caller:
    """Where a sign-in comes from, fit to be kept."""
    agent = "".join(sign for sign in user_agent if sign.isprintable())[:_LONGEST_AGENT]
    return Caller(client_address=client_address, user_agent=agent)


async def begin(
    tx: Transaction,
    person: Account,
    operator_id: UUID,
    kind: RefreshKind,
    caller: Caller,
    *,
    client_id: UUID | None = None,
    sign_in_id: UUID | None = None,
) -> tuple[Family, str]:
    """A sign-in with tokens and its first refresh token; `client_id`: the program to which they are given."""
    now, rule = clock.now(), identity_rules().refresh
    longest = rule.native_longest_s if kind is RefreshKind.NATIVE else rule.plain_longest_s
    ends = now + timedelta(seconds=longest)
    family = Family(
        family_id=sign_in_id or new_id(),
        operator_id=operator_id,
        person_id=person.person_id,
        kind=kind,
        started_at=now,
        ends_at=ends,
        revoked_at=None,
        token_ends_at=_token_end(kind, now, ends),
        client_id=client_id,
    )
    await store.add_family(tx, family, caller)
    secret = new_secret()
    await store.add_refresh_token(tx, family.family_id, hash_of(secret), None, family.token_ends_at)
    return family, secret


def _token_end(kind: RefreshKind, now: datetime, family_ends: datetime) -> datetime:
    if kind is RefreshKind.PLAIN:
        return family_ends
    return min(now + timedelta(seconds=identity_rules().refresh.native_idle_s), family_ends)


async def tokens_of(db: Database, person: Account, family: Family, refresh: str | None) -> Tokens:
    """The tokens of a sign-in. One that a program got for a person never counts as a fresh proof of the person."""
    settings = gate_of(db).settings
    ttl, issued_at = settings.token_rule.access_ttl_s, int(clock.now().timestamp())
    claims = Claims(
        operator_id=family.operator_id,
        person_id=person.person_id,
        email=person.email,
        expires_at=issued_at + ttl,
        sign_in_id=family.family_id,
        proved_at=0 if family.client_id else int(family.started_at.timestamp()),
        client_id=family.client_id,
    )
    access = await signed(db, claims, issued_at)
    return Tokens(access_token=access, refresh_token=refresh, expires_in=ttl, operator_id=family.operator_id)


async def signed(db: Database, claims: Claims, issued_at: int) -> str:
    """The access token with these claims; `issued_at` in Unix seconds."""
    gate = gate_of(db)
    kid, key = await gate.signing_key(db)
    issuer, audience = gate.settings.issuer, gate.settings.audience
    return tokens.mint(key, kid, claims, issued_at=issued_at, issuer=issuer, audience=audience)


async def refresh_native(db: Database, refresh_token: str, *, client_id: UUID | None = None) -> Tokens:
    """New tokens for a native refresh token; the old one stays valid until the new one is first used.

    An older one that comes back was copied: the whole sign-in ends. `client_id`: the program that asks; a token that it was
    not given is unknown to it. Raises RefreshRefused.
    """
    presented = hash_of(refresh_token)
    async with db.identity() as tx:
        family = await _family(tx, presented, RefreshKind.NATIVE, client_id)
        decision = present(await store.kin(tx, presented), presented)
        person = await _still_welcome(tx, family)
        secret = new_secret()
        if decision.verdict is Verdict.ACCEPT and person:
            await store.use_refresh_token(tx, family.family_id, presented, decision.dying)
            ends = _token_end(family.kind, clock.now(), family.ends_at)
            await store.add_refresh_token(tx, family.family_id, hash_of(secret), presented, ends)
        elif decision.verdict is Verdict.STOLEN:
            await _end_copied(tx, family)
    if decision.verdict is Verdict.STOLEN:
        gate_of(db).memory.forget()
    if decision.verdict is not Verdict.ACCEPT or person is None:
        raise RefreshRefused
    return await tokens_of(db, person, family, secret)


async def refresh_plain(db: Database, refresh_token: str) -> Tokens:
    """A new access token for a plain refresh token, which goes on as it is. Raises RefreshRefused."""
    async with db.identity() as tx:
        family = await _family(tx, hash_of(refresh_token), RefreshKind.PLAIN)
        person = await _still_welcome(tx, family)
        await store.see_family(tx, family.family_id)
    if person is None:
        raise RefreshRefused
    return await tokens_of(db, person, family, None)


async def _family(tx: Transaction, token_hash: bytes, kind: RefreshKind, client_id: UUID | None = None) -> Family:
    family, now = await store.family_of_token(tx, token_hash), clock.now()
    if family is not None and family.client_id != client_id:
        raise RefreshRefused
    if family is None or family.kind is not kind or family.revoked_at is not None:
        raise RefreshRefused
    if now >= family.ends_at or now >= family.token_ends_at:
        raise RefreshRefused
    return family


async def _still_welcome(tx: Transaction, family: Family) -> Account | None:
    right = await store.right(tx, family.operator_id, family.person_id, family.family_id)
    if right is None or right.state is not AccessState.ACTIVE:
        return None
    return await store.account_by_id(tx, family.person_id)


async def _end_copied(tx: Transaction, family: Family) -> None:
    await store.revoke_family(tx, family.family_id, "a replaced refresh token came back")
    event = RefreshTokenCopied(
        operator_id=family.operator_id,
        by="system:identity",
        person_id=family.person_id,
        sign_in_id=family.family_id,
    )
    await tx.record(event)


async def change_password(
    db: Database,
    scope: OperatorScope,
    new_password: str,
    *,
    kept_session: UUID | None = None,
    judge_strength: bool = True,
) -> None:
    """A new password for the person of `scope`; all their refresh tokens end, and their page sessions but
    `kept_session`.

    judge_strength  off for the data-exchange façade, whose contract has its own rule for passwords

    Raises WeakPassword, NotAMember when no person acts (an API key).
    """
    if scope.person_id is None:
        raise NotAMember
    async with db.identity() as tx:
        person = await store.account_by_id(tx, scope.person_id)
    if person is None:
        raise NotAMember
    if judge_strength:
        await demand_strength(new_password, words_of(person.email, person.name))
    hashed = await hasher().hash(new_password)
    async with db.identity() as tx:
        await store.set_password(tx, person.person_id, hashed)
        await end_everything(tx, person.person_id, "the password was changed", kept_session=kept_session)
        await tell(tx, person.person_id, scope.operator_id, NoticeKind.PASSWORD_CHANGED, sign_in_id=kept_session)
        await tx.record(PasswordChanged(operator_id=scope.operator_id, by=scope.actor, person_id=person.person_id))
    gate_of(db).memory.forget()


async def end_everything(tx: Transaction, person_id: UUID, why: str, *, kept_session: UUID | None = None) -> None:
    """End all that a person is signed in with, but the page session `kept_session`."""
    await store.revoke_families(tx, person_id, why)
    await store_access.end_sessions(tx, person_id, kept=kept_session)


def words_of(email: str, name: str) -> list[str]:
    """Words that somebody who knows a person would try first."""
    return [email, email.partition("@")[0], *name.split(), "meguri"]

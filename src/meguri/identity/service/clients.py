"""Tokens for programs: in the name of a person who agreed, of one whose password they hold, or of their own operator alone.

A program is an API key: its id is the client id, the key itself the secret, and it keeps its address ranges. It gets tokens for
people of the operators that the key is bound to, and for nobody else. Source: RFC 6749, RFC 7636, RFC 9700.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from meguri.identity import clients, steps, store, store_access, tokens
from meguri.identity.errors import (
    ClientRefused,
    ClientUnknown,
    GrantRefused,
    NotAMember,
    RefreshRefused,
    SignInRefused,
)
from meguri.identity.events import ProgramSignedIn
from meguri.identity.gate import gate_of
from meguri.identity.model import Account, Claims, Client, Granted, RefreshKind, Tokens
from meguri.identity.rules import identity_rules
from meguri.identity.secret import hash_of
from meguri.identity.service.notices import note_place
from meguri.identity.service.proof import allowed, prove
from meguri.identity.service.rights import check_api_key, claims_of_token, scope_of_claims
from meguri.identity.service.signing_in import begin, caller_of, choose, refresh_native, signed, tokens_of
from meguri.identity.steps import GrantStep, StepOver
from meguri.identity.store import Family
from meguri.kernel import clock
from meguri.kernel.errors import Forbidden, Unauthenticated
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

PEOPLE = "openid profile email"
"""The scope of a person's tokens: what the identity token tells."""


async def authenticate(db: Database, client_id: str, secret: str, client_address: str) -> Client:
    """The program whose id and secret these are. Raises ClientRefused, TooMany."""
    found = await check_api_key(db, secret, client_address)
    if not found.address_ok or found.key_id is None or found.key_id != parse_uuid(client_id):
        raise ClientRefused
    client = await _client(db, found.key_id)
    if client is None:
        raise ClientRefused
    return client


async def may_sign_in(db: Database, client_id: str, redirect_uri: str) -> Client:
    """The program, if it may send people back to this very address. Raises ClientUnknown."""
    key_id = parse_uuid(client_id)
    client = await _client(db, key_id) if key_id else None
    if client is None or redirect_uri not in client.redirect_uris:
        raise ClientUnknown
    return client


async def agree(db: Database, scope: OperatorScope, client: Client, redirect_uri: str, challenge: str) -> str:
    """The code with which the program gets tokens for the person of `scope`, once. Raises NotAMember, Forbidden."""
    if scope.person_id is None:
        raise Forbidden
    if scope.operator_id not in client.operator_ids:
        raise NotAMember
    step = GrantStep(
        ends_at=clock.now() + timedelta(seconds=identity_rules().client.code_s),
        client_id=client.key_id,
        operator_id=scope.operator_id,
        person_id=scope.person_id,
        redirect_uri=redirect_uri,
        challenge=challenge,
        sign_in_id=new_id(),
    )
    return steps.ticket(db.installation.sealer, step)


async def exchange(
    db: Database, client: Client, code: str, redirect_uri: str, verifier: str, client_address: str
) -> Granted:
    """A person's tokens for a code. One that comes twice was copied: what it gave ends.

    Raises GrantRefused, NotAMember, AccessSuspended.
    """
    step = _step(db, client, code, redirect_uri, verifier)
    granted: tuple[Account, Family, str] | None = None
    async with db.identity() as tx:
        person = allowed(db, await store.account_by_id(tx, step.person_id))
        if person is None:
            raise GrantRefused
        if await _taken_now(tx, code, step):
            choose(await store.memberships(tx, person.person_id), step.operator_id)
            granted = person, *await _begin(tx, client, person, step.operator_id, client_address, step.sign_in_id)
        else:
            await store.revoke_family(tx, step.sign_in_id, "its code came back")
    if granted is None:
        gate_of(db).memory.forget()
        raise GrantRefused
    return await _granted(db, *granted)


def _step(db: Database, client: Client, code: str, redirect_uri: str, verifier: str) -> GrantStep:
    try:
        step = steps.read(db.installation.sealer, GrantStep, code)
    except StepOver:
        raise GrantRefused from None
    fits = step.client_id == client.key_id and step.redirect_uri == redirect_uri
    if not fits or not clients.answers(verifier, step.challenge):
        raise GrantRefused
    return step


async def _taken_now(tx: Transaction, code: str, step: GrantStep) -> bool:
    try:
        await steps.take(tx, code, step)
    except StepOver:
        return False
    return True


async def with_password(db: Database, client: Client, account: str, password: str, client_address: str) -> Granted:
    """A person's tokens for account and password, for the first operator of theirs that the program is bound to.

    Raises SignInRefused (also for a person of others), SecondStepNeeded, AccessSuspended, TooMany, SignInBusy.
    """
    person = await prove(db, account, password, client_address)
    async with db.identity() as tx:
        rows = await store.memberships(tx, person.person_id)
        bound = [row for row in rows if row.operator_id in client.operator_ids]
        if not bound:
            raise SignInRefused
        chosen = choose(bound, None)
        family, refresh = await _begin(tx, client, person, chosen, client_address, new_id())
        await note_place(tx, person.person_id, chosen, caller_of(client_address, client.name), family.family_id)
    return await _granted(db, person, family, refresh)


async def _begin(
    tx: Transaction, client: Client, person: Account, operator_id: UUID, client_address: str, sign_in_id: UUID
) -> tuple[Family, str]:
    caller = caller_of(client_address, client.name)
    begun = await begin(
        tx, person, operator_id, RefreshKind.NATIVE, caller, client_id=client.key_id, sign_in_id=sign_in_id
    )
    event = ProgramSignedIn(
        operator_id=operator_id,
        by=f"person:{person.person_id}",
        person_id=person.person_id,
        key_id=client.key_id,
        sign_in_id=sign_in_id,
    )
    await tx.record(event)
    return begun


async def refresh(db: Database, client: Client, refresh_token: str) -> Granted:
    """New tokens for a refresh token that this program was given. Raises GrantRefused."""
    try:
        given = await refresh_native(db, refresh_token, client_id=client.key_id)
    except RefreshRefused:
        raise GrantRefused from None
    async with db.identity() as tx:
        family = await store.family_of_token(tx, hash_of(given.refresh_token or ""))
        person = await store.account_by_id(tx, family.person_id) if family else None
    if family is None or person is None:
        raise GrantRefused
    return await _told(db, person, family, given)


async def revoke(db: Database, client: Client, refresh_token: str) -> None:
    """End the sign-in of a refresh token that this program was given; any other token is left as it is (RFC 7009)."""
    async with db.identity() as tx:
        family = await store.family_of_token(tx, hash_of(refresh_token))
        if family is not None and family.client_id == client.key_id:
            await store.revoke_family(tx, family.family_id, "given back by its program")
    gate_of(db).memory.forget()


async def alone(db: Database, client: Client) -> Granted:
    """A token with which the program acts for its own operator. Raises Forbidden when it has none, AccessSuspended."""
    if client.owner_id is None:
        raise Forbidden
    ttl, issued_at = gate_of(db).settings.token_rule.access_ttl_s, int(clock.now().timestamp())
    claims = Claims(
        operator_id=client.owner_id,
        person_id=client.key_id,
        email="",
        expires_at=issued_at + ttl,
        client_id=client.key_id,
    )
    await scope_of_claims(db, claims)
    return Granted(access_token=await signed(db, claims, issued_at), expires_in=ttl, scope=str(client.role))


async def introspect(db: Database, token: str) -> dict[str, Any] | None:
    """The claims of an access token that opens something now; None for any other (RFC 7662 §2.2)."""
    try:
        await scope_of_claims(db, await claims_of_token(db, token))
    except Unauthenticated:
        return None
    return tokens.content(token)


async def _granted(db: Database, person: Account, family: Family, refresh_token: str) -> Granted:
    return await _told(db, person, family, await tokens_of(db, person, family, refresh_token))


async def _told(db: Database, person: Account, family: Family, given: Tokens) -> Granted:
    gate = gate_of(db)
    kid, key = await gate.signing_key(db)
    now = clock.now()
    claims = Claims(
        operator_id=family.operator_id,
        person_id=person.person_id,
        email=person.email,
        expires_at=int(now.timestamp()) + given.expires_in,
        client_id=family.client_id,
    )
    issuer = gate.settings.issuer
    identity = tokens.mint_identity(key, kid, claims, person.name, issued_at=int(now.timestamp()), issuer=issuer)
    return Granted(
        access_token=given.access_token,
        expires_in=given.expires_in,
        scope=PEOPLE,
        refresh_token=given.refresh_token,
        refresh_expires_in=int((family.token_ends_at - now).total_seconds()),
        id_token=identity,
    )


async def _client(db: Database, key_id: UUID) -> Client | None:
    async with db.identity() as tx:
        return await store_access.client(tx, key_id, with_public=gate_of(db).settings.seed_public_sample)

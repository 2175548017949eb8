"""Who is asking: scopes from access tokens and API keys. Nobody else mints a scope (with `sessions.py`)."""

from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import UUID

from meguri.identity import store, store_access, tokens
from meguri.identity.errors import AccessSuspended, KeyInvalid, TokenInvalid, TokenMissing
from meguri.identity.gate import gate_of
from meguri.identity.model import AccessState, ApiKey, Claims
from meguri.identity.rules import identity_rules
from meguri.identity.secret import hash_of
from meguri.identity.store import KeyRow, Right
from meguri.kernel import clock
from meguri.kernel.errors import TooMany, Unauthenticated
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database


async def scope_of_token(db: Database, token: str) -> OperatorScope:
    """The scope of an access token, from the person's rights at this moment.

    Raises TokenMissing, TokenInvalid, TokenExpired, TokenWithoutOperator, TokenOperatorMalformed, AccessSuspended.
    """
    return await scope_of_claims(db, await claims_of_token(db, token))


async def claims_of_token(db: Database, token: str) -> Claims:
    """What an access token says, once its signature and time are right. Raises as `scope_of_token` does."""
    if not token:
        raise TokenMissing
    gate, token_hash, now = gate_of(db), hash_of(token), clock.now().timestamp()
    remembered = gate.memory.signature(token_hash, now)
    if isinstance(remembered, Claims):
        return remembered
    claims = tokens.verify(
        token,
        await gate.public_keys(db, tokens.kid_of(token)),
        now=now,
        issuer=gate.settings.issuer,
        audience=gate.settings.audience,
        skew_s=gate.settings.token_rule.clock_skew_s,
    )
    gate.memory.keep_signature(token_hash, claims, claims.expires_at)
    return claims


async def scope_of_claims(db: Database, claims: Claims) -> OperatorScope:
    """What the person, or the program, may do now.

    Raises AccessSuspended, and TokenInvalid when the sign-in has been ended or the program's key revoked.
    """
    if claims.program_alone:
        return await _program_scope(db, claims)
    memory = gate_of(db).memory
    asked = ("token", claims.operator_id, claims.person_id, claims.sign_in_id)
    scope = memory.right(asked)
    if isinstance(scope, OperatorScope):
        return scope
    epoch = memory.epoch
    async with db.identity() as tx:
        right = await store.right(tx, claims.operator_id, claims.person_id, claims.sign_in_id)
    scope = person_scope(claims.operator_id, claims.person_id, right)
    memory.keep_right(asked, scope, epoch)
    return scope


async def _program_scope(db: Database, claims: Claims) -> OperatorScope:
    gate, asked = gate_of(db), ("client", claims.operator_id, claims.person_id)
    scope = gate.memory.right(asked)
    if isinstance(scope, OperatorScope):
        return scope
    epoch = gate.memory.epoch
    async with db.identity() as tx:
        client = await store_access.client(tx, claims.person_id, with_public=gate.settings.seed_public_sample)
    if client is None or client.owner_id != claims.operator_id:
        raise TokenInvalid
    if client.state is not AccessState.ACTIVE:
        raise AccessSuspended
    scope = OperatorScope(claims.operator_id, f"key:{client.key_id}", client.role)
    gate.memory.keep_right(asked, scope, epoch)
    return scope


def person_scope(operator_id: UUID, person_id: UUID, right: Right | None) -> OperatorScope:
    """A person's scope for one operator. Raises AccessSuspended, TokenInvalid."""
    if right is None or right.state is not AccessState.ACTIVE:
        raise AccessSuspended
    if not right.signed_in:
        raise TokenInvalid
    return OperatorScope(operator_id, f"person:{person_id}", right.role, right.platform_role, person_id)


async def verify_token_for_system(db: Database, token: str) -> UUID | None:
    """For a system that asks about somebody's token: the operator it speaks for, or None when it does not hold."""
    try:
        return (await scope_of_token(db, token)).operator_id
    except Unauthenticated:
        return None


async def check_api_key(db: Database, key: str, client_address: str) -> ApiKey:
    """What is known of an API key that was presented from `client_address`. Raises TooMany past the key's limit."""
    row = await _key(db, key)
    if row is None:
        return ApiKey(known=False)
    wait = gate_of(db).by_key.take(row.key_id)
    if wait:
        raise TooMany(retry_after=wait)
    return ApiKey(
        known=True,
        address_ok=address_allowed(row.address_ranges, client_address),
        attribute=row.attribute,
        key_id=row.key_id,
        operator_ids=row.operator_ids,
    )


async def scope_of_key(db: Database, key: str, client_address: str) -> OperatorScope:
    """The scope of an operator's own API key. A key that only opens a façade's door has none.

    Raises KeyInvalid, AccessSuspended, TooMany.
    """
    found = await check_api_key(db, key, client_address)
    row = await _key(db, key) if found.address_ok else None
    if row is None or row.owner_id is None:
        raise KeyInvalid
    if row.state is not AccessState.ACTIVE:
        raise AccessSuspended
    return OperatorScope(row.owner_id, f"key:{row.key_id}", row.role)


async def _key(db: Database, key: str) -> KeyRow | None:
    gate, key_hash = gate_of(db), hash_of(key)
    row = gate.memory.right(("key", key_hash))
    if isinstance(row, KeyRow):
        return row
    epoch = gate.memory.epoch
    async with db.identity() as tx:
        row = await store_access.key_by_hash(tx, key_hash, with_public=gate.settings.seed_public_sample)
        if row and _worth_noting(row):
            await store_access.use_key(tx, row.key_id)
        if row:
            gate.memory.keep_right(("key", key_hash), row, epoch)
    return row


def _worth_noting(row: KeyRow) -> bool:
    every = timedelta(seconds=identity_rules().session.seen_every_s)
    return row.last_used_at is None or clock.now() - row.last_used_at >= every


def address_allowed(ranges: tuple[str, ...], client_address: str) -> bool:
    """Whether an address is within one of the ranges (CIDR). No range allows none; what is no address is in none."""
    try:
        address = ip_address(client_address)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return any(address in _network(range_) for range_ in ranges)


@lru_cache(maxsize=4096)
def _network(range_: str) -> IPv4Network | IPv6Network:
    return ip_network(range_, strict=False)

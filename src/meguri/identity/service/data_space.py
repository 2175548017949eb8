"""Tokens of a data space: our own, and those of the identity components that this installation names (`identity/issuers.py`)."""

from typing import Any
from uuid import UUID

from meguri.identity import store
from meguri.identity.errors import (
    AccessSuspended,
    TokenInvalid,
    TokenMissing,
    TokenOperatorMalformed,
    TokenWithoutOperator,
)
from meguri.identity.gate import gate_of
from meguri.identity.model import AccessState
from meguri.identity.service.rights import claims_of_token, scope_of_claims
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database

_SAID = ("iss", "sub", "azp", "open_system_id")
_LONGEST = 100


async def scope_in_data_space(db: Database, token: str) -> tuple[OperatorScope, dict[str, Any]]:
    """The scope of an access token of ours or of an identity component that is named here, and what the token says of its bearer.

    A token from outside gives the right to act as the company it names, never as its administrator.

    Raises TokenMissing, TokenInvalid and its kin (UserInfoRefused), AccessSuspended, ProviderAway.
    """
    if not token:
        raise TokenMissing
    issuers = gate_of(db).issuers
    if issuers is None or not issuers.takes(token):
        claims = await claims_of_token(db, token)
        return await scope_of_claims(db, claims), {"operator_id": str(claims.operator_id)}
    found = await issuers.claims(token)
    operator_id = _operator_of(found)
    said = {name: text for name in _SAID if isinstance(text := found.get(name), str) and len(text) <= _LONGEST * 5}
    who = str(found.get("azp") or found.get("sub") or found.get("client_id") or "")
    scope = await _scope_of_company(db, operator_id, who)
    return scope, {"operator_id": str(operator_id), **said}


def _operator_of(found: dict[str, Any]) -> UUID:
    named = found.get("operator_id")
    if named is None or named == "":
        raise TokenWithoutOperator
    operator_id = parse_uuid(named) if isinstance(named, str) else None
    if operator_id is None:
        raise TokenOperatorMalformed
    return operator_id


async def _scope_of_company(db: Database, operator_id: UUID, who: str) -> OperatorScope:
    gate, asked = gate_of(db), ("outside", operator_id, who)
    scope = gate.memory.right(asked)
    if isinstance(scope, OperatorScope):
        return scope
    epoch = gate.memory.epoch
    async with db.identity() as tx:
        state = await store.access_state(tx, operator_id)
    if state is None:
        raise TokenInvalid
    if state is not AccessState.ACTIVE:
        raise AccessSuspended
    scope = OperatorScope(operator_id, f"outside:{who[:_LONGEST]}", Role.EDITOR)
    gate.memory.keep_right(asked, scope, epoch)
    return scope

"""Tokens of the data plane, hashed, and request tokens that were used."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp.store import queries
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


class Token(msgspec.Struct, frozen=True):
    """What a data-plane token stands for."""

    operator_id: UUID
    pid: str
    refresh: bool
    generation: int
    expires_at: datetime


async def add_token(
    tx: Transaction, scope: OperatorScope, token: str, pid: str, expires_at: datetime, *, refresh: bool, generation: int
) -> None:
    """Keep a token's hash."""
    await tx.run(
        queries.add_token,
        operator_id=scope.operator_id,
        token_hash=hashlib.sha256(token.encode()).digest(),
        pid=pid,
        refresh=refresh,
        generation=generation,
        expires_at=expires_at,
    )


async def token(tx: Transaction, presented: str) -> Token | None:
    """What a token stands for, or None."""
    async with tx.across():
        return await tx.one(queries.token, Token, token_hash=hashlib.sha256(presented.encode()).digest())


async def latest_refresh(tx: Transaction, scope: OperatorScope, pid: str) -> int:
    """The number of the transfer's newest refresh token; 0: none."""
    return int(await tx.value(queries.latest_refresh, operator_id=scope.operator_id, pid=pid) or 0)


async def retire_refresh(tx: Transaction, scope: OperatorScope, pid: str, generation: int) -> None:
    """Drop refresh tokens older than `generation`."""
    await tx.run(queries.retire_refresh, operator_id=scope.operator_id, pid=pid, generation=generation)


async def drop_tokens(tx: Transaction, scope: OperatorScope, pid: str) -> None:
    """Drop every token of a transfer."""
    await tx.run(queries.drop_tokens, operator_id=scope.operator_id, pid=pid)


async def use_request_token(tx: Transaction, scope: OperatorScope, issuer: str, jti: str, until: datetime) -> bool:
    """Whether the request token was never used before."""
    return bool(
        await tx.run(queries.use_request_token, operator_id=scope.operator_id, issuer=issuer, jti=jti, until=until)
    )


async def forget(tx: Transaction, before: datetime, rows: int = 10_000) -> int:
    """Forget some tokens that are past their time; how many."""
    async with tx.across():
        gone = await tx.run(queries.forget_tokens, before=before, rows=rows)
        return gone + await tx.run(queries.forget_request_tokens, before=before, rows=rows)

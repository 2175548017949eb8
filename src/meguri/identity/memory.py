"""What this process remembers of tokens, keys and sessions, so that most requests ask the database nothing about
who asks.

Verifying an ES256 signature costs 0.15 ms of CPU and looking up a right 0.5 ms; a request has 2.5 ms in all. So
both are remembered: a signature until its token ends, a right (membership, role, suspension, revocation) until any
right changes. A change is told to all processes by PostgreSQL's NOTIFY at its commit (triggers in migration 0100)
and forgotten here at once by the process that made it. What is remembered counts only while the listening
connection has answered within the last second: when it is lost, or nobody listens, every request asks the database.
So a suspended operator is refused on the next request here, within milliseconds elsewhere, and never later than a
second. This fails shut.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import psycopg
import structlog

log = structlog.get_logger(__name__)

CHANNEL = "meguri_rights"
TRUST_S = 1.0
ASKED_AGAIN_S = 300.0  # so that the last use of keys and sessions is noted now and then
_BEAT_S = 0.4
_PAUSE_S = 1.0


class Memory:
    """Rights and signatures, each bounded; the least recently used goes first."""

    def __init__(self, most: int = 20_000) -> None:
        """`most` entries of each kind."""
        self._most = most
        self._signatures: OrderedDict[bytes, tuple[Any, float]] = OrderedDict()
        self._rights: OrderedDict[Hashable, tuple[Any, float]] = OrderedDict()
        self._trusted_until = 0.0
        self.epoch = 0

    def signature(self, token_hash: bytes, now: float) -> Any | None:
        """What the verified token says, if it is remembered and has not ended (`now`: Unix seconds)."""
        found = self._signatures.get(token_hash)
        if found is None or now >= found[1]:
            return None
        self._signatures.move_to_end(token_hash)
        return found[0]

    def keep_signature(self, token_hash: bytes, claims: object, ends: float) -> None:
        """Remember a verified token until `ends` (Unix seconds)."""
        self._signatures[token_hash] = (claims, ends)
        _shrink(self._signatures, self._most)

    def forget_signatures(self) -> None:
        """The keys changed: verify all tokens anew."""
        self._signatures.clear()

    def right(self, asked: Hashable) -> Any | None:
        """The remembered right, if nothing has changed since and somebody would have told us."""
        now = time.monotonic()
        if now >= self._trusted_until:
            return None
        found = self._rights.get(asked)
        if found is None or now >= found[1]:
            return None
        self._rights.move_to_end(asked)
        return found[0]

    def keep_right(self, asked: Hashable, right: object, epoch: int) -> None:
        """Remember a right that was read when `self.epoch` was `epoch`; not if something has changed meanwhile."""
        if epoch == self.epoch:
            self._rights[asked] = (right, time.monotonic() + ASKED_AGAIN_S)
            _shrink(self._rights, self._most)

    def forget(self) -> None:
        """A right has changed somewhere: ask the database about all of them again."""
        self.epoch += 1
        self._rights.clear()

    def trust(self, seconds: float = TRUST_S) -> None:
        """The listening connection answers: what is remembered counts for `seconds`."""
        self._trusted_until = time.monotonic() + seconds


def _shrink(entries: OrderedDict[Any, Any], most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)


async def listen(conninfo: str, memory: Memory) -> None:
    """Keep `memory` true until cancelled: listen for changes, and prove every 0.4 s that the connection lives."""
    while True:
        try:
            await _listen_once(conninfo, memory)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("identity.listening_lost", error=type(error).__name__)
        await asyncio.sleep(_PAUSE_S)


async def _listen_once(conninfo: str, memory: Memory) -> None:
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        memory.forget()
        while True:
            asked_at = time.monotonic()
            async with asyncio.timeout(TRUST_S):
                await connection.execute("SELECT 1")
            await _hear(connection, memory, 0)  # what came with that answer, before it is trusted
            memory.trust(max(0.0, TRUST_S - (time.monotonic() - asked_at)))
            await _hear(connection, memory, _BEAT_S)


async def _hear(connection: psycopg.AsyncConnection, memory: Memory, seconds: float) -> None:
    async for _ in connection.notifies(timeout=seconds):
        memory.forget()

"""One transaction of one tenant: what a use case sees of the database."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar, overload

import msgspec
from psycopg import AsyncConnection, AsyncCursor
from psycopg.pq import TransactionStatus

from meguri.kernel import clock
from meguri.kernel.events import Event
from meguri.kernel.scope import OperatorScope
from meguri.storage import audit
from meguri.storage.installation import Installation
from meguri.storage.queries import Query
from meguri.storage.roles import ACROSS, APP, IDENTITY
from meguri.storage.rows import structs
from meguri.storage.watchdog import cut_after

Connection = AsyncConnection[tuple[Any, ...]]
Reaction = Callable[["Transaction", OperatorScope, Any], Awaitable[None]]
Reactions = Mapping[type[Event], Sequence[Reaction]]
Defer = Callable[[Connection, str, dict[str, Any], datetime | None], Awaitable[None]]
Kind = TypeVar("Kind", bound=msgspec.Struct)

GRACE_S = 3.0
"""How much longer than PostgreSQL's own limit we wait before we take the server for frozen."""
# A prepared statement under row-level security is planned anew whenever the role is another than the last time. With a text
# of its own for each role it is planned once for each.
_OTHERS = b"/* across */ "
_ENTRIES_AT_ONCE = 1000  # of an import of thousands of rows, the whole audit as one parameter takes half a gigabyte
_ENTRIES_HELD = 2000
"""More entries than these are set aside in the database between savepoints: memory does not grow with an import's rows."""
_SET_ROLE = "SELECT set_config('role', %(role)s, true)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%(thing)s, 5120903))"
_SET_TIMEOUT = "SELECT set_config('statement_timeout', %(millis)s, true)"


class Transaction:
    """One transaction of one tenant (or of identity, when `scope` is None). Made by `Database` only."""

    def __init__(
        self,
        connection: Connection,
        scope: OperatorScope | None,
        *,
        reactions: Reactions,
        defer: Defer,
        statement_timeout_s: float,
        installation: Installation | None = None,
    ) -> None:
        self.connection = connection
        self.scope = scope
        self.statements = 0
        self.undone = 0  # savepoints that were given up: what is remembered beside the database may be wrong since
        self._reactions = reactions
        self._defer = defer
        self._statement_timeout_s = statement_timeout_s
        self._installation = installation
        self._across = 0
        self._role = self._base_role
        self._entries: list[audit.Entry] = []
        self._savepoints = 0
        self._set_aside = False

    @property
    def installation(self) -> Installation:
        """Where this installation stands and what it seals with. Raises RuntimeError when the database was opened bare."""
        if self._installation is None:
            raise RuntimeError("this database was opened without its installation, so nothing can be signed here")
        return self._installation

    @overload
    async def all(self, query: Query | str, kind: type[Kind], /, **params: Any) -> list[Kind]: ...
    @overload
    async def all(self, query: Query | str, kind: None = None, /, **params: Any) -> list[tuple[Any, ...]]: ...
    async def all(self, query: Query | str, kind: type[Kind] | None = None, /, **params: Any) -> list[Any]:
        """All rows, as `kind` (a Struct; columns by name) or as tuples."""
        cursor = await self._execute(query, params)
        return await structs(cursor, kind) if kind else await cursor.fetchall()

    @overload
    async def one(self, query: Query | str, kind: type[Kind], /, **params: Any) -> Kind | None: ...
    @overload
    async def one(self, query: Query | str, kind: None = None, /, **params: Any) -> tuple[Any, ...] | None: ...
    async def one(self, query: Query | str, kind: type[Kind] | None = None, /, **params: Any) -> Any:
        """The row, or None. Raises LookupError when there are more than one: the query is wrong."""
        rows: list[Any] = await self.all(query, kind, **params)
        if len(rows) > 1:
            raise LookupError(f"{_name(query)} gave {len(rows)} rows where at most one can be")
        return rows[0] if rows else None

    async def value(self, query: Query | str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        row = await (await self._execute(query, params)).fetchone()
        return row[0] if row else None

    async def run(self, query: Query | str, /, **params: Any) -> int:
        """Execute; the number of rows that were touched."""
        return (await self._execute(query, params)).rowcount

    @asynccontextmanager
    async def across(self) -> AsyncIterator[None]:
        """Within: rows of all tenants, under the role `meguri_across`. Nests. What is done here is to be recorded."""
        self._across += 1
        try:
            yield
        finally:
            self._across -= 1

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Within: a part that can fail alone. An exception undoes it, entries for the audit included, and goes on."""
        kept, role = len(self._entries), self._role
        self._savepoints += 1
        try:
            async with self.connection.transaction():
                yield
        except BaseException:
            self.undone += 1
            del self._entries[kept:]
            self._role = role  # undone with everything else
            raise
        finally:
            self._savepoints -= 1
        if not self._savepoints and self.scope and len(self._entries) > _ENTRIES_HELD:
            await self._put_aside()

    @asynccontextmanager
    async def patient(self, seconds: float) -> AsyncIterator[None]:
        """Within: a statement may take so long. For long work, which is a job's, never a request's."""
        before, self._statement_timeout_s = self._statement_timeout_s, seconds
        await self._execute(_SET_TIMEOUT, {"millis": str(int(seconds * 1000))})
        try:
            yield
        finally:
            self._statement_timeout_s = before
            if self.connection.info.transaction_status is TransactionStatus.INTRANS:
                await self._execute(_SET_TIMEOUT, {"millis": str(int(before * 1000))})

    async def alone(self, *thing: object) -> None:
        """From here to the end of the transaction no other of this tenant is alone with the same thing.

        For what is looked for and kept only if it is not there: the second then sees what the first has kept.
        """
        tenant = self.scope.operator_id if self.scope else "identity"
        await self._execute(_ALONE, {"thing": " ".join(map(str, (tenant, *thing)))})

    async def record(self, event: Event, /) -> None:
        """Enter `event` in the audit of the actor's operator and of its parties, and run the reactions to it.

        Reactions run as the tenant, in the order in which app.py registered them; what one raises, `record` raises.
        """
        self._enter(event)
        await self._react(event)

    async def record_all(self, events: Sequence[Event], together: Event, /) -> None:
        """Enter each of `events` in the audits as `record` does, but react once, to `together`, which holds them all.

        For what happens by the hundred at once: each party's audit still shows its own events only.
        """
        for event in events:
            self._enter(event)
        await self._react(together)

    def _enter(self, event: Event) -> None:
        operators = [*([self.scope.operator_id] if self.scope else []), *event.parties()]
        actor = self.scope.actor if self.scope else "system:identity"
        self._entries += audit.entries_of(event, operators or [audit.PLATFORM], actor, clock.now())

    async def _react(self, event: Event) -> None:
        for reaction in self._reactions.get(type(event), ()):
            if self.scope is None:
                raise TypeError(f"{type(event).__name__} has reactions, which need a tenant's transaction")
            async with self._as_tenant():
                await reaction(self, self.scope, event)

    async def defer(self, task: str, /, *, run_at: datetime | None = None, **args: Any) -> None:
        """Put the job `task` into the queue in this commit, to be done at once or at `run_at`.

        `args` are ids, numbers and short words: the queue has no tenants.
        """
        await self._take_role()
        self.statements += 1
        await self._defer(self.connection, task, args, run_at)

    async def close(self) -> None:
        """Write the audit entries; the last statement before the commit. Called by `Database`."""
        if self._set_aside:
            await self._put_aside()
            await self._append_what_was_set_aside()
            return
        entries, self._entries = audit.in_order(self._entries), []
        for first in range(0, len(entries), _ENTRIES_AT_ONCE):
            await self._execute(audit.APPEND, audit.columns(entries[first : first + _ENTRIES_AT_ONCE]))

    async def _put_aside(self) -> None:
        """Carry the entries so far to a table of this transaction, in their order. Never within a savepoint: what that
        undoes would take entries of before it along.
        """
        async with self._as_tenant():
            if not self._set_aside:
                await self._execute(audit.ASIDE, {})
                self._set_aside = True
            entries, self._entries = self._entries, []
            for first in range(0, len(entries), _ENTRIES_AT_ONCE):
                await self._execute(audit.PUT_ASIDE, audit.columns(entries[first : first + _ENTRIES_AT_ONCE]))

    async def _append_what_was_set_aside(self) -> None:
        last: tuple[Any, ...] | None = (audit.PLATFORM, 0)
        async with self._as_tenant():
            while last is not None:
                told = {"operator_id": last[0], "place": last[1], "count": _ENTRIES_AT_ONCE}
                last = await self.one(audit.APPEND_ASIDE, **told)

    async def _execute(self, query: Query | str, params: Mapping[str, Any]) -> AsyncCursor[tuple[Any, ...]]:
        await self._take_role()
        return await self._send(query, params)

    async def _send(self, query: Query | str, params: Mapping[str, Any]) -> AsyncCursor[tuple[Any, ...]]:
        self.statements += 1
        sql = query.sql if isinstance(query, Query) else query
        mark = _OTHERS if self._role == ACROSS else b""
        with cut_after(self.connection, self._statement_timeout_s + GRACE_S):
            return await self.connection.execute(mark + sql.encode(), params)

    @property
    def _base_role(self) -> str:
        return APP if self.scope else IDENTITY

    async def _take_role(self) -> None:
        """The role that the next statement needs: taken only now, so that going across twice in a row costs nothing."""
        role = ACROSS if self._across else self._base_role
        if role != self._role:
            await self._send(_SET_ROLE, {"role": role})
            self._role = role

    @asynccontextmanager
    async def _as_tenant(self) -> AsyncIterator[None]:
        """Within: the tenant's own role, even if we are across."""
        depth, self._across = self._across, 0
        try:
            yield
        finally:
            self._across = depth


def _name(query: Query | str) -> str:
    return query.name if isinstance(query, Query) else query

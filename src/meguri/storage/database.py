"""The database: a pool of connections, and the only maker of transactions.

A connection logs in with no rights at all. Each transaction takes, until it ends, the role of a tenant's
transaction (`meguri_app`) with the tenant's id, or of identity; row-level security does the rest.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from psycopg import Error, OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from meguri.kernel.errors import Unavailable
from meguri.kernel.scope import OperatorScope
from meguri.storage.failures import RETRIED, CommitLost, lost, refusal_for
from meguri.storage.installation import Installation
from meguri.storage.roles import APP, IDENTITY
from meguri.storage.rows import adapt
from meguri.storage.transaction import GRACE_S, Connection, Defer, Reaction, Reactions, Transaction
from meguri.storage.watchdog import cut_after

__all__ = ["Connection", "Database", "Reaction", "Reactions", "RetryUseCase", "Transaction"]

Result = TypeVar("Result")
P = ParamSpec("P")

MOST_TRIES = 5
_COMMIT_S = 30.0
_WRITERS_AT_ONCE = 2
_KEPT_FOR_READING = 4  # of so many connections, one is never a writer's
_LINE_S = 10.0
_placed: ContextVar[bool] = ContextVar("placed", default=False)  # in its turn to write, or in a reader's place
# A server that vanishes from the network is noticed in seconds (for a Unix socket this means nothing).
_NETWORK: dict[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class RetryUseCase(Exception):
    """Raised within a use case that lost a race it can win by starting anew; `Database.run` does so."""


class HalfFailed(Exception):
    """A use case caught a database error and went on as if nothing were; that is its mistake (use `savepoint`)."""


class Database:
    """A pool of connections to one database; the only maker of transactions."""

    def __init__(
        self,
        dsn: str,
        *,
        reactions: Reactions | None = None,
        defer: Defer | None = None,
        pool_size: int = 10,
        readers: int | None = None,
        statement_timeout_s: float = 5,
        patience_s: float = 5,
        installation: Installation | None = None,
    ) -> None:
        """Names only; `open` connects.

        dsn          how the app logs in (`roles.prepare_roles`)
        reactions    what other rooms do when an event is recorded
        readers      how many may read at once (all others wait in line); unset: as many as there are connections
        defer        puts a job into the queue on the given connection (`jobs`)
        patience_s   how long a request waits for a free connection before it is refused
        installation where the installation stands and what it seals with; signing needs it
        """
        # Every statement of ours goes by key. Walking a graph, the planner's guesses are far off: it would compile (jit)
        # or read whole tables for each step.
        plans = "-c jit=off -c enable_seqscan=off"
        limits = f"-c statement_timeout={int(statement_timeout_s * 1000)} -c idle_in_transaction_session_timeout=60000"
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            make_conninfo(dsn, options=f"{plans} {limits} -c timezone=UTC", application_name="meguri", **_NETWORK),
            kwargs={"autocommit": True},
            min_size=min(2, pool_size),
            max_size=pool_size,
            timeout=patience_s,
            reconnect_timeout=3,  # then the next request tries anew, instead of ever longer pauses
            open=False,
            configure=_configure,
        )
        self._turns: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()
        self._readers = readers
        self._reading = asyncio.Semaphore(readers or 1)
        self._reading_of: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()
        self._writing = asyncio.Semaphore(max(1, pool_size - max(1, pool_size // _KEPT_FOR_READING)))
        self._statement_timeout_s = statement_timeout_s
        self._reactions: Reactions = reactions or {}
        self._defer = defer or _no_queue
        self._installation = installation

    @property
    def installation(self) -> Installation:
        """Where this installation stands and what it seals with. Raises RuntimeError when the database was opened bare."""
        if self._installation is None:
            raise RuntimeError("this database was opened without its installation")
        return self._installation

    async def open(self) -> None:
        """Connect. The database may still be starting: the pool goes on trying."""
        await self.pool.open()

    async def close(self) -> None:
        """End all connections."""
        await self.pool.close()

    async def __aenter__(self) -> "Database":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def transaction(self, scope: OperatorScope) -> AsyncIterator[Transaction]:
        """One transaction of the scope's tenant: committed at the end, rolled back by any exception.

        Raises Unavailable and its kin when the database cannot answer.
        """
        async with self._transaction(scope) as tx:
            yield tx

    @asynccontextmanager
    async def identity(self) -> AsyncIterator[Transaction]:
        """One transaction of sign-in, before the tenant is known: sees only the tables of identity."""
        async with self._transaction(None) as tx:
            yield tx

    @asynccontextmanager
    async def turn(self, scope: OperatorScope) -> AsyncIterator[None]:
        """A tenant's turn to write: two at once in this process, in the order in which they came.

        Writers of one tenant mostly wait for each other within the database, and those of a chain of companies for those
        of its last. Without turns the waiting ones would hold every connection, and readers and other tenants would wait
        with them; so some connections are never a writer's.
        Raises Unavailable after ten seconds in line: who will not be served in time is told early, and nothing was done.
        """
        own = self._turns.setdefault(scope.operator_id, asyncio.Semaphore(_WRITERS_AT_ONCE))
        async with _in_line(own), _in_line(self._writing):
            placed = _placed.set(True)
            try:
                yield
            finally:
                _placed.reset(placed)

    @asynccontextmanager
    async def _place(self, scope: OperatorScope) -> AsyncIterator[None]:
        """A reader's place, unless this task has one or writes.

        A write is many short statements, and between two of them everything else that is ready has its go. With every
        connection reading, the one writer of a chain goes at their pace and all who wait for it with it; two cores read no
        more for reading ten at once. One place is always left to other tenants.
        """
        if self._readers is None or _placed.get():
            yield
            return
        async with AsyncExitStack() as places:
            if self._readers > 1:
                own = self._reading_of.setdefault(scope.operator_id, asyncio.Semaphore(self._readers - 1))
                await places.enter_async_context(_in_line(own))
            await places.enter_async_context(_in_line(self._reading))
            placed = _placed.set(True)
            places.callback(_placed.reset, placed)
            yield

    async def run(
        self,
        scope: OperatorScope,
        use_case: Callable[Concatenate[Transaction, OperatorScope, P], Awaitable[Result]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """`use_case` in a transaction of its own; done again, up to five times, when it lost a race or a connection.

        Repeating is safe, because a use case changes nothing but the database. A connection lost while committing
        is not repeated, for nobody knows what became of it: the caller gets Unavailable.
        """
        for turn in range(1, MOST_TRIES + 1):
            try:
                async with self._place(scope), self._transaction(scope, translate=False) as tx:
                    return await use_case(tx, scope, *args, **kwargs)
            except (RetryUseCase, Error) as error:
                if turn == MOST_TRIES or not _worth_repeating(error, turn):
                    raise (refusal_for(error) or _given_up(error)) from error
            await asyncio.sleep(random.uniform(0, 0.01 * 2**turn))  # noqa: S311
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def _transaction(self, scope: OperatorScope | None, *, translate: bool = True) -> AsyncIterator[Transaction]:
        try:
            async with self._begun(_begin(scope)) as connection:
                tx = Transaction(
                    connection,
                    scope,
                    reactions=self._reactions,
                    defer=self._defer,
                    statement_timeout_s=self._statement_timeout_s,
                    installation=self._installation,
                )
                try:
                    yield tx
                    await tx.close()
                except BaseException:
                    await _roll_back(connection)
                    raise
                await _commit(connection)
        except Error as error:
            refusal = refusal_for(error) if translate else None
            if refusal is None:
                raise
            raise refusal from error

    @asynccontextmanager
    async def _begun(self, begin: bytes) -> AsyncIterator[Connection]:
        """A connection with a transaction begun on it.

        After a restart of the server every kept connection is dead. Beginning finds that out, with no extra message in
        good times: nothing has happened yet, so the next connection is as good, until the pool has made new ones.
        """
        connection = await self.pool.getconn()
        for spare in range(self.pool.max_size, -1, -1):
            try:
                with cut_after(connection, GRACE_S):
                    await connection.execute(begin)
                break
            except BaseException as error:
                await self.pool.putconn(connection)
                if not (spare and isinstance(error, Error) and lost(error)):
                    raise
                connection = await self.pool.getconn()
        try:
            yield connection
        finally:
            await self.pool.putconn(connection)


@asynccontextmanager
async def _in_line(places: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_LINE_S):
            await places.acquire()
    except TimeoutError:
        raise Unavailable(retry_after=2) from None
    try:
        yield
    finally:
        places.release()


def _begin(scope: OperatorScope | None) -> bytes:
    """Begin, take the role and name the tenant, in one message. A UUID's own form is safe within quotes."""
    role = APP if scope else IDENTITY
    tenant = str(UUID(int=scope.operator_id.int)) if scope else ""
    return f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL meguri.operator_id = '{tenant}'".encode()


async def _configure(connection: Connection) -> None:
    adapt(connection)


async def _commit(connection: Connection) -> None:
    try:
        with cut_after(connection, _COMMIT_S):
            done = await connection.execute(b"COMMIT")
    except Error as error:
        if lost(error):
            raise CommitLost from error
        raise
    if done.statusmessage != "COMMIT":
        raise HalfFailed(
            "a statement failed, its error was swallowed, and PostgreSQL rolled back instead of committing"
        )


async def _roll_back(connection: Connection) -> None:
    if connection.info.transaction_status is not TransactionStatus.UNKNOWN:
        with cut_after(connection, GRACE_S), suppress(OperationalError):  # a lost transaction is rolled back as well
            await connection.rollback()


def _worth_repeating(error: Exception, turn: int) -> bool:
    return isinstance(error, (RetryUseCase, *RETRIED)) or (lost(error) and turn == 1)


def _given_up(error: Exception) -> Exception:
    return Unavailable() if isinstance(error, (RetryUseCase, *RETRIED)) else error


async def _no_queue(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
    raise RuntimeError(f"no job queue is connected, so {task} cannot be deferred")

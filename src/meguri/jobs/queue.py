"""The queue: procrastinate on the same database, under a role that sees nothing but the queue."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, LiteralString

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from psycopg.conninfo import make_conninfo

from meguri import logs, metrics
from meguri.jobs.failures import FAILED, FORGET, KEEP_FAILURE, DeadLetter, reason_of
from meguri.jobs.model import Job, Jobs
from meguri.kernel import clock
from meguri.storage.database import Connection, Database
from meguri.storage.roles import QUEUE

_log = logs.get(__name__)
_LONGEST_WAIT_S = 3600
_HEARTBEAT_S = 5
_GRACE_S = 25
"""So long may a running job go on when the worker is told to stop; what did not end begins anew."""
_STALLED_AFTER_S = 20
_RESCUE_EVERY_S = 10
_ROOM_PAUSE_S = 5


DUE: LiteralString = """
SELECT 1 FROM procrastinate_jobs AS job
 WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS other
                    WHERE other.lock = job.lock
                      AND (other.status = 'doing' OR (other.status = 'todo' AND other.id < job.id)))
 LIMIT 1
"""
TWIN: LiteralString = """
SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %(queueing_lock)s AND status = 'todo' AND id <> %(job_id)s
"""


class NoRoom(Exception):
    """The worker was told to stop while a job waited for room on the disk: it goes back into the queue, not begun."""


class UnknownJob(LookupError):
    """No room has a job of this name."""


class _Backoff(procrastinate.BaseRetryStrategy):
    """2, 4, 8 … seconds, at most an hour; then the job is put aside."""

    def __init__(self, most_tries: int) -> None:
        self._most_tries = most_tries

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, NoRoom):
            return procrastinate.RetryDecision(retry_in={"seconds": _ROOM_PAUSE_S})
        if job.attempts + 1 >= self._most_tries:
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": min(2 ** (job.attempts + 1), _LONGEST_WAIT_S)})


class Queue:
    """All rooms' jobs on one database. `defer` belongs to `Database(defer=…)`; a worker calls `work`."""

    def __init__(self, login_dsn: str, rooms: Iterable[Jobs], *, has_room: Callable[[], bool] = lambda: True) -> None:
        """Connects to nothing yet. `has_room`: whether the disk has room for what a job writes; while not, none begins."""
        self._has_room = has_room
        self.jobs: dict[str, Job] = {job.name: job for room in rooms for job in room}
        self._db: Database | None = None
        dsn = make_conninfo(login_dsn, options=f"-c role={QUEUE}", application_name="meguri-worker", connect_timeout=5)
        self._connector = procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=5, timeout=10)
        self._app = procrastinate.App(connector=self._connector, periodic_defaults={"max_delay": 3600})
        for job in self.jobs.values():
            self._register(job)

    async def __aenter__(self) -> "Queue":
        await self._app.open_async()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.close_async()

    async def defer(
        self, connection: Connection, name: str, args: dict[str, Any], run_at: datetime | None = None
    ) -> None:
        """Add a job in the transaction of `connection`. Raises UnknownJob, or psycopg.Error as any statement does."""
        job = self.jobs.get(name)
        if job is None:
            raise UnknownJob(name)
        if job.once is None:
            await self._defer(connection, job, args, run_at)
            return
        try:
            async with connection.transaction():
                await self._defer(connection, job, args, run_at)
        except AlreadyEnqueued:
            _log.debug("job already waits", job=name)

    async def _defer(
        self, connection: Connection, job: Job, args: dict[str, Any], run_at: datetime | None
    ) -> None:  # fmt: skip
        task = self._app.configure_task(
            job.name,
            connection=connection,
            lock=job.lock and job.lock.format(**args),
            queueing_lock=job.once and _hash(job.once.format(**args)),
            schedule_at=run_at,
        )
        try:
            await task.defer_async(**args)
        except ConnectorException as error:
            if isinstance(error.__cause__, psycopg.Error):  # so that the use case is repeated as after any statement
                raise error.__cause__ from None
            raise

    async def work(self, db: Database, *, at_once: int = 4, wait: bool = True, signals: bool = True) -> None:
        """Do jobs until told to stop (SIGTERM, SIGINT), or, without `wait`, until none is due."""
        self._db = db
        await self.rescue_stalled()
        rescue = asyncio.create_task(self._rescue_for_ever())
        try:
            await self._run(at_once, wait, signals)
            while not wait and await self._is_due():  # it leaves as soon as it finds none, also while one adds another
                await self._run(at_once, wait, signals)
        finally:
            rescue.cancel()

    async def _run(self, at_once: int, wait: bool, signals: bool) -> None:
        await self._app.run_worker_async(
            concurrency=at_once,
            wait=wait,
            delete_jobs="successful",
            fetch_job_polling_interval=5,
            shutdown_graceful_timeout=_GRACE_S,
            install_signal_handlers=signals,
            update_heartbeat_interval=_HEARTBEAT_S,
            stalled_worker_timeout=_STALLED_AFTER_S,
        )

    async def _is_due(self) -> bool:
        return bool(await self._connector.execute_query_all_async(DUE))

    async def rescue_stalled(self) -> int:
        """Put back the jobs of workers that died; how many."""
        manager = self._app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S))
        for job in stalled:
            try:
                await manager.retry_job(job)
            except UniqueViolation:  # of jobs that wait only once, another one waits already: it does the same
                await manager.finish_job(job, procrastinate.jobs.Status.ABORTED, True)
        return len(stalled)

    async def waiting(self) -> dict[str, int]:
        """How many jobs wait, run and are put aside."""
        rows = await self._connector.execute_query_all_async(
            "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
        )
        return {row["status"]: row["count"] for row in rows}

    async def dead_letters(self, most: int = 100) -> list[DeadLetter]:
        """Jobs that were put aside, the newest first."""
        rows = await self._connector.execute_query_all_async(FAILED, most=most)
        return [DeadLetter(**row) for row in rows]

    async def again(self, job_id: int) -> None:
        """Do a job that was put aside once more; where another one waits that does the same, that is enough."""
        with suppress(UniqueViolation):
            await self._app.job_manager.retry_job_by_id_async(job_id, retry_at=clock.now())

    async def _rescue_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_RESCUE_EVERY_S)
            try:
                await self.rescue_stalled()
                await self._connector.execute_query_async(FORGET)
            except ConnectorException:
                _log.warning("the database is away; dead workers' jobs wait")

    def _register(self, job: Job) -> None:
        async def perform(context: procrastinate.JobContext, /, **args: Any) -> None:
            if job.every:
                args.pop("timestamp", None)
            await self._perform(job, context, args)

        task = self._app.task(name=job.name, pass_context=True, retry=_Backoff(job.most_tries))(perform)
        if job.every:
            self._app.periodic(cron=job.every)(task)  # type: ignore[arg-type]  # takes the timestamp among its args

    async def _perform(self, job: Job, context: procrastinate.JobContext, args: dict[str, Any]) -> None:
        if self._db is None:
            raise RuntimeError("the queue works only within `work`")
        started, outcome = time.monotonic(), "done"
        with logs.tracked(f"job-{context.job.id}"):
            await self._until_there_is_room(job)
            try:
                await job.do(self._db, args)
            except asyncio.CancelledError:
                outcome = "stopped"
                raise
            except Exception as error:
                outcome = "failed"
                if await self._waits_again(context.job):
                    _log.warning("job failed; the next one of its kind waits", job=job.name, reason=reason_of(error))
                    return
                await self._keep_failure(context.job, error)
                raise
            finally:
                metrics.jobs_done.labels(job.name, outcome).inc()
                metrics.job_seconds.labels(job.name).observe(time.monotonic() - started)

    async def _until_there_is_room(self, job: Job) -> None:
        """A job that has not begun loses nothing; one that meets a full disk in its middle would fail again and again."""
        if self._has_room():
            return
        _log.error("disk nearly full: jobs wait", job=job.name)
        try:
            while not self._has_room():  # noqa: ASYNC110  a disk tells nobody
                await asyncio.sleep(_ROOM_PAUSE_S)
        except asyncio.CancelledError:
            raise NoRoom from None
        _log.info("there is room on the disk again", job=job.name)

    async def _waits_again(self, job: procrastinate.jobs.Job) -> bool:
        """Whether another job waits that does the same: of those that wait only once, this one can't be put back then."""
        if job.queueing_lock is None:
            return False
        rows = await self._connector.execute_query_all_async(TWIN, queueing_lock=job.queueing_lock, job_id=job.id)
        return bool(rows)

    async def _keep_failure(self, job: procrastinate.jobs.Job, error: Exception) -> None:
        reason = reason_of(error)
        _log.warning("job failed", job=job.task_name, job_id=job.id, tries=job.attempts + 1, reason=reason)
        await self._connector.execute_query_async(
            KEEP_FAILURE, job_id=job.id, at=clock.now(), tries=job.attempts + 1, reason=reason
        )


def _hash(text: str) -> str:
    """Tenants' transactions may read this column (PostgreSQL names the value that stands twice): say nothing in it."""
    return sha256(text.encode()).hexdigest()

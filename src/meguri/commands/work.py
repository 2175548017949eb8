"""`meguri work`: one worker for the job queue, until it is told to stop."""

import argparse
import asyncio
import os
from contextlib import suppress
from importlib import import_module

import procrastinate

from meguri import metrics
from meguri.commands.ground import access_of, add_settings, settings_from
from meguri.commands.words import DONE, stop
from meguri.jobs import Queue
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage.database import Database
from meguri.storage.space import least_free

_NOT_RUNNING = Text(
    ja="内蔵データベースが動いていません。先に meguri serve を起動してください。",
    en="The embedded database is not running. Please start meguri serve first.",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; jobs in hand are finished first."""
    settings = settings_from(args)
    access = access_of(settings)
    if access.cluster and not access.cluster.answering():
        stop(_NOT_RUNNING)
    asyncio.run(_work(settings, access.login))
    return DONE


async def _work(settings: Settings, login: str) -> None:
    app = import_module(settings.app)
    folders, reserve = app.folders_of(settings), settings.disk_reserve_mb << 20

    def has_room() -> bool:
        left = least_free(folders)
        return left is None or left >= reserve

    async with Queue(login, app.job_lists(settings), has_room=has_room) as queue:
        database = Database(
            login,
            reactions=app.reactions(settings),
            defer=queue.defer,
            pool_size=settings.worker_jobs + 1,
            statement_timeout_s=60,  # long work is a job
            installation=app.installation_of(settings),
        )
        async with database:
            telling = asyncio.create_task(_tell_figures(settings, queue))
            try:
                await queue.work(database, at_once=settings.worker_jobs)
            finally:
                telling.cancel()
                metrics.take_away(settings.folder / metrics.FOLDER, _process())


async def _tell_figures(settings: Settings, queue: Queue) -> None:
    """Every few seconds, for the `/metrics` of the web process; a full disk or a database that is away stops no work."""
    known: set[str] = set()
    while True:
        with suppress(OSError, procrastinate.exceptions.ConnectorException):
            counts = await queue.waiting()
            known |= counts.keys()
            for status in known:
                metrics.jobs_waiting.labels(status).set(counts.get(status, 0))
            metrics.leave(settings.folder / metrics.FOLDER, _process())
        await asyncio.sleep(metrics.LEAVE_EVERY_S)


def _process() -> str:
    return f"worker-{os.getpid()}"

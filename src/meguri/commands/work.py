"""`meguri work`: one worker for the job queue, until it is told to stop."""

import argparse
import asyncio
from importlib import import_module

from meguri.commands.ground import access_of, add_settings, settings_from
from meguri.commands.words import DONE, stop
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage.database import Database

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
    from meguri.jobs import Queue

    app = import_module(settings.app)
    async with Queue(login, app.job_lists(settings)) as queue:
        database = Database(
            login,
            reactions=app.reactions(settings),
            defer=queue.defer,
            pool_size=settings.worker_jobs + 1,
            statement_timeout_s=60,  # long work is a job
            installation=app.installation_of(settings),
        )
        async with database:
            await queue.work(database, at_once=settings.worker_jobs)

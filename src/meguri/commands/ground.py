"""What most commands need: settings from the command line, and a database that runs."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from meguri import logs
from meguri.commands.words import MISUSED, Stop, complain, stop
from meguri.kernel.text import Text
from meguri.settings import BadSettings, LogFormat, Profile, Settings, load
from meguri.storage.access import Access, access_to
from meguri.storage.archive import archiving, spool_of
from meguri.storage.binaries import NoPostgres
from meguri.storage.embedded import ClusterFailed
from meguri.storage.lock import FolderInUse, FolderLock
from meguri.storage.migrate import BadMigrations, pending

_MISTAKES = Text(ja="設定に誤りがあります。", en="Some settings are not valid.")
_IN_USE = Text(
    ja="データフォルダー {folder} は別のプロセス（{holder}）が使用中です。先にそれを終了してください。",
    en="The data folder {folder} is in use by another process ({holder}). Please end that one first.",
)
_NO_FOLDER = Text(
    ja="データフォルダー {folder} を使えません（{why}）。書き込めるフォルダーを --data-dir で指定してください。",
    en="The data folder {folder} cannot be used ({why}). Please give a folder that can be written with --data-dir.",
)
_NO_CLUSTER = Text(ja="内蔵データベースを起動できません: {why}", en="The embedded database cannot be started: {why}")
_NO_DATABASE = Text(ja="データベースを使えません: {why}", en="The database cannot be used: {why}")
_NOT_CURRENT = Text(
    ja="データベースの構造が最新ではありません。先に meguri migrate を実行してください。",
    en="The database's schema is not up to date. Please run meguri migrate first.",
)
_BAD_URL = Text(ja="MEGURI_DATABASE_URL が正しくありません: {why}", en="MEGURI_DATABASE_URL is not valid: {why}")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The options that every command with a database has."""
    parser.add_argument("--data-dir", help="folder of all data (MEGURI_DATA_DIR)")
    parser.add_argument("--profile", choices=[str(profile) for profile in Profile], help="MEGURI_PROFILE")


def settings_from(args: argparse.Namespace, **more: object) -> Settings:
    """Settings of the environment and of the options; logs are set up. Ends the command when some are wrong."""
    try:
        settings = load(data_dir=args.data_dir, profile=args.profile, **more)
    except BadSettings as error:
        for text, values in error.sentences:
            complain(text, **values)
        raise Stop(_MISTAKES, MISUSED) from None
    logs.configure(settings.log_level, as_json=settings.log_format is LogFormat.JSON)
    return settings


def access_of(settings: Settings) -> Access:
    """How the database is reached. Ends the command when there is no way."""
    try:
        access = access_to(settings.folder, settings.database_url)
        if (
            access.cluster and settings.wal_archive
        ):  # in every command: what is written without it has no place in the archive
            access.cluster.beside.append(spool_of(access.cluster))
            access.cluster.settings |= archiving(access.cluster)
        return access
    except NoPostgres as error:
        stop(_NO_CLUSTER, why=error)
    except OSError as error:
        stop(_NO_FOLDER, folder=settings.folder, why=error.strerror or error)
    except ValueError as error:
        stop(_BAD_URL, MISUSED, why=error)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Within: the data folder is ours. Ends the command when it is in use."""
    with ExitStack() as held:
        try:
            held.enter_context(FolderLock(settings.folder))
        except FolderInUse as error:
            raise Stop(_IN_USE, folder=error.folder, holder=error.holder or "?") from None
        except OSError as error:
            raise Stop(_NO_FOLDER, folder=settings.folder, why=error.strerror or error) from None
        yield


@contextmanager
def running(settings: Settings) -> Iterator[Access]:
    """Within: the database answers. The embedded one is started for this command, unless a server runs it already."""
    access = access_of(settings)
    if access.cluster is None or access.cluster.answering():
        yield access
        return
    with alone(settings):
        try:
            access.cluster.start()
        except ClusterFailed as error:
            raise Stop(_NO_CLUSTER, why=error) from error
        try:
            yield access
        finally:
            access.cluster.stop()


@contextmanager
def running_and_current(settings: Settings) -> Iterator[Access]:
    """As `running`; ends the command when the database has not the schema of this release."""
    with running(settings) as access:
        try:
            current = not pending(access.owner)
        except (psycopg.Error, BadMigrations) as error:
            raise Stop(_NO_DATABASE, why=logs.without_secrets(str(error).strip())) from error
        if not current:
            stop(_NOT_CURRENT)
        yield access

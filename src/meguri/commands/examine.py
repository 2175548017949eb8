"""The doctor's examinations: each yields findings, good ones too, and changes nothing."""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import psycopg

from meguri.commands.verify_audit import faults_of
from meguri.jobs import Queue
from meguri.kernel.errors import Unavailable
from meguri.kernel.text import Text
from meguri.logs import without_secrets
from meguri.settings import Profile, Settings, all_settings, unknown_variables
from meguri.storage import secret
from meguri.storage.access import NAME, Access
from meguri.storage.archive import BASE, Archive, moment_of, spool_of
from meguri.storage.binaries import NoPostgres, account, installed, own_name, version
from meguri.storage.database import Database
from meguri.storage.depots import bucket_of, depot
from meguri.storage.embedded import SUPERUSER
from meguri.storage.files import Depot
from meguri.storage.migrate import BadMigrations, pending

_OLDEST_SERVER = 150000
_LITTLE_SPACE = 2 << 30
_SHORT_SECRET = 16
_WAITS_LONG_S = 120


class Grade(Enum):
    """How a finding is meant."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    grade: Grade
    text: Text
    values: dict[str, Any] = field(default_factory=dict)


NOT_RUNNING = Text(
    ja="内蔵データベースは動いていません。meguri serve の実行中に、もう一度点検するとデータベースも調べます。",
    en="The embedded database is not running. Run this again while meguri serve runs, to examine it too.",
)
_UNKNOWN = Text(
    ja="{name} という設定はありません。つづりを確認してください。",
    en="There is no setting {name}. Please check its spelling.",
)
_WEAK = Text(
    ja="{name} が短すぎるか、単純すぎます。長いランダムな値にしてください。",
    en="{name} is short or simple. Please use a long random value.",
)
_NO_BACKUP_KEY = Text(
    ja="MEGURI_BACKUP_KEY が未設定のため、バックアップを作れません。",
    en="MEGURI_BACKUP_KEY is not set, so no back-up can be made.",
)
_FOLDER = Text(ja="データフォルダー {folder}（空き {free} GB）", en="Data folder {folder} ({free} GB free)")
_NO_FOLDER = Text(
    ja="データフォルダー {folder} はまだありません。meguri serve が作成します。",
    en="There is no data folder {folder} yet; meguri serve makes it.",
)
_READ_ONLY = Text(
    ja="データフォルダー {folder} に書き込めません。所有者と権限を確認してください。",
    en="The data folder {folder} cannot be written. Please check its owner and mode.",
)
_LITTLE = Text(
    ja="空き容量が {free} GB しかありません。容量を増やしてください。", en="Only {free} GB are free. Please make space."
)
_OPEN_FILE = Text(
    ja="{file} をほかのユーザーが読めます。chmod 600 {file} を実行してください。",
    en="Other users can read {file}. Please run: chmod 600 {file}",
)
_PROGRAMS = Text(ja="PostgreSQL {version}（ユーザー {user} で実行）", en="PostgreSQL {version}, run as the user {user}")
_NO_PROGRAMS = Text(ja="内蔵データベースを実行できません: {why}", en="The embedded database cannot run: {why}")
_DATABASE = Text(
    ja="データベースは応答しています（PostgreSQL {version}）", en="The database answers (PostgreSQL {version})"
)
_NO_DATABASE = Text(ja="データベースに接続できません: {why}", en="The database cannot be reached: {why}")
_TOO_OLD = Text(
    ja="PostgreSQL {version} は古すぎます。15 以上が必要です。",
    en="PostgreSQL {version} is too old. 15 or newer is needed.",
)
_PENDING = Text(
    ja="構造が最新ではありません（{names}）。meguri migrate を実行してください。",
    en="The schema is not up to date ({names}). Please run meguri migrate.",
)
_CURRENT = Text(ja="データベースの構造は最新です", en="The schema is up to date")
_MIGRATIONS = Text(ja="データベースの構造が製品と合いません: {why}", en="The schema does not fit this release: {why}")
_JOBS = Text(ja="ジョブ: 待ち {waiting} 件、実行中 {doing} 件", en="Jobs: {waiting} waiting, {doing} being done")
_DEAD = Text(
    ja="失敗が続いて保留中のジョブが {count} 件あります。最新: {job}（{reason}）",
    en="{count} jobs failed for good. The latest: {job} ({reason})",
)
_TABLES = Text(ja="表と索引に破損はありません", en="Tables and indexes are sound")
_DAMAGED_TABLES = Text(ja="表または索引が破損しています: {why}", en="Tables or indexes are damaged: {why}")
_ARCHIVE = Text(
    ja="ログのアーカイブ {folder} は最新です（基準コピー {base}）",
    en="The archive in {folder} is up to date (base copy of {base})",
)
_ARCHIVE_NO_BASE = Text(
    ja="アーカイブ {folder} に基準コピーがまだありません。meguri serve が作成します。",
    en="The archive in {folder} has no base copy yet; meguri serve makes it.",
)
_ARCHIVE_WAITS = Text(
    ja="アーカイブ {folder} に写せないログが {count} 件あります。フォルダーに書き込めるか確認してください。",
    en="{count} pieces of the log wait to be carried to {folder}. Please check that it can be written.",
)
_BUCKET = Text(ja="ファイルの保管先 {url} に接続できました", en="The bucket {url} answers")
_NO_BUCKET = Text(
    ja="ファイルの保管先 {url} に接続できません（{why}）。アドレスと鍵を確認してください。",
    en="The bucket {url} cannot be reached ({why}). Please check its address and keys.",
)
_BUCKET_PLAIN = Text(
    ja="ファイルの保管先 {endpoint} との通信が暗号化されていません。https にしてください。",
    en="The way to the bucket at {endpoint} is not encrypted. Please use https.",
)
_FILES = Text(ja="保存ファイルに破損はありません", en="Stored files are sound")
_DAMAGED_FILE = Text(ja="保存ファイルが破損しています: {file}", en="A stored file is damaged: {file}")
_AUDIT = Text(ja="監査記録に異常はありません", en="The audit trail holds")


def environment(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that look like settings and are none."""
    for name in unknown_variables(variables):
        if name != "MEGURI_LANGUAGE":
            yield Finding(Grade.NOTE, _UNKNOWN, {"name": name})


def secrets(settings: Settings) -> Iterator[Finding]:
    """Secrets that can be guessed, and the one that is often forgotten."""
    for setting in all_settings():
        value = getattr(settings, setting.name)
        if setting.secret and value and setting.name != "database_url" and _is_weak(value):
            yield Finding(Grade.BAD, _WEAK, {"name": setting.variable})
    if settings.backup_key is None and settings.profile is Profile.PRODUCTION:
        yield Finding(Grade.NOTE, _NO_BACKUP_KEY)


def folder(path: Path) -> Iterator[Finding]:
    """The data folder: there, writable, with space; what is secret in it closed to others."""
    if not path.exists():
        yield Finding(Grade.NOTE, _NO_FOLDER, {"folder": path})
        return
    if not os.access(path, os.W_OK | os.X_OK):
        yield Finding(Grade.BAD, _READ_ONLY, {"folder": path})
        return
    free = shutil.disk_usage(path).free
    values = {"folder": path, "free": round(free / (1 << 30), 1)}
    yield Finding(Grade.NOTE, _LITTLE, values) if free < _LITTLE_SPACE else Finding(Grade.GOOD, _FOLDER, values)
    for name in (secret.NAME, "database-password"):
        file = path / name
        if file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding(Grade.BAD, _OPEN_FILE, {"file": file})


def programs(settings: Settings) -> Iterator[Finding]:
    """The embedded database's programs, and whom they can run as."""
    if settings.database_url is not None:
        return
    try:
        installed()
        user = account()
        yield Finding(Grade.GOOD, _PROGRAMS, {"version": version(), "user": user.name if user else own_name()})
    except NoPostgres as error:
        yield Finding(Grade.BAD, _NO_PROGRAMS, {"why": error})


def database(access: Access) -> Iterator[Finding]:
    """Whether it answers, is new enough, and has the schema of this release."""
    try:
        with psycopg.connect(access.owner, connect_timeout=5) as connection:
            number = connection.info.server_version
        missing = pending(access.owner)
    except psycopg.Error as error:
        yield Finding(Grade.BAD, _NO_DATABASE, {"why": without_secrets(str(error).strip())})
        return
    except BadMigrations as error:
        yield Finding(Grade.BAD, _MIGRATIONS, {"why": error})
        return
    written = f"{number // 10000}.{number % 10000}"
    if number < _OLDEST_SERVER:
        yield Finding(Grade.BAD, _TOO_OLD, {"version": written})
        return
    yield Finding(Grade.GOOD, _DATABASE, {"version": written})
    yield Finding(Grade.BAD, _PENDING, {"names": ", ".join(missing)}) if missing else Finding(Grade.GOOD, _CURRENT)


async def queue(access: Access) -> list[Finding]:
    """Jobs that wait, and those that failed for good."""
    async with Queue(access.login, []) as opened:
        counts, dead = await opened.waiting(), await opened.dead_letters()
    values = {"waiting": counts.get("todo", 0), "doing": counts.get("doing", 0)}
    findings = [Finding(Grade.GOOD, _JOBS, values)]
    if dead:
        latest = {"count": counts.get("failed", 0), "job": dead[0].job, "reason": dead[0].reason}
        findings.append(Finding(Grade.NOTE, _DEAD, latest))
    return findings


def tables(access: Access) -> Iterator[Finding]:
    """Every table and index read and checked by PostgreSQL's own `pg_amcheck` (embedded database only)."""
    if access.cluster is None:
        return
    dsn = access.cluster.dsn(NAME, SUPERUSER)
    command = [str(installed() / "bin" / "pg_amcheck"), "--install-missing", dsn]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP EXTENSION IF EXISTS amcheck")
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        yield Finding(Grade.BAD, _DAMAGED_TABLES, {"why": said})
    else:
        yield Finding(Grade.GOOD, _TABLES)


def bucket(settings: Settings) -> Iterator[Finding]:
    """The bucket of the files, where they are in one: reached, with our keys, and over an encrypted way."""
    place = bucket_of(settings)
    if place is None:
        return
    if (place.endpoint or "").startswith("http://"):
        yield Finding(Grade.NOTE, _BUCKET_PLAIN, {"endpoint": place.endpoint})
    try:
        next(depot(settings).names(), None)
    except Unavailable as error:
        yield Finding(Grade.BAD, _NO_BUCKET, {"url": settings.files_url, "why": error.__cause__ or error})
    else:
        yield Finding(Grade.GOOD, _BUCKET, {"url": settings.files_url})


def archive(settings: Settings, access: Access) -> Iterator[Finding]:
    """The archive of the database's log, where there is one: a base copy, and nothing that waits for long."""
    if settings.wal_archive is None or settings.backup_key is None or access.cluster is None:
        return
    bases = Archive(Path(settings.wal_archive), settings.backup_key).names(BASE)
    waiting = [
        each for each in spool_of(access.cluster).glob("*") if time.time() - each.stat().st_mtime > _WAITS_LONG_S
    ]
    values = {"folder": settings.wal_archive, "count": len(waiting)}
    if waiting:
        yield Finding(Grade.BAD, _ARCHIVE_WAITS, values)
    elif not bases:
        yield Finding(Grade.NOTE, _ARCHIVE_NO_BASE, values)
    else:
        yield Finding(Grade.GOOD, _ARCHIVE, values | {"base": moment_of(bases[-1]).isoformat(timespec="seconds")})


def files(store: Depot) -> Iterator[Finding]:
    """Every stored file against its address."""
    damaged = [Finding(Grade.BAD, _DAMAGED_FILE, {"file": file}) for file in store.damaged()]
    yield from damaged or [Finding(Grade.GOOD, _FILES)]


async def audit(access: Access) -> list[Finding]:
    """Every audit chain and root."""
    async with Database(access.login, pool_size=1, statement_timeout_s=600) as opened:
        faults = await faults_of(opened, None)
    return [Finding(Grade.BAD, text, values) for text, values in faults] or [Finding(Grade.GOOD, _AUDIT)]


def _is_weak(value: str) -> bool:
    return len(value) < _SHORT_SECRET or len(set(value)) < _SHORT_SECRET // 2

"""`meguri restore FILE`: an empty installation becomes what the back-up holds, or stays empty.

Nothing is believed unproven: the encryption proves every byte, each file its address, and the restored audit chains
must hold and come to the root that the back-up names.
"""

import argparse
import asyncio
from pathlib import Path

from meguri.commands.archived import restore_from_archive
from meguri.commands.backup import passphrase_of
from meguri.commands.ground import access_of, add_settings, alone, settings_from
from meguri.commands.verify_audit import faults_of
from meguri.commands.words import DONE, Stop, complain, say, stop
from meguri.jobs import system_scope
from meguri.kernel.errors import Unavailable
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage.access import Access, prepare
from meguri.storage.archive import Archive
from meguri.storage.audit_check import current_root
from meguri.storage.backup import (
    BadBackup,
    Manifest,
    clear,
    is_empty,
    load_dump,
    opened_backup,
    put_in_place,
)
from meguri.storage.database import Database
from meguri.storage.depots import depot
from meguri.storage.embedded import ClusterFailed
from meguri.storage.sealed import Unsealable

_NOT_EMPTY = Text(
    ja="このデータベースにはすでにデータがあります。空のデータフォルダーを --data-dir で指定してください。",
    en="This database already holds data. Please name an empty data folder with --data-dir.",
)
_UNUSABLE = Text(ja="バックアップを使えません: {why}", en="The back-up cannot be used: {why}")
_BROKEN = Text(
    ja="バックアップの監査記録が壊れているか、改ざんされています。復元を取り消しました。",
    en="The audit trail in the back-up is broken or was altered. The restore was undone.",
)
_RESTORED = Text(
    ja="{made_at} 時点に復元しました（監査チェーン {chains} 本を検証、ファイル {files} 件）",
    en="Restored as of {made_at} ({chains} audit chains proven, {files} files)",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", type=Path, nargs="?", help="back-up to restore")
    source.add_argument("--archive", type=Path, help="restore from the archive in this folder (MEGURI_WAL_ARCHIVE)")
    parser.add_argument("--until", help="with --archive: the moment to come back to, as 2026-11-22T09:30:00+09:00")


def run(args: argparse.Namespace) -> int:
    """Restore."""
    settings = settings_from(args)
    passphrase = passphrase_of(settings)
    access = access_of(settings)
    if args.archive:
        return restore_from_archive(settings, access, Archive(args.archive, passphrase), args.until)
    with alone(settings):
        try:
            with opened_backup(args.file, settings.folder, passphrase) as (manifest, place):
                _restore(settings, access, manifest, place)
        except (BadBackup, Unsealable, ClusterFailed, Unavailable, OSError) as error:
            raise Stop(_UNUSABLE, why=error) from error
    say(_RESTORED, made_at=manifest.made_at.isoformat(), chains=manifest.chains, files=manifest.files)
    return DONE


def _restore(settings: Settings, access: Access, manifest: Manifest, place: Path) -> None:
    if access.cluster:
        access.cluster.start()
    try:
        prepare(access, tables=False)
        if not is_empty(access):
            stop(_NOT_EMPTY)
        load_dump(access, place / "database.dump")
        if not asyncio.run(_holds(access.login, bytes.fromhex(manifest.audit_root))):
            clear(access)
            stop(_BROKEN)
        prepare(access)
        put_in_place(place, settings.folder, depot(settings))
    finally:
        if access.cluster:
            access.cluster.stop()


async def _holds(login: str, root: bytes) -> bool:
    async with Database(login, pool_size=1, statement_timeout_s=600) as database:
        faults = await faults_of(database, None)
        for fault, values in faults:
            complain(fault, **values)
        async with database.transaction(system_scope("restore")) as tx:
            return not faults and await current_root(tx) == root

"""`meguri backup FILE`: everything of this installation in one encrypted file. The server may go on running."""

import argparse
import asyncio
from pathlib import Path

from meguri.commands.ground import add_settings, running_and_current, settings_from
from meguri.commands.verify_audit import faults_of
from meguri.commands.words import DONE, MISUSED, complain, say, stop
from meguri.kernel.errors import Unavailable
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage.access import Access
from meguri.storage.backup import BadBackup, write_backup
from meguri.storage.database import Database
from meguri.storage.depots import depot

_NO_KEY = Text(
    ja="バックアップの鍵がありません。MEGURI_BACKUP_KEY（または MEGURI_BACKUP_KEY_FILE）に 16 文字以上の合い言葉を設定し、"
    "データフォルダーの外に保管してください。",
    en="There is no key for the back-up. Please set MEGURI_BACKUP_KEY (or MEGURI_BACKUP_KEY_FILE) to a passphrase of "
    "16 characters or more, and keep it outside the data folder.",
)
_NOT_PREPARED = Text(
    ja="バックアップできません: {why}", en="The back-up could not be made: {why}"
)  # fmt: skip
_BROKEN = Text(
    ja="監査記録が壊れているため、バックアップを作りませんでした（復元できないため）。以前のバックアップを確認してください。",
    en="The audit trail is broken, so no back-up was made: it could not be restored. Please look at earlier back-ups.",
)
_WRITTEN = Text(
    ja="{file} に書き込みました（監査チェーン {chains} 本、ファイル {files} 件、監査ルート {root}）",
    en="Written to {file} ({chains} audit chains, {files} files, audit root {root})",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    parser.add_argument("file", type=Path, help="file to write")


def run(args: argparse.Namespace) -> int:
    """Write the back-up."""
    settings = settings_from(args)
    passphrase = passphrase_of(settings)
    with running_and_current(settings) as access:
        if asyncio.run(_complain_of_faults(access)):
            stop(_BROKEN)
        try:
            manifest = write_backup(access, settings.folder, args.file, passphrase, depot(settings))
        except (BadBackup, Unavailable, OSError) as error:
            stop(_NOT_PREPARED, why=error)
    say(_WRITTEN, file=args.file, chains=manifest.chains, files=manifest.files, root=manifest.audit_root)
    return DONE


async def _complain_of_faults(access: Access) -> bool:
    async with Database(access.login, pool_size=1, statement_timeout_s=600) as database:
        faults = await faults_of(database, None)
    for fault, values in faults:
        complain(fault, **values)
    return bool(faults)


def passphrase_of(settings: Settings) -> str:
    """The passphrase for back-ups. Ends the command when there is none."""
    if settings.backup_key is None:
        stop(_NO_KEY, MISUSED)
    return settings.backup_key

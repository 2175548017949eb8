"""`meguri restore --archive FOLDER`: an empty installation becomes what another one was at the last archived moment, or before."""

import asyncio
from datetime import UTC, datetime
from typing import NoReturn

from meguri.commands.ground import alone
from meguri.commands.verify_audit import faults_of
from meguri.commands.words import DONE, MISUSED, Stop, complain, say, stop
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage.access import Access, prepare
from meguri.storage.archive import FILES, Archive, NoArchive, bring_back, clean_up
from meguri.storage.database import Database
from meguri.storage.depots import depot
from meguri.storage.embedded import Cluster, ClusterFailed
from meguri.storage.files import FolderStore
from meguri.storage.sealed import Unsealable

_EMBEDDED = Text(
    ja="アーカイブからの復元は内蔵データベースだけで使えます。",
    en="Only the embedded database can be restored from an archive.",
)
_NOT_EMPTY = Text(
    ja="このデータフォルダーにはすでにデータベースがあります。空のデータフォルダーを --data-dir で指定してください。",
    en="This data folder holds a database already. Please name an empty data folder with --data-dir.",
)
_NO_MOMENT = Text(
    ja="「{given}」は日時ではありません。2026-11-22T09:30:00+09:00 のように指定してください。",
    en="“{given}” is not a moment. Please write it like 2026-11-22T09:30:00+09:00.",
)
_UNUSABLE = Text(ja="アーカイブを使えません: {why}", en="The archive cannot be used: {why}")
_BROKEN = Text(
    ja="復元した監査記録が壊れているか、改ざんされています。このデータは使わないでください。",
    en="The audit trail that was restored is broken or was altered. Please do not use these data.",
)
_RESTORED = Text(
    ja="{until} 時点まで復元しました（監査記録を検証済み、ファイル {files} 件）",
    en="Restored up to {until} (audit trail proven, {files} files)",
)
_LAST = Text(ja="最後にアーカイブされた", en="the last archived moment")


def restore_from_archive(settings: Settings, access: Access, archive: Archive, until: str | None) -> int:
    """Restore, prove, and say up to which moment."""
    cluster, moment = access.cluster, _moment(until)
    if cluster is None:
        stop(_EMBEDDED, MISUSED)
    with alone(settings):
        if (cluster.data / "PG_VERSION").exists():
            stop(_NOT_EMPTY)
        try:
            files = _restore(settings, cluster, access, archive, moment)
        except (NoArchive, Unsealable, ClusterFailed, OSError) as error:
            raise Stop(_UNUSABLE, why=error) from error
    from meguri.commands.words import language

    say(_RESTORED, until=moment.isoformat() if moment else _LAST.of(language()), files=files)
    return DONE


def _restore(
    settings: Settings, cluster: Cluster, access: Access, archive: Archive, moment: datetime | None
) -> int:  # fmt: skip
    usual = cluster.settings
    recovery = bring_back(cluster, settings.folder, archive, moment)
    cluster.settings = usual | {"archive_mode": "off"} | recovery
    cluster.start()
    try:
        prepare(access, tables=False)
        if not asyncio.run(_holds(access.login)):
            stop(_BROKEN)
        store = depot(settings)
        return _bring_files(archive, store) if isinstance(store, FolderStore) else 0
    finally:
        cluster.stop()
        cluster.settings = usual
        clean_up(cluster)


def _bring_files(archive: Archive, store: FolderStore) -> int:
    names = archive.names(FILES)
    for name in names:
        target = store.root / name.removeprefix(f"{FILES}/")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        archive.fetch(name, target)
    damaged = list(store.damaged())
    if damaged:
        _refuse(damaged)
    return len(names)


def _refuse(damaged: list[str]) -> NoReturn:
    raise NoArchive(f"damaged files: {', '.join(damaged)}")


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        stop(_NO_MOMENT, MISUSED, given=given)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _holds(login: str) -> bool:
    async with Database(login, pool_size=1, statement_timeout_s=600) as database:
        faults = await faults_of(database, None)
    for fault, values in faults:
        complain(fault, **values)
    return not faults

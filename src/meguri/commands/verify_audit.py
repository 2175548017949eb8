"""`meguri verify-audit`: prove that the audit trail was not altered, or name the first entry that was."""

import argparse
import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from meguri.commands.ground import add_settings, running_and_current, settings_from
from meguri.commands.words import DONE, FAILED, MISUSED, complain, language, say, stop
from meguri.jobs import system_scope
from meguri.kernel.ids import parse_uuid
from meguri.kernel.text import Text
from meguri.storage.audit_check import broken_chains, broken_roots, current_root
from meguri.storage.audit_export import BadRoots, roots_that_differ
from meguri.storage.database import Database

_NOT_AN_ID = Text(ja="「{given}」は事業者の ID ではありません。", en="“{given}” is not the id of an operator.")
_BROKEN = Text(
    ja="事業者 {operator} の記録 {seq} 番: {reason}", en="Operator {operator}, entry {seq}: {reason}"
)  # fmt: skip
_BROKEN_ROOT = Text(
    ja="{at} のルートハッシュが、その時点の記録と一致しません", en="The root of {at} does not follow from its chains"
)
_OTHER_ROOT = Text(
    ja="{at} に書き出したルートハッシュが、データベースの記録と一致しません",
    en="The root carried away at {at} is not what the database says",
)
_NO_ROOTS = Text(
    ja="ルートハッシュのファイル {file} を読めません: {why}", en="The file of roots {file} cannot be read: {why}"
)
_HOLDS = Text(ja="監査記録に異常はありません。現在のルート: {root}", en="The audit trail holds. Present root: {root}")

Fault = tuple[Text, dict[str, Any]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    parser.add_argument("--operator", help="only this operator's chain")
    parser.add_argument("--roots", type=Path, help="also compare with the hourly roots carried to this file")


def run(args: argparse.Namespace) -> int:
    """Prove, and say what does not hold."""
    settings = settings_from(args)
    only = parse_uuid(args.operator) if args.operator else None
    if args.operator and only is None:
        stop(_NOT_AN_ID, MISUSED, given=args.operator)
    with running_and_current(settings) as access:
        return asyncio.run(_verify(access.login, only, args.roots))


async def faults_of(database: Database, only: UUID | None) -> list[Fault]:
    """Everything that does not hold, as sentences."""
    async with database.transaction(system_scope("verify")) as tx:
        found: list[Fault] = [
            (_BROKEN, {"operator": broken.operator_id, "seq": broken.seq, "reason": broken.reason.of(language())})
            async for broken in broken_chains(tx, only)
        ]
        if only is None:
            found += [(_BROKEN_ROOT, {"at": moment.isoformat()}) for moment in await broken_roots(tx)]
        return found


async def _faults_by_roots(database: Database, roots: Path) -> list[Fault]:
    try:
        async with database.transaction(system_scope("verify")) as tx:
            return [(_OTHER_ROOT, {"at": moment.isoformat()}) for moment in await roots_that_differ(tx, roots)]
    except (OSError, BadRoots) as error:
        stop(_NO_ROOTS, MISUSED, file=roots, why=error)


async def _verify(login: str, only: UUID | None, roots: Path | None) -> int:
    async with Database(login, pool_size=1, statement_timeout_s=600) as database:
        faults = await faults_of(database, only) + (await _faults_by_roots(database, roots) if roots else [])
        for fault, values in faults:
            complain(fault, **values)
        if faults:
            return FAILED
        async with database.transaction(system_scope("verify")) as tx:
            say(_HOLDS, root=(await current_root(tx)).hex())
    return DONE

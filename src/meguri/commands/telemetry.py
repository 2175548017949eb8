"""`meguri telemetry ingest | months | fleet`: files of measurements into the database, its months, and a fleet estimated anew.

Exit codes: 0 done, 1 refused, 2 unusable input (nothing kept).
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from meguri.commands.ground import add_settings, running, settings_from
from meguri.commands.words import DONE, FAILED, MISUSED, language, say
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage import Database
from meguri.storage.access import prepare
from meguri.telemetry.errors import BatteryUnknown, RecordTooLarge, Unusable

_KEPT = Text(
    ja="{path}: {rows:,} 行を読み取り、{stored:,} 行を新たに保存しました。検出した事項: {flags}",
    en="{path}: {rows:,} rows read, {stored:,} kept anew. Found: {flags}",
)
_MONTH = Text(ja="{month}  {rows:>12,} 行  {place}", en="{month}  {rows:>12,} rows  {place}")
_OPEN, _CLOSED = Text(ja="データベース", en="database"), Text(ja="Parquet", en="Parquet")
_ESTIMATED = Text(ja="{batteries:,} 個の電池を推定しました: {path}", en="{batteries:,} batteries are estimated: {path}")
_NONE = Text(ja="なし", en="nothing")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    acts = parser.add_subparsers(dest="act", required=True, metavar="act")
    ingest = acts.add_parser("ingest", help="files of measurements into the months of a battery")
    ingest.add_argument("files", type=Path, nargs="+", metavar="FILE")
    months = acts.add_parser("months", help="months of a battery: how many rows, and where they are")
    for part in (ingest, months):
        part.add_argument("--operator", type=UUID, required=True, help="whose battery it is")
        part.add_argument("--battery", required=True, help="the battery's label")
    ingest.add_argument(
        "--start", type=datetime.fromisoformat, help="moment of the first row, when the file has no clock"
    )
    ingest.add_argument("--profile-of-file", dest="kind", help="kind of source; found by the headers when not given")
    ingest.add_argument("--current-sign", choices=("keep", "flip"), default="keep", help="flip: discharge is positive")
    fleet = acts.add_parser("fleet", help="capacity of every battery in Parquet months, from its charge sessions")
    fleet.add_argument(
        "files", type=Path, nargs="+", metavar="PARQUET", help="closed months; a battery may lie in many files"
    )
    fleet.add_argument("--out", type=Path, required=True, metavar="PARQUET")
    fleet.add_argument("--engine", choices=("local", "spark"), default="local", help="spark needs meguri[cluster]")
    fleet.add_argument("--master", default="local[*]", help="Spark master, with --engine spark")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    try:
        if args.act == "fleet":
            return _fleet(args)
        settings = settings_from(args)
        with running(settings) as access:
            prepare(access)
            return asyncio.run(_with_database(args, settings, access.login))
    except (Unusable, RecordTooLarge) as refusal:
        return _refused(refusal, MISUSED)
    except Refusal as refusal:
        return _refused(refusal, FAILED)


def _refused(refusal: Refusal, code: int) -> int:
    print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
    return code


async def _with_database(args: argparse.Namespace, settings: Settings, login: str) -> int:
    from meguri import app
    from meguri.jobs import Queue
    from meguri.telemetry import service

    scope = OperatorScope(args.operator, "system:telemetry", Role.EDITOR)
    queue = Queue(login, app.job_lists(settings))
    db = Database(
        login,
        reactions=app.reactions(settings),
        defer=queue.defer,
        pool_size=2,
        installation=app.installation_of(settings),
    )
    async with queue, db:
        battery = await db.run(scope, service.labelled, args.battery)
        if battery is None:
            raise BatteryUnknown
        if args.act == "months":
            for month in await db.run(scope, service.months, battery.battery_id):
                place = (_CLOSED if month.sha256 else _OPEN).of(language())
                say(_MONTH, month=month.month, rows=month.rows, place=place)
            return DONE
        return await _ingest(args, db, scope, battery.battery_id)


async def _ingest(args: argparse.Namespace, db: Database, scope: OperatorScope, battery_id: UUID) -> int:
    from meguri.telemetry import service
    from meguri.telemetry.records import How

    how = How(args.kind, (), args.current_sign == "flip")
    start = args.start.replace(tzinfo=UTC) if args.start and args.start.tzinfo is None else args.start
    for path in args.files:
        done = await db.run(scope, service.pour, battery_id, path, path.name, how, start)
        flags = ", ".join(f"{flag.flag} {flag.count}" for flag in done.quality.flags) or _NONE.of(language())
        say(_KEPT, path=path.name, rows=done.quality.rows_in, stored=done.stored, flags=flags)
    return DONE


def _fleet(args: argparse.Namespace) -> int:
    from meguri.health import fleet

    if args.engine == "spark":
        batteries = fleet.estimate_on_spark(args.files, args.out, args.master)
    else:
        batteries = fleet.estimate_files(args.files, args.out)
    say(_ESTIMATED, batteries=batteries, path=args.out)
    return DONE

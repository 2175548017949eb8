"""`meguri passport issue FILE`: passports from a CSV or XLSX file, with progress; again, it goes on with what is left.

Exit codes: 0 done without a bad row, 1 some rows were bad or nothing could be issued, 2 unusable input.
"""

import argparse
import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from meguri.commands.ground import add_settings, running_and_current, settings_from
from meguri.commands.words import DONE, FAILED, MISUSED, complain, language, patience, say
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text

ABOUT = Text(ja="CSV または XLSX からパスポートを一括発行する", en="issue passports from a CSV or XLSX file")
_PROGRESS = Text(ja="{checked} / {rows} 行", en="{checked} of {rows} rows")
_ENDED = Text(
    ja="発行 {issued}、発行済み {present}、誤り {bad}（全 {rows} 行）",
    en="{issued} issued, {present} there before, {bad} bad, of {rows} rows",
)
_FAILED = Text(ja="処理できませんでした（{reason}）。", en="The job failed ({reason}).")
_FAULT = Text(ja="{row} 行 {column}: {words} [{code}]", en="row {row}, {column}: {words} [{code}]")
_INPUT = Text(ja="{file} からの入力を待っています。", en="Waiting for what {file} gives.")
_READING = Text(ja="ファイルを読み取っています。", en="Reading the file.")
_DATABASE = Text(ja="データベースの応答を待っています。", en="Waiting for the database.")
_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the action."""
    add_settings(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV (UTF-8, Shift_JIS) or XLSX, 100,000 items at most")
    parser.add_argument("--operator", required=True, metavar="NUMBER", help="public number of the responsible operator")
    parser.add_argument("--mode", default="dry_run", choices=("dry_run", "skip_bad", "all_or_nothing"))
    parser.add_argument("--model", metavar="ID", help="model record on which the items stand")
    parser.add_argument("--gtin", help="GTIN of rows that do not say it")
    parser.add_argument("--kind", default="battery", help="kind of product")
    parser.add_argument("--draft", action="store_true", help="leave them as drafts")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="every fault, as CSV")
    parser.add_argument("--results", type=Path, metavar="FILE", help="what was issued, as XLSX")


def run(args: argparse.Namespace) -> int:
    """Read the file, do the work here and now, and tell what became of it."""
    settings = settings_from(args)
    try:
        with patience(_INPUT, after_s=1, file=args.file):
            content = args.file.read_bytes()
    except OSError as error:
        print(f"meguri: {error}", file=sys.stderr)
        return MISUSED
    try:
        with patience(_READING):
            _demand_items(args.kind, content)
        with ExitStack() as held:
            with patience(_DATABASE):
                access = held.enter_context(running_and_current(settings))
            return asyncio.run(_issued(args, settings, access.login, content))
    except Refusal as refusal:
        print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
        return MISUSED


def _demand_items(kind: str, content: bytes) -> None:
    """What makes the whole file useless is told before a database is asked. Raises BulkRefused, KindUnknown."""
    from meguri.passport.bulk.sheets import Opened
    from meguri.passport.service.writing import kind_named

    next(Opened(kind_named(kind), content).rows())


async def _issued(args: argparse.Namespace, settings: Any, login: str, content: bytes) -> int:
    from meguri import app
    from meguri.kernel.scope import OperatorScope, Role
    from meguri.operators import service as operators
    from meguri.passport.service import bulk
    from meguri.storage.audit import PLATFORM
    from meguri.storage.database import Database

    async with Database(
        login, reactions=app.reactions(settings), pool_size=3, installation=app.installation_of(settings)
    ) as db:
        asking = OperatorScope(PLATFORM, "system:command")
        company = await db.run(asking, operators.look_up, args.operator)
        scope = OperatorScope(company.operator_id, "system:command", Role.EDITOR)
        new = bulk.NewJob(
            file_name=args.file.name,
            mode=args.mode,
            kind=args.kind,
            model=args.model,
            gtin=args.gtin,
            publish=not args.draft,
        )
        with patience(_READING):
            job = await db.run(scope, bulk.prepare, new, content)
        watched = asyncio.create_task(_watch(db, scope, job.job_id))
        try:
            await bulk.work(db, scope.operator_id, job.job_id)
        finally:
            watched.cancel()
        return await _told(db, scope, job.job_id, args)


async def _watch(db: Any, scope: Any, job_id: Any) -> None:
    from meguri.passport.service import bulk

    while True:
        await asyncio.sleep(2)
        job = await db.run(scope, bulk.job_of, job_id)
        complain(_PROGRESS, checked=f"{job.checked:,}", rows=f"{job.rows:,}")


async def _told(db: Any, scope: Any, job_id: Any, args: argparse.Namespace) -> int:
    from meguri.passport.bulk.writing import faults_csv, results_xlsx
    from meguri.passport.service import bulk

    job = await db.run(scope, bulk.job_of, job_id)
    faults = await db.run(scope, bulk.faults, job_id, most=200_000)
    for each in faults[:_SHOWN]:
        complain(_FAULT, row=each.row, column=each.column, words=each.text(language()), code=each.code)
    if args.errors:
        args.errors.write_bytes(faults_csv(faults, language()))
    if args.results:
        results, rest = await db.run(scope, bulk.results, job_id)
        while rest is not None:
            more, rest = await db.run(scope, bulk.results, job_id, after=rest)
            results += more
        args.results.write_bytes(results_xlsx(results, language()))
    if job.state == "failed":
        complain(_FAILED, reason=job.reason)
    say(_ENDED, issued=job.issued, present=job.present, bad=job.bad, rows=job.rows)
    return FAILED if job.bad or job.state != "done" else DONE

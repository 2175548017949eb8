"""`meguri trial-report --from DAY --to DAY`: the abnormal flows of a time of operation, counted, without any company's values."""

import argparse
import asyncio
import sys
from datetime import UTC, date, datetime, timedelta

import msgspec

from meguri.commands.ground import add_settings, running_and_current, settings_from
from meguri.commands.words import DONE, MISUSED, language, stop
from meguri.desk.trial import Finding, findings, trial_rules
from meguri.jobs import system_scope
from meguri.kernel.text import Text
from meguri.storage.database import Database
from meguri.traceability import service as traceability

_BAD_DAY = Text(
    ja="--from と --to は YYYY-MM-DD の日付で、--to は --from 以降にしてください。",
    en="--from and --to are dates (YYYY-MM-DD), and --to is not before --from.",
)
_HEAD = Text(
    ja="異常系の発生状況 {since} 〜 {until}（規則 {version} 版）",
    en="Abnormal flows, {since} to {until} (rule {version})",
)
_LINE = Text(
    ja="  {name}: {count} 件（解消 {resolved} 件、解消までの中央値 {hours}） 対処: {remedy}",
    en="  {name}: {count} (resolved {resolved}, median time to resolve {hours}). Remedy: {remedy}",
)
_HOURS = Text(ja="{n:.1f} 時間", en="{n:.1f} h")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    parser.add_argument("--from", dest="since", required=True, help="first day, UTC (YYYY-MM-DD)")
    parser.add_argument("--to", dest="until", required=True, help="last day, UTC (YYYY-MM-DD)")
    parser.add_argument("--json", action="store_true", help="as JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Count and print."""
    try:
        first, last = date.fromisoformat(args.since), date.fromisoformat(args.until)
    except ValueError:
        stop(_BAD_DAY, MISUSED)
    if last < first:
        stop(_BAD_DAY, MISUSED)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    with running_and_current(settings_from(args)) as access:
        found = asyncio.run(_count(access.login, since, until))
    sys.stdout.write(_json(args, found) if args.json else _text(args, found))
    return DONE


async def _count(login: str, since: datetime, until: datetime) -> list[Finding]:
    async with Database(login, pool_size=1) as db:
        flows = await db.run(system_scope("desk"), traceability.flows_between_across, since, until)
    return findings([(flow.kind, flow.at, flow.resolved_at) for flow in flows])


def _json(args: argparse.Namespace, found: list[Finding]) -> str:
    document = {"from": args.since, "to": args.until, "rule": trial_rules().version, "flows": found}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _text(args: argparse.Namespace, found: list[Finding]) -> str:
    spoken = language()
    lines = [_HEAD.of(spoken, since=args.since, until=args.until, version=trial_rules().version)]
    for one in found:
        hours = "—" if one.median_hours is None else _HOURS.of(spoken, n=one.median_hours)
        lines.append(
            _LINE.of(
                spoken,
                name=one.name.of(spoken),
                count=one.count,
                resolved=one.resolved,
                hours=hours,
                remedy=one.remedy.of(spoken),
            )
        )
    return "\n".join(lines) + "\n"

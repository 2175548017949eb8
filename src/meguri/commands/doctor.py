"""`meguri doctor`: examines settings, folder, database and queue, and says in plain words what to do."""

import argparse
import asyncio
import os
from collections.abc import Callable, Iterator

from meguri.commands import examine
from meguri.commands.examine import Finding, Grade
from meguri.commands.ground import access_of
from meguri.commands.words import DONE, FAILED, MISUSED, Stop, complain, language, say
from meguri.kernel.text import Text
from meguri.settings import BadSettings, Profile, Settings, load
from meguri.storage.depots import depot

_MISTAKES = Text(
    ja="設定を直してから、もう一度実行してください。", en="Please correct the settings and run this again."
)
_WELL = Text(ja="問題は見つかりませんでした。", en="Nothing is wrong.")
_SIGNS = {Grade.GOOD: "✓", Grade.NOTE: "!", Grade.BAD: "✗"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--data-dir", help="folder of all data (MEGURI_DATA_DIR)")
    parser.add_argument("--profile", choices=[str(profile) for profile in Profile], help="MEGURI_PROFILE")
    parser.add_argument("--deep", action="store_true", help="also read every table, index, file and audit entry")


def run(args: argparse.Namespace) -> int:
    """Print what was found; exit code 1 when something is bad."""
    try:
        settings = load(data_dir=args.data_dir, profile=args.profile)
    except BadSettings as error:
        for text, values in error.sentences:
            complain(text, **values)
        raise Stop(_MISTAKES, MISUSED) from None
    bad = False
    for finding in _findings(settings, deep=args.deep):
        print(f"{_SIGNS[finding.grade]} {finding.text.of(language(), **finding.values)}", flush=True)
        bad |= finding.grade is Grade.BAD
    if bad:
        return FAILED
    say(_WELL)
    return DONE


def _findings(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    yield from examine.environment(os.environ)
    yield from examine.secrets(settings)
    yield from examine.folder(settings.folder)
    yield from examine.bucket(settings)
    yield from examine.programs(settings)
    access = access_of(settings)
    if access.cluster and not access.cluster.answering():
        yield Finding(Grade.NOTE, examine.NOT_RUNNING)
        return
    checks: list[Callable[[], Iterator[Finding]]] = [lambda: examine.database(access)]
    checks.append(lambda: examine.archive(settings, access))
    checks.append(lambda: iter(asyncio.run(examine.queue(access))))
    if deep:
        checks.append(lambda: examine.tables(access))
        checks.append(lambda: examine.files(depot(settings)))
        checks.append(lambda: iter(asyncio.run(examine.audit(access))))
    for check in checks:
        findings = list(check())
        yield from findings
        if any(finding.grade is Grade.BAD for finding in findings):
            return

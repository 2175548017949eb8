"""`meguri migrate`: bring the schema up to date; with `--check`, only say whether it is."""

import argparse

import psycopg

from meguri.commands.ground import add_settings, running, settings_from
from meguri.commands.words import DONE, FAILED, Stop, complain, say
from meguri.kernel.text import Text
from meguri.logs import without_secrets
from meguri.storage.access import prepare
from meguri.storage.migrate import BadMigrations, pending

_APPLIED = Text(ja="{count} 件を適用しました。", en="{count} steps applied.")
_CURRENT = Text(ja="最新です。", en="Up to date.")
_MISSING = Text(ja="未適用: {names}", en="Not applied: {names}")
_FAILED = Text(
    ja="適用できませんでした（途中の変更は残っていません）: {why}", en="This failed, and nothing is half done: {why}"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if something is missing")


def run(args: argparse.Namespace) -> int:
    """Migrate or check."""
    settings = settings_from(args)
    with running(settings) as access:
        try:
            if not args.check:
                applied = prepare(access)
                say(_APPLIED if applied else _CURRENT, count=len(applied))
                return DONE
            prepare(access, tables=False)
            missing = pending(access.owner)
        except (psycopg.Error, BadMigrations) as error:
            notes = "; ".join(getattr(error, "__notes__", []))
            raise Stop(_FAILED, why=without_secrets(f"{error} {notes}".strip())) from error
    if missing:
        complain(_MISSING, names=", ".join(missing))
        return FAILED
    say(_CURRENT)
    return DONE

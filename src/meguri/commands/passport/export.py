"""`meguri passport export ID --format F`: a passport of this installation in an exchange format, with what was lost.

Whoever may run this command on the machine reads as the responsible operator (`--as` reads as another audience).
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from meguri.commands.ground import add_settings, running_and_current, settings_from
from meguri.commands.words import DONE, FAILED, language
from meguri.kernel.text import Text

ABOUT = Text(
    ja="パスポートを指定の形式で書き出し、失われる項目を報告する",
    en="write a passport in a format, and report what was lost",
)
_LOST = Text(
    ja="この形式で失われる項目: {count}（--losses FILE で一覧）",
    en="Lost in this format: {count} (--losses FILE lists them)",
)

_FORMATS = "batterypass, batterypass-cf …, tractusx, idta, idta-aasx, untp-0.7.0, jsonld, bpready, en18223"


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the action."""
    add_settings(parser)
    parser.add_argument("id", metavar="ID", help="UUID, passport or product identifier")
    parser.add_argument("--format", required=True, help=_FORMATS)
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="written there instead of standard output")
    parser.add_argument("--losses", type=Path, metavar="FILE", help="report of losses (JSON)")
    parser.add_argument("--partial", action="store_true", help="also when required values are missing")
    parser.add_argument(
        "--as", dest="audience", default="owner", choices=("owner", "authority", "legitimate_interest", "public")
    )


def run(args: argparse.Namespace) -> int:
    """Read, write, report."""
    from meguri.kernel.errors import Refusal

    settings = settings_from(args)
    with running_and_current(settings) as access:
        try:
            content, losses = asyncio.run(_exported(args, settings, access.login))
        except Refusal as refusal:
            said = refusal.sentence(language()).replace("?partial=true", "--partial")
            print(f"meguri: {refusal.code}: {said}", file=sys.stderr)
            return FAILED
    if args.output:
        args.output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content + (b"" if content.startswith(b"PK") else b"\n"))
    if args.losses:
        args.losses.write_bytes(losses.encoded)
    print(f"meguri: {_LOST.of(language(), count=losses.count)}", file=sys.stderr)
    return DONE


async def _exported(args: argparse.Namespace, settings: Any, login: str) -> tuple[bytes, Any]:
    from meguri import app
    from meguri.dataspaces.exchange.exporting import export_as
    from meguri.storage.database import Database

    async with Database(login, pool_size=1, installation=app.installation_of(settings)) as db:
        return await export_as(db, args.id, args.format, args.audience, partial=args.partial)

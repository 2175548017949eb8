"""`meguri passport backup --to FOLDER`: copies of changed passports for the back-up provider, each one proven.

One file per passport, its latest version, each access class by itself. `--check` proves the copies that are there.
Exit codes: 0 done, 1 a copy does not prove itself, 2 unusable input.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any

import msgspec

from meguri.commands.ground import add_settings, running_and_current, settings_from
from meguri.commands.words import DONE, FAILED, complain, say
from meguri.kernel.text import Text

ABOUT = Text(ja="変更されたパスポートの写しを別の場所に置く", en="put copies of changed passports into another place")
_DONE = Text(ja="{count} 件の写しを {folder} に置きました。", en="{count} copies are in {folder}.")
_CHECKED = Text(ja="{count} 件の写しを確かめました。", en="{count} copies prove themselves.")
_BROKEN = Text(ja="{name} は改ざんまたは破損しています。", en="{name} was altered or is damaged.")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the action."""
    add_settings(parser)
    parser.add_argument("--to", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--operator", metavar="NUMBER", help="public number of the operator whose passports they are")
    parser.add_argument("--check", action="store_true", help="only prove the copies that are there")


def run(args: argparse.Namespace) -> int:
    """Copy, or prove."""
    if args.check:
        return _check(args.to)
    settings = settings_from(args)
    with running_and_current(settings) as access:
        return asyncio.run(_copy(args, settings, access.login))


def _check(folder: Path) -> int:
    from meguri.passport.service.copying import Copy, is_whole

    broken, count = 0, 0
    for file in sorted(folder.glob("*.json")):
        try:
            good = is_whole(msgspec.json.decode(file.read_bytes(), type=Copy))
        except (msgspec.MsgspecError, KeyError):
            good = False
        count += good
        if not good:
            broken += 1
            complain(_BROKEN, name=file.name)
    say(_CHECKED, count=count)
    return FAILED if broken else DONE


async def _copy(args: argparse.Namespace, settings: Any, login: str) -> int:
    from meguri import app
    from meguri.kernel.scope import OperatorScope, Role
    from meguri.operators import service as operators
    from meguri.passport.service import copying
    from meguri.storage.audit import PLATFORM
    from meguri.storage.database import Database

    args.to.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = 0
    async with Database(login, pool_size=1, installation=app.installation_of(settings)) as db:
        company = await db.run(OperatorScope(PLATFORM, "system:command"), operators.look_up, args.operator or "")
        scope = OperatorScope(company.operator_id, "system:command", Role.EDITOR)
        while copies := await db.run(scope, copying.waiting):
            for each in copies:
                aside = args.to / f".{each.passport_id}"
                aside.write_bytes(msgspec.json.encode(each))
                aside.replace(args.to / f"{each.passport_id}.json")
            await db.run(scope, copying.copied, copies)
            done += len(copies)
    say(_DONE, count=done, folder=args.to)
    return DONE

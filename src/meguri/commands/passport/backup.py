"""`meguri passport backup --to PLACE`: copies of changed passports for the back-up provider, each one proven.

PLACE is a folder (one file per passport, its latest version, each access class by itself; `--check` proves what is there),
or the address of a provider's API of EN 18222 (`https://…/v1`, with its key in `--key-file`).
Exit codes: 0 done, 1 a copy does not prove itself or was refused, 2 unusable input.
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
_REFUSED = Text(ja="{dpp_id}: {status} {said}", en="{dpp_id}: {status} {said}")
_UNREACHED = Text(ja="{place} に届きません（{why}）。", en="{place} cannot be reached ({why}).")
_CHECKED = Text(ja="{count} 件の写しを確かめました。", en="{count} copies prove themselves.")
_BROKEN = Text(ja="{name} は改ざんまたは破損しています。", en="{name} was altered or is damaged.")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the action."""
    add_settings(parser)
    parser.add_argument("--to", required=True, metavar="PLACE", help="a folder, or https://…/v1 of a back-up provider")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="holds the provider's API key")
    parser.add_argument("--operator", metavar="NUMBER", help="public number of the operator whose passports they are")
    parser.add_argument("--check", action="store_true", help="only prove the copies that are there")


def run(args: argparse.Namespace) -> int:
    """Copy, or prove."""
    far = args.to.startswith(("https://", "http://"))
    if args.check and not far:
        return _check(Path(args.to))
    settings = settings_from(args)
    with running_and_current(settings) as access:
        if far:
            return asyncio.run(_push(args, settings, access.login))
        Path(args.to).mkdir(parents=True, exist_ok=True, mode=0o700)
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
    from meguri.passport.service import copying
    from meguri.storage.database import Database

    folder, done = Path(args.to), 0
    async with Database(login, pool_size=1, installation=app.installation_of(settings)) as db:
        scope = await _scope(db, args.operator or "")
        while copies := await db.run(scope, copying.waiting):
            for each in copies:
                aside = folder / f".{each.passport_id}"
                aside.write_bytes(msgspec.json.encode(each))
                aside.replace(folder / f"{each.passport_id}.json")
            await db.run(scope, copying.copied, copies)
            done += len(copies)
    say(_DONE, count=done, folder=folder)
    return DONE


async def _scope(db: Any, number: str) -> Any:
    from meguri.kernel.scope import OperatorScope, Role
    from meguri.operators import service as operators
    from meguri.storage.audit import PLATFORM

    company = await db.run(OperatorScope(PLATFORM, "system:command"), operators.look_up, number)
    return OperatorScope(company.operator_id, "system:command", Role.EDITOR)


async def _push(args: argparse.Namespace, settings: Any, login: str) -> int:
    from meguri import app
    from meguri.dataspaces.dpp.pushing import push
    from meguri.jobs.outbound import Outbound, Refused, Unreachable, reach_of
    from meguri.storage.database import Database

    key = args.key_file.read_text("utf-8").strip() if args.key_file else ""
    headers = {"content-type": "application/json", "x-api-key": key} if key else {"content-type": "application/json"}
    outbound = Outbound(reach_of(settings))

    async def send(method: str, path: str, body: bytes) -> tuple[int, bytes]:
        answer = await outbound.send(method, args.to.rstrip("/") + path, headers=headers, body=body, timeout_s=30)
        return answer.status, answer.body

    async with Database(login, pool_size=1, installation=app.installation_of(settings)) as db:
        try:
            done = await push(db, await _scope(db, args.operator or ""), send)
        except (Refused, Unreachable) as error:
            complain(_UNREACHED, place=args.to, why=str(error))
            return FAILED
        finally:
            await outbound.close()
    for one in done.refused:
        complain(_REFUSED, dpp_id=one.dpp_id, status=one.status, said=one.said)
    say(_DONE, count=done.copied, folder=args.to)
    return FAILED if done.refused else DONE

"""`meguri demo`: the main job on a made-up chain of companies, printed, and then served."""

import argparse
import asyncio
import os
import shutil

from meguri import app
from meguri.commands.demo.chapters import chapters
from meguri.commands.demo.play import Play, operator_id_of
from meguri.commands.demo.report import report
from meguri.commands.demo.scenario import Scenario, scenario
from meguri.commands.ground import access_of, add_settings, alone, running, settings_from
from meguri.commands.supervisor import Supervisor, probe_port
from meguri.commands.words import DONE, language, say, stop
from meguri.identity import service as identity
from meguri.identity.model import PublicAccount
from meguri.identity.seeds import seed_account
from meguri.jobs import Queue
from meguri.kernel.text import Text
from meguri.operators import service as operators
from meguri.settings import Settings
from meguri.storage import Database
from meguri.storage.access import Access, prepare
from meguri.storage.lock import make_data_folder

PASSWORD = "meguri-demo-2026"  # noqa: S105  shown on the sign-in page of this profile, on purpose
FOLDER = "var/demo"
_UNFINISHED = (
    "demo-unfinished"  # a file in the data folder for as long as the story is being told; says what else is there
)
_ALONE, _AMONG_OTHERS = "alone", "among other data"

_FOUND = Text(ja="前回のデモのデータを使います。", en="The data of the last demo is here; going on with it.")
_AGAIN = Text(
    ja="前回のデモは途中で終了しています。そのデータを消して、はじめからやり直します。",
    en="The last demo was broken off. Its data are removed, and it begins anew.",
)
_BROKEN_OFF = Text(
    ja="前回のデモは途中で終了しており、他のデータと同じ場所にあるため消せません。--data-dir で空のフォルダーを指定するか、"
    "MEGURI_DATABASE_URL に空のデータベースを指定してください。",
    en="The last demo was broken off, and stands beside other data, so that it is not removed. Please give an empty folder with "
    "--data-dir, or an empty database in MEGURI_DATABASE_URL.",
)
_ACCOUNTS = Text(
    ja="サインイン（全社共通のパスワード {password}）: 完成車 {oem}、鉱山 {mine} ほか {count} 社",
    en="Sign in (one password for all, {password}): vehicle maker {oem}, mine {mine}, and others: {count} companies",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    parser.add_argument("--host", help="address to listen on (MEGURI_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (MEGURI_PORT)")


def run(args: argparse.Namespace) -> int:
    """Play, print, and serve unless DEMO_SERVE=0."""
    args.profile = args.profile or "demo"
    args.data_dir = args.data_dir or os.environ.get("MEGURI_DATA_DIR") or FOLDER
    settings = settings_from(args, host=args.host, port=args.port)
    serves = os.environ.get("DEMO_SERVE") != "0"
    if serves:
        probe_port(settings)  # now, and not only when the story was told
    _remove_what_was_broken_off(settings)
    with running(settings) as access:
        prepare(access)
        asyncio.run(_perform(settings, access))
    return Supervisor(settings).run() if serves else DONE


def _remove_what_was_broken_off(settings: Settings) -> None:
    """Half a story is no demo. Only what this command made itself is removed; ends the command where that is not sure."""
    mark = settings.folder / _UNFINISHED
    if not mark.exists():
        return
    cluster = access_of(settings).cluster
    if cluster is None or mark.read_text() != _ALONE:
        stop(_BROKEN_OFF)
    with alone(settings):
        say(_AGAIN)
        shutil.rmtree(cluster.home, ignore_errors=True)
        for entry in settings.folder.iterdir():
            if entry.name in ("lock", _UNFINISHED):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        mark.unlink()  # last: a second breaking off is seen too


async def _perform(settings: Settings, access: Access) -> None:
    story = scenario()
    queue = Queue(access.login, app.job_lists(settings))  # what is put off is done by the worker, once it serves
    async with (
        queue,
        Database(
            access.login,
            reactions=app.reactions(settings),
            defer=queue.defer,
            pool_size=2,
            installation=app.installation_of(settings),
        ) as db,
    ):
        identity.open_gate(db, app.identity_settings(settings))
        play = Play(db, story)
        if await play.already_played():
            say(_FOUND)
        else:
            await _tell(settings, play)
        for account in accounts(story):
            await seed_account(db, account)
    say(
        _ACCOUNTS,
        password=PASSWORD,
        oem=mail_of("vehicle"),
        mine=mail_of("mine"),
        count=len(story.company),
    )


async def _tell(settings: Settings, play: Play) -> None:
    """The story, marked as unfinished until its end."""
    others = await play.db.run(play.scope("vehicle"), operators.search, limit=1)
    make_data_folder(settings.folder)
    mark = settings.folder / _UNFINISHED
    mark.write_text(_AMONG_OTHERS if others.items else _ALONE)
    print(report(await play.perform(), language()))
    for chapter in chapters():
        print("\n".join(["", *await chapter.play(play, language())]))
    mark.unlink()


def mail_of(key: str) -> str:
    """The account of a demo company's administrator."""
    return f"{key.replace('_', '-')}@demo.example"


def accounts(story: Scenario) -> list[PublicAccount]:
    """One account per company."""
    return [
        PublicAccount(
            operator_id=operator_id_of(company), email=mail_of(company.key), name=company.role_ja, password=PASSWORD
        )
        for company in story.company
    ]

"""`meguri demo`: the main job on a made-up chain of companies, printed, and then served."""

import argparse
import asyncio
import os

from meguri import app
from meguri.commands.demo.chapters import chapters
from meguri.commands.demo.play import Play, operator_id_of
from meguri.commands.demo.report import report
from meguri.commands.demo.scenario import Scenario, scenario
from meguri.commands.ground import add_settings, running, settings_from
from meguri.commands.supervisor import Supervisor
from meguri.commands.words import DONE, language, say
from meguri.identity import service as identity
from meguri.identity.model import PublicAccount
from meguri.identity.seeds import seed_account
from meguri.kernel.text import Text
from meguri.settings import Settings
from meguri.storage import Database
from meguri.storage.access import Access, prepare

PASSWORD = "meguri-demo-2026"  # noqa: S105  shown on the sign-in page of this profile, on purpose
FOLDER = "var/demo"

_FOUND = Text(ja="前回のデモのデータを使います。", en="The data of the last demo is here; going on with it.")
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
    with running(settings) as access:
        prepare(access)
        asyncio.run(_perform(settings, access))
    if os.environ.get("DEMO_SERVE") == "0":
        return DONE
    return Supervisor(settings).run()


async def _perform(settings: Settings, access: Access) -> None:
    story = scenario()
    async with Database(
        access.login, reactions=app.reactions(settings), pool_size=2, installation=app.installation_of(settings)
    ) as db:
        identity.open_gate(db, app.identity_settings(settings))
        play = Play(db, story)
        if await play.already_played():
            say(_FOUND)
        else:
            print(report(await play.perform(), language()))
            for chapter in chapters():
                print("\n".join(["", *await chapter.play(play, language())]))
        for account in accounts(story):
            await seed_account(db, account)
    say(
        _ACCOUNTS,
        password=PASSWORD,
        oem=mail_of("vehicle"),
        mine=mail_of("mine"),
        count=len(story.company),
    )


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

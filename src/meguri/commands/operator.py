"""`meguri operator`: let companies in, suspend and end them, give platform roles and the keys of connected systems."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from meguri.commands.ground import add_settings, running, settings_from
from meguri.commands.words import DONE, say
from meguri.identity import service as identity
from meguri.identity.model import AccessState, KeyAttribute
from meguri.identity.secret import new_secret
from meguri.identity.service.links import demand_email
from meguri.kernel.errors import NotFound
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.kernel.text import Text
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.settings import Settings
from meguri.storage import Database
from meguri.storage.access import prepare

_ADDED = Text(ja="事業者 {name} を追加しました（{operator_id}）。", en="{name} is added ({operator_id}).")
_LINK = Text(
    ja="最初の管理者 {mail} に次のリンクを渡してください（1回限り、{ends} まで）:\n{link}",
    en="Please hand this link to the first administrator, {mail} (works once, until {ends}):\n{link}",
)
_NOW = Text(ja="{operator_id} の利用: {state}", en="Access of {operator_id}: {state}")
_LINE = Text(ja="{operator_id}  {state}  {name}", en="{operator_id}  {state}  {name}")
_KEY = Text(
    ja="APIキーを作りました。今だけ表示します:\n{secret}", en="The API key is made. It is shown this once:\n{secret}"
)
_ROLE = Text(ja="{mail} のプラットフォーム権限: {role}", en="Platform role of {mail}: {role}")
Work = Callable[[argparse.Namespace, Settings, Database], Awaitable[None]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    acts = parser.add_subparsers(dest="act", required=True, metavar="act")
    add = acts.add_parser("add", help="add an operator and print a one-time link for its first administrator")
    add.add_argument("name")
    add.add_argument("--corporate-number", required=True, help="13 digits with check digit")
    add.add_argument("--address", required=True)
    add.add_argument("--admin-mail", required=True)
    add.add_argument("--admin-name", default="")
    acts.add_parser("list", help="list operators and whether they may use the service")
    for act, words in (("suspend", "refuse an operator from the next request on"), ("resume", "let it in again")):
        change = acts.add_parser(act, help=words)
        change.add_argument("operator_id", type=UUID)
        change.add_argument("--reason", default="")
    key = acts.add_parser("key", help="make an API key for a connected system")
    key.add_argument("name")
    key.add_argument("--attribute", required=True, choices=[str(kind) for kind in KeyAttribute])
    key.add_argument("--address-range", required=True, action="append", help="CIDR; may be repeated")
    key.add_argument("--operator", type=UUID, action="append", default=[], help="on whose behalf; may be repeated")
    role = acts.add_parser("role", help="give a person a platform role, or take it away")
    role.add_argument("mail")
    role.add_argument("role", choices=[*(str(one) for one in PlatformRole), "none"])


def run(args: argparse.Namespace) -> int:
    """Do it, with the embedded database if that is the one in use."""
    settings = settings_from(args)
    with running(settings) as access:
        prepare(access)
        asyncio.run(_with_database(_ACTS[args.act], args, settings, access.login))
    return DONE


async def _with_database(work: Work, args: argparse.Namespace, settings: Settings, login: str) -> None:
    from meguri import app

    async with Database(
        login, reactions=app.reactions(settings), pool_size=2, installation=app.installation_of(settings)
    ) as db:
        identity.open_gate(db, app.identity_settings(settings))
        await work(args, settings, db)


async def _add(args: argparse.Namespace, settings: Settings, db: Database) -> None:
    operator_id = new_id()
    scope = OperatorScope(operator_id, "system:command", Role.ADMIN)
    demand_email(args.admin_mail)
    new = NewOperator(name=args.name, address=args.address, open_operator_id=args.corporate_number)
    await db.run(scope, operators.register, new, auto_disclose=settings.auto_disclose)
    await identity.open_access(db, operator_id)
    name = args.admin_name or args.admin_mail.partition("@")[0]
    link = await identity.add_operator_admin(db, operator_id, args.admin_mail, name)
    say(_ADDED, name=args.name, operator_id=operator_id)
    base = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    say(_LINK, mail=args.admin_mail, ends=f"{link.ends_at:%Y-%m-%d %H:%M} UTC", link=f"{base}/join/{link.token}")


async def _list(args: argparse.Namespace, settings: Settings, db: Database) -> None:
    for access in await identity.list_access(db):
        scope = OperatorScope(access.operator_id, "system:command")
        names: dict[UUID, str] = await db.run(scope, operators.names_of, [access.operator_id])
        say(_LINE, operator_id=access.operator_id, state=access.state, name=names.get(access.operator_id, "—"))


async def _suspend(args: argparse.Namespace, settings: Settings, db: Database) -> None:
    await _change(db, args, AccessState.SUSPENDED)


async def _resume(args: argparse.Namespace, settings: Settings, db: Database) -> None:
    await _change(db, args, AccessState.ACTIVE)


async def _change(db: Database, args: argparse.Namespace, state: AccessState) -> None:
    await identity.change_access(db, args.operator_id, state, args.reason)
    say(_NOW, operator_id=args.operator_id, state=state)


async def _key(args: argparse.Namespace, settings: Settings, db: Database) -> None:
    known = {access.operator_id for access in await identity.list_access(db)}
    if not known.issuperset(args.operator):
        raise NotFound
    secret = new_secret()
    attribute, bound = KeyAttribute(args.attribute), tuple(args.operator)
    await identity.install_key(db, secret, args.name, attribute, bound, args.address_range)
    say(_KEY, secret=secret)


async def _role(args: argparse.Namespace, settings: Settings, db: Database) -> None:
    role = None if args.role == "none" else PlatformRole(args.role)
    await identity.set_platform_role(db, args.mail, role)
    say(_ROLE, mail=args.mail, role=args.role)


_ACTS: dict[str, Any] = {
    "add": _add,
    "list": _list,
    "suspend": _suspend,
    "resume": _resume,
    "key": _key,
    "role": _role,
}

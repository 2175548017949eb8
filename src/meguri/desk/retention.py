"""How long each kind of record is kept: one rule for all rooms, what is past it, and the nightly job that forgets.

The report holds counts and moments alone, of all companies together; no value of any.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

import msgspec

from meguri import logs
from meguri.desk.events import Forgotten
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.kernel.shipped import files
from meguri.kernel.text import Text
from meguri.storage.database import Database
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__, "retention.sql")
_log = logs.get(__name__)
_AT_ONCE = 5000
_PATIENCE_S = 60.0
_FORGETTING = {
    "guest_session": queries.forget_guest_session,
    "guest_link": queries.forget_guest_link,
    "application": queries.forget_application,
    "notification": queries.forget_notification,
    "import_run": queries.forget_import_run,
}


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of record. `personal`: it names people; `forgets`: the desk's job removes it, else its room does."""

    ja: str
    en: str
    since: Literal["ends", "decided", "last", "read", "made"] | None = msgspec.field(name="from", default=None)
    days: int | None = None
    until_ja: str = ""
    until_en: str = ""
    personal: bool
    space: Literal["identity", "tenant"] | None = None
    forgets: bool = False

    @property
    def name(self) -> Text:
        """What people read."""
        return Text(ja=self.ja, en=self.en)

    @property
    def until(self) -> Text:
        """Until when it stays, where that is no number of days."""
        return Text(ja=self.until_ja, en=self.until_en)


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Version and status of the rule, and every kind."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    kinds: dict[str, Kind]


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of a kind. `past`: how many rows are past their time and still there."""

    kind: str
    rows: int
    oldest: datetime | None
    past: int


@cache
def retention() -> Retention:
    """The rule in force."""
    text = files("meguri.rules").joinpath("desk", "retention.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Retention)


async def report(db: Database, scope: OperatorScope) -> Mapping[str, Age]:
    """What there is of each kind that is counted. Raises NotFound for everybody but the platform's operator."""
    if scope.platform_role is not PlatformRole.PLATFORM_OPERATOR:
        raise NotFound
    return await ages(db)


async def ages(db: Database) -> dict[str, Age]:
    """`report`, for whoever runs the machine."""
    before = {key: _before(kind) for key, kind in retention().kinds.items() if kind.space}

    async def of_tenants(tx: Transaction, _: OperatorScope) -> list[Age]:
        async with tx.across(), tx.patient(_PATIENCE_S):
            return await tx.all(queries.ages_tenant, Age, **before)

    async with db.identity() as tx:
        found = await tx.all(queries.ages_identity, Age, **before)
    found += await db.run(system_scope("desk"), of_tenants)
    return {age.kind: age for age in found}


async def forget(db: Database) -> dict[str, int]:
    """Removes what is past its time and the desk's to remove, in small commits; how many of each kind."""
    gone: dict[str, int] = {}
    for key, kind in retention().kinds.items():
        if not kind.forgets:
            continue
        while (now := await _some(db, key, kind)) > 0:
            gone[key] = gone.get(key, 0) + now
    if gone:
        _log.info("forgotten by the rule of retention", **gone)
        async with db.identity() as tx:
            await tx.record(Forgotten(rule=retention().version, counts=gone))
    return gone


async def _some(db: Database, key: str, kind: Kind) -> int:
    async def remove(tx: Transaction, _: OperatorScope) -> int:
        async with tx.across():
            return int(await tx.value(_FORGETTING[key], before=_before(kind), most=_AT_ONCE))

    if kind.space == "tenant":
        return await db.run(system_scope("desk"), remove)
    async with db.identity() as tx:
        return int(await tx.value(_FORGETTING[key], before=_before(kind), most=_AT_ONCE))


def _before(kind: Kind) -> datetime:
    return clock.now() - timedelta(days=kind.days or 0)

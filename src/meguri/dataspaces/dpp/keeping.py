"""Back-up copies by the clock: each company names its provider once, and what changed goes there by itself (EN 18221 4.5).

A provider that cannot be reached is tried again, later each time; what it refuses goes on waiting, and is told.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec

from meguri import logs
from meguri.dataspaces.dpp import store
from meguri.dataspaces.dpp.events import BackupProviderNamed
from meguri.dataspaces.dpp.pushing import Pushed, Send, push
from meguri.dataspaces.node import node
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused, Unreachable, check_address
from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport.service import copying
from meguri.passport.service.copying import Lag
from meguri.storage import Database, Transaction

EVERY: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(hours=6)
"""Between two tries: so long after a success, and at most after failures, which double it."""
SECONDS: Final = 30
_PURPOSE: Final = "dpp.backup_provider"
_MOST_TOLD: Final = 300
log = logs.get(__name__)


class ProviderInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to copy to.

    address  the provider's API of EN 18222, with its `/v1`
    api_key  what it gave us; left out, the one that is kept stays as long as the address does
    """

    address: Annotated[str, msgspec.Meta(min_length=8, max_length=500)]
    api_key: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)] | None = None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider and how the last try went; the key is never told.

    copied, refused  of the last try
    trouble          why the last try failed, None when it did not
    """

    address: str
    has_key: bool
    named_at: datetime
    next_at: datetime
    tried_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    copied: int
    refused: int
    trouble: str | None
    lag: Lag


class BadProviderAddress(Refusal):
    """Not an address that may be called."""

    status, code = 400, "URL_NOT_ALLOWED"
    say = Text(
        ja="バックアップ先は、公開サーバーの https のアドレス（https://…/v1）にしてください。",
        en="A back-up provider has an https address on a public server (https://…/v1).",
    )


class NoProvider(NotFound):
    """The company has named no provider."""

    code = "BACKUP_PROVIDER_NOT_FOUND"
    say = Text(
        ja="バックアップ先が登録されていません。先に登録してください。",
        en="No back-up provider is named yet. Please name one first.",
    )


async def provider(tx: Transaction, scope: OperatorScope) -> Provider:
    """The company's provider. Raises NoProvider."""
    row = await store.provider(tx, scope)
    if row is None:
        raise NoProvider
    return Provider(
        address=row.address,
        has_key=row.key_sealed is not None,
        named_at=row.named_at,
        next_at=row.next_at,
        tried_at=row.tried_at,
        succeeded_at=row.succeeded_at,
        failures=row.failures,
        copied=row.copied,
        refused=row.refused,
        trouble=row.trouble,
        lag=await copying.lag(tx, scope),
    )


async def name_provider(tx: Transaction, scope: OperatorScope, said: ProviderInput) -> Provider:
    """Copy to this provider from now on; a worker takes the first turn at once. Raises BadProviderAddress."""
    address = said.address.strip().rstrip("/")
    try:
        check_address(address, node().reach)
    except Refused:
        raise BadProviderAddress from None
    key = tx.installation.sealer.seal(said.api_key.strip().encode(), _purpose(scope)) if said.api_key else None
    await store.name_provider(tx, scope, address, key, clock.now())
    await tx.record(BackupProviderNamed(address=address))
    await copy_soon(tx, scope)
    return await provider(tx, scope)


async def forget_provider(tx: Transaction, scope: OperatorScope) -> None:
    """Copy no longer; what waits goes on waiting. Raises NoProvider."""
    if not await store.forget_provider(tx, scope):
        raise NoProvider
    await tx.record(BackupProviderNamed(address=None))


async def copy_soon(tx: Transaction, scope: OperatorScope) -> None:
    """Take a turn now rather than by the clock. Raises NoProvider."""
    if await store.provider(tx, scope) is None:
        raise NoProvider
    await tx.defer("dpp.copy", operator_id=str(scope.operator_id))


async def copy_due(db: Database) -> None:
    """Take a turn for each company whose turn it is; one that fails holds up no other."""
    for operator_id in await db.run(system_scope("dpp"), _due):
        await copy_of(db, operator_id)


async def _due(tx: Transaction, _: OperatorScope) -> list[UUID]:
    return await store.due(tx, clock.now())


async def copy_of(db: Database, operator_id: UUID) -> None:
    """Send one company's copies, and note what came of it."""
    scope = system_scope("dpp", operator_id)
    found = await db.run(scope, _opened)
    if found is None:
        return
    row, key = found
    try:
        done, trouble = await push(db, scope, _sender(row.address, key)), None
    except (Refused, Unreachable) as error:
        done, trouble = Pushed(copied=0, refused=[]), str(error)
    if done.refused:
        first = done.refused[0]
        trouble = f"{first.dpp_id}: {first.status} {first.said}"
    log.info("dpp.copied", copied=done.copied, refused=len(done.refused), trouble=trouble is not None)
    await db.run(scope, _noted, row, done, trouble)


def _sender(address: str, key: str) -> Send:
    headers = {"content-type": "application/json"} | ({"x-api-key": key} if key else {})

    async def send(method: str, path: str, body: bytes) -> tuple[int, bytes]:
        answer = await node().outbound.send(method, address + path, headers=headers, body=body, timeout_s=SECONDS)
        return answer.status, answer.body

    return send


async def _opened(tx: Transaction, scope: OperatorScope) -> tuple[store.Row, str] | None:
    row = await store.provider(tx, scope)
    if row is None:
        return None
    sealed = row.key_sealed
    return row, tx.installation.sealer.open(sealed, _purpose(scope)).decode() if sealed else ""


async def _noted(tx: Transaction, scope: OperatorScope, row: store.Row, done: Pushed, trouble: str | None) -> None:
    now, failures = clock.now(), row.failures + 1 if trouble else 0
    pause = min(EVERY * 2 ** min(failures, 10), LONGEST) if failures else EVERY
    await store.note_try(
        tx,
        scope,
        at=now,
        next_at=now + pause,
        failures=failures,
        copied=done.copied,
        refused=len(done.refused),
        trouble=trouble[:_MOST_TOLD] if trouble else None,
    )


def _purpose(scope: OperatorScope) -> str:
    return f"{_PURPOSE}:{scope.operator_id}"

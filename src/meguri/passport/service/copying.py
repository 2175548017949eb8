"""Back-up copies (EN 18221): every committed change goes to another place, each class of values by itself."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import store
from meguri.passport.assembling import whole
from meguri.passport.catalogue import AccessClass
from meguri.passport.dealings import policy
from meguri.passport.integrity import hashes_of, slice_of, version_hash
from meguri.passport.kinds import kind_of
from meguri.passport.service.writing import layers
from meguri.storage import Transaction


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One version as it is kept elsewhere: salted slices by class, and the hashes that prove them."""

    passport_id: str
    dpp_id: str
    product_id: str
    kind: str
    granularity: str
    responsible: str
    state: str
    version: int
    changed_at: str
    version_hash: str
    hashes: dict[str, str]
    slices: dict[str, dict[str, Any]]


Place = tuple[datetime, UUID]
"""Where in the queue a copy stands: when the passport changed, and its id."""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """How many changes wait for the back-up, since when, and whether that is longer than the rules allow."""

    waiting: int
    since: str | None
    overdue: bool


async def lag(tx: Transaction, scope: OperatorScope) -> Lag:
    """How far the back-up is behind."""
    since, waiting = await store.backup_lag(tx, scope.operator_id)
    late = since is not None and clock.now() - since > timedelta(hours=policy().backup_hours)
    return Lag(waiting=waiting, since=clock.seconds_z(since) if since else None, overdue=late)


async def waiting(tx: Transaction, scope: OperatorScope, count: int = 100) -> list[Copy]:
    """Copies of the passports whose latest change is nowhere else yet, the oldest change first."""
    return (await waiting_after(tx, scope, None, count))[0]


async def waiting_after(
    tx: Transaction, scope: OperatorScope, after: Place | None, count: int = 100
) -> tuple[list[Copy], Place | None]:
    """The same after a place in the queue, and the place of the last one; None at the queue's end."""
    found, last = list[Copy](), None
    for passport_id, changed_at in await store.waiting_for_backup(tx, scope.operator_id, count, after):
        last = (changed_at, passport_id)
        record = await store.by_id_across(tx, passport_id)
        if record is None or record.operator_id != scope.operator_id:
            continue
        kind = kind_of(record.kind)
        document = whole(kind, record, await layers(tx, record))
        found.append(
            Copy(
                passport_id=str(record.passport_id),
                dpp_id=record.dpp_id,
                product_id=record.product_id,
                kind=record.kind,
                granularity=record.granularity,
                responsible=record.responsible,
                state=record.state,
                version=record.version,
                changed_at=clock.seconds_z(record.updated_at),
                version_hash=record.version_hash,
                hashes=record.slices,
                slices={
                    access.value: slice_of(kind, document, access, record.salts[access.value]) for access in AccessClass
                },
            )
        )
    return found, last


async def copied(tx: Transaction, scope: OperatorScope, copies: list[Copy]) -> None:
    """These versions are at the other place now."""

    for each in copies:
        await store.backed_up(tx, scope.operator_id, UUID(each.passport_id), each.version)


def is_whole(copy: Copy) -> bool:
    """Whether a copy proves itself: each slice gives its hash, and all of them the version's."""
    kind = kind_of(copy.kind)
    values = {key: value for held in copy.slices.values() for key, value in held.items() if key != "_salt"}
    salts = {access: held["_salt"] for access, held in copy.slices.items()}
    hashes = hashes_of(kind, values, salts)
    return hashes == copy.hashes and version_hash(copy.dpp_id, copy.version, hashes) == copy.version_hash

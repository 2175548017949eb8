"""The only caller of this room's SQL."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.arrays import uuids
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction
from meguri.telemetry.model import Battery, BatteryInput, Gateway, Month, Point, Quality
from meguri.telemetry.wire import HEAD, TAIL

queries = load_queries(__package__)


class RecordRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file that brought samples."""

    record_id: UUID
    battery_id: UUID
    sha256: str
    source: str
    rows: int
    stored: int
    first_at: datetime | None
    last_at: datetime | None
    quality: Quality
    created_at: datetime


async def add_battery(tx: Transaction, scope: OperatorScope, battery_id: UUID, new: BatteryInput) -> bool:
    """False when the label is taken."""
    return bool(
        await tx.run(
            queries.add_battery, operator_id=scope.operator_id, battery_id=battery_id, label=new.label,
            plate=new.plate, now=clock.now(),
        )
    )  # fmt: skip


async def change_battery(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, new: BatteryInput, version: int
) -> bool:
    """False when the version is not the present one."""
    return bool(
        await tx.run(
            queries.change_battery, operator_id=scope.operator_id, battery_id=battery_id, label=new.label,
            plate=new.plate, version=version, now=clock.now(),
        )
    )  # fmt: skip


async def battery(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> Battery | None:
    """One battery."""
    return await tx.one(queries.battery, Battery, operator_id=scope.operator_id, battery_id=battery_id)


async def battery_labelled(tx: Transaction, scope: OperatorScope, label: str) -> Battery | None:
    """The battery of that name."""
    return await tx.one(queries.battery_labelled, Battery, operator_id=scope.operator_id, label=label)


async def batteries(tx: Transaction, scope: OperatorScope, limit: int, after: UUID | None) -> list[Battery]:
    """Batteries, newest first."""
    return await tx.all(queries.batteries, Battery, operator_id=scope.operator_id, limit=limit, after=after)


async def batteries_of_passport(tx: Transaction, scope: OperatorScope, dpp_id: str) -> list[Battery]:
    """Batteries whose name plate names this passport, newest first."""
    return await tx.all(queries.batteries_of_passport, Battery, operator_id=scope.operator_id, dpp_id=dpp_id)


async def begin_copy(tx: Transaction) -> None:
    """Make the temporary table through which samples come in."""
    await tx.run(queries.incoming)


async def copy_in(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, rows: bytes, months: Iterable[date]
) -> int:  # fmt: skip
    """Samples in binary form into their months; the number of those that were not there before.

    PostgreSQL refuses COPY into a table under row-level security, therefore the temporary table between.
    """
    for month in months:
        await tx.run(queries.make_month, month=month)
    async with tx.connection.cursor().copy(queries.copy_incoming.sql.encode()) as copy:
        await copy.write(HEAD)
        await copy.write(rows)
        await copy.write(TAIL)
    tx.statements += 1
    stored = await tx.run(queries.keep_incoming, operator_id=scope.operator_id, battery_id=battery_id)
    await tx.run(queries.empty_incoming)
    return stored


async def add_record(tx: Transaction, scope: OperatorScope, row: RecordRow) -> None:
    """Note which file brought samples."""
    await tx.run(queries.add_record, operator_id=scope.operator_id, now=row.created_at, **_fields(row))


def _fields(row: RecordRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__ if name != "created_at"}


async def records(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, limit: int, after: UUID | None
) -> list[RecordRow]:
    """Files of one battery, newest first."""
    return await tx.all(
        queries.records, RecordRow, operator_id=scope.operator_id, battery_id=battery_id, limit=limit, after=after
    )


async def points(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    since: datetime,
    until: datetime,
    limit: int,
    after: datetime | None,
) -> list[Point]:
    """Samples of open months, in order of time."""
    return await tx.all(
        queries.points, Point, operator_id=scope.operator_id, battery_id=battery_id, since=since, until=until,
        limit=limit, after=after,
    )  # fmt: skip


async def points_as_csv(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, since: datetime, until: datetime
) -> AsyncIterator[bytes]:
    """Samples of open months as lines: microseconds since 1970, V, A, °C, %, V, V."""
    await tx.run("SELECT 1")  # take the tenant's role before the copy
    values = {"operator_id": scope.operator_id, "battery_id": battery_id, "since": since, "until": until}
    async with tx.connection.cursor().copy(queries.copy_points.sql.encode(), values) as copy:
        async for piece in copy:
            yield bytes(piece)


async def range_of(
    tx: Transaction, scope: OperatorScope, battery_id: UUID
) -> tuple[datetime | None, datetime | None, int]:  # fmt: skip
    """First and last sample of open months, and their number."""
    row = await tx.one(queries.range_of, operator_id=scope.operator_id, battery_id=battery_id)
    return (row[0], row[1], row[2]) if row else (None, None, 0)


async def months(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Month]:
    """Months of a battery: closed ones with their file, then those still open."""
    values = {"operator_id": scope.operator_id, "battery_id": battery_id}
    closed = await tx.all(queries.closed_months, Month, **values)
    return [*closed, *await tx.all(queries.open_months, Month, **values)]


async def ripe_months_across(tx: Transaction, before: datetime, limit: int) -> list[tuple[UUID, UUID, date]]:
    """Months of all operators that ended before `before` and are still open."""
    async with tx.across():
        return [(row[0], row[1], row[2]) for row in await tx.all(queries.ripe_months, before=before, limit=limit)]


async def close_month(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, month: date, rows: int, sha256: str
) -> None:  # fmt: skip
    """Note the file of a closed month."""
    await tx.run(
        queries.close_month, operator_id=scope.operator_id, battery_id=battery_id, month=month, rows=rows,
        sha256=sha256, now=clock.now(),
    )  # fmt: skip


async def forget_points(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, since: datetime, until: datetime
) -> int:  # fmt: skip
    """Remove samples that are in a file now."""
    return await tx.run(
        queries.forget_points, operator_id=scope.operator_id, battery_id=battery_id, since=since, until=until
    )


async def add_gateway(
    tx: Transaction,
    scope: OperatorScope,
    gateway_id: UUID,
    label: str,
    token_hash: bytes,
    batteries: Sequence[UUID] | None,
) -> None:
    """A new gateway."""
    await tx.run(
        queries.add_gateway, operator_id=scope.operator_id, gateway_id=gateway_id, label=label, token_hash=token_hash,
        batteries=None if batteries is None else uuids(batteries), now=clock.now(),
    )  # fmt: skip


async def gateways(tx: Transaction, scope: OperatorScope) -> list[Gateway]:
    """All gateways, newest first."""
    return await tx.all(queries.gateways, Gateway, operator_id=scope.operator_id)


async def gateway_hash(
    tx: Transaction, scope: OperatorScope, gateway_id: UUID
) -> tuple[bytes, list[UUID] | None] | None:  # fmt: skip
    """Hash of the token and the batteries of a gateway that is not revoked."""
    row = await tx.one(queries.gateway_hash, operator_id=scope.operator_id, gateway_id=gateway_id)
    return (bytes(row[0]), row[1]) if row else None


async def gateway_used(tx: Transaction, scope: OperatorScope, gateway_id: UUID) -> None:
    """Note that a gateway sent something."""
    await tx.run(queries.gateway_used, operator_id=scope.operator_id, gateway_id=gateway_id, now=clock.now())


async def revoke_gateway(tx: Transaction, scope: OperatorScope, gateway_id: UUID) -> bool:
    """False when there is none to revoke."""
    return bool(
        await tx.run(queries.revoke_gateway, operator_id=scope.operator_id, gateway_id=gateway_id, now=clock.now())
    )

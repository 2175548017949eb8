"""The tables of measured values and attachments; the only caller of `readings.sql`. All within `tx.across()`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.passport.readings import Taken
from meguri.storage import Transaction, load_queries
from meguri.storage.arrays import uuids

queries = load_queries(__package__, "readings.sql")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A reading as it is kept; `counted` is a counter's value with what it counted before it began again."""

    attribute: str
    component: str
    measured_at: datetime
    recorded_at: datetime | None = None
    value: Any
    counted: float = 0.0
    flags: tuple[str, ...] = ()
    source: str = ""
    confirmed: bool = False
    detail: dict[str, Any] = {}


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A reading with all that is kept of it, but whose it is."""

    attribute: str
    component: str
    measured_at: datetime
    source: str
    value: Any
    counted: float
    flags: tuple[str, ...]
    detail: dict[str, Any]
    batch_id: str
    device_id: str | None
    actor: str
    recorded_at: datetime
    confirmed: bool


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a passport. `kept_by`: under whose files its bytes are, when that is not the responsible operator."""

    operator_id: UUID
    file_id: UUID
    passport_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    kept_by: UUID | None = None


async def same(tx: Transaction, passport_id: UUID, source: str, taken: Sequence[Taken]) -> list[Row]:
    """Readings that were recorded before for these very moments."""
    return await tx.all(
        queries.reading_same,
        Row,
        passport_id=passport_id,
        source=source,
        attributes=[each.attribute for each in taken],
        components=[each.component for each in taken],
        moments=[each.measured_at for each in taken],
    )


async def around(
    tx: Transaction, passport_id: UUID, attributes: Sequence[str], first: datetime, last: datetime
) -> list[Row]:
    """Readings within a span and the nearest on both sides."""
    return await tx.all(
        queries.reading_neighbours,
        Row,
        passport_id=passport_id,
        attributes=list(attributes),
        first=first,
        last=last,
    )


async def add(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """New readings."""
    if rows:
        await tx.run(queries.add_readings, rows=msgspec.json.encode(rows).decode())


async def newest(tx: Transaction, passport_id: UUID, most: int) -> tuple[list[Whole], int]:
    """The newest readings of a passport, and how many there are."""
    found = await tx.all(queries.reading_newest, Whole, passport_id=passport_id, most=most)
    return found, int(await tx.value(queries.reading_count, passport_id=passport_id))


async def add_known(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Readings that came with a passport; what is here already stays."""
    if rows:
        await tx.run(queries.add_known_readings, rows=msgspec.json.encode(rows).decode())


async def current(tx: Transaction, passport_id: UUID, attributes: Sequence[str]) -> dict[str, Row]:
    """The latest readings that are not in doubt, by attribute."""
    found = await tx.all(queries.reading_current, Row, passport_id=passport_id, attributes=list(attributes))
    return {each.attribute: each for each in found}


async def page(tx: Transaction, passport_id: UUID, *, attribute: str | None, before: datetime, count: int) -> list[Row]:
    """Readings, newest first."""
    return await tx.all(
        queries.reading_page, Row, passport_id=passport_id, attribute=attribute, before=before, count=count
    )


async def confirm(tx: Transaction, operator_id: UUID, passport_id: UUID, attribute: str, measured_at: datetime) -> int:
    """A reading in doubt is right after all; how many were."""
    return await tx.run(
        queries.confirm_reading,
        operator_id=operator_id,
        passport_id=passport_id,
        attribute=attribute,
        measured_at=measured_at,
    )


async def move(tx: Transaction, operator_id: UUID, passport_id: UUID, to_operator_id: UUID) -> None:
    """Readings and attachments go with the passport."""
    for query in (queries.move_readings, queries.move_attachments):
        await tx.run(query, operator_id=operator_id, passport_id=passport_id, to_operator_id=to_operator_id)


async def add_attachment(tx: Transaction, made: Attachment, actor: str) -> None:
    """A file of a passport."""
    await tx.run(queries.add_attachment, actor=actor, **msgspec.structs.asdict(made))


async def attachment(tx: Transaction, passports: Sequence[UUID], file_id: UUID) -> Attachment | None:
    """One file of these passports."""
    return await tx.one(queries.attachment, Attachment, passports=uuids(passports), file_id=file_id)


async def attachments(tx: Transaction, passports: Sequence[UUID]) -> list[Attachment]:
    """All files of these passports."""
    return await tx.all(queries.attachments, Attachment, passports=uuids(passports))

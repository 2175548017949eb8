"""What goes along with a passport to another installation, beside its values: measured values and attached files.

A bundle travels in one message, so there is a limit to both; what is beyond it is counted, and stays with the giver.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.passport import readings_store
from meguri.passport.access import class_of_document
from meguri.passport.kinds import Document, Kind
from meguri.passport.model import Record
from meguri.passport.readings_store import Attachment, Whole
from meguri.passport.service.attaching import KINDS, kept_with, store_file
from meguri.passport.service.writing import kind_named
from meguri.storage import Transaction
from meguri.storage.files import FileStore

MOST_READINGS: Final = 8_000
MOST_BYTES: Final = 3_000_000
"""Of all passports of one bundle together; the files' bytes as they are, before they are written as text."""
Open = Callable[[Attachment], Awaitable[bytes | None]]


class CarriedFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attached file; `content` in base64."""

    file_id: UUID
    name: str
    sha256: str
    at: datetime
    content: str


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """What goes along with one passport; `left_*`: what did not find room, the oldest readings first."""

    readings: tuple[Whole, ...] = ()
    files: tuple[CarriedFile, ...] = ()
    left_readings: int = 0
    left_files: tuple[str, ...] = ()


class Room:
    """How much still finds room in a bundle."""

    def __init__(self) -> None:
        """All of it."""
        self.readings, self.bytes = MOST_READINGS, MOST_BYTES


async def gathered(tx: Transaction, record: Record, values: Document, room: Room, opened: Open) -> Belongings:
    """What goes along with a passport of these values: its readings, its files, and those of its model or an earlier life that
    it names. `opened` gives a file's bytes, None when they are not there."""
    kind, sources = kind_named(record.kind), await kept_with(tx, record)
    async with tx.across():
        readings, count = await readings_store.newest(tx, record.passport_id, room.readings)
        found = await readings_store.attachments(tx, sources)
    attached = [
        each
        for each in found
        if each.passport_id == record.passport_id or class_of_document(kind, values, str(each.file_id))
    ]
    room.readings -= len(readings)
    files, left = list[CarriedFile](), list[str]()
    for each in attached:
        content = await opened(each) if each.size <= room.bytes else None
        if content is None:
            left.append(each.name)
            continue
        room.bytes -= each.size
        files.append(
            CarriedFile(
                file_id=each.file_id,
                name=each.name,
                sha256=each.sha256,
                at=each.at,
                content=base64.b64encode(content).decode(),
            )
        )
    return Belongings(
        readings=tuple(readings), files=tuple(files), left_readings=count - len(readings), left_files=tuple(left)
    )


async def closed(_: Attachment) -> bytes | None:
    """No file is opened: all of them stay."""
    return None


def opening(files: FileStore) -> Open:
    """How the files of this installation are opened; one that is damaged or gone holds up nothing."""

    async def opened(one: Attachment) -> bytes | None:
        keeper = OperatorScope(one.kept_by or one.operator_id, "system:passport")
        try:
            return b"".join([piece async for piece in await files.get(keeper, one.sha256)])
        except Refusal:
            return None

    return opened


async def stored(files: FileStore, scope: OperatorScope, came: Sequence[Belongings]) -> frozenset[str]:
    """Keep the bytes of what came; the addresses of those that are what they say. Another content, or one that is not a
    passport's file, is left out: a partner's node is no more trusted than a person who attaches something."""
    good = set[str]()
    for one in (each for belongings in came for each in belongings.files):
        try:
            kept = await store_file(files, scope, one.name, base64.b64decode(one.content, validate=True))
        except (Refusal, binascii.Error, ValueError):
            continue
        if kept.sha256 == one.sha256:
            good.add(kept.sha256)
    return frozenset(good)


async def unpacked(
    tx: Transaction, scope: OperatorScope, kind: Kind, passport_id: UUID, came: Belongings, kept: frozenset[str]
) -> None:
    """Readings and files become those of the passport here, under whoever hands it over; again changes nothing.

    Within `tx.across()`.
    """
    known = [one for one in came.readings if _is_reading(kind, one)]
    await readings_store.add_known(tx, [_row(one, scope, passport_id) for one in known])
    for one in came.files:
        if one.sha256 in kept and _ending(one) in KINDS:
            await readings_store.add_attachment(tx, _attachment(one, scope, passport_id), scope.actor)


def _is_reading(kind: Kind, one: Whole) -> bool:
    attribute = kind.attributes.get(one.attribute)
    return attribute is not None and attribute.dynamic and isinstance(one.value, int | float | list)


def _ending(one: CarriedFile) -> str:
    return one.name.rpartition(".")[2].lower()


def _row(one: Whole, scope: OperatorScope, passport_id: UUID) -> dict[str, Any]:
    return {**msgspec.to_builtins(one), "operator_id": str(scope.operator_id), "passport_id": str(passport_id)}


def _attachment(one: CarriedFile, scope: OperatorScope, passport_id: UUID) -> Attachment:
    return Attachment(
        operator_id=scope.operator_id,
        file_id=one.file_id,
        passport_id=passport_id,
        name=one.name[-200:],
        media_type=KINDS[_ending(one)],
        size=len(base64.b64decode(one.content)),
        sha256=one.sha256,
        at=one.at,
    )

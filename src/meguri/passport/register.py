"""The access register (EN 18239): who did or read what, as a chain of entries per responsible operator.

`hash = hex SHA-256(JCS(entry without hash))`, each entry holding the hash of the one before; the first holds 64 zeros.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.passport.store import queries, rows
from meguri.proof import chain
from meguri.storage import Transaction

NEVER = 2**62


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is entered; `action` is `passport.read`, `passport.publish` …"""

    action: str
    actor: str
    object: str
    detail: dict[str, Any] = {}
    on_behalf_of: str | None = None
    audience: str | None = None
    classes: tuple[str, ...] | None = None
    result: str | None = None


class Line(msgspec.Struct, frozen=True):
    """An entry as it stands in the register."""

    seq: int
    entry: dict[str, Any]


async def enter(tx: Transaction, operator_id: UUID, entries: Sequence[tuple[UUID | None, Entry]]) -> None:
    """Append to an operator's register: (passport, entry) in order. Within `tx.across()` for another operator's."""
    if not entries:
        return
    at = clock.seconds_z(clock.now())
    seq, previous = (await tx.all(queries.access_head, operator_id=operator_id, start=chain.START))[0]
    written = [{**_plain(entry), "at": at} for _, entry in entries]
    made = chain.chained(written, str(previous), int(seq) + 1)
    stored = [
        {
            "operator_id": operator_id,
            "seq": whole["seq"],
            "at": at,
            "actor": whole["actor"],
            "passport_id": passport_id,
            "entry": msgspec.json.encode(whole).decode(),
            "hash": whole["hash"],
        }
        for whole, (passport_id, _) in zip(made, entries, strict=True)
    ]
    await tx.run(queries.access_add, rows=rows(stored))
    await tx.run(queries.access_move, operator_id=operator_id, seq=made[-1]["seq"], hash=made[-1]["hash"])


def _plain(entry: Entry) -> dict[str, Any]:
    return {"detail": entry.detail, **msgspec.to_builtins(entry)}


async def page(
    tx: Transaction, operator_id: UUID, passport_id: UUID | None, *, below: int = NEVER, count: int = 100
) -> list[Line]:
    """The register, newest first, of one passport or of all."""
    found = await tx.all(
        queries.access_page, operator_id=operator_id, passport_id=passport_id, below=below, count=count
    )
    return [Line(int(seq), msgspec.json.decode(entry)) for seq, entry in found]


async def count_reads(tx: Transaction, reads: Iterable[tuple[UUID, UUID, datetime, int]]) -> None:
    """Add to the hourly counts of anonymous reads: (operator, passport, hour, reads). Within `tx.across()`."""
    counted = [
        {"operator_id": operator_id, "passport_id": passport_id, "hour": hour, "reads": count}
        for operator_id, passport_id, hour, count in reads
    ]
    if counted:
        await tx.run(queries.count_reads, rows=rows(counted))


async def reads_since(tx: Transaction, operator_id: UUID, passport_id: UUID, since: datetime) -> int:
    """How often anonymous readers read a passport since a moment."""
    return int(await tx.value(queries.reads_since, operator_id=operator_id, passport_id=passport_id, since=since))

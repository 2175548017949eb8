"""The tables of passports and their versions; the only caller of `queries.sql`.

Functions with `across` in their name read what belongs to other operators, under the role that may; the service filters.
Rows go in as JSON of the table's own columns, one or many at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.passport.kinds import Document
from meguri.passport.model import Brief, LifeEvent, Pin, Record, VersionOut
from meguri.storage import Transaction, load_queries
from meguri.storage.arrays import uuids

queries = load_queries(__package__)
FIRST_ID = UUID(int=0)


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version with all that its hash covers."""

    operator_id: UUID
    version: int
    changed_at: datetime
    model_operator_id: UUID | None
    model_id: UUID | None
    model_version: int | None
    batch_operator_id: UUID | None
    batch_id: UUID | None
    batch_version: int | None
    state: str
    life: str | None
    responsible: str
    own: Document
    derived: Document
    salts: dict[str, str]
    slices: dict[str, str]
    version_hash: str
    redacted: dict[str, dict[str, Any]] | None = None


class Redaction(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a version from which personal data were taken; `redacted` is as in `VersionOut`."""

    operator_id: UUID
    version: int
    own: Document
    salts: dict[str, str]
    redacted: dict[str, dict[str, Any]]


class Ancestor(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a descent."""

    successor_id: UUID
    predecessor_id: UUID
    operation: str
    share: float
    version_hash: str
    at: datetime
    depth: int
    dpp_id: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a product identifier."""

    product_key: str
    state: str
    operator_id: UUID
    passport_id: UUID


def rows(records: Iterable[msgspec.Struct | Mapping[str, Any]]) -> str:
    """Rows as one JSON parameter."""
    return msgspec.json.encode(list(records)).decode()


async def lock(tx: Transaction, thing: str) -> None:
    """Wait until nobody else makes passports of `thing`; held until the transaction ends."""
    await tx.run(queries.lock, thing=thing)


async def by_product_across(tx: Transaction, key: str) -> Record | None:
    """The passport of a product: the active one if there is one."""
    async with tx.across():
        return await tx.one(queries.by_product, Record, key=key)


async def by_dpp_across(tx: Transaction, key: str) -> Record | None:
    """The passport with this identifier."""
    async with tx.across():
        return await tx.one(queries.by_dpp, Record, key=key)


async def by_id_across(tx: Transaction, passport_id: UUID) -> Record | None:
    """The passport with this internal id."""
    async with tx.across():
        return await tx.one(queries.by_id, Record, passport_id=passport_id)


async def by_site_across(tx: Transaction, gln: str) -> Record | None:
    """A published passport that names the site itself, or whose model does."""
    async with tx.across():
        return await tx.one(queries.by_site, Record, gln=gln) or await tx.one(queries.item_of_site, Record, gln=gln)


async def latest_published_across(tx: Transaction, operator_id: UUID) -> Record | None:
    """The passport that an operator changed last among those that everyone may read; an inactive one only for want of others."""
    async with tx.across():
        for state in ("Active", "Inactive"):
            found = await tx.one(queries.latest_published_of, Record, operator_id=operator_id, state=state)
            if found is not None:
                return found
    return None


async def locked(tx: Transaction, operator_id: UUID, passport_id: UUID) -> Record | None:
    """An operator's passport, held for a change. Of another operator: within `tx.across()`."""
    return await tx.one(queries.own_by_id, Record, operator_id=operator_id, passport_id=passport_id)


async def waiting(tx: Transaction, operator_id: UUID, passport_id: UUID) -> Record | None:
    """A passport that came from another installation and waits for its taker. Within `tx.across()`."""
    return await tx.one(queries.waiting_by_id, Record, operator_id=operator_id, passport_id=passport_id)


async def taken_across(tx: Transaction, keys: Sequence[str]) -> list[Taken]:
    """Who holds these product identifiers."""
    async with tx.across():
        return await tx.all(queries.taken_keys, Taken, keys=list(keys))


async def dpp_ids_across(tx: Transaction, keys: Sequence[str]) -> dict[str, str]:
    """The identifiers of the active passports of these products."""
    async with tx.across():
        return {str(key): str(dpp_id) for key, dpp_id in await tx.all(queries.dpp_ids_of, keys=list(keys))}


async def add(tx: Transaction, records: Sequence[Record]) -> None:
    """New rows."""
    await tx.run(queries.add_passports, rows=rows(records))


async def put(tx: Transaction, record: Record) -> None:
    """A row that is new here, or came back."""
    await tx.run(queries.put_passport, rows=rows([record]))


async def save(tx: Transaction, record: Record, expected: int) -> bool:
    """The row as it is now; False when another version than `expected` is there."""
    return await tx.run(queries.save_passport, row=msgspec.json.encode(record).decode(), expected=expected) == 1


async def hand_over(tx: Transaction, operator_id: UUID, passport_id: UUID) -> None:
    """The row becomes history."""
    await tx.run(queries.hand_over, operator_id=operator_id, passport_id=passport_id)


async def delete_draft(tx: Transaction, operator_id: UUID, passport_id: UUID) -> bool:
    """Throw a draft away; False when it is none."""
    return await tx.run(queries.delete_draft, operator_id=operator_id, passport_id=passport_id) == 1


async def add_versions(tx: Transaction, versions: Sequence[Mapping[str, Any]]) -> None:
    """New versions."""
    await tx.run(queries.add_versions, rows=rows(versions))


async def add_events(tx: Transaction, events: Sequence[LifeEvent]) -> None:
    """What happened."""
    await tx.run(queries.add_events, rows=rows(events))


async def add_links(tx: Transaction, links: Sequence[Mapping[str, Any]]) -> None:
    """Links between predecessors and successors, both sides."""
    await tx.run(queries.add_links, rows=rows(links))


async def pinned_across(tx: Transaction, pin: Pin) -> tuple[Document, str] | None:
    """The own values of a record's version, and the record's identifier."""
    async with tx.across():
        found = await tx.all(queries.pinned, **msgspec.structs.asdict(pin))
    return (found[0][0], found[0][1]) if found else None


async def version_at_across(tx: Transaction, passport_id: UUID, at: datetime) -> VersionRow | None:
    """The version that held at a moment, whoever was responsible."""
    async with tx.across():
        return await tx.one(queries.version_at, VersionRow, passport_id=passport_id, at=at)


async def version_across(tx: Transaction, passport_id: UUID, version: int) -> VersionRow | None:
    """One version by its number."""
    async with tx.across():
        return await tx.one(queries.version_numbered, VersionRow, passport_id=passport_id, version=version)


async def versions_with(tx: Transaction, passport_id: UUID, keys: Sequence[str]) -> list[VersionRow]:
    """The versions whose own values hold one of these keys, held for a change. Within `tx.across()`."""
    return await tx.all(queries.versions_with, VersionRow, passport_id=passport_id, keys=list(keys))


async def keys_with(tx: Transaction, passport_id: UUID, keys: Sequence[str]) -> set[str]:
    """Which of these keys some version holds. Within `tx.across()`."""
    return {row[0] for row in await tx.all(queries.keys_with, passport_id=passport_id, keys=list(keys))}


async def redact(tx: Transaction, passport_id: UUID, row: Redaction) -> None:
    """Take values out of a version. Within `tx.across()`."""
    said = msgspec.json.encode(row).decode()
    await tx.run(queries.redact_version, row=said, passport_id=passport_id)


async def redact_handed_over(tx: Transaction, passport_id: UUID, keys: Sequence[str], salts: Mapping[str, str]) -> None:
    """Take values out of what stayed with those who were responsible before. Within `tx.across()`."""
    told = msgspec.json.encode(salts).decode()
    await tx.run(queries.redact_handed_over, passport_id=passport_id, keys=list(keys), salts=told)


async def versions_across(tx: Transaction, passport_id: UUID, below: int, count: int) -> list[VersionOut]:
    """Versions, newest first."""
    async with tx.across():
        return await tx.all(queries.versions, VersionOut, passport_id=passport_id, below=below, count=count)


async def events_across(tx: Transaction, passport_id: UUID, count: int = 1000) -> list[LifeEvent]:
    """What happened to one product, in order."""
    async with tx.across():
        return await tx.all(queries.events_of, LifeEvent, passport_id=passport_id, count=count)


async def events_recorded(
    tx: Transaction,
    operator_id: UUID,
    *,
    after: tuple[datetime, UUID] | None = None,
    since: datetime | None = None,
    count: int = 1000,
) -> list[LifeEvent]:
    """An operator's events in the order of recording."""
    start = after or (datetime.min.replace(tzinfo=clock.now().tzinfo), FIRST_ID)
    return await tx.all(
        queries.events_recorded,
        LifeEvent,
        operator_id=operator_id,
        after_at=start[0],
        after_id=start[1],
        since=since,
        count=count,
    )


async def share_used_across(tx: Transaction, passport_id: UUID) -> float:
    """How much of a predecessor went into successors."""
    async with tx.across():
        return float(await tx.value(queries.shares_used, passport_id=passport_id))


async def closed_by_succession_across(tx: Transaction, passport_id: UUID) -> bool:
    """Whether the last thing that made a passport inactive was a succession, and not its owner's suspending."""
    async with tx.across():
        return bool(await tx.value(queries.last_closing, passport_id=passport_id) == "succession")


async def parents_across(tx: Transaction, passport_id: UUID) -> list[UUID]:
    """The predecessors of a passport."""
    async with tx.across():
        return [found[0] for found in await tx.all(queries.parents_of, passport_id=passport_id)]


async def ancestry_across(tx: Transaction, passport_id: UUID, deepest: int) -> list[Ancestor]:
    """The whole descent, nearest first."""
    async with tx.across():
        return await tx.all(queries.ancestry, Ancestor, passport_id=passport_id, deepest=deepest)


async def items_behind(
    tx: Transaction,
    operator_id: UUID,
    model_id: UUID,
    version: int,
    *,
    only: Sequence[UUID] | None,
    after: UUID,
    count: int,
) -> list[UUID]:
    """Own items on an older version of a model."""
    found = await tx.all(
        queries.items_of_model,
        operator_id=operator_id,
        model_id=model_id,
        version=version,
        only=uuids(only) if only is not None else None,
        after=after,
        count=count,
    )
    return [each[0] for each in found]


async def count_items_behind(
    tx: Transaction, operator_id: UUID, model_id: UUID, version: int, only: Sequence[UUID] | None
) -> int:
    """How many own items stand on an older version of a model."""
    return int(
        await tx.value(
            queries.count_items_of_model,
            operator_id=operator_id,
            model_id=model_id,
            version=version,
            only=uuids(only) if only is not None else None,
        )
    )


async def live_items(tx: Transaction, operator_id: UUID, model_id: UUID, *, after: UUID, count: int) -> list[UUID]:
    """Own items of a model that have not ceased, by id."""
    found = await tx.all(
        queries.live_items_of_model, operator_id=operator_id, model_id=model_id, after=after, count=count
    )
    return [each[0] for each in found]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which passports a list shows; None = any."""

    granularity: str | None = None
    kind: str | None = None
    category: str | None = None
    state: str | None = None
    life: str | None = None
    model: UUID | None = None
    updated_since: datetime | None = None
    score_lt: float | None = None
    q: str | None = None
    only: tuple[UUID, ...] | None = None
    filters: dict[str, Any] = {}


async def listed(
    tx: Transaction, operator_id: UUID, wanted: Wanted, *, after: tuple[datetime, UUID] | None, count: int
) -> list[Brief]:
    """An operator's passports, the latest change first."""
    escaped = (wanted.q or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return await tx.all(
        queries.list_passports,
        Brief,
        operator_id=operator_id,
        granularity=wanted.granularity,
        kind=wanted.kind,
        category=wanted.category,
        state=wanted.state,
        life=wanted.life,
        model=wanted.model,
        updated_since=wanted.updated_since,
        score_lt=wanted.score_lt,
        only=uuids(wanted.only) if wanted.only is not None else None,
        q=f"{escaped}%" if wanted.q else None,
        anywhere=f"%{escaped}%",
        filters=msgspec.json.encode(wanted.filters).decode(),
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        count=count,
    )


async def counted(tx: Transaction, operator_id: UUID, wanted: Wanted, most: int) -> int:
    """How many an operator has, up to `most`."""
    return int(
        await tx.value(
            queries.count_passports,
            operator_id=operator_id,
            granularity=wanted.granularity,
            category=wanted.category,
            state=wanted.state,
            model=wanted.model,
            most=most,
        )
    )


async def tally(tx: Transaction, operator_id: UUID) -> dict[str, int]:
    """How many items an operator has, by the document's state."""
    return {str(state): int(count) for state, count in await tx.all(queries.tally, operator_id=operator_id)}


async def mark_for_backup(tx: Transaction, records: Sequence[Record]) -> None:
    """These versions wait for the back-up provider."""
    waiting = [
        {
            "operator_id": each.operator_id,
            "passport_id": each.passport_id,
            "version": each.version,
            "changed_at": each.updated_at,
        }
        for each in records
    ]
    await tx.run(queries.mark_backup, rows=rows(waiting))


async def waiting_for_backup(
    tx: Transaction, operator_id: UUID, count: int, after: tuple[datetime, UUID] | None = None
) -> list[tuple[UUID, datetime]]:
    """Passports whose latest version is not at the back-up provider, and when they changed; the oldest change first."""
    rows = await tx.all(
        queries.backup_waiting,
        operator_id=operator_id,
        count=count,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
    )
    return [(row[0], row[2]) for row in rows]


async def backed_up(tx: Transaction, operator_id: UUID, passport_id: UUID, version: int) -> None:
    """This version is with the back-up provider."""
    await tx.run(queries.backup_done, operator_id=operator_id, passport_id=passport_id, version=version, at=clock.now())


async def backup_lag(tx: Transaction, operator_id: UUID) -> tuple[datetime | None, int]:
    """Since when the oldest change waits for the back-up provider, and how many wait."""
    found = (await tx.all(queries.backup_lag, operator_id=operator_id))[0]
    return found[0], int(found[1])

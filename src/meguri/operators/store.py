"""The tables of this room: companies, plants, disclosures, notifications. The only caller of `queries.sql`.

Functions that take a scope touch that operator's rows. Those that take operator ids act for several companies at once
and are called within `tx.across()`.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators.checks import search_form
from meguri.operators.model import (
    DirectoryEntry,
    NewOperator,
    OperatorRecord,
    OperatorSettings,
    OperatorVersion,
    Plant,
    PlantInput,
    PlantVersion,
    Proof,
)
from meguri.storage import Transaction, load_queries

queries = load_queries(__package__)
FIRST = (0, "", UUID(int=0))
LAST_VERSION = 2**31 - 1
_LAST_SIGN = "\U0010ffff"
_PART = 32  # characters of a name that are kept from each place on
_RARE = 2000  # matches up to which they are sorted rather than met on a walk


class Found(DirectoryEntry, frozen=True, kw_only=True):
    """A hit in the directory with its place in the order."""

    rank: int
    search_name: str


async def lock(
    tx: Transaction, _scope: OperatorScope | None, *thing: object, within: tuple[object, ...] | None = None
) -> None:
    """Wait until nobody else writes `thing`; held until the transaction ends.

    `within`: what `thing` is a part of. Several may write parts of it at once, but not while somebody has locked all of it.
    """
    if within is None:
        await tx.run(queries.lock, thing=_named(thing))
    else:
        await tx.run(queries.lock_within, thing=_named(thing), whole=_named(within))


def _named(thing: tuple[object, ...]) -> str:
    return ":".join(("operators", *map(str, thing)))


# Companies


async def add_operator(
    tx: Transaction, scope: OperatorScope, new: NewOperator, guest_of: UUID | None = None
) -> OperatorRecord | None:
    """The new record, or None when one of its ids is taken."""
    return await tx.one(
        queries.add_operator,
        OperatorRecord,
        operator_id=scope.operator_id,
        search_name=search_form(new.name),
        at=clock.now(),
        actor=scope.actor,
        guest_of=guest_of,
        **msgspec.structs.asdict(new),
    )


async def everybody(tx: Transaction) -> list[DirectoryEntry]:
    """All companies but guests, by name."""
    return await tx.all(queries.everybody, DirectoryEntry)


async def become_member(tx: Transaction, scope: OperatorScope, open_operator_id: str) -> OperatorRecord | None:
    """A guest's public number, and that everybody may see it; None when it is no guest."""
    return await tx.one(
        queries.become_member,
        OperatorRecord,
        operator_id=scope.operator_id,
        open_operator_id=open_operator_id,
        at=clock.now(),
        actor=scope.actor,
    )


async def change_operator(tx: Transaction, scope: OperatorScope, record: OperatorRecord) -> OperatorRecord | None:
    """`record` as the version after `record.version`, or None when that is not the present version."""
    return await tx.one(
        queries.change_operator,
        OperatorRecord,
        operator_id=scope.operator_id,
        name=record.name,
        search_name=search_form(record.name),
        address=record.address,
        global_operator_id=record.global_operator_id,
        lei=record.lei,
        gln=record.gln,
        expected=record.version,
        at=clock.now(),
        actor=scope.actor,
    )


async def note_proof(tx: Transaction, operator_id: UUID, proof: str) -> None:
    """How a company was proved, in identity's transaction."""
    await tx.run(queries.note_proof, operator_id=operator_id, proof=proof, at=clock.now())


async def operator(tx: Transaction, scope: OperatorScope) -> OperatorRecord | None:
    """The operator's own record."""
    return await tx.one(queries.operator, OperatorRecord, operator_id=scope.operator_id)


async def operator_versions(
    tx: Transaction, scope: OperatorScope, before: int | None, rows: int
) -> list[OperatorVersion]:
    """The operator's record through time, newest first, from version `before` down."""
    return await tx.all(
        queries.operator_versions,
        OperatorVersion,
        operator_id=scope.operator_id,
        before=LAST_VERSION if before is None else before,
        rows=rows,
    )


async def by_open_id(tx: Transaction, _scope: OperatorScope, open_operator_id: str) -> DirectoryEntry | None:
    """The company with this public number."""
    return await tx.one(queries.operator_by_open_id, DirectoryEntry, open_operator_id=open_operator_id)


async def with_gln_across(tx: Transaction, gln: str) -> list[UUID]:
    """Members that state this Global Location Number, in the order in which they joined."""
    async with tx.across():
        return [operator_id for (operator_id,) in await tx.all(queries.operators_with_gln, gln=gln)]


async def with_global_id(tx: Transaction, _scope: OperatorScope, global_operator_id: str) -> UUID | None:
    """Who has this global id."""
    found: UUID | None = await tx.value(queries.operator_with_global_id, global_operator_id=global_operator_id)
    return found


async def by_ids(tx: Transaction, _scope: OperatorScope, operator_ids: Collection[UUID]) -> list[DirectoryEntry]:
    """The companies with these ids, in no order."""
    return await tx.all(queries.operators_by_ids, DirectoryEntry, operator_ids=list(operator_ids))


async def guests_among(tx: Transaction, operator_ids: Collection[UUID]) -> set[UUID]:
    """Which of these answer without an account, as far as the present role sees them."""
    rows = await tx.all(queries.guests_among, operator_ids=list(operator_ids)) if operator_ids else []
    return {row[0] for row in rows}


async def directory_page(
    tx: Transaction, _scope: OperatorScope, text: str, start: tuple[int, str, UUID], rows: int
) -> list[Found]:
    """Companies that `text` finds, best matches first, from `start` on."""
    rank, search_name, after = start
    wanted, exact = search_form(text), text.replace("\x00", "").strip()
    found: list[Found] = []
    if rank == 0:
        found = await tx.all(
            queries.directory_beginnings,
            Found,
            text=wanted,
            beyond=wanted + _LAST_SIGN,
            exact=exact,
            search_name=search_name,
            after=after,
            rows=rows,
        )
        search_name, after = FIRST[1:]
    if wanted and len(found) < rows:
        found += await _insides(tx, wanted, search_name, after, rows - len(found))
    return found


async def _insides(tx: Transaction, wanted: str, search_name: str, after: UUID, rows: int) -> list[Found]:
    """By name, those that contain `wanted` further inside.

    A rare text is looked up; of a frequent one a page is soon full on a walk along the names.
    """
    start = wanted[:_PART]
    rare = await tx.all(queries.directory_holders, start=start, beyond=start + _LAST_SIGN, most=_RARE)
    if not rare:
        return []
    place = {"text": wanted, "search_name": search_name, "after": after, "rows": rows}
    if len(rare) < _RARE:
        return await tx.all(queries.directory_insides, Found, holders=[row[0] for row in rare], **place)
    return await tx.all(queries.directory_walk, Found, **place)


async def settings(tx: Transaction, scope: OperatorScope) -> OperatorSettings:
    """The operator's own switches; the defaults when none was ever set."""
    return await tx.one(queries.settings, OperatorSettings, operator_id=scope.operator_id) or OperatorSettings()


async def save_settings(
    tx: Transaction, scope: OperatorScope, auto_disclose: bool, least_proof: Proof = "self_declared"
) -> None:
    """Keep the operator's own switches, as their next version."""
    await tx.run(
        queries.save_settings,
        operator_id=scope.operator_id,
        auto_disclose=auto_disclose,
        least_proof=least_proof,
    )


# Plants


async def add_plant(tx: Transaction, scope: OperatorScope, plant_id: UUID, said: PlantInput) -> Plant:
    """A new plant."""
    added = await tx.one(queries.add_plant, Plant, plant_id=plant_id, expected=0, **_plant_values(scope, said))
    assert added is not None  # noqa: S101 - an INSERT without condition returns its row
    return added


async def change_plant(
    tx: Transaction, scope: OperatorScope, plant_id: UUID, said: PlantInput, expected: int
) -> Plant | None:
    """The plant as said, or None when `expected` is not its present version."""
    return await tx.one(queries.change_plant, Plant, plant_id=plant_id, expected=expected, **_plant_values(scope, said))


def _plant_values(scope: OperatorScope, said: PlantInput) -> dict[str, object]:
    return {
        "operator_id": scope.operator_id,
        "name": said.name,
        "address": said.address,
        "open_plant_id": said.open_plant_id,
        "global_plant_id": said.global_plant_id,
        "gln": None if said.gln is msgspec.UNSET else said.gln,
        "at": clock.now(),
        "actor": scope.actor,
    }


async def plant(tx: Transaction, scope: OperatorScope, plant_id: UUID) -> Plant | None:
    """One plant of the operator."""
    return await tx.one(queries.plant, Plant, operator_id=scope.operator_id, plant_id=plant_id)


async def plants(
    tx: Transaction, scope: OperatorScope, start: tuple[datetime, UUID] | None, rows: int | None
) -> list[Plant]:
    """The operator's plants, oldest first, from `start` on; all of them when `rows` is None."""
    created_at, after = start or (None, None)
    return await tx.all(
        queries.plants, Plant, operator_id=scope.operator_id, created_at=created_at, after=after, rows=rows
    )


async def plants_known(tx: Transaction, scope: OperatorScope, plant_ids: Collection[UUID]) -> set[UUID]:
    """Which of `plant_ids` are plants of the operator."""
    found = await tx.all(queries.plants_known, operator_id=scope.operator_id, plant_ids=list(plant_ids))
    return {row[0] for row in found}


async def plants_taken(tx: Transaction, scope: OperatorScope, plant_id: UUID, said: PlantInput) -> tuple[bool, bool]:
    """Whether another plant of the operator has the public id, and whether one has the global id."""
    taken = await tx.one(
        queries.plants_taken,
        operator_id=scope.operator_id,
        plant_id=plant_id,
        open_plant_id=said.open_plant_id,
        global_plant_id=said.global_plant_id,
    )
    return (bool(taken[0]), bool(taken[1])) if taken else (False, False)


async def plant_versions(
    tx: Transaction, scope: OperatorScope, plant_id: UUID, before: int | None, rows: int
) -> list[PlantVersion]:
    """A plant through time, newest first, from version `before` down."""
    return await tx.all(
        queries.plant_versions,
        PlantVersion,
        operator_id=scope.operator_id,
        plant_id=plant_id,
        before=LAST_VERSION if before is None else before,
        rows=rows,
    )


# Trial companies


async def clear(tx: Transaction, operator_ids: Collection[UUID], *, actor: str, reason: str) -> None:
    """Empty companies' plants, disclosures and notifications; the histories stay."""
    ids = list(operator_ids)
    await tx.run(queries.clear_disclosures, operator_ids=ids, at=clock.now(), actor=actor, reason=reason)
    await tx.run(queries.clear_notifications, operator_ids=ids)
    await tx.run(queries.clear_plants, operator_ids=ids)

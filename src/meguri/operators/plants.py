"""Plants: where an operator makes or handles parts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel.errors import Invalid, Stale
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators import checks, store
from meguri.operators.errors import GlobalPlantIdTaken, OpenPlantIdTaken, PlantNotFound
from meguri.operators.events import PlantRegistered, PlantUpdated
from meguri.operators.model import Plant, PlantInput, PlantVersion
from meguri.storage import Transaction

_WRITABLE = ("name", "address", "open_plant_id", "global_plant_id", "gln")


async def register(tx: Transaction, scope: OperatorScope, said: PlantInput, *, check_digits: bool = True) -> Plant:
    """A new plant of the operator. Raises Invalid, OpenPlantIdTaken, GlobalPlantIdTaken."""
    _refuse_broken(said, check_digits=check_digits)
    plant_id = new_id()
    await store.lock(tx, scope, "plant", scope.operator_id)
    await _refuse_taken(tx, scope, plant_id, said)
    added = await store.add_plant(tx, scope, plant_id, said)
    await tx.record(PlantRegistered(plant_id=plant_id))
    return added


async def update(
    tx: Transaction,
    scope: OperatorScope,
    plant_id: UUID,
    said: PlantInput,
    *,
    expected_version: int | None = None,
    check_digits: bool = True,
) -> Plant:
    """The plant as said (a GLN left out stays); a change of nothing makes no new version.

    `expected_version` is the version that the writer read (If-Match); None where the contract knows no such thing.
    Raises Invalid, PlantNotFound, Stale, OpenPlantIdTaken, GlobalPlantIdTaken.
    """
    _refuse_broken(said, check_digits=check_digits)
    await store.lock(tx, scope, "plant", scope.operator_id)
    before = await get(tx, scope, plant_id)
    if expected_version not in (None, before.version):
        raise Stale
    if said.gln is msgspec.UNSET:
        said = msgspec.structs.replace(said, gln=before.gln)
    fields = tuple(name for name in _WRITABLE if getattr(before, name) != getattr(said, name))
    if not fields:
        return before
    await _refuse_taken(tx, scope, plant_id, said)
    after = await store.change_plant(tx, scope, plant_id, said, before.version)
    if after is None:
        raise Stale
    await tx.record(PlantUpdated(plant_id=plant_id, version=after.version, fields=fields))
    return after


def _refuse_broken(said: PlantInput, *, check_digits: bool) -> None:
    errors = [*checks.shape_of_plant(said), *(checks.gln_errors(said.gln) if check_digits else [])]
    if errors:
        raise Invalid(fields=tuple(errors))


async def _refuse_taken(tx: Transaction, scope: OperatorScope, plant_id: UUID, said: PlantInput) -> None:
    same_open, same_global = await store.plants_taken(tx, scope, plant_id, said)
    if same_open:
        raise OpenPlantIdTaken(value=said.open_plant_id)
    if same_global:
        raise GlobalPlantIdTaken(value=said.global_plant_id)


async def get(tx: Transaction, scope: OperatorScope, plant_id: UUID) -> Plant:
    """One plant of the operator. Raises PlantNotFound."""
    found = await store.plant(tx, scope, plant_id)
    if found is None:
        raise PlantNotFound
    return found


async def all_plants(tx: Transaction, scope: OperatorScope) -> list[Plant]:
    """Every plant of the operator, oldest first."""
    return await store.plants(tx, scope, None, None)


async def page(tx: Transaction, scope: OperatorScope, *, limit: int = 100, cursor: str | None = None) -> Page[Plant]:
    """The operator's plants, oldest first. Raises BadCursor."""
    found = await store.plants(tx, scope, _place(cursor) if cursor else None, limit + 1)
    after = None
    if len(found) > limit:
        after = encode_cursor(found[limit].created_at.isoformat(), str(found[limit].plant_id))
    return Page(items=found[:limit], next_cursor=after)


def _place(cursor: str) -> tuple[datetime, UUID]:
    moment, after = decode_cursor(cursor, 2)
    plant_id = parse_uuid(after)
    try:
        created_at = datetime.fromisoformat(moment)
    except ValueError:
        raise BadCursor from None
    if plant_id is None or created_at.tzinfo is None:
        raise BadCursor
    return created_at, plant_id


async def versions(
    tx: Transaction, scope: OperatorScope, plant_id: UUID, *, limit: int = 100, cursor: str | None = None
) -> Page[PlantVersion]:
    """A plant through time, newest first. Raises PlantNotFound, BadCursor."""
    await get(tx, scope, plant_id)
    before = decode_cursor(cursor, 1)[0] if cursor else None
    if before is not None and not (before.isascii() and before.isdigit() and len(before) < 10):
        raise BadCursor
    found = await store.plant_versions(tx, scope, plant_id, int(before) if before else None, limit + 1)
    after = encode_cursor(str(found[limit].version)) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=after)


async def plants_known(tx: Transaction, scope: OperatorScope, plant_ids: Collection[UUID]) -> set[UUID]:
    """Which of `plant_ids` are plants of the operator."""
    return await store.plants_known(tx, scope, set(plant_ids)) if plant_ids else set()


async def plant_exists(tx: Transaction, scope: OperatorScope, plant_ids: Collection[UUID]) -> bool:
    """Whether all of `plant_ids` are plants of the operator."""
    return await plants_known(tx, scope, plant_ids) == set(plant_ids)

"""Use cases of parts and structures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import plants
from meguri.storage.transaction import Transaction
from meguri.traceability import store, writing
from meguri.traceability.errors import (
    IdentityFixed,
    PartForeign,
    PartInStructure,
    PartNotOwn,
    PartReceived,
    PartRequested,
    PartUnknown,
    PlantUnknown,
    StructureCycle,
)
from meguri.traceability.events import PartChange, PartDeleted, PartsAdded, PartWritten
from meguri.traceability.model import (
    ChildInput,
    Component,
    Part,
    PartBrief,
    PartInput,
    RequestType,
    Side,
    Structure,
    Trade,
    Version,
)
from meguri.traceability.service.settling import lock_downstream, settle_from, tell


async def write_structure(
    tx: Transaction,
    scope: OperatorScope,
    parent: PartInput,
    children: Sequence[ChildInput],
    *,
    if_version: int | None = None,
) -> Structure:
    """Writes a part with its whole structure; the same plant, name and support name are the same part.

    `children` replaces the components; those left out stay as parts. `if_version`: refuse unless the parent has it.
    Raises BadAmount, TooManyChildren, PlantUnknown, TerminatedWithChildren, DuplicateChild, StructureCycle,
    ChildRequested, TerminateRequested, UnitLocked, Stale.
    """
    writing.check_amounts(children)
    inputs: list[PartInput] = [parent, *children]
    if not await plants.plant_exists(tx, scope, {part.plant_id for part in inputs}):
        raise PlantUnknown
    writing.check_shape(parent, children)
    found = await store.parts_by_identity(tx, scope, inputs)
    moving = _moving(scope, inputs, found)
    await lock_downstream(tx, scope, *moving)
    # Another writer may have been first while this one waited for the lock.
    found = await store.parts_by_identity(tx, scope, inputs)
    if (moved := _moving(scope, inputs, found)) != moving:
        await lock_downstream(tx, scope, *moved)
    before = found.get(writing.identity(parent))
    if if_version is not None and (before is None or before.version != if_version):
        raise Stale
    return await _write(tx, scope, inputs, [child.amount for child in children], found)


async def add_parts(
    tx: Transaction, scope: OperatorScope, said: Sequence[PartInput]
) -> tuple[dict[writing.Identity, Part], list[PartInput]]:
    """Writes many parts without components at once: those that are new, in a few statements however many they are.

    Those that are as said now, new or just so before, by identity; and those that are registered and would become
    others by these words: they may be asked for or stand in structures, so they are for `write_structure`.
    Each identity (plant, name, support name) only once. Raises PlantUnknown.
    """
    if not await plants.plant_exists(tx, scope, {part.plant_id for part in said}):
        raise PlantUnknown
    await lock_downstream(tx, scope)  # nobody else adds one of them meanwhile
    found, now = await store.parts_by_identity(tx, scope, said), clock.now()
    merged = [_merge(scope, one, found.get(writing.identity(one)), now, as_parent=True) for one in said]
    fresh = [one.part for one in merged if one.before is None]
    if fresh:
        await store.insert_parts(tx, scope, fresh)
        bodies = [(part.trace_id, part.version, Structure(parent=part, children=[])) for part in fresh]
        await store.keep_history(tx, scope, "part", bodies)
        await tx.record(PartsAdded(added=tuple(part.trace_id for part in fresh)))
    others = [one for one, new in zip(said, merged, strict=True) if new.before is not None and new.changed]
    return {writing.identity(new.part): new.part for new in merged if new.before is None or not new.changed}, others


async def replace_structure(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    parent: PartInput,
    children: Sequence[ChildInput],
    *,
    if_version: int | None = None,
) -> Structure:
    """The same for a part that is known by its id. Raises PartNotOwn, IdentityFixed and what `write_structure` raises."""
    present = await store.part(tx, scope, trace_id)
    if present is None:
        raise PartNotOwn
    if writing.identity(present) != writing.identity(parent):
        raise IdentityFixed
    return await write_structure(tx, scope, parent, children, if_version=if_version)


def _moving(
    scope: OperatorScope, inputs: Sequence[PartInput], found: dict[writing.Identity, Part]
) -> list[tuple[UUID, UUID]]:
    """The parts whose change can be felt downstream: the parent, and children that become or cease to be an end."""
    moving = []
    for place, said in enumerate(inputs):
        old = found.get(writing.identity(said))
        if old is not None and (place == 0 or said.terminated != old.terminated):
            moving.append((scope.operator_id, old.trace_id))
    return moving


@dataclass(frozen=True, slots=True)
class _Written:
    part: Part
    before: Part | None

    @property
    def changed(self) -> bool:
        return self.before is None or self.part.version != self.before.version


def _merge(scope: OperatorScope, said: PartInput, before: Part | None, now: datetime, *, as_parent: bool) -> _Written:
    words = {name: getattr(said, name) or None for name in ("support_name", "label", "info1", "info2", "info3")}
    if before is None:
        fresh = Part(
            trace_id=new_id(),
            operator_id=scope.operator_id,
            plant_id=said.plant_id,
            name=said.name,
            unit=said.unit,
            terminated=said.terminated,
            is_parent=as_parent,
            version=1,
            created_at=now,
            updated_at=now,
            **words,
        )
        return _Written(fresh, None)
    after = msgspec.structs.replace(
        before, unit=said.unit, terminated=said.terminated, is_parent=before.is_parent or as_parent, **words
    )
    if after != before:
        after = msgspec.structs.replace(after, version=before.version + 1, updated_at=now)
    return _Written(after, before)


async def _write(
    tx: Transaction,
    scope: OperatorScope,
    inputs: Sequence[PartInput],
    amounts: Sequence[Decimal],
    found: dict[writing.Identity, Part],
) -> Structure:
    now = clock.now()
    written = [
        _merge(scope, said, found.get(writing.identity(said)), now, as_parent=place == 0)
        for place, said in enumerate(inputs)
    ]
    parent, children = written[0], written[1:]
    links = [(child.part.trace_id, amount) for child, amount in zip(children, amounts, strict=True)]
    links_before = await _guard(tx, scope, inputs, written, links)
    if links != links_before and parent.before is not None and parent.part.version == parent.before.version:
        bumped = msgspec.structs.replace(parent.part, version=parent.part.version + 1, updated_at=now)
        parent = _Written(bumped, parent.before)
        written[0] = parent
    await store.insert_parts(tx, scope, [w.part for w in written if w.before is None])
    await store.update_parts(tx, scope, [w.part for w in written if w.before is not None and w.changed])
    if links != links_before:
        await store.replace_links(tx, scope, parent.part.trace_id, links)
    result = Structure(
        parent=parent.part,
        children=[Component(part=c.part, amount=amount) for c, amount in zip(children, amounts, strict=True)],
    )
    await _after_writing(tx, scope, written, result, links_before)
    return result


async def _guard(
    tx: Transaction,
    scope: OperatorScope,
    inputs: Sequence[PartInput],
    written: Sequence[_Written],
    links: Sequence[tuple[UUID, Decimal]],
) -> list[tuple[UUID, Decimal]]:
    parent = written[0]
    known = {w.part.trace_id: w.before for w in written if w.before is not None}
    if not known:
        return []
    parent_id = parent.part.trace_id
    structures = await store.links_of(tx, scope, known)
    links_before = structures.get(parent_id, [])
    kept = {child for child, _ in links}
    dropped = {child for child, _ in links_before} - kept
    added = [child for child in kept - {child for child, _ in links_before} if child in known]
    if parent.before is not None and added and await store.reaches_across(tx, (scope.operator_id, parent_id), added):
        raise StructureCycle
    trades = await store.trades_on(tx, scope, [*known, *dropped])
    writing.check_dropped(dropped, trades)
    before = dict(known)
    said = {w.part.trace_id: part for w, part in zip(written, inputs, strict=True) if w.before is not None}
    answered = await store.answered_parts(tx, scope, list(known))
    writing.check_changes(said, before, trades, answered, {p for p in structures if p != parent_id})
    return links_before


async def _after_writing(
    tx: Transaction,
    scope: OperatorScope,
    written: Sequence[_Written],
    result: Structure,
    links_before: list[tuple[UUID, Decimal]],
) -> None:
    links = [(c.part.trace_id, c.amount) for c in result.children]
    parent = written[0]
    changed = [w for w in written if w.changed]
    await store.keep_history(
        tx,
        scope,
        "part",
        [
            (w.part.trace_id, w.part.version, result if w is parent else Structure(parent=w.part, children=[]))
            for w in changed
        ],
    )
    for one in changed:
        await _tell_suppliers(tx, scope, one)
    if not changed:
        return
    turned = [w for w in changed if w.before is not None and w.part.terminated != w.before.terminated]
    if links != links_before and parent.before is not None and parent not in turned:
        turned.append(parent)
    seeds = [(scope.operator_id, w.part.trace_id) for w in turned]
    settled = [await settle_from(tx, seeds, request_type) for request_type in RequestType] if seeds else []
    await tx.record(
        PartWritten(
            trace_id=parent.part.trace_id,
            changed=tuple(
                PartChange(
                    trace_id=w.part.trace_id,
                    version=w.part.version,
                    terminated=w.part.terminated,
                    terminated_before=w.before.terminated if w.before else None,
                )
                for w in changed
            ),
            links=tuple(links),
            links_before=tuple(links_before),
        )
    )
    for outcome in settled:
        await tell(tx, outcome)


async def _tell_suppliers(tx: Transaction, scope: OperatorScope, one: _Written) -> None:
    brief = brief_of(one.part)
    if one.before is not None and brief != brief_of(one.before):
        await store.refresh_requested_part(tx, scope, brief)


def brief_of(part: Part) -> PartBrief:
    """What a supplier sees of a part."""
    return PartBrief(**{name: getattr(part, name) for name in PartBrief.__struct_fields__})


async def delete_part(tx: Transaction, scope: OperatorScope, trace_id: UUID, *, if_version: int | None = None) -> None:
    """Removes a part that nothing holds on to; its history stays.

    Raises PartUnknown, PartForeign, PartInStructure, PartRequested, PartReceived, Stale.
    """
    await lock_downstream(tx, scope)
    part = await store.part(tx, scope, trace_id)
    if part is None:
        raise PartForeign if await store.part_exists_across(tx, trace_id) else PartUnknown
    if if_version is not None and part.version != if_version:
        raise Stale
    if await store.parents_of(tx, scope, [trace_id]) or await store.links_of(tx, scope, [trace_id]):
        raise PartInStructure
    trades: list[Trade] = await store.trades_on(tx, scope, [trace_id])
    if any(trade.side is Side.DOWN for trade in trades):
        raise PartRequested
    if trades:
        raise PartReceived
    await store.clear_answers(tx, scope, trace_id)
    await store.delete_part(tx, scope, trace_id)
    await tx.record(PartDeleted(trace_id=trace_id))


async def part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Part:
    """One own part. Raises PartNotOwn."""
    found = await store.part(tx, scope, trace_id)
    if found is None:
        raise PartNotOwn
    return found


async def structure(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Structure:
    """One own part with what it is made of. Raises PartNotOwn."""
    return Structure(parent=await part(tx, scope, trace_id), children=await store.components_of(tx, scope, trace_id))


async def parts_page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    limit: int,
    after: UUID | None = None,
    trace_id: UUID | None = None,
    name: str | None = None,
    contains: str | None = None,
    plant_id: UUID | None = None,
    is_parent: bool | None = None,
) -> tuple[list[Part], UUID | None]:
    """Own parts by name (code points), and the id of the first part of the next page.

    `after` is the id of the first part wanted. `name` fits exactly; `contains` anywhere in name, support name, label.
    """
    rows = await store.list_parts(
        tx,
        scope,
        limit=limit + 1,
        after=after,
        trace_id=trace_id,
        name=name,
        contains=contains,
        plant_id=plant_id,
        is_parent=is_parent,
    )
    return rows[:limit], rows[limit].trace_id if len(rows) > limit else None


async def history(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, *, before: int | None = None, limit: int = 100
) -> list[Version]:
    """What the part and its structure looked like at each version, newest first."""
    return await store.history_of(tx, scope, trace_id, before=before, limit=limit)

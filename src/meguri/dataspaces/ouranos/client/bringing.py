"""Bringing what stands here to a foreign system: look first, write, see that it was done, remember what both sides hold.

A worker may die at any point and an answer may be lost at any call. So nothing is remembered as sent that would have to be
believed: a thing is compared with what both sides last agreed on, a new request is looked for in the system before it is made,
and every other write may be made twice. Nothing is held locked while the system is asked.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.client import shaping, store
from meguri.dataspaces.ouranos.client.model import Pair, System, Task, TaskKind
from meguri.dataspaces.ouranos.client.wire import Foreign
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import Plant
from meguri.storage import Database, Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Structure

Result = TypeVar("Result")
GONE = ("MSGAECP0013", "MSGAECI0005")


class NotYet(Exception):
    """The system has not done the write yet, or it cannot be told: to be looked at again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        """A short time."""
        super().__init__(seconds)
        self.seconds = seconds


class Failed(Exception):
    """The system took the write, and told later that it could not do it."""


class Bringer:
    """Brings things of one company to one system; the parts of the work are in `parts.py`, `asking.py`, `answering.py`."""

    def __init__(self, db: Database, scope: OperatorScope, system: System, foreign: Foreign, task: Task) -> None:
        """`task` is what is being brought."""
        self.db, self.scope, self.system, self.foreign, self.task = db, scope, system, foreign, task

    async def run(self, work: Callable[..., Awaitable[Result]], *args: Any) -> Result:
        """One transaction of the company."""
        return await self.db.run(self.scope, work, *args)

    @property
    def key(self) -> str:
        """Under which the write is known to systems that know Idempotency-Key; a changed thing is another write."""
        return f"{self.task.kind}-{self.task.ours}-{self.task.turn}"

    async def pair(self, kind: str, ours: UUID) -> Pair | None:
        """What is known of a thing in the system."""
        return (await self.run(_pairs, self.system, kind, [ours])).get(ours)

    async def keep(self, kind: str, theirs: UUID, ours: UUID, told: str | None = None) -> None:
        """The two are one thing."""
        await self.run(_keep, self.system, kind, theirs, ours, told)

    async def tell(self, kind: str, ours: UUID, told: str) -> None:
        """What both sides hold now."""
        await self.run(_tell, self.system, kind, ours, told)

    async def done(self, track: str | None) -> None:
        """See that a write was done. Raises NotYet, Failed."""
        if track is None or not self.foreign.has_north:
            return
        state = (await self.foreign.tracks([track])).get(track.lower(), "SUCCESS")
        if state == "PROCESSING":
            await self.run(_tracked, self.task, track)
            raise NotYet(2)
        await self.run(_tracked, self.task, None)
        if state == "ERROR":
            raise Failed

    # ── plants and parts ─────────────────────────────────────────────────────────────────────────────────────────────

    async def part(self, trace_id: UUID, *, anew: bool = True) -> UUID | None:
        """A part as it stands here, with what it is made of and what it goes into; its id there, None if it is gone.

        `anew` False: a part that is there already is left as it is.
        """
        before = await self.pair("part", trace_id)
        if before is not None and not anew:
            return before.theirs
        share = self.system.share_structures
        structure, parents = await self.run(_part, trace_id)
        if structure is None:
            await self._gone(trace_id, before)
            return None
        tops = [parent for parent in parents if share]
        for top in tops:
            await self._structure(top)
        if structure.children and share:
            await self._structure(structure)
        elif not tops:
            await self._lone(structure, before)
        found = await self.pair("part", trace_id)
        return found.theirs if found else None

    async def _gone(self, trace_id: UUID, before: Pair | None) -> None:
        if before is None:
            return
        if any(one.trace_id == before.theirs for one in await self.foreign.parts()):
            await self.foreign.delete_part(before.theirs)
        await self.run(_drop, self.system, "part", trace_id)

    async def _lone(self, structure: Structure, before: Pair | None) -> None:
        if before is not None and not self.system.share_structures:
            there = await self.foreign.structure(before.theirs)
            if there.children_parts_model:
                return  # writing it without its components would take them away
        part = structure.parent
        plants = await self._plants({part.plant_id})
        body = shaping.part_body(
            part, self.system.foreign_operator_id, plants[part.plant_id], before.theirs if before else None
        )
        if before is not None and before.told == shaping.told(body):
            return
        kept, track = await self.foreign.put_part(body, self.key)
        await self.keep("part", kept.trace_id, part.trace_id)
        await self.done(track)
        await self.run(_stands, self.system, part.trace_id, shaping.told(body), [part.trace_id])

    async def _structure(self, structure: Structure) -> None:
        """A part with its components, all at once."""
        parts = [structure.parent, *(child.part for child in structure.children)]
        plants = await self._plants({part.plant_id for part in parts})
        known = await self.run(_pairs, self.system, "part", [part.trace_id for part in parts])
        theirs = {ours: pair.theirs for ours, pair in known.items()}
        own = self.system.foreign_operator_id
        top = structure.parent
        body = {
            "parentPartsModel": shaping.part_body(top, own, plants[top.plant_id], theirs.get(top.trace_id)),
            "childrenPartsModel": [
                shaping.part_body(
                    child.part, own, plants[child.part.plant_id], theirs.get(child.part.trace_id), child.amount
                )
                for child in structure.children
            ],
        }
        if len(theirs) == len(parts) and known[top.trace_id].told == shaping.told(body):
            return
        kept, track = await self.foreign.put_structure(body, self.key)
        came = [kept.parent_parts_model, *kept.children_parts_model]
        for part, one in zip(parts, came, strict=True):
            if one is not None:
                await self.keep("part", one.trace_id, part.trace_id)
        await self.done(track)
        await self.run(_stands, self.system, top.trace_id, shaping.told(body), [part.trace_id for part in parts])

    async def _plants(self, wanted: set[UUID]) -> dict[UUID, UUID]:
        """Their plants by ours; a plant of the same number is the same."""
        known = {ours: pair.theirs for ours, pair in (await self.run(_pairs, self.system, "plant", wanted)).items()}
        for plant in await self.run(_plants_of, wanted - set(known)):
            there = {one.open_plant_id: one.plant_id for one in await self.foreign.plants()}
            theirs = there.get(plant.open_plant_id) or await self._new_plant(plant)
            await self.keep("plant", theirs, plant.plant_id)
            known[plant.plant_id] = theirs
        return known

    async def _new_plant(self, plant: Plant) -> UUID:
        body = {
            "plantId": None,
            "operatorId": str(self.system.foreign_operator_id),
            "plantName": plant.name,
            "plantAddress": plant.address,
            "openPlantId": plant.open_plant_id,
            "plantAttribute": {"globalPlantId": plant.global_plant_id},
        }
        return (await self.foreign.put_plant(body)).plant_id


async def _pairs(tx: Transaction, scope: OperatorScope, system: System, kind: str, ours: Any) -> dict[UUID, Pair]:
    return await store.by_ours(tx, system, kind, ours)


async def _keep(
    tx: Transaction, scope: OperatorScope, system: System, kind: str, theirs: UUID, ours: UUID, told: str | None
) -> None:
    await store.add_id(tx, system, kind, theirs, ours, told)


async def _tell(tx: Transaction, scope: OperatorScope, system: System, kind: str, ours: UUID, told: str) -> None:
    await store.tell(tx, system, kind, ours, told)


async def _stands(
    tx: Transaction, scope: OperatorScope, system: System, trace_id: UUID, told: str, parts: list[UUID]
) -> None:
    """The part stands there as it does here; its figures and those of its components follow."""
    await store.tell(tx, system, "part", trace_id, told)
    for part in parts if system.share_structures else ():
        await store.mark(tx, scope.operator_id, system.system_id, TaskKind.FOOTPRINT, part)


async def _drop(tx: Transaction, scope: OperatorScope, system: System, kind: str, ours: UUID) -> None:
    await store.drop_id(tx, system, kind, ours)


async def _tracked(tx: Transaction, scope: OperatorScope, task: Task, track: str | None) -> None:
    await store.tracked(tx, task, track)


async def _part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> tuple[Structure | None, list[Structure]]:
    """A part with its components, and the parts that it goes into with theirs."""
    if trace_id not in await traceability.parts_by_id(tx, scope, [trace_id]):
        return None, []
    parents = await traceability.parents_of_part(tx, scope, trace_id)
    return (
        await traceability.structure(tx, scope, trace_id),
        [await traceability.structure(tx, scope, parent.trace_id) for parent in parents],
    )


async def _plants_of(tx: Transaction, scope: OperatorScope, wanted: set[UUID]) -> list[Plant]:
    return [plant for plant in await operators.all_plants(tx, scope) if plant.plant_id in wanted] if wanted else []


def record(value: Any) -> str:
    """A value as it is kept in `told`."""
    return msgspec.json.encode(value, order="sorted").decode()

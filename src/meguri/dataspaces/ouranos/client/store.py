"""Systems, whose id is whose, and what is to be brought; the only caller of `queries.sql`.

All within `tx.across()`: what comes from a system acts as the partner's shadow, and what is kept of it belongs to the company.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from meguri.dataspaces.ouranos.client.model import Pair, System, SystemState, Task, TaskKind
from meguri.kernel import clock
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)
MOST_TASKS = 200


async def save_system(tx: Transaction, system: System, sealed: bytes) -> None:
    """Keep a new system, or another description of one; it is active from then on."""
    names = (
        "operator_id",
        "system_id",
        "name",
        "base_url",
        "auth_url",
        "north_url",
        "share_structures",
        "foreign_operator_id",
    )
    values = {name: getattr(system, name) for name in names}
    async with tx.across():
        await tx.run(queries.save_system, **values, gateway=system.gateway.value, sealed=sealed, at=clock.now())


async def systems(tx: Transaction, operator_id: UUID) -> list[System]:
    """The systems that a company has not left, oldest first."""
    async with tx.across():
        return await tx.all(queries.systems, System, operator_id=operator_id)


async def system(tx: Transaction, operator_id: UUID, system_id: UUID) -> System | None:
    """One system of a company."""
    async with tx.across():
        return await tx.one(queries.system, System, operator_id=operator_id, system_id=system_id)


async def sealed(tx: Transaction, operator_id: UUID, system_id: UUID) -> bytes:
    """What opens the system, sealed; empty when it was left."""
    async with tx.across():
        return bytes(await tx.value(queries.sealed, operator_id=operator_id, system_id=system_id) or b"")


async def due(tx: Transaction, every_s: float) -> list[tuple[UUID, UUID]]:
    """(company, system) of those whose turn it is: not read for so long, or with something to bring."""
    now = clock.now()
    async with tx.across():
        rows = await tx.all(queries.due, now=now, before=now - timedelta(seconds=every_s))
    return [(row[0], row[1]) for row in rows]


async def set_state(tx: Transaction, one: System, state: SystemState, reason: str | None) -> None:
    """Another state; whatever it was away for is over."""
    async with tx.across():
        await tx.run(
            queries.set_state,
            operator_id=one.operator_id,
            system_id=one.system_id,
            state=state.value,
            reason=reason,
            at=clock.now(),
        )
        if state is SystemState.LEFT:
            await tx.run(queries.forget_secrets, operator_id=one.operator_id, system_id=one.system_id)


async def went_away(tx: Transaction, one: System, reason: str, next_try_at: datetime) -> None:
    """It does not answer."""
    async with tx.across():
        await tx.run(
            queries.went_away,
            operator_id=one.operator_id,
            system_id=one.system_id,
            reason=reason,
            at=clock.now(),
            next=next_try_at,
        )


async def came_back(tx: Transaction, one: System, *, read_all: bool) -> None:
    """It was read to the end."""
    async with tx.across():
        await tx.run(
            queries.came_back, operator_id=one.operator_id, system_id=one.system_id, at=clock.now(), all=read_all
        )


async def read_all_again(tx: Transaction, one: System) -> None:
    """Next time everything is read."""
    async with tx.across():
        await tx.run(queries.read_all_again, operator_id=one.operator_id, system_id=one.system_id)


async def add_id(tx: Transaction, one: System, kind: str, theirs: UUID, ours: UUID, told: str | None = None) -> None:
    """Theirs and ours are one thing."""
    async with tx.across():
        await tx.run(
            queries.add_id,
            operator_id=one.operator_id,
            system_id=one.system_id,
            kind=kind,
            theirs=theirs,
            ours=ours,
            told=told,
        )


async def drop_id(tx: Transaction, one: System, kind: str, ours: UUID) -> None:
    """It is gone on both sides."""
    async with tx.across():
        await tx.run(queries.drop_id, operator_id=one.operator_id, system_id=one.system_id, kind=kind, ours=ours)


async def tell(tx: Transaction, one: System, kind: str, ours: UUID, told: str) -> None:
    """What both sides hold now."""
    async with tx.across():
        await tx.run(
            queries.tell, operator_id=one.operator_id, system_id=one.system_id, kind=kind, ours=ours, told=told
        )


async def by_ours(tx: Transaction, one: System, kind: str, ours: Collection[UUID]) -> dict[UUID, Pair]:
    """Pairs by our id."""
    async with tx.across():
        rows = await tx.all(
            queries.by_ours, Pair, operator_id=one.operator_id, system_id=one.system_id, kind=kind, ours=list(ours)
        )
    return {row.ours: row for row in rows}


async def by_theirs(tx: Transaction, one: System, kind: str, theirs: Collection[UUID]) -> dict[UUID, Pair]:
    """Pairs by their id."""
    async with tx.across():
        rows = await tx.all(
            queries.by_theirs,
            Pair,
            operator_id=one.operator_id,
            system_id=one.system_id,
            kind=kind,
            theirs=list(theirs),
        )
    return {row.theirs: row for row in rows}


async def pairs(tx: Transaction, one: System, kind: str) -> list[Pair]:
    """All pairs of a kind."""
    async with tx.across():
        return await tx.all(queries.pairs, Pair, operator_id=one.operator_id, system_id=one.system_id, kind=kind)


async def holding(tx: Transaction, operator_id: UUID, kind: str, ours: Collection[UUID]) -> list[UUID]:
    """The systems of a company in which one of these things is known."""
    async with tx.across():
        rows = await tx.all(queries.holding, operator_id=operator_id, kind=kind, ours=list(ours))
    return [row[0] for row in rows]


async def holding_pairs(
    tx: Transaction, kind: str, things: Sequence[tuple[UUID, UUID]]
) -> list[tuple[UUID, UUID, UUID]]:
    """(company, system, thing) of those (company, thing) that are known in a system."""
    async with tx.across():
        rows = await tx.all(
            queries.holding_pairs, kind=kind, owners=[one[0] for one in things], ours=[one[1] for one in things]
        )
    return [(row[0], row[1], row[2]) for row in rows]


async def mark(tx: Transaction, operator_id: UUID, system_id: UUID, kind: TaskKind, ours: UUID) -> None:
    """It has to be brought to the system (again)."""
    async with tx.across():
        await tx.run(
            queries.mark, operator_id=operator_id, system_id=system_id, kind=kind.value, ours=ours, at=clock.now()
        )


async def tasks(tx: Transaction, one: System) -> list[Task]:
    """What is to be brought now, in the order in which one needs the other."""
    async with tx.across():
        return await tx.all(
            queries.tasks,
            Task,
            operator_id=one.operator_id,
            system_id=one.system_id,
            now=clock.now(),
            rows=MOST_TASKS,
        )


async def open_tasks(tx: Transaction, one: System) -> list[Task]:
    """What has not been brought yet, oldest first."""
    async with tx.across():
        return await tx.all(
            queries.open_tasks, Task, operator_id=one.operator_id, system_id=one.system_id, rows=MOST_TASKS
        )


async def counts(tx: Transaction, operator_id: UUID) -> dict[tuple[UUID, str], int]:
    """How much is still to be brought, by system and state."""
    async with tx.across():
        rows = await tx.all(queries.counts, operator_id=operator_id)
    return {(row[0], row[1]): row[2] for row in rows}


async def sent(tx: Transaction, task: Task, detail: str) -> None:
    """A write goes out now: if its answer is lost, this tells that it may have been done, and where to look for it."""
    async with tx.across():
        await tx.run(queries.sent, **_key(task), at=clock.now(), detail=detail)


async def tracked(tx: Transaction, task: Task, track: str | None) -> None:
    """Under which the system tells whether the write is done."""
    async with tx.across():
        await tx.run(queries.tracked, **_key(task), track=track)


async def finished(tx: Transaction, task: Task) -> None:
    """Brought; a change meanwhile leaves it open."""
    async with tx.across():
        await tx.run(queries.finished, **_key(task), turn=task.turn)


async def later(tx: Transaction, task: Task, next_try_at: datetime, code: str | None = None) -> None:
    """To be tried again then."""
    async with tx.across():
        await tx.run(queries.later, **_key(task), next=next_try_at, code=code)


async def hold(tx: Transaction, task: Task, code: str, detail: str) -> None:
    """The system refuses it: a person has to look."""
    async with tx.across():
        await tx.run(queries.hold, **_key(task), turn=task.turn, code=code[:60], detail=detail[:500])


async def again(tx: Transaction, one: System) -> None:
    """What was refused is tried again."""
    async with tx.across():
        await tx.run(queries.again, operator_id=one.operator_id, system_id=one.system_id, at=clock.now())


async def task_of(tx: Transaction, operator_id: UUID, ours: UUID) -> Task | None:
    """What is still to be brought of one thing."""
    async with tx.across():
        return await tx.one(queries.task_of, Task, operator_id=operator_id, ours=ours)


def _key(task: Task) -> dict[str, object]:
    return {"operator_id": task.operator_id, "system_id": task.system_id, "kind": task.kind.value, "ours": task.ours}


def ids(pairs_: Iterable[Pair]) -> set[UUID]:
    """Our ids of pairs."""
    return {one.ours for one in pairs_}

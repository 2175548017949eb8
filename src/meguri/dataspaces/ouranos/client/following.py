"""One turn with a system: bring what is marked, read what was done there, bring what that brought about. One turn at a time."""

from datetime import datetime, timedelta
from uuid import UUID

from meguri import logs
from meguri.dataspaces.ouranos.client import shadows, store, way
from meguri.dataspaces.ouranos.client.answering import bring_answer, bring_footprint
from meguri.dataspaces.ouranos.client.asking import bring_request
from meguri.dataspaces.ouranos.client.bringing import Bringer, Failed, NotYet
from meguri.dataspaces.ouranos.client.certifying import take_certificates
from meguri.dataspaces.ouranos.client.errors import SystemNotFound
from meguri.dataspaces.ouranos.client.events import Brought
from meguri.dataspaces.ouranos.client.joining import access_of
from meguri.dataspaces.ouranos.client.model import Access, System, SystemState, Task, TaskKind
from meguri.dataspaces.ouranos.client.rules import limits
from meguri.dataspaces.ouranos.client.taking import Taker
from meguri.dataspaces.ouranos.client.wire import Away, Denied, Foreign, Said, forget
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

_log = logs.get(__name__)
MOST_TRIES = 5
WAKE = "outside.wake"


async def follow(db: Database, operator_id: UUID, system_id: UUID) -> None:
    """One turn. What goes wrong with the system is kept beside it; a system that is away is asked again later."""
    scope = shadows.scope_of(operator_id)
    opened = await db.run(scope, _open, system_id)
    if opened is None:
        return
    system, access = opened
    wire = Foreign(system, access, way.outbound())
    try:
        await _turn(db, scope, system, wire)
    except Away as away:
        await db.run(scope, _away, system, away.reason)
    except Denied as denied:
        forget(system_id)
        await db.run(scope, _held, system, denied.reason)


async def _turn(db: Database, scope: OperatorScope, system: System, wire: Foreign) -> None:
    now = clock.now()
    every = timedelta(seconds=limits().read_all_every_s)
    read_all = system.read_all_at is None or now - system.read_all_at >= every
    taker = Taker(db, system, wire)
    if system.read_all_at is None:  # what is there already is not brought as new
        await _read_all(taker)
    await bring(db, scope, system, wire)
    await taker.received()
    await taker.sent()
    if read_all and system.read_all_at is not None:
        await _read_all(taker)
    if wire.has_north:
        await take_certificates(taker, everything=read_all)
    await bring(db, scope, system, wire)
    await db.run(scope, _back, system, read_all)


async def _read_all(taker: Taker) -> None:
    await taker.plants()
    await taker.parts()
    await taker.footprints()


async def bring(db: Database, scope: OperatorScope, system: System, wire: Foreign) -> None:
    """Everything that is marked and due, one after another; what the system refuses does not keep the rest. Raises Away, Denied."""
    seen: set[tuple[str, UUID, int]] = set()
    while True:
        tasks = [one for one in await db.run(scope, _tasks, system) if (one.kind, one.ours, one.turn) not in seen]
        if not tasks:
            return
        for task in tasks:
            seen.add((task.kind, task.ours, task.turn))
            await _bring_one(db, scope, system, wire, task)


async def _bring_one(db: Database, scope: OperatorScope, system: System, wire: Foreign, task: Task) -> None:
    bringer = Bringer(db, scope, system, wire, task)
    try:
        if task.track:
            await bringer.done(task.track)
        await _do(bringer, task)
    except NotYet as soon:
        await db.run(scope, _later, task, soon.seconds, None)
    except Failed:
        await db.run(scope, _refused, system, task, "TRACK_ERROR", "")
    except Said as said:
        if said.status >= 500 and task.attempts < MOST_TRIES:
            await db.run(scope, _later, task, limits().delay_s(task.attempts + 1), f"HTTP_{said.status}")
        else:
            await db.run(scope, _refused, system, task, said.code, said.message)
    else:
        await db.run(scope, _done, system, task)


async def _do(bringer: Bringer, task: Task) -> None:
    if task.kind is TaskKind.PART:
        await bringer.part(task.ours)
    elif task.kind is TaskKind.REQUEST:
        await bring_request(bringer)
    elif task.kind is TaskKind.FOOTPRINT:
        await bring_footprint(bringer, task.ours)
    else:
        await bring_answer(bringer)


async def _open(tx: Transaction, scope: OperatorScope, system_id: UUID) -> tuple[System, Access] | None:
    system = await store.system(tx, scope.operator_id, system_id)
    if system is None or system.state is not SystemState.ACTIVE:
        return None
    if system.next_try_at is not None and system.next_try_at > clock.now():
        return None  # it is away: not asked before its time
    try:
        return system, await access_of(tx, scope, system_id)
    except SystemNotFound:
        await store.set_state(tx, system, SystemState.HELD, "SECRET")
        return None


async def _away(tx: Transaction, scope: OperatorScope, system: System, reason: str) -> None:
    due = clock.now() + timedelta(seconds=limits().delay_s(system.failures + 1))
    await store.went_away(tx, system, reason[:200], due)
    await _wake(tx, system.operator_id, system.system_id, due)


async def _wake(tx: Transaction, operator_id: UUID, system_id: UUID, due: datetime) -> None:
    await tx.defer(WAKE, run_at=due, operator_id=str(operator_id), system_id=str(system_id))


async def _held(tx: Transaction, scope: OperatorScope, system: System, reason: str) -> None:
    await store.set_state(tx, system, SystemState.HELD, reason[:200])


async def _back(tx: Transaction, scope: OperatorScope, system: System, read_all: bool) -> None:
    await store.came_back(tx, system, read_all=read_all)


async def _tasks(tx: Transaction, scope: OperatorScope, system: System) -> list[Task]:
    return await store.tasks(tx, system)


async def _later(tx: Transaction, scope: OperatorScope, task: Task, seconds: float, code: str | None) -> None:
    due = clock.now() + timedelta(seconds=seconds)
    await store.later(tx, task, due, code)
    await _wake(tx, task.operator_id, task.system_id, due)


async def _refused(tx: Transaction, scope: OperatorScope, system: System, task: Task, code: str, detail: str) -> None:
    await store.hold(tx, task, code, detail)
    await tx.record(Brought(system_id=system.system_id, kind=task.kind.value, ours=task.ours, code=code[:60]))


async def _done(tx: Transaction, scope: OperatorScope, system: System, task: Task) -> None:
    await store.finished(tx, task)
    kind = {TaskKind.REQUEST: "trade", TaskKind.ANSWER: "trade"}.get(task.kind, task.kind.value)
    pair = (await store.by_ours(tx, system, kind, [task.ours])).get(task.ours)
    theirs = pair.theirs if pair else None
    await tx.record(Brought(system_id=system.system_id, kind=task.kind.value, ours=task.ours, theirs=theirs))


async def follow_due(db: Database) -> list[tuple[UUID, UUID]]:
    """Whose turn it is."""
    return await db.run(system_scope("outside"), _due)


async def _due(tx: Transaction, _: OperatorScope) -> list[tuple[UUID, UUID]]:
    return await store.due(tx, limits().follow_every_s)

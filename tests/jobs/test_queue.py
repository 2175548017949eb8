"""Durable jobs: in the commit of their change, done at least once, put aside when they always fail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import psycopg
import pytest
from psycopg import errors

from conftest import Ground, MakeScope
from meguri.jobs import Jobs, Queue, system_scope
from meguri.jobs import queue as queues
from meguri.jobs.queue import UnknownJob
from meguri.jobs.upkeep import upkeep_jobs
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.storage.database import Database

room = Jobs("room")
done: list[object] = []
hindered: list[str] = []


@room.job()
async def greet(db: Database, operator_id: UUID, times: int = 1) -> None:
    done.append((operator_id, times))


@room.job(once="room.tidy {operator_id}")
async def tidy(db: Database, operator_id: UUID) -> None:
    done.append("tidied")
    if hindered:
        hindered.clear()
        await asyncio.sleep(0.1)  # so long that the worker has found nothing else to do by now
        async with db.transaction(system_scope("room", operator_id)) as tx:
            await tx.defer("room.tidy", operator_id=operator_id)  # asked for again while it is done, and it fails
        raise RuntimeError


@room.job(lock="{operator_id}")
async def step(db: Database, operator_id: UUID, number: int) -> None:
    await asyncio.sleep(0.02 if number == 0 else 0)
    done.append(number)


@room.job(most_tries=1)
async def fail(db: Database, operator_id: UUID) -> None:
    if hindered:
        raise RuntimeError(hindered[0])
    done.append("at last")


@pytest.fixture(autouse=True)
def _forget() -> None:
    done.clear()
    hindered.clear()


@pytest.fixture
async def queue(ground: Ground) -> AsyncIterator[Queue]:
    async with Queue(ground.login, [room, upkeep_jobs()]) as opened:
        yield opened


@pytest.fixture
async def db(ground: Ground, queue: Queue) -> AsyncIterator[Database]:
    async with Database(ground.login, pool_size=4, defer=queue.defer) as database:
        yield database


async def work(queue: Queue, db: Database) -> None:
    await queue.work(db, wait=False, signals=False)


async def test_a_job_is_done_after_the_commit_with_typed_arguments(
    db: Database, queue: Queue, scope: MakeScope
) -> None:
    ours = scope()
    async with db.transaction(ours) as tx:
        await tx.defer("room.greet", operator_id=ours.operator_id, times=3)
        await work(queue, db)
        assert done == []
    await work(queue, db)
    assert done == [(ours.operator_id, 3)]


async def test_a_change_that_is_undone_leaves_no_job(db: Database, queue: Queue, scope: MakeScope) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(scope()) as tx:
            await tx.defer("room.greet", operator_id=new_id())
            raise ZeroDivisionError
    await work(queue, db)
    assert done == []


async def test_every_role_may_defer(db: Database, queue: Queue, scope: MakeScope) -> None:
    async with db.transaction(scope()) as tx, tx.across():
        await tx.defer("room.greet", operator_id=new_id())
    async with db.identity() as tx:
        await tx.defer("room.greet", operator_id=new_id())
    await work(queue, db)
    assert len(done) == 2


async def test_a_job_that_no_room_has_is_refused_at_once(db: Database, scope: MakeScope) -> None:
    with pytest.raises(UnknownJob):
        async with db.transaction(scope()) as tx:
            await tx.defer("room.nothing")


async def test_a_job_that_already_waits_is_not_added_and_the_change_stands(
    db: Database, queue: Queue, scope: MakeScope
) -> None:
    ours, theirs = new_id(), new_id()
    async with db.transaction(scope()) as tx:
        for operator_id in (ours, ours, theirs):
            await tx.defer("room.tidy", operator_id=operator_id)
        await tx.defer("room.greet", operator_id=ours)
    await work(queue, db)
    assert sorted(map(str, done)) == sorted(["tidied", "tidied", str((ours, 1))])


async def test_no_job_begins_while_the_disk_has_no_room(
    db: Database, ground: Ground, queue: Queue, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "_ROOM_PAUSE_S", 0.01)
    monkeypatch.setattr(queues, "_GRACE_S", 1)
    looked = [True, True, True]
    ours = scope()
    async with db.transaction(ours) as tx:
        await tx.defer("room.greet", operator_id=ours.operator_id)
    async with Queue(ground.login, [room], has_room=lambda: not (looked and looked.pop())) as full:
        await full.work(db, wait=False, signals=False)
    assert done == [(ours.operator_id, 1)]
    assert looked == []

    async with db.transaction(ours) as tx:
        await tx.defer("room.greet", operator_id=ours.operator_id, times=2)
    async with Queue(ground.login, [room], has_room=lambda: False) as full:
        working = asyncio.create_task(full.work(db, wait=False, signals=False))
        await asyncio.sleep(1)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert done == [(ours.operator_id, 1)]
    assert await queue.dead_letters() == []
    assert await queue.waiting() == {"todo": 1}


async def test_jobs_of_one_lock_are_done_in_their_order(db: Database, queue: Queue, scope: MakeScope) -> None:
    ours = new_id()
    async with db.transaction(scope()) as tx:
        for number in range(6):
            await tx.defer("room.step", operator_id=ours, number=number)
    await work(queue, db)
    assert done == list(range(6))


async def test_a_job_that_always_fails_is_put_aside_with_its_reason_and_can_be_done_again(
    db: Database, queue: Queue, scope: MakeScope
) -> None:
    ours = new_id()
    hindered.append("no way to postgresql://owner:hunter2@host/db")
    async with db.transaction(scope()) as tx:
        await tx.defer("room.fail", operator_id=ours)
    await work(queue, db)
    (letter,) = await queue.dead_letters()
    assert (letter.job, letter.args, letter.tries) == ("room.fail", {"operator_id": str(ours)}, 1)
    assert letter.reason == "RuntimeError: no way to postgresql://[hidden]@host/db"
    hindered.clear()
    await queue.again(letter.job_id)
    await work(queue, db)
    assert done == ["at last"]
    assert await queue.dead_letters() == []


async def test_a_job_may_wait_for_its_time(db: Database, queue: Queue, scope: MakeScope) -> None:
    async with db.transaction(scope()) as tx:
        await tx.defer("room.greet", operator_id=new_id(), run_at=clock.now() + timedelta(hours=1))
    await work(queue, db)
    assert done == []
    assert (await queue.waiting())["todo"] >= 1


async def test_the_job_of_a_dead_worker_is_done_by_the_next(
    db: Database, queue: Queue, scope: MakeScope, ground: Ground
) -> None:
    async with db.transaction(scope()) as tx:
        await tx.defer("room.greet", operator_id=new_id())
    with psycopg.connect(ground.owner) as connection:
        connection.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') "
            "RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead "
            "WHERE task_name = 'room.greet'"
        )
    await work(queue, db)
    assert len(done) == 1


async def test_a_dead_workers_job_that_waits_only_once_does_not_stop_the_next_worker(
    db: Database, queue: Queue, scope: MakeScope, ground: Ground
) -> None:
    ours = new_id()
    async with db.transaction(scope()) as tx:
        await tx.defer("room.tidy", operator_id=ours)
    with psycopg.connect(ground.owner) as connection:
        connection.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') "
            "RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead "
            "WHERE task_name = 'room.tidy'"
        )
    async with db.transaction(scope()) as tx:
        await tx.defer("room.tidy", operator_id=ours)  # the same waits now
    await work(queue, db)
    assert done == ["tidied"]
    assert (await queue.waiting()).get("doing", 0) == 0


async def test_a_failed_job_whose_next_one_waits_is_left_to_that_one(
    db: Database, queue: Queue, scope: MakeScope
) -> None:
    ours = new_id()
    hindered.append("the first time")
    async with db.transaction(scope()) as tx:
        await tx.defer("room.tidy", operator_id=ours)
    await work(queue, db)
    assert done == ["tidied", "tidied"]
    assert (await queue.waiting()).get("doing", 0) == 0


async def test_wrong_arguments_are_a_failure_of_the_job_not_of_the_worker(
    db: Database, queue: Queue, scope: MakeScope
) -> None:
    async with db.transaction(scope()) as tx:
        await tx.defer("room.fail", operator_id="not an id")
        await tx.defer("room.greet", operator_id=new_id())
    await work(queue, db)
    assert len(done) == 1
    assert "ValidationError" in (await queue.dead_letters())[0].reason


async def test_a_tenant_sees_no_jobs(db: Database, scope: MakeScope) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        async with db.transaction(scope()) as tx:
            await tx.all("SELECT args FROM procrastinate_jobs")


async def test_the_worker_of_the_queue_sees_no_tenants(ground: Ground) -> None:
    with psycopg.connect(ground.login, options="-c role=meguri_queue") as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM audit_entry")


async def test_the_house_keeps_roots_and_forgets_old_replies(db: Database, queue: Queue) -> None:
    for name in ("upkeep.audit_root", "upkeep.forget_replies"):
        await queue.jobs[name].do(db, {})
    async with db.transaction(system_scope("test")) as tx:
        assert await tx.value("SELECT count(*) FROM audit_root") == 0


def test_a_job_says_the_types_of_its_arguments() -> None:
    jobs = Jobs("bad")
    with pytest.raises(TypeError, match="no annotation"):
        jobs.job()(_untyped)
    with pytest.raises(msgspec.ValidationError):
        asyncio.run(Queue("dbname=x", [room]).jobs["room.greet"].do(None, {"operator_id": 1}))  # type: ignore[arg-type]


async def _untyped(db, thing):  # type: ignore[no-untyped-def]
    pass

"""A long import is checked, watched, stopped, and gone on with after its worker died; whole or, on purpose, in part."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.chain import Company, company

import meguri.answers.room
import meguri.traceability.room
from meguri.answers import service as answers
from meguri.answers import table
from meguri.answers.columns import COLUMNS as ANSWER_COLUMNS
from meguri.imports import service, store
from meguri.imports.errors import ImportEnded, ImportKindUnknown, ImportNotFound
from meguri.imports.model import Run, RunState, pace
from meguri.imports.service import NewImport
from meguri.kernel.errors import Forbidden
from meguri.kernel.ids import new_id
from meguri.kernel.scope import Role
from meguri.operators import inbox, plants
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import Side, State
from meguri.traceability.sheet.reading import SheetHeadings

pytestmark = pytest.mark.anyio
HEADS = ("parent_name", "name", "plant", "unit", "terminated", "amount")
ROOMS = (meguri.answers.room, meguri.traceability.room)  # their kinds are registered


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of some twenty rows, so that a small file has several."""
    monkeypatch.setattr(service, "PART_ROWS", 20)


class Killed(BaseException):
    """The worker dies here."""


async def sheet(of: Company, groups: int, *, wrong: int | None = None) -> bytes:
    """`groups` parts of two components each; in group `wrong` a component has no amount."""
    plant = (await of.run(plants.all_plants))[0].open_plant_id
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for n in range(groups):
        writer.writerow(["", f"part {n}", plant, "kg", "no", ""])
        writer.writerow([f"part {n}", f"steel {n}", plant, "kg", "yes", "" if n == wrong else "2"])
        writer.writerow([f"part {n}", f"resin {n}", plant, "kg", "yes", "1"])
    return out.getvalue().encode()


async def begun(of: Company, content: bytes, *, kind: str = "parts", keep: bool = False) -> Run:
    return await of.run(service.start, NewImport(kind=kind, file_name="f.csv", keep_good_rows=keep), content)


async def finished(of: Company, run: Run) -> Run:
    await service.work(of.db, of.id, run.import_id)
    return await of.run(service.run_of, run.import_id)


async def part_count(of: Company) -> int:
    found, after = 0, None
    while True:
        parts, rest = await of.run(traceability.parts_page, limit=100, after=after)
        found += len(parts)
        if rest is None:
            return found
        after = rest


async def told(of: Company) -> list[str]:
    return [note.type for note in (await of.run(inbox.listed, limit=20)).items]


async def test_a_file_is_written_as_a_whole_and_the_company_is_told(river: Database) -> None:
    a = await company(river, "A")
    run = await begun(a, await sheet(a, 15))
    assert (run.state, run.rows, await part_count(a)) == (RunState.QUEUED, 45, 0)
    done = await finished(a, run)
    assert (done.state, done.passed, done.written, done.bad) == (RunState.DONE, 45, 45, 0)
    assert await part_count(a) == 45
    assert await told(a) == ["IMPORT_DONE"]
    assert await a.run(store.names, [run.import_id]) == {run.import_id: "f.csv"}


async def test_one_wrong_row_refuses_the_file_and_is_named(river: Database) -> None:
    a = await company(river, "A")
    done = await finished(a, await begun(a, await sheet(a, 15, wrong=14)))
    assert (done.state, done.written, done.bad) == (RunState.REFUSED, 0, 1)
    assert await part_count(a) == 0
    (fault,) = await a.run(service.faults, done.import_id)
    assert (fault.row, fault.column) == (45, "amount")
    assert fault.ja != fault.en
    assert await told(a) == ["IMPORT_REFUSED"]


async def test_the_good_rows_alone_are_kept_on_purpose(river: Database) -> None:
    a = await company(river, "A")
    done = await finished(a, await begun(a, await sheet(a, 15, wrong=3), keep=True))
    assert (done.state, done.written, done.bad) == (RunState.DONE, 44, 1)
    assert await part_count(a) == 44


async def test_what_only_the_data_can_refuse_is_found_before_anything_is_written(river: Database) -> None:
    a = await company(river, "A")
    plant = (await a.run(plants.all_plants))[0].open_plant_id
    rows = f"parent_name,name,plant,unit,terminated,amount\n,good,{plant},kg,yes,\nnobody,steel,{plant},kg,yes,1\n"
    done = await finished(a, await begun(a, rows.encode()))
    assert (done.state, await part_count(a)) == (RunState.REFUSED, 0)
    assert [fault.row for fault in await a.run(service.faults, done.import_id)] == [3]


@pytest.mark.parametrize("keep", [True, False])
async def test_a_worker_that_dies_anywhere_is_followed_by_one_that_goes_on(river: Database, *, keep: bool) -> None:
    a = await company(river, "A")
    run = await begun(a, await sheet(a, 21), keep=keep)
    for after in (1, 2, 4):
        with pytest.raises(Killed):
            await service.work(_dying(river, after), a.id, run.import_id)
        assert (await a.run(service.run_of, run.import_id)).at_work
        assert await part_count(a) in ((0, 21, 42, 63) if keep else (0,))
    done = await finished(a, run)
    assert (done.state, done.passed, done.written) == (RunState.DONE, 63, 63)
    assert await part_count(a) == 63
    assert await told(a) == ["IMPORT_DONE"]
    await service.work(river, a.id, run.import_id)  # the queue may hand a job out twice
    assert await told(a) == ["IMPORT_DONE"]


def _dying(db: Database, after: int) -> Any:
    """A database whose user dies in the transaction after `after` ones, before it commits."""

    class Dying:
        left = after

        async def run(self, scope: Any, use_case: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
            async def last(tx: Any, scope: Any) -> Any:
                await use_case(tx, scope, *args, **kwargs)
                raise Killed

            if self.left == 0:
                return await db.run(scope, last)
            self.left -= 1
            return await db.run(scope, use_case, *args, **kwargs)

    return Dying()


async def test_it_is_stopped_between_parts_and_what_is_kept_stays(river: Database) -> None:
    a = await company(river, "A")
    run = await begun(a, await sheet(a, 21), keep=True)
    with pytest.raises(Killed):
        await service.work(_dying(river, 3), a.id, run.import_id)
    stopped = await a.run(service.cancel, run.import_id)
    assert (stopped.state, stopped.written) == (RunState.CANCELLED, 21)
    assert (await finished(a, run)).written == await part_count(a) == 21
    with pytest.raises(ImportEnded):
        await a.run(service.cancel, run.import_id)


async def test_stopped_while_it_is_written_as_a_whole_it_leaves_nothing(river: Database) -> None:
    a = await company(river, "A")
    run = await begun(a, await sheet(a, 21))

    class Stopping:
        async def run(self, scope: Any, use_case: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
            if use_case is store.set_passed:
                await a.run(service.cancel, run.import_id)
            return await river.run(scope, use_case, *args, **kwargs)

    await service.work(Stopping(), a.id, run.import_id)  # type: ignore[arg-type]
    assert (await a.run(service.run_of, run.import_id)).state is RunState.CANCELLED
    assert await part_count(a) == 0


async def test_many_answers_are_sent_by_the_same_way(river: Database) -> None:
    a, b = await company(river, "A"), await company(river, "B")
    await a.part("P", [(f"c{i}", 1) for i in range(12)])
    for i in range(12):
        await a.ask(b, f"c{i}")
    rows = table.rows(await b.run(answers.open_requests), "ja")
    place = [column.key for column in ANSWER_COLUMNS].index("main_production")
    for row in rows[1:-1]:  # the last one is left for later
        row[place] = "1.5"
    done = await finished(b, await begun(b, table.as_csv(rows), kind="answers"))
    assert (done.state, done.rows, done.written, done.left) == (RunState.DONE, 11, 11, 1)
    waiting, _ = await b.run(traceability.list_requests, limit=100, side=Side.UP, states=[State.NOT_COMPLETED])
    assert len(waiting) == 1


async def test_what_makes_a_file_useless_is_said_at_once(river: Database) -> None:
    a = await company(river, "A")
    with pytest.raises(SheetHeadings):
        await begun(a, b"a,b\n1,2\n")
    with pytest.raises(ImportKindUnknown):
        await begun(a, b"", kind="dreams")
    assert await a.run(service.runs) == []


async def test_nobody_else_sees_stops_or_starts_it(river: Database) -> None:
    a, eve = await company(river, "A"), await company(river, "E")
    run = await begun(a, await sheet(a, 1))
    for use_case in (service.run_of, service.faults, service.cancel):
        with pytest.raises(ImportNotFound):
            await eve.run(use_case, run.import_id)
    assert await eve.run(service.runs) == []
    viewer = replace(a.scope, role=Role.VIEWER)
    with pytest.raises(Forbidden):
        await river.run(viewer, service.cancel, run.import_id)
    with pytest.raises(ImportNotFound):
        await a.run(service.run_of, new_id())


async def test_the_same_file_at_the_same_moment_is_one_import_and_later_on_it_is_recognised(river: Database) -> None:
    a, b = await company(river, "A"), await company(river, "B")
    content = await sheet(a, 3)
    at_once = await asyncio.gather(*(begun(a, content) for _ in range(4)))
    assert len({run.import_id for run in at_once}) == 1
    assert len(await a.run(service.runs)) == 1
    assert (await begun(a, content, keep=True)).import_id != at_once[0].import_id  # asked for otherwise: its own
    assert (await begun(a, content + b"\n")).import_id != at_once[0].import_id
    done = await finished(a, at_once[0])
    assert await a.run(service.done_before, done) is None
    again = await begun(a, content)
    assert again.import_id != done.import_id
    before = await a.run(service.done_before, again)
    assert before is not None
    assert before.import_id == done.import_id
    with pytest.raises(ImportNotFound):
        await b.run(service.run_of, again.import_id)
    assert await b.run(service.done_before, again) is None  # another company's are not looked at


async def test_what_was_to_be_done_is_forgotten_when_it_is_done(river: Database) -> None:
    a = await company(river, "A")
    run = await begun(a, await sheet(a, 3))
    await finished(a, run)
    kept = "SELECT count(*) FROM import_part WHERE import_id = %(import_id)s AND steps <> '[]'"

    async def count(tx: Any, _: Any) -> int:
        return int(await tx.value(kept, import_id=run.import_id))

    assert await a.run(count) == 0


@pytest.mark.parametrize(
    ("done", "of", "taken", "left"),
    [(250, 1000, 10, 30), (1000, 1000, 10, 0), (250, 1000, 1, None), (19, 1000, 10, None), (0, 1000, 10, None)],
)
def test_the_time_left_follows_the_pace_and_is_no_guess(done: int, of: int, taken: int, left: int | None) -> None:
    found = pace(done, of, timedelta(seconds=taken))
    assert found == (None if left is None else timedelta(seconds=left))


async def test_every_wrong_row_is_told_though_the_first_one_refuses_the_file_and_each_row_is_written_once(
    river: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await company(river, "A")
    plant = (await a.run(plants.all_plants))[0].open_plant_id
    rows = ["parent_name,name,plant,unit,terminated,amount"]
    for n in range(30):  # of every tenth the parent is not there: only the data can tell
        rows += [f",part {n},{plant},kg,no,", f"{'nobody' if n % 10 == 5 else 'part'} {n},steel {n},{plant},kg,yes,1"]
    done = await finished(a, await begun(a, "\n".join(rows).encode()))
    assert (done.state, done.written, done.bad, await part_count(a)) == (RunState.REFUSED, 0, 3, 0)
    assert [fault.row for fault in await a.run(service.faults, done.import_id)] == [13, 33, 53]
    taken: list[int] = []
    kind = service.demand_kind("parts")

    async def counting(tx: Any, scope: Any, step: Any) -> Any:
        taken.append(step.rows)
        return await kind.take(tx, scope, step)

    monkeypatch.setattr(service, "demand_kind", lambda _: replace(kind, take=counting))
    good = await finished(a, await begun(a, await sheet(a, 15)))
    assert (good.state, sum(taken)) == (RunState.DONE, 45)

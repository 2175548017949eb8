"""A cascade beyond its limit: what is written at once, what says that it is late, and that the jobs bring it home."""

from decimal import Decimal

import pytest
from tests.chain import Company, company
from tests.flows import told
from tests.river import Jobs, ReadBooks, run_job

from meguri.footprint.service import propagating
from meguri.footprint.service.continuing import continue_cascade
from meguri.storage.database import Database
from meguri.traceability import service as traceability

pytestmark = pytest.mark.anyio
D = Decimal


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Only the first part is reached at once."""
    monkeypatch.setattr(propagating, "LIMIT", 1)
    return monkeypatch


async def tiers(river: Database, limit: pytest.MonkeyPatch | None = None) -> tuple[Company, Company, Company]:
    """C sells its End, within C, to B, that makes B of it for A. All is declared; A's total is 2·3·5 times End."""
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 2)])
    await b.part("B", [("B1", 3)])
    await c.part("C", [("End", 5, True)])
    with pytest.MonkeyPatch.context() as wide:
        wide.setattr(propagating, "LIMIT", 20_000)
        await b.link(await a.ask(b, "A1"), "B")
        await c.link(await b.ask(c, "B1"), "C")
        for one, name in ((c, "End"), (c, "C"), (b, "B"), (a, "A")):
            await one.declare(name, pre=1)
    return a, b, c


async def total(one: Company, name: str) -> Decimal:
    totals = (await one.statement(name)).totals
    assert totals
    return totals.pre_production + totals.pre_component


async def late(one: Company, *names: str) -> list[bool]:
    return [(await one.statement(name)).updating_since is not None for name in names]


async def test_what_is_not_reached_says_so_and_keeps_its_former_total(
    river: Database, books: ReadBooks, deferred: Jobs, limit: pytest.MonkeyPatch
) -> None:
    a, b, c = await tiers(river)
    assert (await total(a, "A"), deferred) == (39, [])
    await c.declare("End", pre=2)
    assert (await total(c, "C"), await total(b, "B"), await total(a, "A")) == (11, 19, 39)
    assert await late(c, "End", "C") == [False, False]
    assert (await late(b, "B1", "B"), await late(a, "A1", "A")) == ([True, True], [True, True])
    assert deferred == [("footprint.continue_cascade", {"operator_id": str(c.id)})]
    books(a, b, c).check(all_arrived=False)


async def test_jobs_bring_every_total_home_tier_by_tier(
    river: Database, books: ReadBooks, deferred: Jobs, limit: pytest.MonkeyPatch
) -> None:
    a, b, c = await tiers(river)
    await c.declare("End", pre=2)
    ran = []
    while deferred:
        job = deferred.pop(0)
        ran.append(job[1]["operator_id"])
        await run_job((a, b, c), job)
        books(a, b, c).check(all_arrived=False)
    assert ran[0] == str(c.id)
    assert set(ran) <= {str(a.id), str(b.id), str(c.id)}
    assert (await total(a, "A"), await late(a, "A1", "A")) == (69, [False, False])
    assert (await told(a), await told(b)) == (
        ["CFP_RESPONSED", "CFP_UPDATED"],
        ["REQUEST_NEW", "CFP_RESPONSED", "CFP_UPDATED"],
    )
    books(a, b, c).check()


async def test_the_written_part_and_its_direct_customers_are_current_whatever_the_limit(
    river: Database, books: ReadBooks, deferred: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = await tiers(river)
    monkeypatch.setattr(propagating, "LIMIT", 0)
    await c.declare("C", pre=4)
    answer = (await b.statement("B1")).answer
    assert answer
    assert (answer.pre, await total(c, "C")) == (9, 9)
    while deferred:
        await run_job((a, b, c), deferred.pop())
    books(a, b, c).check()


async def test_a_write_in_between_neither_loses_nor_doubles_what_waits(
    river: Database, books: ReadBooks, deferred: Jobs, limit: pytest.MonkeyPatch
) -> None:
    a, b, c = await tiers(river)
    await c.declare("End", pre=2)  # waits at C
    limit.setattr(propagating, "LIMIT", 20_000)
    await c.declare("C", pre=10)  # passes C: its answer carries both changes
    answer = (await b.statement("B1")).answer
    assert answer
    assert answer.pre == 20
    limit.setattr(propagating, "LIMIT", 1)
    await b.declare("B", pre=100)
    await c.declare("End", pre=1)  # back again
    while deferred:
        await run_job((a, b, c), deferred.pop(0))
        books(a, b, c).check(all_arrived=False)
    books(a, b, c).check()
    assert await total(a, "A") == 1 + 2 * (100 + 3 * 15)


async def test_a_part_that_still_waits_can_be_put_elsewhere(
    river: Database, books: ReadBooks, deferred: Jobs, limit: pytest.MonkeyPatch
) -> None:
    a, b, c = await tiers(river)
    await b.part("Outer", [("B", 1)])
    await c.declare("End", pre=2)  # waits at C
    await run_job((a, b, c), deferred.pop())  # now at B1
    await b.part("Other", [("B", 7), ("B1", 1)])
    await b.declare("Other", pre=0)
    assert await late(b, "Other") == [True]
    await b.part("Outer")
    books(a, b, c).check(all_arrived=False)
    while deferred:
        await run_job((a, b, c), deferred.pop())
    books(a, b, c).check()
    assert await total(b, "Other") == 7 * 34 + 11


async def test_a_request_withdrawn_while_its_answer_was_on_the_way_leaves_nothing_behind(
    river: Database, books: ReadBooks, deferred: Jobs, limit: pytest.MonkeyPatch
) -> None:
    a, b, c = await tiers(river)
    await c.declare("End", pre=2)
    trade = (await b.run(traceability.list_requests, limit=1, trace_ids=[await b.part_id("B1")]))[0][0]
    await b.run(traceability.cancel, trade.request_id)
    books(a, b, c).check(all_arrived=False)
    while deferred:
        await run_job((a, b, c), deferred.pop())
    books(a, b, c).check()
    assert (await total(a, "A"), await late(a, "A")) == (3, [False])


async def test_a_job_that_finds_nothing_waiting_does_nothing(river: Database, books: ReadBooks) -> None:
    a, b, c = await tiers(river)
    before = books(a, b, c).everything()
    assert await c.run(continue_cascade) == 0
    assert books(a, b, c).everything() == before

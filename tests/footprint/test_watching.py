"""A company is told of disclosed totals that give a supplier's figure away, when nobody of it was asked first."""

from datetime import timedelta

import pytest
from tests.chain import KG, Company, company, d
from tests.river import Jobs

from meguri.footprint import jobs, room, service
from meguri.footprint.model import FootprintInput
from meguri.footprint.watching import service as watching
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.operators import disclosure, inbox
from meguri.operators.cautions import Cautioned, asking_first
from meguri.operators.model import Notification
from meguri.storage.database import Database

assert room  # registers the guard with the disclosure room
pytestmark = pytest.mark.anyio


async def told(one: Company) -> list[Notification]:
    found, _ = await one.run(inbox.page)
    return [each for each in found if each.type == "FIGURE_DERIVABLE"]


async def round_of(river: Database, deferred: Jobs) -> None:
    """One round of the watch, with what it leaves to others."""
    del deferred[:]
    await jobs.watch(river)
    for name, args in list(deferred):
        (job,) = [one for one in jobs.jobs if one.name == name]
        await job.do(river, args)


async def chain(river: Database) -> tuple[Company, Company, Company, Company]:
    """B makes B of what C and E supply, and A asks B for it; nothing is disclosed by B yet."""
    a, b = await company(river, "A社"), await company(river, "B社", auto_disclose=False)
    c, e = await company(river, "C社"), await company(river, "E社")
    await a.part("A", [("A1", 1)])
    await b.part("B", [("B1", 2), ("B2", 3)])
    await c.part("C", ends=True)
    await e.part("E", ends=True)
    await b.link(await a.ask(b, "A1"), "B")
    await c.link(await b.ask(c, "B1"), "C")
    await e.link(await b.ask(e, "B2"), "E")
    return a, b, c, e


async def test_what_a_system_discloses_is_told_once_and_leads_to_the_disclosure(
    river: Database, deferred: Jobs
) -> None:
    a, b, c, e = await chain(river)
    await c.declare("C", pre=1, main=4)
    await e.declare("E", main=2)
    await b.declare("B", main=1)
    await round_of(river, deferred)
    assert await told(b) == []  # nothing is disclosed
    await b.disclose("B", a, TOTALCFP=True)
    await round_of(river, deferred)
    (notice,) = await told(b)
    part = await b.part_id("B")
    assert (notice.from_operator_id, notice.own_trace_id) == (a.id, part)
    assert disclosure.hrefs_of([notice]) == {notice.notification_id: f"/company/disclosures/{part}/{a.id}"}
    await round_of(river, deferred)
    assert len(await told(b)) == 1
    assert [await told(one) for one in (a, c, e)] == [[], [], []]


async def test_a_suppliers_update_that_makes_its_figure_derivable_is_told(river: Database, deferred: Jobs) -> None:
    a, b, c, e = await chain(river)
    await c.declare("C", pre=1, main=4)
    await e.declare("E", pre=1, main=2)
    await b.declare("B")
    await b.disclose("B", a, TOTALCFP=True)
    await round_of(river, deferred)
    assert await told(b) == []  # two hidden terms each
    await e.declare("E", main=2)  # now C's is the only one of pre-processing, and the total moved by E's alone
    await round_of(river, deferred)
    assert len(await told(b)) == 1
    await c.declare("C", pre=1, main=5)  # the move alone tells C's
    await round_of(river, deferred)
    assert len(await told(b)) == 2
    await round_of(river, deferred)
    assert len(await told(b)) == 2
    await b.disclose("B", a, TOTALCFP=False)
    await c.declare("C", pre=1, main=6)
    await round_of(river, deferred)
    assert len(await told(b)) == 2


async def test_what_is_over_is_news_when_it_comes_again(river: Database) -> None:
    a, b, c, e = await chain(river)
    await c.declare("C", pre=1)
    await e.declare("E", pre=0)
    await b.declare("B")
    await b.disclose("B", a, TOTALCFP=True)
    part, later = await b.part_id("B"), clock.now() + timedelta(days=1)  # no comparison of versions

    async def look() -> int:
        return await river.run(system_scope("footprint", b.id), watching.look_at, part, a.id, later)

    assert (await look(), await look()) == (1, 0)
    await b.declare("B", pre=1)
    assert await look() == 0
    await b.declare("B")
    assert (await look(), await look()) == (1, 0)


async def test_what_a_person_has_read_is_not_told_again(river: Database, deferred: Jobs) -> None:
    a, b, c, e = await chain(river)
    await c.declare("C", pre=1)
    await e.declare("E", pre=0)
    await b.declare("B", pre=1)
    await b.disclose("B", a, TOTALCFP=True)
    part = await b.part_id("B")

    async def declare(*, confirmed: bool) -> None:
        async with river.transaction(b.scope) as tx:

            async def write() -> None:
                before = await service.footprint(tx, b.scope, part)
                assert before is not None
                said = FootprintInput(declared_unit=KG, pre_production=d(0), main_production=d(0))
                await service.record(tx, b.scope, part, said, footprint_id=before.footprint_id)

            await asking_first(tx, b.scope, part, write, confirmed=confirmed)

    with pytest.raises(Cautioned):
        await declare(confirmed=False)
    await declare(confirmed=True)
    await round_of(river, deferred)
    assert await told(b) == []

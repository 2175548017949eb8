"""Many writers at once: nothing is lost, nothing is done by halves, and whoever is too late is told so properly."""

import asyncio
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.chain import Company, company
from tests.flows import ids, received, sent, standing, told
from tests.river import ReadBooks

from meguri.kernel.errors import Refusal, Unavailable
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.errors import AlreadyRequested, TradeCycle, UnknownRequest
from meguri.traceability.model import State

pytestmark = pytest.mark.anyio


async def at_once(*doing: Awaitable[Any]) -> list[Any]:
    """What each gave or refused; anything that is no refusal, or says “try again later”, fails the test."""
    results = await asyncio.gather(*doing, return_exceptions=True)
    for one in results:
        if isinstance(one, BaseException) and (not isinstance(one, Refusal) or isinstance(one, Unavailable)):
            raise one
    return results


def refused(results: Sequence[Any]) -> list[type[Refusal]]:
    return [type(one) for one in results if isinstance(one, Refusal)]


async def test_many_writers_of_one_new_part_make_one_part(river: Database, books: ReadBooks) -> None:
    a = await company(river, "A社")
    written = await at_once(*(a.part("P", [(f"c{n}", 1), ("shared", n)]) for n in range(6)))
    assert len({one.parent.trace_id for one in written}) == 1
    assert sorted(one.parent.version for one in written) == [1, 2, 3, 4, 5, 6]
    read = books(a)
    read.check()
    assert len([row for row in read.rows("part") if row["name"] in ("P", "shared")]) == 2
    assert len(read.rows("part_link")) == 2
    last = max(written, key=lambda one: one.parent.version)
    assert await a.run(traceability.structure, last.parent.trace_id) == last


async def test_structures_that_share_components_are_all_written(river: Database, books: ReadBooks) -> None:
    a = await company(river, "A社")
    await at_once(*(a.part(f"P{n}", [("shared", n), (f"P{n + 1}", 1)]) for n in range(8)))
    read = books(a)
    read.check()
    assert len(read.rows("part")) == 10
    assert len(read.rows("part_link")) == 16


async def test_of_many_requests_for_one_part_one_is_made(river: Database, books: ReadBooks) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 1)])
    results = await at_once(*(a.ask(supplier, "A1") for supplier in (b, c, b, c)))
    assert refused(results) == [AlreadyRequested] * 3
    assert len(await sent(a)) == len(await received(b)) + len(await received(c)) == 1
    books(a, b, c).check()


async def test_two_links_of_one_request_at_once_leave_one_of_them(river: Database, books: ReadBooks) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 1)])
    for name in ("B", "C"):
        await b.part(name, ends=True)
        await b.declare(name, pre=1)
    trade = await a.ask(b, "A1")
    await at_once(b.link(trade, "B"), b.link(trade, "C"), b.link(trade, "B"))
    linked = (await a.trade(trade)).upstream_trace_id
    assert linked in (await b.part_id("B"), await b.part_id("C"))
    assert await standing(a, trade) == (State.COMPLETED, True, 1, 1)
    assert (await told(a)).count("CFP_RESPONSED") == 1
    books(a, b).check()


async def test_a_request_is_withdrawn_once_however_many_try(river: Database, books: ReadBooks) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 1)])
    trade = await a.ask(b, "A1")
    results = await at_once(*(a.run(traceability.cancel, trade.request_id) for _ in range(4)))
    assert refused(results) == [UnknownRequest] * 3
    assert await told(b) == ["REQUEST_NEW", "REQUEST_CANCELED"]
    books(a, b).check()


@pytest.mark.parametrize("round_", range(4))
async def test_both_sides_act_on_one_request_at_once_and_both_see_the_same_end(
    river: Database, books: ReadBooks, round_: int
) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 1)])
    await b.part("B", ends=True)
    trade = await a.ask(b, "A1")
    part = await b.part_id("B")
    acts = [
        b.run(traceability.link, trade.trade_id, part),
        a.run(traceability.cancel, trade.request_id),
        b.run(traceability.reject, trade.request_id, reply_message="差戻し"),
        b.run(traceability.reply, trade.request_id, "確認中"),
        a.run(traceability.amend, trade.request_id, message="急ぎ", due_date=None),
        b.declare("B", pre=1),
        b.disclose("B", a, TOTALCFP=False),
    ]
    await at_once(*acts[round_:], *acts[:round_])
    books(a, b).check()
    assert ids(await sent(a)) == ids(await received(b))


async def test_a_new_customer_of_a_part_waits_for_none_of_the_others(river: Database, books: ReadBooks) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await b.part("B", ends=True)
    await b.declare("B", pre=1)
    for one in (a, c):
        await one.part("P", [("P1", 2)])
        await one.declare("P", pre=3)
    await b.link(await a.ask(b, "P1"), "B")
    trade = await c.ask(b, "P1")
    async with river.transaction(a.scope) as busy:
        await traceability.lock_downstream(busy, a.scope)
        await asyncio.wait_for(b.link(trade, "B"), 4)
        await asyncio.wait_for(b.disclose("B", c, TOTALCFP=False), 4)
        await asyncio.wait_for(b.run(traceability.reply, trade.request_id, "確認中"), 4)
        await asyncio.wait_for(c.run(traceability.cancel, trade.request_id), 4)
    books(a, b, c).check()
    assert (await told(a)).count("CFP_UPDATED") == 0


async def test_links_that_would_close_a_circle_together_are_not_all_made(river: Database, books: ReadBooks) -> None:
    ring = [await company(river, f"{n}社") for n in range(4)]
    for one in ring:
        await one.part("P", [("Q", 1)])
    trades = [await one.ask(ring[(n + 1) % 4], "Q") for n, one in enumerate(ring)]
    results = await at_once(*(ring[(n + 1) % 4].link(trade, "P") for n, trade in enumerate(trades)))
    assert refused(results) == [TradeCycle]
    books(*ring).check()


async def test_structure_and_link_that_would_close_a_circle_together_are_not_both_made(
    river: Database, books: ReadBooks
) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P")
    await a.part("Q")
    await b.part("X", [("Y", 1)])
    await b.link(await a.ask(b, "P"), "X")
    back = await b.ask(a, "Y")
    results = await at_once(a.part("Top", [("P", 1)]), a.link(back, "Q"), a.part("Q", [("P", 1)]))
    assert len(refused(results)) == 1
    books(a, b).check()


async def suppliers_of(river: Database, customer: Company, count: int) -> list[Company]:
    await customer.part("Whole", [(f"c{n}", n + 1) for n in range(count)])
    suppliers = [await company(river, f"{n}次") for n in range(count)]
    for n, one in enumerate(suppliers):
        await one.part("S", [("Deep", 2, True)])
        await one.link(await customer.ask(one, f"c{n}"), "S")
        await one.declare("S", pre=1)
    return suppliers


async def test_many_suppliers_that_declare_at_once_give_an_exact_total(river: Database, books: ReadBooks) -> None:
    top, middle = await company(river, "OEM"), await company(river, "一次")
    await top.part("Top", [("T1", 3)])
    suppliers = await suppliers_of(river, middle, 8)
    await middle.declare("Whole", pre=1)
    await middle.link(await top.ask(middle, "T1"), "Whole")
    await top.declare("Top", pre=0)
    for round_ in (1, 2):
        await at_once(*(one.declare("Deep", pre=f"0.{n + round_}") for n, one in enumerate(suppliers)))
    totals = (await top.statement("Top")).totals
    assert totals
    each = [(n + 1) * (1 + 2 * Decimal(f"0.{n + 2}")) for n in range(8)]
    assert totals.pre_component == 3 * (1 + sum(each))
    books(top, middle, *suppliers).check()


async def test_declaring_writing_linking_and_withdrawing_at_once_keeps_the_books(
    river: Database, books: ReadBooks
) -> None:
    middle = await company(river, "一次")
    suppliers = await suppliers_of(river, middle, 5)
    await middle.declare("Whole", pre=1)
    trades = {trade.upstream_operator_id: trade for trade in await sent(middle)}
    acts: list[Awaitable[Any]] = []
    for n, one in enumerate(suppliers):
        acts += [
            one.declare("Deep", pre=n + 1),
            one.part("S", [("Deep", n + 3, True)]),
            one.disclose("S", middle, TOTALDQR=False),
        ]
    acts += [
        middle.declare("Whole", pre=2),
        middle.part("Whole", [(f"c{n}", n + 2) for n in range(5)]),
        middle.run(traceability.cancel, trades[suppliers[0].id].request_id),
    ]
    await at_once(*acts)
    books(middle, *suppliers).check()

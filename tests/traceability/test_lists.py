"""Lists: order, inclusive cursors, filters; nothing twice, nothing lost."""

from uuid import UUID

import pytest
from tests.chain import Company, company
from tests.flows import ids, received, sent

from meguri.kernel.ids import new_id
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, RequestType, Side, State

pytestmark = pytest.mark.anyio


async def all_pages(one: Company, limit: int) -> list[list[Part]]:
    pages, after = [], None
    while True:
        page, after = await one.run(traceability.parts_page, limit=limit, after=after)
        pages.append(page)
        if after is None:
            return pages


async def test_151_parts_come_in_two_pages_and_the_cursor_is_the_first_row_of_the_next(river: Database) -> None:
    a = await company(river, "A社")
    for start in range(0, 150, 50):
        await a.part(f"parent{start:03}", [(f"c{n:03}", 1) for n in range(start, start + 50 - (start == 100) * 2)])
    pages = await all_pages(a, 100)
    assert [len(page) for page in pages] == [100, 51]
    names = [part.name for page in pages for part in page]
    assert names == sorted(names)
    assert len(set(names)) == 151
    _, after = await a.run(traceability.parts_page, limit=100)
    assert after == pages[1][0].trace_id
    only, _ = await a.run(traceability.parts_page, limit=1, after=pages[1][7].trace_id)
    assert only == [pages[1][7]]


async def test_parts_are_sorted_by_code_points_and_no_support_name_comes_first(river: Database) -> None:
    a = await company(river, "A社")
    for name, support in (("a", "x"), ("B", None), ("a", None), ("部", None), ("a", "X"), ("Z", "é")):
        await a.run(traceability.write_structure, a.words(name, support=support), [])
    (page,) = await all_pages(a, 10)
    assert [(part.name, part.support_name) for part in page] == [
        ("B", None),
        ("Z", "é"),
        ("a", None),
        ("a", "X"),
        ("a", "x"),
        ("部", None),
    ]


async def test_parts_are_found_by_exact_name_by_piece_by_plant_and_by_id(river: Database) -> None:
    a = await company(river, "A社")
    written = await a.part("Cell A", [("cell", 1), ("case%_", 1)])

    async def found(**wanted: object) -> list[str]:
        page, _ = await a.run(traceability.parts_page, limit=10, **wanted)
        return [part.name for part in page]

    assert await found(name="cell") == ["cell"]
    assert await found(contains="CELL") == ["Cell A", "cell"]
    assert await found(contains="%_") == ["case%_"]
    assert await found(trace_id=written.parent.trace_id) == ["Cell A"]
    assert await found(trace_id=new_id()) == await found(plant_id=new_id()) == []
    assert len(await found(plant_id=a.plant_id)) == 3


async def test_an_unknown_or_foreign_cursor_gives_an_empty_page(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    foreign = (await b.part("B")).parent.trace_id
    await a.part("A")
    await a.ask(b, "A")
    for after in (foreign, new_id()):
        assert await a.run(traceability.parts_page, limit=10, after=after) == ([], None)
    for cursor in ("after_request_id", "after_downstream_trace_id"):
        assert await a.run(traceability.list_requests, limit=10, **{cursor: foreign}) == ([], None)


async def test_requests_come_newest_first_and_page_by_an_inclusive_cursor(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [(f"Q{n}", 1) for n in range(5)])
    asked = [await a.ask(b, f"Q{n}") for n in range(5)]
    newest = [trade.trade_id for trade in asked][::-1]
    for one, side in ((a, Side.DOWN), (b, Side.UP)):
        seen: list[UUID] = []
        after: UUID | None = None
        while True:
            page, following = await one.run(traceability.list_requests, limit=2, side=side, after_request_id=after)
            seen += ids(page)
            if following is None:
                break
            after = following.request_id
        assert seen == newest
    (only,), _ = await b.run(traceability.list_requests, limit=1, side=Side.UP, after_request_id=asked[2].request_id)
    assert only.trade_id == asked[2].trade_id
    page, _ = await a.run(
        traceability.list_requests,
        limit=9,
        side=Side.DOWN,
        after_downstream_trace_id=asked[1].downstream_trace_id,
    )
    assert ids(page) == newest[3:]


async def test_requests_are_filtered_by_side_state_part_and_id(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("Q", 1), ("R", 1)])
    await b.part("X")
    q, r, x = await a.ask(b, "Q"), await a.ask(b, "R"), await b.ask(a, "X")
    await b.run(traceability.reject, q.request_id)
    assert ids(await sent(a)) == [r.trade_id, q.trade_id]
    assert ids(await received(a)) == [x.trade_id]

    async def found(**wanted: object) -> list[UUID]:
        page, _ = await a.run(traceability.list_requests, limit=9, **wanted)
        return ids(page)

    assert await found() == [x.trade_id, r.trade_id, q.trade_id]
    assert await found(states=[State.REJECT]) == [q.trade_id]
    assert await found(trace_ids=[q.downstream_trace_id]) == [q.trade_id]
    assert await found(request_id=r.request_id) == [r.trade_id]
    assert await found(request_types=[RequestType.DD]) == []
    assert await a.run(traceability.waiting) == (1, 1, 1)

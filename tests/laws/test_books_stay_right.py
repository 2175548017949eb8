"""Whatever companies do, in whatever order, everything derived equals a recomputation of everything."""

from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.chain import company
from tests.laws.acts import Cast
from tests.laws.books import Books
from tests.laws.oracle import World
from tests.river import Jobs, ReadBooks, run_job

from meguri.footprint.service import propagating
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio
Notices = Counter[tuple[UUID, str, UUID]]


@pytest.mark.parametrize("auto_disclose", [True, False])
@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
async def test_every_total_answer_and_counter_equals_a_recomputation_and_each_change_is_told_once(
    auto_disclose: bool, seed: int, river: Database, books: ReadBooks
) -> None:
    companies = [await company(river, name, auto_disclose=auto_disclose) for name in ("A社", "B社", "C社")]
    await walk(Cast(Random(seed), companies), 60, books)


@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
async def test_cascades_broken_off_and_continued_between_other_writes_end_at_the_same_books(
    seed: int, river: Database, books: ReadBooks, deferred: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    monkeypatch.setattr(propagating, "LIMIT", random.choice((0, 1, 2)))
    deferred.clear()
    cast = Cast(random, [await company(river, name) for name in ("A社", "B社", "C社")])
    await lag(cast, 60, books, deferred)


async def lag(cast: Cast, acts: int, books: ReadBooks, deferred: Jobs) -> None:
    """Acts one by one, now and then a job; what has arrived is right at any time, and in the end everything."""
    for _ in range(acts):
        await cast.act()
        if deferred and cast.random.random() < 0.3:
            cast.done.append("a job")
            await run_job(cast.companies, deferred.pop(cast.random.randrange(len(deferred))))
        try:
            books(*cast.companies).check(all_arrived=False)
        except AssertionError as error:
            error.add_note("\n".join(cast.done))
            raise
    while deferred:
        await run_job(cast.companies, deferred.pop())
    books(*cast.companies).check()


async def walk(cast: Cast, acts: int, books: ReadBooks) -> World:
    """Acts one by one, all books checked after each."""
    before, told = books(*cast.companies), Counter[tuple[UUID, str, UUID]]()
    for _ in range(acts):
        await cast.act()
        after = books(*cast.companies)
        try:
            after.check()
            now = notices(after)
            assert now - told == expected(before, after)
        except AssertionError as error:
            error.add_note("\n".join(cast.done))
            raise
        before, told = after, now
    return before.world()


def notices(read: Books) -> Notices:
    kinds = ("CFP_RESPONSED", "CFP_UPDATED", "DD_RESPONSED")
    return Counter(
        (row["trade_id"], row["type"], row["operator_id"]) for row in read.rows("notification") if row["type"] in kinds
    )


def expected(before: Books, after: Books) -> Notices:
    """A customer is told of an answer when it comes, and of each later write that changes what the answer shows."""
    told: Notices = Counter()
    states = {row["trade_id"]: row for row in before.rows("trade_half")}
    old, new = before.world(), after.world()
    for key, request in new.requests.items():
        if not new.status(key).completed:
            continue
        if states[key]["state"] != "COMPLETED":
            told[key, f"{request.kind}_RESPONSED", request.customer] += 1
        elif request.kind == "CFP" and new.answer(key) != old.answer(key):
            told[key, "CFP_UPDATED", request.customer] += 1
    return told

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
from tests.river import ReadBooks

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
            o, n = before.world(), after.world()
            for k in {x[0] for x in (notices(after) - told)} | {x[0] for x in expected(before, after)}:
                print(k, o.answer(k) if k in o.requests else None, n.answer(k), n.requests[k], sep="\n")
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

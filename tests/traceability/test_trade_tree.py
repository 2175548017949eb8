"""States and counters of requests through tiers: in-house sub-assemblies, diamonds, traders, DD beside CFP."""

import pytest
from tests.chain import Company, company
from tests.flows import received, sent, standing, told
from tests.river import ReadBooks

from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType, State

pytestmark = pytest.mark.anyio
OPEN, DONE = State.NOT_COMPLETED, State.COMPLETED


async def tiers(river: Database, count: int) -> list[Company]:
    return [await company(river, f"{n}次") for n in range(count)]


async def test_three_tiers_count_requests_and_answers_up_the_tree(river: Database) -> None:
    a, b, c = await tiers(river, 3)
    await a.part("A", [("A1", 5)])
    await b.part("B", [("B1", 2)])
    await c.part("C", ends=True)
    ab = await a.ask(b, "A1")
    await b.link(ab, "B")
    assert await standing(a, ab) == (OPEN, False, 0, 1)
    bc = await b.ask(c, "B1")
    assert await standing(a, ab) == (OPEN, False, 0, 2)
    await c.link(bc, "C")
    assert await standing(a, ab) == (OPEN, True, 0, 2)
    await c.declare("C", pre=1)
    assert await standing(a, ab) == (OPEN, True, 1, 2)
    await b.declare("B", pre=1)
    assert await standing(a, ab) == await standing(b, ab) == (DONE, True, 2, 2)
    assert await standing(b, bc) == (DONE, True, 1, 1)


async def test_the_answer_below_may_come_after_the_answer_above(river: Database) -> None:
    a, b, c = await tiers(river, 3)
    await b.part("B", [("B1", 2)])
    await a.part("A1")
    await c.part("C", ends=True)
    ab, bc = await a.ask(b, "A1"), await b.ask(c, "B1")
    await b.link(ab, "B")
    await b.declare("B", pre=1)
    assert await standing(a, ab) == (DONE, False, 1, 2)
    await c.link(bc, "C")
    await c.declare("C", pre=1)
    assert await standing(a, ab) == (DONE, True, 2, 2)
    await b.run(traceability.cancel, bc.request_id)
    assert await standing(a, ab) == (DONE, False, 1, 1)


async def test_purchased_leaves_are_counted_once_through_sub_assemblies_and_diamonds(river: Database) -> None:
    """Top is made of Left and Right, which both use Bought; Left also uses End, which ends the chain."""
    a, b, c = await tiers(river, 3)
    await a.part("A1")
    await b.part("Top", [("Left", 1), ("Right", 2)])
    await b.part("Left", [("Bought", 3), ("End", 1, True)])
    await b.part("Right", [("Bought", 4)])
    await c.part("C", ends=True)
    ab = await a.ask(b, "A1")
    await b.link(ab, "Top")
    assert await standing(a, ab) == (OPEN, False, 0, 1)
    bought = await b.ask(c, "Bought")
    assert await standing(a, ab) == (OPEN, False, 0, 2)
    await c.link(bought, "C")
    assert await standing(a, ab) == (OPEN, True, 0, 2)
    await b.part("Right", [("Bought", 4), ("Other", 1)])
    assert await standing(a, ab) == (OPEN, False, 0, 2)
    await b.part("Right", [("Bought", 4), ("Other", 1, True)])
    assert await standing(a, ab) == (OPEN, True, 0, 2)
    await c.declare("C", pre=1)
    await b.declare("Left", pre=1)  # a sub-assembly's own answer is not the part's
    assert await standing(a, ab) == (OPEN, True, 1, 2)
    await b.declare("Top", pre=1)
    assert await standing(a, ab) == (DONE, True, 2, 2)


async def test_a_supplier_that_answers_two_leaves_counts_twice(river: Database) -> None:
    a, b, c = await tiers(river, 3)
    await a.part("A1")
    await b.part("B", [("B1", 1), ("B2", 1)])
    await c.part("C", ends=True)
    await c.declare("C", pre=1)
    ab = await a.ask(b, "A1")
    await b.link(ab, "B")
    for name in ("B1", "B2"):
        await c.link(await b.ask(c, name), "C")
    assert await standing(a, ab) == (OPEN, True, 2, 3)


async def test_a_trader_passes_on_state_counters_and_answer(river: Database) -> None:
    """B sells what it buys: its purchased part itself is linked to A's request."""
    a, b, c = await tiers(river, 3)
    await a.part("A1")
    await b.part("Traded")
    await c.part("C", ends=True)
    ab, bc = await a.ask(b, "A1"), await b.ask(c, "Traded")
    await b.link(ab, "Traded")
    assert await standing(a, ab) == (OPEN, False, 0, 2)
    await c.link(bc, "C")
    assert await standing(a, ab) == (OPEN, True, 0, 2)
    await c.declare("C", pre="1.23456", main=2)
    assert await standing(a, ab) == (DONE, True, 2, 2)
    shown = (await a.statement("A1")).answer
    assert shown
    assert (str(shown.pre), shown.main) == ("1.23456", 2)
    assert (await a.statement("A1")).answer_unit == "kilogram"
    assert (await told(a), (await told(b))[-1]) == (["CFP_RESPONSED"], "CFP_RESPONSED")
    await b.run(traceability.cancel, bc.request_id)
    assert await standing(a, ab) == (OPEN, False, 0, 1)
    assert (await a.statement("A1")).answer is None


async def test_a_traders_own_footprint_answers_until_its_supplier_does(river: Database) -> None:
    a, b, c = await tiers(river, 3)
    await a.part("A1")
    await b.part("Traded")
    await c.part("C", ends=True)
    ab = await a.ask(b, "A1")
    await b.link(ab, "Traded")
    await b.declare("Traded", pre=7, main=7)
    bc = await b.ask(c, "Traded")
    await c.link(bc, "C")
    assert await standing(a, ab) == (DONE, True, 1, 2)

    async def shown() -> object:
        answer = (await a.statement("A1")).answer
        return answer and answer.pre

    assert await shown() == 7
    await c.declare("C", pre=3, main=3)
    assert await standing(a, ab) == (DONE, True, 2, 2)
    assert await shown() == 3
    await b.run(traceability.cancel, bc.request_id)
    assert await shown() == 7
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED", "CFP_UPDATED"]


async def test_linking_anew_moves_the_counters_of_everybody_downstream(river: Database) -> None:
    a, b, c, d = await tiers(river, 4)
    await a.part("A1")
    await b.part("B", [("B1", 1)])
    await b.part("Simple", ends=True)
    await c.part("C", [("C1", 1)])
    await c.part("Other", ends=True)
    await d.part("D", ends=True)
    ab, bc = await a.ask(b, "A1"), await b.ask(c, "B1")
    await b.link(ab, "B")
    await c.link(bc, "C")
    await d.link(await c.ask(d, "C1"), "D")
    assert await standing(a, ab) == (OPEN, True, 0, 3)
    await c.link(bc, "Other")
    assert await standing(a, ab) == (OPEN, True, 0, 2)
    await b.link(ab, "Simple")
    assert await standing(a, ab) == (OPEN, True, 0, 1)
    assert await standing(b, bc) == (OPEN, True, 0, 1)


async def test_a_count_says_since_when_it_stands(river: Database) -> None:
    a, b, c = await tiers(river, 3)
    await a.part("A1")
    await b.part("B", [("B1", 1)])
    await c.part("C", ends=True)
    ab = await a.ask(b, "A1")
    await b.link(ab, "B")
    start = await a.trade(ab)
    assert start.completed_count_at == start.trades_count_at == start.created_at
    bc = await b.ask(c, "B1")
    asked = await a.trade(ab)
    assert asked.completed_count_at == start.created_at < asked.trades_count_at
    await c.link(bc, "C")
    await c.declare("C", pre=1)
    answered = await a.trade(ab)
    assert answered.trades_count_at == asked.trades_count_at < answered.completed_count_at


async def assess(tx: Transaction, scope: OperatorScope, name: str, answered: bool) -> None:
    found, _ = await traceability.parts_page(tx, scope, limit=1, name=name)
    here = found[0].trace_id
    await traceability.lock_downstream(tx, scope, (scope.operator_id, here))
    settled = await traceability.mark_answered(tx, scope, here, RequestType.DD, answered=answered)
    await traceability.tell(tx, settled)


async def test_due_diligence_is_asked_beside_the_footprint_and_neither_sees_the_other(
    river: Database, books: ReadBooks
) -> None:
    a, b, c = await tiers(river, 3)
    await a.part("A1")
    await b.part("B", [("B1", 1)])
    await c.part("C", ends=True)
    cfp, dd = await a.ask(b, "A1"), await a.ask(b, "A1", RequestType.DD)
    below = await b.ask(c, "B1", RequestType.DD)
    for trade in (cfp, dd):
        await b.link(trade, "B")
    await c.link(below, "C")
    await c.run(assess, "C", True)
    await b.run(assess, "B", True)
    assert await standing(a, dd) == (DONE, True, 2, 2)
    assert await standing(a, cfp) == (OPEN, False, 0, 1)
    await b.declare("B", pre=1)
    assert await standing(a, cfp) == (DONE, False, 1, 1)
    assert await told(a) == ["DD_RESPONSED", "CFP_RESPONSED"]
    assert await told(b) == ["REQUEST_NEW", "DD_REQUEST_NEW", "DD_RESPONSED"]
    await b.run(assess, "B", False)
    assert await standing(a, dd) == (OPEN, True, 1, 2)
    assert await standing(a, cfp) == (DONE, False, 1, 1)
    await a.run(traceability.cancel, dd.request_id)
    assert await standing(a, cfp) == (DONE, False, 1, 1)
    assert (await a.statement("A1")).answer
    books(a, b, c).check()


async def test_due_diligence_requests_leave_every_list_of_footprint_requests_as_it_was(river: Database) -> None:
    a, b = await tiers(river, 2)
    await a.part("A1")
    await b.part("B", ends=True)
    cfp = await a.ask(b, "A1")
    before = (await sent(a), await received(b))
    dd = await a.ask(b, "A1", RequestType.DD)
    await b.link(dd, "B")
    await b.run(assess, "B", True)
    assert (await sent(a), await received(b)) == before
    assert [t.trade_id for t in await sent(a, RequestType.DD)] == [dd.trade_id]
    assert cfp.trade_id != dd.trade_id
    everything, _ = await a.run(traceability.list_requests, limit=9, request_types=list(RequestType))
    assert {t.trade_id for t in everything} == {cfp.trade_id, dd.trade_id}

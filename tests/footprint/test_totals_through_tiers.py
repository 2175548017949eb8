"""Totals through all tiers, against a real database."""

from decimal import Decimal

import pytest
from tests.chain import company, quality

from meguri.footprint.model import Statement
from meguri.storage.database import Database
from meguri.traceability.model import State

pytestmark = pytest.mark.anyio
D = Decimal


def answer(statement: Statement) -> tuple[object, ...]:
    assert statement.answer is not None
    return (statement.answer.pre, statement.answer.main)


async def test_the_tutorial_answer_and_the_customers_totals(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("部品A", [("部品A1", 5)])
    await b.part("部品B", ends=True)
    trade = await a.ask(b, "部品A1")
    linked = await b.link(trade, "部品B")
    assert (linked.state, linked.tree_terminated, linked.completed_count, linked.trades_count) == (
        State.NOT_COMPLETED,
        True,
        0,
        1,
    )
    await b.declare("部品B", pre="1.5", main=10)
    seen = await a.trade(trade)
    assert (seen.state, seen.tree_terminated, seen.completed_count, seen.trades_count) == (State.COMPLETED, True, 1, 1)
    got = await a.statement("部品A1")
    assert answer(got) == (D("1.5"), D(10))
    assert got.answer
    assert got.answer.pre_quality == quality(1, 2, 3)
    await a.declare("部品A", pre=3, main=20)
    totals = (await a.statement("部品A")).totals
    assert totals is not None
    assert (totals.pre_production, totals.pre_component, totals.main_production, totals.main_component) == (
        D(3),
        D("7.5"),
        D(20),
        D(50),
    )
    assert totals.pre_quality == quality(1, 2, 3)
    assert totals.main_quality == quality(2, 3, 4)


async def test_three_tiers_add_up_with_their_quality(river: Database) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 5)])
    await b.part("B", [("B1", 2)])
    await c.part("C", ends=True)
    ab = await a.ask(b, "A1")
    bc = await b.ask(c, "B1")
    await b.link(ab, "B")
    assert (
        (await a.trade(ab)).tree_terminated,
        (await a.trade(ab)).completed_count,
        (await a.trade(ab)).trades_count,
    ) == (False, 0, 2)
    await c.link(bc, "C")
    assert ((await a.trade(ab)).tree_terminated, (await a.trade(ab)).completed_count) == (True, 0)
    await c.declare("C", pre_component="0.4", main_component="0.6", pre_q=(2, 2, 2), main_q=(1, 1, 1))
    assert ((await a.trade(ab)).state, (await a.trade(ab)).completed_count) == (State.NOT_COMPLETED, 1)
    await b.declare("B", pre=1, main=3, pre_q=(1, 2, 3), main_q=(2, 2, 2))
    assert ((await a.trade(ab)).state, (await a.trade(ab)).completed_count) == (State.COMPLETED, 2)
    got = await a.statement("A1")
    assert answer(got) == (D("1.8"), D("4.2"))
    assert got.answer
    assert got.answer.pre_quality == quality("1.44445", 2, "2.55556")
    assert got.answer.main_quality == quality("1.71429", "1.71429", "1.71429")
    await a.declare("A", pre=3, main=20, pre_q=(1, 1, 1), main_q=(2, 3, 4))
    totals = (await a.statement("A")).totals
    assert totals is not None
    assert (totals.pre_component, totals.main_component) == (D(9), D(21))
    assert totals.pre_quality == quality("1.33334", "1.75", "2.16667")
    assert totals.main_quality == quality("1.85367", "2.34147", "2.82928")


async def test_a_late_change_three_tiers_up_moves_every_total(river: Database) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 5)])
    await b.part("B", [("B1", 2)])
    await c.part("C", ends=True)
    ab, bc = await a.ask(b, "A1"), await b.ask(c, "B1")
    await b.link(ab, "B")
    await c.link(bc, "C")
    await c.declare("C", pre=1, main=1)
    await b.declare("B", pre=1, main=1)
    await a.declare("A", pre=1, main=1)
    before = (await a.statement("A")).totals
    await c.declare("C", pre="1.5", main=2)
    after = (await a.statement("A")).totals
    assert before
    assert after
    assert after.pre_component - before.pre_component == D(5)
    assert after.main_component - before.main_component == D(10)


async def test_what_is_not_disclosed_counts_nothing_until_it_is(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社", auto_disclose=False)
    await a.part("A", [("A1", 5)])
    await b.part("B", ends=True)
    trade = await a.ask(b, "A1")
    await b.link(trade, "B")
    await b.declare("B", pre="1.5", main=10)
    await a.declare("A", pre=3, main=20)
    assert answer(await a.statement("A1")) == (None, None)
    await b.disclose("B", a, TOTALCFP=True)
    got = await a.statement("A1")
    assert answer(got) == (D("1.5"), D(10))
    assert got.answer
    assert got.answer.pre_quality == quality(None, None, None)
    totals = (await a.statement("A")).totals
    assert totals
    assert (totals.pre_component, totals.main_component) == (D("7.5"), D(50))
    await b.disclose("B", a, TOTALCFP=False)
    totals = (await a.statement("A")).totals
    assert totals
    assert (totals.pre_component, totals.main_component) == (D(0), D(0))


async def test_a_withdrawn_request_takes_its_answer_along(river: Database) -> None:
    from meguri.traceability import service as traceability

    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 5)])
    await b.part("B", ends=True)
    trade = await a.ask(b, "A1")
    await b.link(trade, "B")
    await b.declare("B", pre="1.5", main=10)
    await a.declare("A", pre=3, main=20)
    await a.declare("A1", pre=7, main=7)
    await a.run(traceability.cancel, trade.request_id)
    totals = (await a.statement("A")).totals
    assert totals
    assert (totals.pre_component, totals.main_component) == (D(0), D(0))
    own = (await a.statement("A1")).own
    assert own
    assert own.pre_production == D(7)
    await b.run(traceability.delete_part, await b.part_id("B"))

"""What may be shown of each part (rows of the contract, §8.3), what is declared, and why a total is what it is."""

from decimal import Decimal

import pytest
from tests.chain import Company, company, quality
from tests.river import ReadBooks

from meguri.footprint import service as footprint
from meguri.footprint.errors import BadFigure, RatingWithoutEmission
from meguri.footprint.model import FootprintInput, Statement
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

pytestmark = pytest.mark.anyio
D = Decimal


def shows(statement: Statement) -> set[str]:
    return {name for name in ("own", "totals", "answer") if getattr(statement, name) is not None}


async def bought(river: Database) -> tuple[Company, Company]:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 5), ("End", 1, True), ("Made", 2), ("Bare", 1)])
    await a.part("Made", [("Deep", 1, True)])
    await b.part("B", ends=True)
    return a, b


async def test_a_purchased_part_shows_the_answer_alone_even_if_it_has_figures_of_its_own(river: Database) -> None:
    a, b = await bought(river)
    await a.declare("A1", pre=3, main=20)
    assert shows(await a.statement("A1")) == {"own"}
    trade = await a.ask(b, "A1")
    assert shows(await a.statement("A1")) == set()
    await b.link(trade, "B")
    assert shows(await a.statement("A1")) == set()
    await b.declare("B", pre="1.5", main=10)
    statement = await a.statement("A1")
    assert shows(statement) == {"answer"}
    assert statement.answer
    assert (statement.answer.pre, statement.answer.main, statement.answer_unit) == (D("1.5"), D(10), "kilogram")
    await a.run(traceability.cancel, trade.request_id)
    statement = await a.statement("A1")
    assert shows(statement) == {"own"}
    assert statement.own
    assert (statement.own.pre_production, statement.own.main_production) == (3, 20)


async def test_a_returned_request_leaves_the_parts_own_figures(river: Database) -> None:
    a, b = await bought(river)
    await a.declare("A1", pre=3)
    trade = await a.ask(b, "A1")
    await b.run(traceability.reject, trade.request_id)
    assert shows(await a.statement("A1")) == {"own"}


async def test_a_parent_shows_own_figures_and_totals_any_other_part_its_own_figures(river: Database) -> None:
    a, _ = await bought(river)
    for name in ("A", "End", "Made", "Deep", "A1"):
        await a.declare(name, pre=1)
    assert [shows(await a.statement(name)) for name in ("A", "Made")] == [{"own", "totals"}] * 2
    assert [shows(await a.statement(name)) for name in ("End", "Deep", "A1")] == [{"own"}] * 3


async def test_a_part_without_figures_shows_nothing_though_its_components_have_some(river: Database) -> None:
    a, _ = await bought(river)
    await a.declare("End", pre=1)
    assert shows(await a.statement("A")) == shows(await a.statement("Bare")) == set()
    await a.declare("A", pre=0)
    totals = (await a.statement("A")).totals
    assert totals
    assert totals.pre_component == 1


async def test_statements_come_in_the_order_asked_and_leave_out_what_is_not_own(river: Database) -> None:
    a, b = await bought(river)
    names = ["Made", "A", "End"]
    asked = [await a.part_id(name) for name in names]
    found = await a.run(footprint.statements, [asked[0], await b.part_id("B"), new_id(), *asked[1:]])
    assert [one.trace_id for one in found] == asked


async def cost(tx: Transaction, scope: OperatorScope, parts: list[object]) -> int:
    before = tx.statements
    assert len(await footprint.statements(tx, scope, parts)) == len(parts)  # type: ignore[arg-type]
    return tx.statements - before


async def test_fifty_parts_take_as_many_sql_statements_as_one(river: Database) -> None:
    a = await company(river, "A社")
    written = await a.part("P", [(f"c{n}", 1) for n in range(49)])
    parts = [written.parent.trace_id, *(c.part.trace_id for c in written.children)]
    assert await a.run(cost, parts) == 3
    assert await a.run(cost, parts) == await a.run(cost, parts[:1]) == 2  # nothing has changed since


async def test_a_declaration_comes_back_as_it_was_made_and_every_version_stays(river: Database) -> None:
    a = await company(river, "A社")
    part = (await a.part("P", unit=None)).parent.trace_id
    said = FootprintInput(
        declared_unit=AmountUnit.LITER,
        pre_production=D("1.50000"),
        main_production=None,
        pre_component=D("99999.99999"),
        main_component=D("0.00001"),
        pre_quality=quality(1, None, "2.5"),
        main_quality=quality(0, 0, 0),
        comment="測定値",
    )
    first = await a.run(footprint.record, part, said)
    kept = await a.run(footprint.footprint, part)
    assert kept == first
    assert {name: getattr(kept, name) for name in FootprintInput.__struct_fields__} == {
        name: getattr(said, name) for name in FootprintInput.__struct_fields__
    }
    await a.declare("P", pre=2)
    history = await a.run(footprint.history, part)
    assert [(version, actor) for version, _, actor, _ in history] == [(2, "person:test"), (1, "person:test")]
    assert [body["pre_production"] for *_, body in history] == ["2", "1.50000"]


@pytest.mark.parametrize("figure", ["-0.00001", "100000", "0.000001", "NaN", "Infinity"])
async def test_a_figure_out_of_range_is_refused_by_name(river: Database, figure: str) -> None:
    a = await company(river, "A社")
    part = (await a.part("P")).parent.trace_id
    said = FootprintInput(
        declared_unit=AmountUnit.KILOGRAM, pre_component=D(figure), main_quality=quality(0, figure, 0)
    )
    with pytest.raises(BadFigure) as caught:
        await a.run(footprint.record, part, said)
    assert [error.field for error in caught.value.fields] == ["pre_component", "main_quality.ger"]
    assert await a.run(footprint.footprint, part) is None


async def test_a_rated_side_needs_an_emission(river: Database) -> None:
    a = await company(river, "A社")
    part = (await a.part("P")).parent.trace_id
    said = FootprintInput(
        declared_unit=AmountUnit.KILOGRAM,
        pre_component=D(1),
        main_production=D(0),
        pre_quality=quality(1, 1, 1),
        main_quality=quality(0, None, "0.1"),
    )
    with pytest.raises(RatingWithoutEmission) as caught:
        await a.run(footprint.record, part, said)
    assert [error.field for error in caught.value.fields] == ["main_production"]


async def test_why_tells_the_lines_that_add_up_to_the_totals_one_tier_deep(river: Database) -> None:
    a, b = await bought(river)
    for name, pre in (("A", 3), ("End", 2), ("Deep", 4), ("Made", 1)):
        await a.declare(name, pre=pre, main=10)
    trade = await a.ask(b, "A1")
    await b.link(trade, "B")
    await b.declare("B", pre="1.5", main=10)
    why = await a.run(footprint.why, await a.part_id("A"))
    assert why.totals
    assert [(line.name, line.source, line.pre) for line in why.lines] == [
        ("A", "own", 3),
        ("A1", "answer", D("7.5")),
        ("End", "component", 2),
        ("Made", "component", 10),
        ("Bare", "missing", 0),
    ]
    assert sum(line.pre for line in why.lines) == why.totals.pre_production + why.totals.pre_component
    assert sum(line.main for line in why.lines) == why.totals.main_production + why.totals.main_component
    assert abs(sum(line.share or 0 for line in why.lines) - 1) < D("0.001")
    answered = why.lines[1]
    assert (answered.trade_id, answered.partner_id, answered.amount) == (trade.trade_id, b.id, 5)
    await b.disclose("B", a, TOTALCFP=False)
    hidden = (await a.run(footprint.why, await a.part_id("A"))).lines[1]
    assert (hidden.source, hidden.pre_per_unit, hidden.pre) == ("undisclosed", None, 0)


async def test_an_answer_in_another_unit_is_another_answer(river: Database, books: ReadBooks) -> None:
    """A part without a unit may be declared per another unit: the customer reads the new one, also behind a trader."""
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    for one in (a, b, c):
        await one.part("Free", unit=None)
    await b.link(await a.ask(b, "Free"), "Free")
    await c.link(await b.ask(c, "Free"), "Free")
    await c.declare("Free", pre=1)
    assert (await a.statement("Free")).answer_unit == (await b.statement("Free")).answer_unit == "kilogram"
    kept = await c.run(footprint.footprint, await c.part_id("Free"))
    assert kept
    await c.run(
        footprint.record,
        kept.trace_id,
        FootprintInput(declared_unit=AmountUnit.LITER, pre_production=D(1), pre_quality=kept.pre_quality),
        footprint_id=kept.footprint_id,
    )
    assert (await a.statement("Free")).answer_unit == (await b.statement("Free")).answer_unit == "liter"
    books(a, b, c).check()

"""The inference guard: which supplier's figure a customer could work out from what it is shown."""

from decimal import Decimal
from fractions import Fraction as F
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.chain import KG, Company, company

from meguri.footprint import received, room
from meguri.footprint.inference import derivable, joined, newly_derivable, one_changed
from meguri.footprint.model import FootprintInput
from meguri.footprint.received import ReceivedInput
from meguri.footprint.service.guarding import Figure, Ground
from meguri.footprint.store import Kept
from meguri.kernel.ids import new_id
from meguri.kernel.units import AmountUnit
from meguri.operators import disclosure
from meguri.operators.cautions import Caution, watched
from meguri.operators.errors import NoRelation
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput

assert room  # registers the guard with the disclosure room


def test_what_one_or_several_totals_determine() -> None:
    assert derivable([{"x": F(2)}]) == {"x"}
    assert derivable([{"x": F(2), "own": F(1)}]) == set()
    assert derivable([{}]) == derivable([]) == set()
    assert derivable([{"x": F(0), "y": F(3)}]) == {"y"}
    assert derivable([{"x": F(1), "y": F(1)}, {"y": F(5)}]) == {"x", "y"}
    assert derivable([{"x": F(1), "y": F(1)}, {"x": F(2), "y": F(2)}]) == set()
    assert derivable([{"x": F(1), "y": F(1), "z": F(1)}, {"y": F(1), "z": F(1)}]) == {"x"}
    assert derivable([{"x": F(1), "y": F(2)}, {"y": F(1), "z": F(1)}, {"x": F(1), "z": F(3)}]) == {"x", "y", "z"}
    assert newly_derivable([{"x": F(1)}], [{"x": F(1), "y": F(1)}]) == {"y"}
    assert newly_derivable([{"x": F(1)}], [{"x": F(3)}]) == set()


def test_totals_that_share_nothing_are_left_out_and_the_nearest_come_first() -> None:
    this = {"x": F(1)}
    near, far, apart = {"x": F(1), "y": F(1)}, {"y": F(1), "z": F(1)}, {"q": F(1)}
    assert joined(this, [apart, far, near, {}], 9) == [near, far]
    assert joined(this, [apart, far, near], 1) == [near]
    assert joined({}, [near], 9) == []


def test_two_versions_that_differ_in_one_term() -> None:
    before = {"x": F(2), "y": F(1)}
    assert one_changed(before, before, ["x"]) == "x"
    assert one_changed(before, before, ["x", "y"]) is None
    assert one_changed(before, before, []) is None
    assert one_changed(before, {"x": F(2)}, []) == "y"
    assert one_changed(before, {"x": F(3), "y": F(1)}, ["x"]) == "x"
    assert one_changed(before, {"x": F(3), "y": F(1)}, ["y"]) is None
    assert one_changed(before, {"x": F(2), "y": F(1), "z": F(4)}, ["gone"]) == "z"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(-3, 3).map(F), max_size=4), max_size=4))
def test_derivable_agrees_with_the_rank_of_the_system(rows: list[dict[str, F]]) -> None:
    def rank(system: list[dict[str, F]]) -> int:
        left, found = [[row.get(c, F(0)) for c in "abcd"] for row in system], 0
        for column in range(4):
            pivot = next((row for row in left if row[column]), None)
            if pivot is None:
                continue
            left.remove(pivot)
            left = [[a - b * row[column] / pivot[column] for a, b in zip(row, pivot, strict=True)] for row in left]
            found += 1
        return found

    assert derivable(rows) == {c for c in "abcd" if rank([*rows, {c: F(1)}]) == rank(rows)}


def test_a_chain_of_thousands_and_paths_without_number_are_followed() -> None:
    ids = [new_id() for _ in range(4000)]
    chain = {parent: [(child, F(1))] for parent, child in pairwise(ids)}
    lattice = {parent: [(child, F(1)), (child, F(1))] for parent, child in pairwise(ids[:200])}
    last = ids[-1]
    for links, end, paths in ((chain, last, 1), (lattice, ids[199], 2**199)):
        ground = Ground(links, {}, {end: _declared(end)}, {}, {end: "somebody outside"})
        assert ground.terms(ids[0], 0, new_id()) == {Figure("answer", end): paths}


def _declared(trace_id: UUID) -> Kept:
    none = dict.fromkeys(Kept.__struct_fields__)
    own = FootprintInput(pre_production=Decimal(1), declared_unit=AmountUnit.KILOGRAM)
    return Kept(**none | {"operator_id": new_id(), "trace_id": trace_id, "own": own})


async def _warned(maker: Company, part: str, reader: Company, **groups: bool) -> list[Caution]:
    found = await maker.run(disclosure.review, await maker.part_id(part), reader.id, groups or {"TOTALCFP": True})
    return list(found.cautions)


async def _kinds(maker: Company, part: str, reader: Company, **groups: bool) -> list[tuple[str, list[str]]]:
    return [(one.kind, one.columns) for one in await _warned(maker, part, reader, **groups)]


@pytest.mark.anyio
async def test_a_discloser_is_warned_before_a_suppliers_figure_can_be_worked_out(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社", auto_disclose=False)
    c, e = await company(river, "C社"), await company(river, "E社")
    await a.part("A", [("A1", 1), ("A2", 1)])
    await b.part("B", [("B1", 2), ("B2", 3)])
    await b.part("BB", [("B", 1)])
    await c.part("C", ends=True)
    await e.part("E", ends=True)
    ab, ab2 = await a.ask(b, "A1"), await a.ask(b, "A2")
    await c.link(await b.ask(c, "B1"), "C")
    await e.link(await b.ask(e, "B2"), "E")
    await b.link(ab, "B")
    await c.declare("C", pre="1.5", main=4)
    await e.declare("E", main=2)
    # Nothing is opened by asking, groups that give no value away warn of nothing, and strangers have no disclosure.
    assert await _kinds(b, "B", a, TOTALDQR=True, CERTIFICATE=True) == []
    assert (await b.run(disclosure.get, await b.part_id("B"), a.id)).version == 0
    with pytest.raises(NoRelation):
        await _warned(b, "B", e)
    # What is not declared is not answered, so nothing can be told from it yet.
    assert await _kinds(b, "B", a) == []
    await b.declare("B")
    # Pre: C's figure alone. Main: two suppliers, neither can be told.
    assert await _kinds(b, "B", a) == [("total", ["pre"])]
    (warned,) = await _warned(b, "B", a)
    assert (warned.code, warned.item_group) == ("derivable_child", "TOTALCFP")
    assert (warned.trace_id, warned.partner_id, warned.to_operator_id) == (await b.part_id("B1"), c.id, a.id)
    assert "A社は" in warned.message.ja
    assert "C社の「B1」の値（前処理（原材料））" in warned.message.ja
    assert "C社’s figure for “B1” (pre-processing)" in warned.message.en
    # The maker's own figure hides it; its own figure of the other side does not.
    await b.declare("B", main=1)
    assert await _kinds(b, "B", a) == [("total", ["pre"])]
    await b.declare("B", pre="0.1", main=1)
    assert await _kinds(b, "B", a) == []
    # Two totals that share what hides it.
    await b.link(ab2, "BB")
    await b.disclose("B", a, TOTALCFP=True)
    await b.declare("BB")
    await b.declare("B2", main=9)  # bought: its supplier's answer counts, not this
    assert await _kinds(b, "BB", a) == []
    await b.part("BB", [("B", 1), ("B1", 1)])
    assert await _kinds(b, "BB", a) == [("total", ["pre", "main"])]


@pytest.mark.anyio
async def test_a_trader_passes_a_figure_on_and_a_customer_knows_its_own(river: Database) -> None:
    a, b, c = [await company(river, name, auto_disclose=name != "B社") for name in ("A社", "B社", "C社")]
    await a.part("A", [("A1", 1)])
    await a.part("A9", ends=True)
    await b.part("B", [("B1", 2), ("B2", 3)])
    await c.part("C", ends=True)
    ab = await a.ask(b, "A1")
    await c.link(await b.ask(c, "B1"), "C")
    await b.link(ab, "B")
    await c.declare("C", pre="1.5", main=4)
    await b.declare("B")
    assert await _kinds(b, "B", a) == [("total", ["pre", "main"])]
    # A supplies B2 itself: it knows that figure, which hides nothing; what A answered is not reported as a secret.
    await a.link(await b.ask(a, "B2"), "A9")
    await a.declare("A9", pre=1, main=1)
    assert await _kinds(b, "B", a) == [("total", ["pre", "main"])]
    assert [one.partner_id for one in await _warned(b, "B", a)] == [c.id]


@pytest.mark.anyio
async def test_a_figure_from_outside_the_exchange_is_a_suppliers_too(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 1)])
    await b.part("B", [("R", 2, True), ("S", 1, True)])
    stated = ReceivedInput(
        origin="pact", reference="urn:uuid:1", partner="Extern GmbH", unit=KG, raw=Decimal("1.5"), main=Decimal(1)
    )
    await b.run(received.receive, await b.part_id("R"), stated)
    await b.link(await a.ask(b, "A1"), "B")
    await b.declare("B")
    assert await _kinds(b, "B", a) == [("total", ["pre", "main"])]
    (one,) = await _warned(b, "B", a)
    assert (one.partner_id, one.trace_id) == (None, await b.part_id("R"))
    assert "Extern GmbHの「R」の値" in one.message.ja
    await b.declare("S", main=1)  # one's own figure of another part hides one side
    assert [kind for kind in await _kinds(b, "B", a) if kind[0] == "total"] == [("total", ["pre"])]


@pytest.mark.anyio
async def test_successive_versions_that_differ_in_one_supplier(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    c, e = await company(river, "C社"), await company(river, "E社")
    await a.part("A", [("A1", 1)])
    await b.part("B", [("B1", 2), ("B2", 3)])
    await c.part("C", ends=True)
    await e.part("E", ends=True)
    ab = await a.ask(b, "A1")
    await c.link(await b.ask(c, "B1"), "C")
    await e.link(await b.ask(e, "B2"), "E")
    await c.declare("C", pre=1, main=4)
    await e.declare("E", pre=1, main=2)
    await b.declare("B", pre=1, main=1)
    await b.link(ab, "B")
    assert await _kinds(b, "B", a) == []  # told once
    await c.declare("C", pre=1, main=5)
    (warned,) = await _warned(b, "B", a)
    assert (warned.kind, warned.columns, warned.partner_id) == ("change", ["pre", "main"], c.id)
    assert "前の合計値と比べると" in warned.message.ja
    assert "C社の「B1」" in warned.message.ja
    await b.declare("B", pre=2, main=1)  # one's own figure alone: no supplier's
    assert await _kinds(b, "B", a) == []

    async def rewritten(*children: tuple[str, int]) -> list[tuple[str, str]]:
        """What is warned of in the transaction that writes the structure so."""
        inputs = [
            ChildInput(plant_id=b.plant_id, name=name, unit=KG, terminated=False, amount=Decimal(amount))
            for name, amount in children
        ]
        part = await b.part_id("B")
        async with river.transaction(b.scope) as tx:
            _, found = await watched(
                tx, b.scope, part, lambda: traceability.write_structure(tx, b.scope, b.words("B"), inputs)
            )
        return [(one.kind, one.message.en.split("figure for ")[1][:4]) for one in found]

    assert await rewritten(("B1", 2), ("B2", 4)) == [("change", "“B2”")]
    assert await rewritten(("B1", 3), ("B2", 3)) == []
    assert await rewritten(("B1", 3), ("B2", 3)) == []
    assert await rewritten(("B1", 3), ("B2", 3), ("B3", 1)) == []  # bought, not answered yet: nothing to tell
    await b.disclose("B", a, TOTALCFP=False)
    assert await rewritten(("B1", 3), ("B2", 5)) == []

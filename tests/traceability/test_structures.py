"""Parts, their identity and their structures: the rules in their order, and what deleting needs."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.chain import KG, Company, company
from tests.river import ReadBooks
from tests.traceability.test_abnormal_flow import Unchanged

from meguri.footprint import service as footprint
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.database import Database, Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import (
    BadAmount,
    ChildRequested,
    DuplicateChild,
    PartForeign,
    PartInStructure,
    PartReceived,
    PartRequested,
    PartUnknown,
    PlantUnknown,
    StructureCycle,
    TerminatedWithChildren,
    TerminateRequested,
    TooManyChildren,
    UnitLocked,
)
from meguri.traceability.model import ChildInput, PartInput, RequestType, Structure
from meguri.traceability.service import importing

pytestmark = pytest.mark.anyio


def child(one: Company, name: str, amount: object = 1, **said: Any) -> ChildInput:
    words: dict[str, Any] = {"plant_id": one.plant_id, "name": name, "unit": KG, "terminated": False, **said}
    return ChildInput(amount=Decimal(str(amount)), **words)


async def write(one: Company, parent: PartInput, *children: ChildInput) -> Structure:
    written: Structure = await one.run(traceability.write_structure, parent, children)
    return written


async def links(one: Company, name: str) -> list[tuple[str, Decimal]]:
    found = await one.run(traceability.structure, await one.part_id(name))
    return [(component.part.name, component.amount) for component in found.children]


# ── identity ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_plant_name_and_support_name_are_the_same_part(river: Database) -> None:
    a = await company(river, "A社")
    first = (await write(a, a.words("P"))).parent
    again = (await write(a, a.words("P", support="", ends=True))).parent
    assert (again.trace_id, again.terminated, again.version) == (first.trace_id, True, 2)
    other = (await write(a, a.words("P", support="M1"))).parent
    assert other.trace_id != first.trace_id
    await a.run(traceability.delete_part, other.trace_id)
    assert (await write(a, a.words("P", support="M1"))).parent.trace_id not in (other.trace_id, first.trace_id)


async def test_writing_what_is_there_already_makes_no_new_version(river: Database, books: ReadBooks) -> None:
    a = await company(river, "A社")
    first = await a.part("P", [("Q", 1), ("R", 2, True)])
    before = books(a).everything()
    assert await a.part("P", [("Q", "1.0"), ("R", 2, True)]) == first
    assert books(a).everything() == before


async def test_children_come_back_in_the_order_in_which_they_were_written(river: Database) -> None:
    a = await company(river, "A社")
    await a.part("P", [("Z", 1), ("A", 2), ("M", 3)])
    assert await links(a, "P") == [("Z", 1), ("A", 2), ("M", 3)]
    await a.part("P", [("M", 3), ("Z", 1), ("A", 2)])
    assert await links(a, "P") == [("M", 3), ("Z", 1), ("A", 2)]


async def test_the_list_of_children_is_replaced_and_those_left_out_stay_as_parts(river: Database) -> None:
    a = await company(river, "A社")
    await a.part("P", [("Q", 1), ("R", 2)])
    await a.part("P", [("R", 5)])
    assert await links(a, "P") == [("R", 5)]
    assert await a.part_id("Q")
    await a.part("P")
    assert await links(a, "P") == []


async def test_a_part_is_a_parent_once_it_was_written_as_one(river: Database) -> None:
    a = await company(river, "A社")
    await a.part("P", [("Q", 1)])
    parents, _ = await a.run(traceability.parts_page, limit=10, is_parent=True)
    others, _ = await a.run(traceability.parts_page, limit=10, is_parent=False)
    assert ([p.name for p in parents], [p.name for p in others]) == (["P"], ["Q"])
    await a.part("Q")
    await a.part("P", [("Q", 1)])
    parents, _ = await a.run(traceability.parts_page, limit=10, is_parent=True)
    assert [p.name for p in parents] == ["P", "Q"]


async def test_every_version_of_a_part_and_its_structure_stays(river: Database) -> None:
    a = await company(river, "A社")
    part = (await a.part("P")).parent.trace_id
    await a.part("P", [("Q", 1)])
    await a.part("P", [("Q", 2)])
    kept = await a.run(traceability.history, part)
    assert [one.version for one in kept] == [3, 2, 1]
    amounts = [[c["amount"] for c in one.body["children"]] for one in kept]  # type: ignore[index]
    assert amounts == [["2"], ["1"], []]


# ── what is refused, in order ────────────────────────────────────────────────────────────────────────────────────────


async def test_the_rules_of_a_structure_are_checked_in_their_order(river: Database, books: ReadBooks) -> None:
    """Each write breaks the rule named and all that come after it."""
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("Top", [("Mid", 1)])
    await a.part("Mid", [("Asked", 1), ("Unit", 1)])
    await a.part("Made", [("Deep", 1)])
    await a.ask(b, "Asked")
    await a.declare("Unit", pre=1)
    await a.declare("Mid", pre=1)
    nothing = Unchanged(books, a, b)
    flipped = child(a, "Asked", terminated=True)
    other_unit = child(a, "Unit", unit=AmountUnit.LITER)
    top = child(a, "Top", unit=AmountUnit.LITER)
    strange = child(a, "Q", plant_id=b.plant_id)
    liter = a.words("Mid", unit=AmountUnit.LITER)
    cases: list[tuple[type[Refusal], PartInput, list[ChildInput]]] = [
        (PlantUnknown, a.words("Mid", ends=True), [strange, strange]),
        (PlantUnknown, PartInput(plant_id=new_id(), name="Mid", unit=KG, terminated=False), []),
        (TerminatedWithChildren, a.words("Mid", ends=True, unit=AmountUnit.LITER), [top, top]),
        (DuplicateChild, liter, [top, top]),
        (DuplicateChild, liter, [top, child(a, "Mid", support_name="")]),
        (StructureCycle, liter, [top]),
        (ChildRequested, liter, [other_unit]),
        (TerminateRequested, liter, [flipped, other_unit]),
        (UnitLocked, a.words("Mid"), [child(a, "Asked"), other_unit]),
        (UnitLocked, a.words("Mid"), [child(a, "Asked", unit=None), child(a, "Unit")]),
        (UnitLocked, liter, [child(a, "Asked"), child(a, "Unit")]),
        (TerminatedWithChildren, a.words("New"), [child(a, "Made", terminated=True)]),
    ]
    for kind, parent, children in cases:
        await nothing.refuses(kind, write(a, parent, *children))


async def test_a_circle_through_several_own_structures_is_refused(river: Database, books: ReadBooks) -> None:
    a = await company(river, "A社")
    await a.part("P", [("Q", 1)])
    await a.part("Q", [("R", 1)])
    await Unchanged(books, a).refuses(StructureCycle, a.part("R", [("P", 1)]))


@pytest.mark.parametrize("kind", list(RequestType))
async def test_a_requested_child_cannot_be_dropped_nor_ended_until_the_request_is_withdrawn(
    river: Database, books: ReadBooks, kind: RequestType
) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("Q", 1)])
    trade = await a.ask(b, "Q", kind)
    nothing = Unchanged(books, a, b)
    await nothing.refuses(ChildRequested, a.part("P"))
    await nothing.refuses(TerminateRequested, a.part("P", [("Q", 1, True)]))
    await nothing.refuses(TerminateRequested, a.part("Q", ends=True))
    await a.run(traceability.cancel, trade.request_id)
    await a.part("P", [("Q", 1, True)])
    await a.part("P")


async def test_the_unit_of_a_linked_part_is_locked_and_free_again_without_the_link(
    river: Database, books: ReadBooks
) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("Q", 1)])
    await b.part("B", ends=True)
    trade = await a.ask(b, "Q")
    await b.part("B", ends=True, unit=AmountUnit.LITER)
    await b.part("B", ends=True)
    await b.link(trade, "B")
    await Unchanged(books, a, b).refuses(UnitLocked, b.part("B", ends=True, unit=AmountUnit.LITER))
    await a.run(traceability.cancel, trade.request_id)
    await b.part("B", ends=True, unit=AmountUnit.LITER)


@pytest.mark.parametrize("amount", ["-0.00001", "100000", "0.000001", "NaN", "Infinity"])
async def test_an_amount_out_of_range_is_refused_by_place(river: Database, amount: str) -> None:
    a = await company(river, "A社")
    with pytest.raises(BadAmount) as caught:
        await write(a, a.words("P"), child(a, "Q", 1), child(a, "R", amount))
    assert [error.field for error in caught.value.fields] == ["children[1].amount"]
    assert (await a.run(traceability.parts_page, limit=10))[0] == []


@pytest.mark.parametrize("amount", ["0", "0.00001", "99999.99999", "1.500000"])
async def test_an_amount_at_the_edge_is_taken(river: Database, amount: str) -> None:
    a = await company(river, "A社")
    await write(a, a.words("P"), child(a, "Q", amount))
    assert await links(a, "P") == [("Q", Decimal(amount))]


async def test_fifty_components_are_taken_and_fifty_one_are_not(river: Database) -> None:
    a = await company(river, "A社")
    assert len((await a.part("P", [(f"c{n:02}", 1) for n in range(50)])).children) == 50
    with pytest.raises(TooManyChildren):
        await a.part("P", [(f"c{n:02}", 1) for n in range(51)])
    assert len(await links(a, "P")) == 50


async def test_the_supplier_sees_the_present_words_of_the_part_that_is_asked_for(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("Q", 1)])
    trade = await a.ask(b, "Q")
    await write(a, a.words("P"), child(a, "Q", label="新しい名札", info1="x"))
    seen = (await b.trade(trade)).requested_part
    assert seen
    assert (seen.label, seen.info1) == ("新しい名札", "x")
    assert (await a.trade(trade)).requested_part is None


# ── deleting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def delete(one: Company, part: UUID) -> None:
    await one.run(traceability.delete_part, part)


async def test_deleting_is_refused_in_the_order_of_the_contract(river: Database, books: ReadBooks) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("P", [("Q", 1)])
    await a.part("Alone")
    await b.part("Trader")
    trade = await a.ask(b, "Q")
    await b.link(trade, "Trader")
    nothing = Unchanged(books, a, b, c)
    await nothing.refuses(PartUnknown, delete(a, new_id()))
    await nothing.refuses(PartForeign, delete(a, await b.part_id("Trader")))
    await nothing.refuses(PartInStructure, delete(a, await a.part_id("P")))  # has components
    await nothing.refuses(PartInStructure, delete(a, await a.part_id("Q")))  # is one, and requested
    await nothing.refuses(PartReceived, delete(b, await b.part_id("Trader")))
    bought = await b.ask(c, "Trader")
    await nothing.refuses(PartRequested, delete(b, await b.part_id("Trader")))
    await c.run(traceability.reject, bought.request_id)
    await nothing.refuses(PartRequested, delete(b, await b.part_id("Trader")))  # returned, not yet withdrawn
    await b.run(traceability.cancel, bought.request_id)
    await nothing.refuses(PartReceived, delete(b, await b.part_id("Trader")))
    await a.run(traceability.cancel, trade.request_id)
    await delete(b, await b.part_id("Trader"))
    await delete(a, await a.part_id("Alone"))


async def test_a_part_whose_returned_request_was_asked_anew_and_withdrawn_can_be_deleted(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    part = (await a.part("Q")).parent.trace_id
    first = await a.ask(b, "Q")
    await b.run(traceability.reject, first.request_id)
    again = await a.ask(b, "Q")
    await a.run(traceability.cancel, again.request_id)
    await delete(a, part)


async def test_deleting_takes_the_footprint_along_and_leaves_its_history(river: Database, books: ReadBooks) -> None:
    a = await company(river, "A社")
    part = (await a.part("P", [("Q", 1)])).parent.trace_id
    await a.declare("P", pre=1)
    await a.declare("Q", pre=1)
    await a.part("P")
    await delete(a, part)
    read = books(a)
    read.check()
    assert [row["trace_id"] for row in read.rows("footprint_record")] == [await a.part_id("Q")]
    assert len(await a.run(footprint.history, part)) == 1
    assert len(await a.run(traceability.history, part)) == 2


async def test_many_parts_come_in_a_few_statements_and_what_is_there_already_keeps_its_rules(river: Database) -> None:
    a, b = await company(river, "甲"), await company(river, "乙")
    await a.part("asked", [("bought", 1)])
    await a.ask(b, "bought")
    await a.part("same", [("kept", 2)])
    rows = [
        "name,support_name,plant,unit,terminated",
        "bought,,A000001,m3,no",  # its unit is fixed: it is asked for
        "same,,A000001,kg,no",
        *(f"N{number},,A000001,kg,yes" for number in range(300)),
    ]

    async def counted(tx: Transaction, scope: OperatorScope, lines: list[str], *, keep: bool) -> tuple[object, int]:
        report = await traceability.import_parts(tx, scope, "\n".join(lines).encode(), keep_good_rows=keep)
        return report, tx.statements

    with pytest.raises(traceability.ImportRefused):
        await a.run(counted, rows, keep=False)
    assert await a.run(traceability.parts_page, limit=2, name="N7") == ([], None)
    report, statements = await a.run(counted, rows, keep=True)
    assert [(error.row, error.values) for error in report.errors] == [(2, {})]
    assert report.parts_written == 301
    assert statements < 60
    made = await a.run(traceability.structure, await a.part_id("N299"))
    assert (made.parent.terminated, made.parent.version, made.children) == (True, 1, [])
    (version,) = await a.run(traceability.history, made.parent.trace_id)
    assert version.version == 1
    kept = await a.run(traceability.structure, await a.part_id("same"))
    assert [(one.part.name, one.amount) for one in kept.children] == [("kept", 2)]
    again, statements = await a.run(counted, [rows[0], *rows[2:]], keep=False)
    assert (again.parts_written, statements < 30) == (301, True)
    assert (await a.run(traceability.structure, made.parent.trace_id)).parent.version == 1


async def test_a_plant_that_is_not_there_is_told_for_every_row(river: Database) -> None:
    a = await company(river, "甲")
    ours = [PartInput(plant_id=a.plant_id, name=f"P{n}", unit=KG, terminated=True) for n in range(2)]
    theirs = PartInput(plant_id=new_id(), name="X", unit=KG, terminated=True)
    step = importing.PartStep(alone=[ours[0], theirs, ours[1]], lines=[2, 3, 4], rows=3)
    written, wrong = await a.run(importing.take, step)
    assert (written, [(one.row, one.say) for one in wrong]) == (2, [(3, PlantUnknown.say)])
    assert {part.name for part in (await a.run(traceability.parts_page, limit=9))[0]} == {"P0", "P1"}

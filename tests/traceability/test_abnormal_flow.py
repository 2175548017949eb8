"""The abnormal flow of requests, E1–E16: what is refused, and that a refusal changes and tells nothing.

The reference page of these situations names each test here (docs/reference/abnormal-flows.md).
"""

from collections.abc import Awaitable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from tests.chain import Company, company
from tests.flows import audit_tags, received, sent, told
from tests.river import ReadBooks

from meguri.footprint import service as footprint
from meguri.footprint.errors import AlreadyRecorded, UnknownRecord
from meguri.footprint.errors import UnitMismatch as FootprintUnitMismatch
from meguri.footprint.model import FootprintInput
from meguri.kernel.errors import Refusal, Stale
from meguri.kernel.ids import new_id
from meguri.kernel.units import AmountUnit
from meguri.operators.errors import OperatorUnknown
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.errors import (
    AlreadyAnswered,
    AlreadyRejected,
    AlreadyRequested,
    PartNotOwn,
    RequestClosed,
    RequestFixed,
    RequestHasChildren,
    RequestSelf,
    RequestTerminated,
    StructureCycle,
    TradeCycle,
    UnitMismatch,
    UnknownRequest,
    WrongSide,
)
from meguri.traceability.model import RequestInput, RequestType, State, Trade

pytestmark = pytest.mark.anyio


async def chain(river: Database) -> tuple[Company, Company, Trade]:
    """A has asked B for A1, which goes into A; B has parts B (ends) and Open (bought)."""
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 5)])
    await b.part("B", ends=True)
    await b.part("Open")
    return a, b, await a.ask(b, "A1")


class Unchanged:
    """Within: something is refused in this way, and afterwards all is as it was, for both companies."""

    def __init__(self, books: ReadBooks, *companies: Company) -> None:
        self._books = books
        self._companies = companies

    async def refuses(self, kind: type[Refusal], doing: Awaitable[Any]) -> None:
        before = self._books(*self._companies).everything()
        tags = [await audit_tags(one, "") for one in self._companies]
        with pytest.raises(kind) as caught:
            await doing
        assert type(caught.value) is kind
        assert self._books(*self._companies).everything() == before
        assert [await audit_tags(one, "") for one in self._companies] == tags


def acts_on(one: Company, request_id: UUID, trade_id: UUID, part: UUID) -> list[Awaitable[Any]]:
    return [
        one.run(traceability.amend, request_id, message=None, due_date=None),
        one.run(traceability.link, trade_id, part),
        one.run(traceability.reject, request_id),
        one.run(traceability.cancel, request_id),
        one.run(traceability.reply, request_id, "x"),
    ]


async def test_unknown_cancelled_foreign_or_mismatched_requests_are_not_found(
    river: Database, books: ReadBooks
) -> None:
    a, b, trade = await chain(river)
    stranger = await company(river, "C社")
    part = (await stranger.part("C")).parent.trace_id
    nothing = Unchanged(books, a, b, stranger)
    for act in acts_on(a, new_id(), new_id(), part) + acts_on(stranger, trade.request_id, trade.trade_id, part):
        await nothing.refuses(UnknownRequest, act)
    await a.part("Z")
    other = await a.ask(b, "Z")
    mixed = {"trade_id": other.trade_id}
    await nothing.refuses(UnknownRequest, a.run(traceability.cancel, trade.request_id, **mixed))
    await nothing.refuses(UnknownRequest, b.run(traceability.reject, trade.request_id, **mixed))
    await nothing.refuses(
        UnknownRequest, a.run(traceability.amend, trade.request_id, message="x", due_date=None, **mixed)
    )
    await a.run(traceability.cancel, trade.request_id)
    own = await b.part_id("B")
    for act in acts_on(b, trade.request_id, trade.trade_id, own) + acts_on(a, trade.request_id, trade.trade_id, part):
        await nothing.refuses(UnknownRequest, act)


async def test_each_step_belongs_to_one_side(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    nothing = Unchanged(books, a, b)
    await nothing.refuses(WrongSide, b.run(traceability.cancel, trade.request_id))
    await nothing.refuses(WrongSide, b.run(traceability.amend, trade.request_id, message="x", due_date=None))
    await nothing.refuses(WrongSide, a.run(traceability.reject, trade.request_id))
    await nothing.refuses(WrongSide, a.run(traceability.link, trade.trade_id, await a.part_id("A1")))
    await nothing.refuses(WrongSide, a.run(traceability.reply, trade.request_id, "x"))


async def test_a_request_can_be_withdrawn_once(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    await a.run(traceability.cancel, trade.request_id)
    await Unchanged(books, a, b).refuses(UnknownRequest, a.run(traceability.cancel, trade.request_id))
    assert await told(b) == ["REQUEST_NEW", "REQUEST_CANCELED"]


async def test_withdrawing_a_returned_request_clears_it_on_both_sides_and_tells_nobody(river: Database) -> None:
    a, b, trade = await chain(river)
    await b.run(traceability.reject, trade.request_id)
    await a.run(traceability.cancel, trade.request_id)
    assert await sent(a) == await received(b) == []
    assert (await told(a), await told(b)) == (["REQUEST_REJECTED"], ["REQUEST_NEW"])
    await a.part("A")  # A1 leaves the structure …
    await a.run(traceability.delete_part, await a.part_id("A1"))  # … and nothing else holds it


async def test_a_returned_request_is_neither_returned_nor_linked_again(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    await b.run(traceability.reject, trade.request_id)
    nothing = Unchanged(books, a, b)
    await nothing.refuses(AlreadyRejected, b.run(traceability.reject, trade.request_id))
    await nothing.refuses(AlreadyRejected, b.run(traceability.link, trade.trade_id, await b.part_id("B")))
    await nothing.refuses(RequestClosed, a.run(traceability.amend, trade.request_id, message="x", due_date=None))


async def test_an_answered_request_is_neither_returned_nor_amended(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    await b.declare("B", pre=1)
    await b.link(trade, "B")
    nothing = Unchanged(books, a, b)
    await nothing.refuses(AlreadyAnswered, b.run(traceability.reject, trade.request_id))
    await nothing.refuses(RequestClosed, a.run(traceability.amend, trade.request_id, message="x", due_date=None))


async def test_a_part_has_one_live_request_of_each_kind(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    c = await company(river, "C社")
    nothing = Unchanged(books, a, b, c)
    await nothing.refuses(AlreadyRequested, a.ask(b, "A1"))
    await nothing.refuses(AlreadyRequested, a.ask(c, "A1"))
    await b.declare("B", pre=1)
    await b.link(trade, "B")
    await nothing.refuses(AlreadyRequested, a.ask(c, "A1"))
    assert (await a.ask(c, "A1", RequestType.DD)).state is State.NOT_COMPLETED
    await nothing.refuses(AlreadyRequested, a.ask(b, "A1", RequestType.DD))


async def test_nothing_is_asked_of_oneself_nor_for_parts_that_end_or_are_made_here(
    river: Database, books: ReadBooks
) -> None:
    a, b, _ = await chain(river)
    await a.part("End", ends=True)
    await a.part("Leaf")
    nothing = Unchanged(books, a, b)
    await nothing.refuses(RequestSelf, a.ask(a, "Leaf"))
    await nothing.refuses(RequestTerminated, a.ask(b, "End"))
    await nothing.refuses(RequestHasChildren, a.ask(b, "A"))


async def test_the_checks_of_a_new_request_come_in_their_order(river: Database) -> None:
    a, b, _ = await chain(river)
    await a.part("End", ends=True)
    unknown, own, foreign = new_id(), await a.part_id("End"), await b.part_id("B")

    async def ask(supplier: UUID, part: UUID) -> None:
        await a.run(traceability.request, RequestInput(upstream_operator_id=supplier, downstream_trace_id=part))

    for kind, supplier, part in (
        (OperatorUnknown, unknown, unknown),
        (PartNotOwn, b.id, unknown),
        (PartNotOwn, a.id, foreign),
        (RequestSelf, a.id, own),
        (RequestTerminated, b.id, own),
        (RequestHasChildren, b.id, await a.part_id("A")),
        (AlreadyRequested, b.id, await a.part_id("A1")),
    ):
        with pytest.raises(kind):
            await ask(supplier, part)


async def test_supplier_part_and_kind_of_a_request_never_change(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    c = await company(river, "C社")
    await a.part("Z")
    same = {"upstream_operator_id": b.id, "downstream_trace_id": trade.downstream_trace_id}
    nothing = Unchanged(books, a, b, c)
    for change in (
        {"upstream_operator_id": c.id},
        {"downstream_trace_id": await a.part_id("Z")},
        {"request_type": RequestType.DD},
    ):
        fixed = RequestInput(**{**same, **change})  # type: ignore[arg-type]
        await nothing.refuses(
            RequestFixed, a.run(traceability.amend, trade.request_id, message="x", due_date=None, fixed=fixed)
        )
    fixed = RequestInput(**same)  # type: ignore[arg-type]
    assert (await a.run(traceability.amend, trade.request_id, message="x", due_date=None, fixed=fixed)).message == "x"


async def test_only_an_own_part_can_be_linked(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    c = await company(river, "C社")
    foreign = (await c.part("C", ends=True)).parent.trace_id
    nothing = Unchanged(books, a, b, c)
    for part in (foreign, trade.downstream_trace_id, new_id()):
        await nothing.refuses(PartNotOwn, b.run(traceability.link, trade.trade_id, part))


@pytest.mark.parametrize("theirs", [AmountUnit.LITER, None])
async def test_a_part_in_another_unit_cannot_be_linked(
    river: Database, books: ReadBooks, theirs: AmountUnit | None
) -> None:
    a, b, trade = await chain(river)
    await b.part("Other", ends=True, unit=theirs)
    await Unchanged(books, a, b).refuses(UnitMismatch, b.link(trade, "Other"))
    await a.part("Free", unit=None)
    free = await a.ask(b, "Free")
    if theirs is None:
        assert (await b.link(free, "Other")).upstream_trace_id
    else:
        await Unchanged(books, a, b).refuses(UnitMismatch, b.link(free, "Other"))


async def test_a_link_cannot_make_the_chain_run_in_a_circle(river: Database, books: ReadBooks) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    for one in (a, b, c):
        await one.part("P", [("Q", 1)])
    ab, bc, ca = await a.ask(b, "Q"), await b.ask(c, "Q"), await c.ask(a, "Q")
    nothing = Unchanged(books, a, b, c)
    await b.link(ab, "P")
    await c.link(bc, "P")
    await nothing.refuses(TradeCycle, a.link(ca, "P"))
    # The same over a part that is only passed on.
    await nothing.refuses(TradeCycle, a.link(ca, "Q"))


async def test_a_structure_cannot_close_a_circle_over_other_companies(river: Database, books: ReadBooks) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("Q", 1)])
    await b.part("X", [("Y", 1)])
    await a.part("R")
    await b.link(await a.ask(b, "Q"), "X")  # X goes into P
    await a.link(await b.ask(a, "Y"), "R")  # R goes into X
    await Unchanged(books, a, b).refuses(StructureCycle, a.part("R", [("P", 1)]))


async def test_circles_over_requests_of_different_kinds_are_refused_too(river: Database, books: ReadBooks) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    for one in (a, b):
        await one.part("P", [("Q", 1)])
    ab, ba = await a.ask(b, "Q"), await b.ask(a, "Q", RequestType.DD)
    await b.link(ab, "P")
    await Unchanged(books, a, b).refuses(TradeCycle, a.link(ba, "P"))


async def test_linking_the_same_part_again_changes_and_tells_nothing(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    await b.declare("B", pre=1)
    await b.link(trade, "B")
    before, tags = books(a, b).everything(), await audit_tags(a, "")
    assert (await b.link(trade, "B")).state is State.COMPLETED
    assert books(a, b).everything() == before
    assert await audit_tags(a, "") == tags


async def test_the_checks_of_a_link_come_in_their_order(river: Database) -> None:
    a, b, trade = await chain(river)
    await b.part("Liter", ends=True, unit=AmountUnit.LITER)
    liter = await b.part_id("Liter")
    for kind, who, request, part in (
        (UnknownRequest, b, new_id(), new_id()),
        (WrongSide, a, trade.trade_id, new_id()),
        (PartNotOwn, b, trade.trade_id, new_id()),
        (UnitMismatch, b, trade.trade_id, liter),
    ):
        with pytest.raises(kind):
            await who.run(traceability.link, request, part)
    await b.run(traceability.reject, trade.request_id)
    with pytest.raises(AlreadyRejected):
        await b.run(traceability.link, trade.trade_id, new_id())


async def test_a_due_date_that_passes_changes_nothing(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    await a.run(traceability.amend, trade.request_id, message=None, due_date=date(2000, 1, 1))
    await b.declare("B", pre=1)
    await b.link(trade, "B")
    books(a, b).check()
    assert (await a.trade(trade)).state is State.COMPLETED


async def test_a_writer_who_read_an_older_version_is_told_so(river: Database, books: ReadBooks) -> None:
    a, b, trade = await chain(river)
    first = (await a.run(traceability.structure, await a.part_id("A"))).parent
    words = a.words("A")
    await a.part("A", [("A1", 6)])
    nothing = Unchanged(books, a, b)
    await nothing.refuses(Stale, a.run(traceability.write_structure, words, [], if_version=first.version))
    await nothing.refuses(Stale, a.run(traceability.write_structure, a.words("New"), [], if_version=1))
    await nothing.refuses(Stale, a.run(traceability.delete_part, first.trace_id, if_version=first.version))
    await a.run(traceability.amend, trade.request_id, message="x", due_date=None, if_version=trade.version)
    late = a.run(traceability.amend, trade.request_id, message="y", due_date=None, if_version=trade.version)
    await nothing.refuses(Stale, late)


def said(unit: AmountUnit = AmountUnit.KILOGRAM) -> FootprintInput:
    return FootprintInput(declared_unit=unit)


async def test_a_footprint_is_declared_for_own_parts_alone(river: Database, books: ReadBooks) -> None:
    a, b, _ = await chain(river)
    nothing = Unchanged(books, a, b)
    await nothing.refuses(PartNotOwn, a.run(footprint.record, await b.part_id("B"), said()))
    await nothing.refuses(PartNotOwn, a.run(footprint.record, new_id(), said()))
    assert await a.run(footprint.statements, [await b.part_id("B")]) == []
    with pytest.raises(PartNotOwn):
        await a.run(footprint.footprint, await b.part_id("B"))
    with pytest.raises(PartNotOwn):
        await a.run(footprint.why, await b.part_id("B"))


async def test_the_checks_of_a_declaration_come_in_their_order(river: Database, books: ReadBooks) -> None:
    a, b, _ = await chain(river)
    part, liter = await b.part_id("B"), AmountUnit.LITER
    nothing = Unchanged(books, a, b)
    await nothing.refuses(FootprintUnitMismatch, b.run(footprint.record, part, said(liter), footprint_id=new_id()))
    await nothing.refuses(UnknownRecord, b.run(footprint.record, part, said(), footprint_id=new_id()))
    kept = await b.run(footprint.record, part, said())
    await nothing.refuses(AlreadyRecorded, b.run(footprint.record, part, said()))
    await nothing.refuses(UnknownRecord, b.run(footprint.record, part, said(), footprint_id=new_id()))
    another = await b.declare("Open")
    mixed = b.run(footprint.record, part, said(), footprint_id=another.footprint_id)
    await nothing.refuses(UnknownRecord, mixed)
    again = await b.run(footprint.record, part, said(), footprint_id=kept.footprint_id)
    assert (again.footprint_id, again.version) == (kept.footprint_id, 2)
    await nothing.refuses(Stale, b.run(footprint.record, part, said(), footprint_id=kept.footprint_id, if_version=1))
    assert [row[0] for row in await b.run(footprint.history, part)] == [2, 1]

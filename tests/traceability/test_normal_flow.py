"""The normal flow of requests, N1–N13: what each step leaves behind, and who is told of it, once."""

from datetime import date
from uuid import UUID

import pytest
from tests.chain import Company, company
from tests.flows import audit_tags, ids, received, released, sent, standing, told

from meguri.footprint.service import statements
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import State, Trade

pytestmark = pytest.mark.anyio
OPEN, DONE, BACK = State.NOT_COMPLETED, State.COMPLETED, State.REJECT
REQUEST = "traceability:trade:request"


async def pair(river: Database) -> tuple[Company, Company, Trade]:
    """A has asked B for A1, five of which go into A; B makes B, which ends the chain."""
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("A", [("A1", 5)])
    await b.part("B", ends=True)
    return a, b, await a.ask(b, "A1")


async def test_a_new_request_is_open_counts_itself_and_is_told_to_the_supplier_alone(river: Database) -> None:
    a, b, trade = await pair(river)
    for one in (a, b):
        assert await standing(one, trade) == (OPEN, False, 0, 1)
        assert await audit_tags(one) == [REQUEST]
    seen = await b.trade(trade)
    assert (seen.downstream_operator_id, seen.upstream_operator_id) == (a.id, b.id)
    assert seen.requested_part
    assert seen.requested_part.name == "A1"
    assert seen.upstream_trace_id is None
    assert (await told(a), await told(b)) == ([], ["REQUEST_NEW"])


async def test_amending_replaces_message_and_due_date_on_both_sides_and_tells_nobody(river: Database) -> None:
    a, b, trade = await pair(river)
    due = date(2020, 1, 31)  # past dates are taken
    await a.run(traceability.amend, trade.request_id, message="来月中にご回答をお願いします。", due_date=due)
    for one in (a, b):
        seen = await one.trade(trade)
        assert (seen.message, seen.due_date) == ("来月中にご回答をお願いします。", due)
        assert await standing(one, trade) == (OPEN, False, 0, 1)
    await a.run(traceability.amend, trade.request_id, message=None, due_date=None)
    seen = await b.trade(trade)
    assert (seen.message, seen.due_date) == (None, None)
    assert (await told(a), await told(b)) == ([], ["REQUEST_NEW"])
    assert await audit_tags(b) == [REQUEST, "traceability:trade:amend", "traceability:trade:amend"]


async def test_every_version_of_a_request_stays_readable_for_who_wrote_it(river: Database) -> None:
    a, b, trade = await pair(river)
    await a.run(traceability.amend, trade.request_id, message="一", due_date=None)
    await a.run(traceability.amend, trade.request_id, message="二", due_date=None)
    await a.run(traceability.cancel, trade.request_id)
    kept = [version.body for version in await a.run(traceability.history, trade.trade_id)]
    assert [(one["state"], one["message"]) for one in kept] == [  # type: ignore[index]
        ("CANCEL", "二"),
        ("NOT_COMPLETED", "二"),
        ("NOT_COMPLETED", "一"),
        ("NOT_COMPLETED", None),
    ]
    assert await b.run(traceability.history, trade.trade_id) == []


@pytest.mark.parametrize("ends", [True, False])
async def test_linking_a_part_without_footprint_leaves_the_request_open(river: Database, ends: bool) -> None:
    a, b, trade = await pair(river)
    await b.part("B", ends=ends)
    linked = await b.link(trade, "B")
    assert linked.upstream_trace_id == await b.part_id("B")
    assert (await a.trade(trade)).upstream_trace_id == linked.upstream_trace_id
    assert await standing(a, trade) == await standing(b, trade) == (OPEN, ends, 0, 1)
    assert (await told(a), await told(b)) == ([], ["REQUEST_NEW"])


async def test_linking_a_part_with_a_footprint_answers_the_request(river: Database) -> None:
    a, b, trade = await pair(river)
    await b.declare("B", pre="1.5", main=10)
    await b.link(trade, "B")
    assert await standing(a, trade) == await standing(b, trade) == (DONE, True, 1, 1)
    assert (await told(a), await told(b)) == (["CFP_RESPONSED"], ["REQUEST_NEW"])


async def test_a_first_footprint_answers_every_live_request_that_the_part_is_linked_to(river: Database) -> None:
    a, b, trade = await pair(river)
    c = await company(river, "C社")
    await c.part("C", [("C1", 1)])
    second, unlinked = await c.ask(b, "C1"), await c.part("D", [("D1", 1)])
    third = await c.ask(b, "D1")
    await b.link(trade, "B")
    await b.link(second, "B")
    await b.declare("B", pre=1, main=2)
    assert await standing(a, trade) == await standing(c, second) == (DONE, True, 1, 1)
    assert await standing(c, third) == (OPEN, False, 0, 1)
    assert unlinked
    assert (await told(a), await told(c)) == (["CFP_RESPONSED"], ["CFP_RESPONSED"])


async def test_a_changed_footprint_stays_answered_and_is_told_to_those_whose_rows_changed(river: Database) -> None:
    a, b, trade = await pair(river)
    c = await company(river, "C社")
    await c.part("C", [("C1", 1)])
    hidden = await c.ask(b, "C1")
    await b.disclose("B", c, TOTALCFP=False, TOTALDQR=False)
    await b.link(trade, "B")
    await b.link(hidden, "B")
    await b.declare("B", pre=1, main=2)
    await b.declare("B", pre=2, main=2)
    assert await standing(a, trade) == (DONE, True, 1, 1)
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED"]
    assert await told(c) == ["CFP_RESPONSED"]
    await b.declare("B", pre=2, main=2)
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED"]


async def test_a_change_is_told_tier_by_tier_once_to_each_customer(river: Database) -> None:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 1)])
    await b.part("B", [("B1", 2), ("B2", 3)])  # both from C: two ways for one change
    await c.part("C", ends=True)
    ab, first, second = await a.ask(b, "A1"), await b.ask(c, "B1"), await b.ask(c, "B2")
    await b.link(ab, "B")
    for trade in (first, second):
        await c.link(trade, "C")
    await b.declare("B", pre=1, main=1)
    await c.declare("C", pre=1, main=1)
    assert await told(b) == ["REQUEST_NEW", "CFP_RESPONSED", "CFP_RESPONSED"]
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED"]
    await c.declare("C", pre=2, main=1)
    assert await told(b) == ["REQUEST_NEW", *["CFP_RESPONSED"] * 2, *["CFP_UPDATED"] * 2]
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED", "CFP_UPDATED"]


async def test_one_write_that_reaches_a_customer_on_two_ways_is_told_once(river: Database) -> None:
    """C's part answers B, and goes into another part of C that answers B too."""
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 1)])
    await b.part("B", [("B1", 1), ("B2", 1)])
    await c.part("Big", [("Small", 4, True)])
    ab, big, small = await a.ask(b, "A1"), await b.ask(c, "B1"), await b.ask(c, "B2")
    await b.link(ab, "B")
    await c.link(big, "Big")
    await c.link(small, "Small")
    await b.declare("B", pre=1, main=1)
    await c.declare("Big", pre=1, main=1)
    before = await told(a)
    await c.declare("Small", pre=1, main=1)  # answers B2 for the first time, and moves B1
    assert await told(b) == ["REQUEST_NEW", "CFP_RESPONSED", "CFP_UPDATED", "CFP_RESPONSED"]
    assert await told(a) == [*before, "CFP_UPDATED"]


async def test_disclosing_tells_the_customer_only_of_an_answer_that_shows_something_else(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社", auto_disclose=False)
    await a.part("A", [("A1", 5)])
    await b.part("B", ends=True)
    trade = await a.ask(b, "A1")
    await b.link(trade, "B")
    await b.disclose("B", a, TOTALCFP=True)  # not answered yet: nothing to tell
    await b.disclose("B", a, TOTALCFP=False)
    await b.declare("B", pre="1.5", main=10)
    assert await told(a) == ["CFP_RESPONSED"]
    await b.disclose("B", a, TOTALCFP=True)
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED"]
    await b.disclose("B", a, TOTALCFP=True)
    await b.disclose("B", a, CERTIFICATE=True)
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED"]
    assert await standing(a, trade) == (DONE, True, 1, 1)


@pytest.mark.parametrize("answered", [False, True])
async def test_a_withdrawn_request_vanishes_on_both_sides_with_link_and_release(
    river: Database, answered: bool
) -> None:
    a, b, trade = await pair(river)
    await b.link(trade, "B")
    if answered:
        await b.declare("B", pre="1.5", main=10)
    assert await released(b, "B", a) == {"TOTALCFP", "TOTALDQR", "CERTIFICATE"}
    await a.run(traceability.cancel, trade.request_id)
    assert await sent(a) == await received(b) == []
    assert await released(b, "B", a) == set()
    assert await told(b) == ["REQUEST_NEW", "REQUEST_CANCELED"]
    assert (await audit_tags(a))[-1] == (await audit_tags(b))[-1] == "traceability:trade:cancel"
    again = await a.ask(b, "A1")
    assert ids(await sent(a)) == ids(await received(b)) == [again.trade_id]


async def test_a_release_stays_while_another_live_request_joins_part_and_customer(river: Database) -> None:
    a, b, trade = await pair(river)
    await a.part("A'", [("A2", 1)])
    other = await a.ask(b, "A2")
    await b.link(trade, "B")
    await b.link(other, "B")
    await a.run(traceability.cancel, trade.request_id)
    assert await released(b, "B", a) == {"TOTALCFP", "TOTALDQR", "CERTIFICATE"}
    await a.run(traceability.cancel, other.request_id)
    assert await released(b, "B", a) == set()


async def test_a_returned_request_stays_visible_to_both_without_link_counters_and_release(river: Database) -> None:
    a, b, trade = await pair(river)
    await b.link(trade, "B")
    await b.run(traceability.reject, trade.request_id, reply_message="差戻し")
    for one in (a, b):
        seen = await one.trade(trade)
        assert await standing(one, trade) == (BACK, False, 0, 0)
        assert (seen.reply_message, seen.upstream_trace_id) == ("差戻し", None)
    assert ids(await sent(a)) == ids(await received(b)) == [trade.trade_id]
    assert await released(b, "B", a) == set()
    assert (await told(a), await told(b)) == (["REQUEST_REJECTED"], ["REQUEST_NEW"])


async def test_asking_again_hides_the_returned_request_from_the_customer_alone(river: Database) -> None:
    a, b, trade = await pair(river)
    await b.run(traceability.reject, trade.request_id, reply_message="差戻し")
    again = await a.ask(b, "A1")
    assert ids(await sent(a)) == [again.trade_id]
    assert ids(await received(b)) == [again.trade_id, trade.trade_id]
    assert await standing(a, again) == (OPEN, False, 0, 1)
    assert await standing(b, trade) == (BACK, False, 0, 0)
    assert (await told(a), await told(b)) == (["REQUEST_REJECTED"], ["REQUEST_NEW", "REQUEST_NEW"])


async def answers(one: Company, name: str) -> tuple[object, object] | None:
    (found,) = await one.run(statements, [await one.part_id(name)])
    return (found.answer.pre, found.answer.main) if found.answer else None


async def test_linking_another_part_recomputes_the_answer_and_takes_the_old_release_back(river: Database) -> None:
    a, b, trade = await pair(river)
    await b.declare("B", pre="1.5", main=10)
    await b.part("B2", ends=True)
    await b.declare("B2", pre=2, main=3)
    await b.link(trade, "B")
    await b.link(trade, "B2")
    assert await answers(a, "A1") == (2, 3)
    assert await standing(a, trade) == (DONE, True, 1, 1)
    assert await told(a) == ["CFP_RESPONSED", "CFP_UPDATED"]
    assert await released(b, "B", a) == set()
    assert await released(b, "B2", a) == {"TOTALCFP", "TOTALDQR", "CERTIFICATE"}


async def test_linking_another_part_with_the_same_figures_tells_nobody(river: Database) -> None:
    a, b, trade = await pair(river)
    for name in ("B", "B2"):
        await b.part(name, ends=True)
        await b.declare(name, pre="1.5", main=10)
        await b.link(trade, name)
    assert await told(a) == ["CFP_RESPONSED"]


async def test_linking_an_unanswered_part_opens_the_request_again_and_takes_the_answer_away(river: Database) -> None:
    a, b, trade = await pair(river)
    await b.declare("B", pre="1.5", main=10)
    await b.link(trade, "B")
    await b.part("B2")
    await b.link(trade, "B2")
    assert await answers(a, "A1") is None
    assert await standing(a, trade) == (OPEN, False, 0, 1)
    assert await told(a) == ["CFP_RESPONSED"]
    await b.declare("B2", pre=4, main=4)
    assert await told(a) == ["CFP_RESPONSED", "CFP_RESPONSED"]


@pytest.mark.parametrize("state", [OPEN, DONE, BACK])
async def test_a_reply_is_kept_in_any_visible_state_and_told_only_when_there_is_a_text(
    river: Database, state: State
) -> None:
    a, b, trade = await pair(river)
    if state is DONE:
        await b.declare("B", pre=1)
        await b.link(trade, "B")
    if state is BACK:
        await b.run(traceability.reject, trade.request_id)
    before = await told(a)
    await b.run(traceability.reply, trade.request_id, "確認中です")
    assert (await a.trade(trade)).reply_message == "確認中です"
    await b.run(traceability.reply, trade.request_id, "")
    assert (await a.trade(trade)).reply_message is (await b.trade(trade)).reply_message is None
    await b.run(traceability.reply, trade.request_id, None)
    assert await told(a) == [*before, "REPLY_MESSAGE_REGISTERED"]
    assert (await audit_tags(a))[-3:] == ["traceability:trade:reply"] * 3


async def test_one_part_for_many_customers_has_a_release_of_its_own_for_each(river: Database) -> None:
    b = await company(river, "B社", auto_disclose=False)
    await b.part("B", ends=True)
    await b.declare("B", pre="1.5", main=10)
    seen: list[tuple[object, object] | None] = []
    trades: list[UUID] = []
    for name, groups in (("A社", {"TOTALCFP": True}), ("C社", {}), ("D社", {"TOTALDQR": True})):
        customer = await company(river, name)
        await customer.part("P", [("P1", 2)])
        trade = await customer.ask(b, "P1")
        await b.link(trade, "B")
        await b.disclose("B", customer, **groups)
        trades.append(trade.trade_id)
        seen.append(await answers(customer, "P1"))
        assert await standing(customer, trade) == (DONE, True, 1, 1)
    assert [tuple(map(float, one)) if one and one[0] else None for one in seen] == [(1.5, 10.0), None, None]  # type: ignore[arg-type]
    assert ids(await received(b)) == trades[::-1]

"""Suppliers are reminded of due dates, each step once, and of nothing that was said a moment ago."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.chain import Company, company

from meguri.jobs.model import system_scope
from meguri.kernel.clock import fixed_clock
from meguri.operators import inbox
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput, RequestType
from meguri.traceability.reminders import reminder_rule, step_due

STEPS = reminder_rule().days_left
ASKED = date(2026, 11, 1)
DUE = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("today", "step"),
    [(22, None), (23, 7), (24, 7), (27, 3), (28, 3), (29, 1), (30, 0)],
)
def test_a_step_is_due_from_its_day_on(today: int, step: int | None) -> None:
    assert step_due(DUE, ASKED, date(2026, 11, today), STEPS) == step


def test_after_the_due_date_reminders_go_on_at_longer_and_longer_intervals() -> None:
    late = [step_due(DUE, ASKED, DUE + timedelta(days=days), STEPS) for days in (1, 2, 7, 14, 100)]
    assert late == [-1, -1, -7, -14, -14]


def test_who_asks_on_monday_for_tuesday_sends_no_reminder_at_once() -> None:
    assert step_due(date(2026, 11, 3), date(2026, 11, 2), date(2026, 11, 2), STEPS) is None
    assert step_due(date(2026, 11, 3), date(2026, 11, 2), date(2026, 11, 3), STEPS) == 0


async def told(supplier: Company) -> list[str]:
    found, _ = await supplier.run(inbox.page)
    return [one.type for one in found if one.type == "REQUEST_DUE_REMINDER"]


async def test_each_step_reminds_once_and_an_answered_request_no_more(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("bought", 1)])
    await b.part("sold", ends=True)
    today = datetime.now(UTC)
    asked = RequestInput(
        upstream_operator_id=b.id,
        downstream_trace_id=await a.part_id("bought"),
        due_date=today.date() + timedelta(days=10),
    )
    trade = await a.run(traceability.request, asked)

    async def remind(days: int) -> int:
        with fixed_clock(lambda: today + timedelta(days=days)):
            await river.run(system_scope("traceability"), traceability.remind_due)
        return len(await told(b))

    assert await remind(0) == 0
    assert await remind(3) == 1
    assert await remind(4) == 1
    assert await remind(9) == 2
    await b.link(trade, "sold")
    await b.declare("sold", pre=1)
    assert await remind(10) == 2
    assert not await told(a)


@pytest.mark.parametrize("kind", [RequestType.CFP, RequestType.DD])
async def test_two_weeks_after_the_due_date_whoever_asked_is_told_once(river: Database, kind: RequestType) -> None:
    a, b = await company(river, "待つ会社"), await company(river, "黙る会社")
    await a.part("P", [("bought", 1)])
    today = datetime.now(UTC)
    asked = RequestInput(
        upstream_operator_id=b.id,
        downstream_trace_id=await a.part_id("bought"),
        due_date=today.date() + timedelta(days=1),
        request_type=kind,
    )
    await a.run(traceability.request, asked)
    for days in (14, 15, 16, 30):
        with fixed_clock(lambda days=days: today + timedelta(days=days)):  # type: ignore[misc]
            await river.run(system_scope("traceability"), traceability.remind_due)
        found, _ = await a.run(inbox.page)
        heard = [one for one in found if one.type == "REQUEST_ESCALATED"]
        assert len(heard) == (days >= 15)
    assert heard[0].family == kind

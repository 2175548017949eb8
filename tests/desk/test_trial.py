"""The report of a trial counts what went wrong and how long it took to mend, and names nobody."""

from datetime import UTC, datetime, timedelta

from tests.chain import company

from meguri.desk.trial import findings
from meguri.jobs.model import system_scope
from meguri.kernel.clock import fixed_clock
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_each_kind_is_counted_with_the_middle_time_to_resolve() -> None:
    hours = [1, 2, 9]
    flows = [("returned", NOON, NOON + timedelta(hours=n)) for n in hours]
    told = {one.kind: one for one in findings([*flows, ("returned", NOON, None), ("withdrawn", NOON, NOON)])}
    assert (told["returned"].count, told["returned"].resolved, told["returned"].median_hours) == (4, 3, 2.0)
    assert (told["withdrawn"].count, told["overdue"].count, told["overdue"].median_hours) == (1, 0, None)


async def test_a_return_a_withdrawal_and_a_late_answer_are_found_in_their_time(platform: Database) -> None:
    a, b = await company(platform, "A社"), await company(platform, "B社")
    await a.part("P", [("one", 1), ("two", 1), ("three", 1)])
    await b.part("sold", ends=True)
    await b.declare("sold", pre=1)
    start = datetime(2031, 5, 1, 12, tzinfo=UTC)
    with fixed_clock(lambda: start):
        returned = await a.ask(b, "one")
        await b.run(traceability.reject, returned.request_id, reply_message="単位が違います")
        await a.run(traceability.cancel, (await a.ask(b, "two")).request_id)
        late = RequestInput(
            upstream_operator_id=b.id, downstream_trace_id=await a.part_id("three"), due_date=start.date()
        )
        overdue = await a.run(traceability.request, late)
    with fixed_clock(lambda: start + timedelta(hours=6)):
        await b.link(await a.ask(b, "one"), "sold")
    with fixed_clock(lambda: start + timedelta(hours=36)):
        await b.link(overdue, "sold")

    async def told(since: datetime, until: datetime) -> dict[str, tuple[int, int, float | None]]:
        with fixed_clock(lambda: start + timedelta(days=30)):
            flows = await platform.run(system_scope("desk"), traceability.flows_between_across, since, until)
        found = findings([(flow.kind, flow.at, flow.resolved_at) for flow in flows])
        return {one.kind: (one.count, one.resolved, one.median_hours) for one in found}

    day = timedelta(days=1)
    assert await told(start - day, start + 2 * day) == {
        "returned": (1, 1, 6.0),
        "withdrawn": (1, 1, 0.0),
        "overdue": (1, 1, 24.0),
        "reminded": (0, 0, None),
    }
    assert {count for count, _, _ in (await told(start + 3 * day, start + 9 * day)).values()} == {0}

"""Days and months begin where the site is: at their edges in Japan, in Germany, and where no time zone is known."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from meguri.kernel.clock import fixed_clock
from meguri.kernel.errors import Refusal
from meguri.recycling import errors, jobs, store, store_claims
from meguri.recycling.ledger import State
from meguri.recycling.records import SiteInput
from meguri.recycling.service import assays, claiming_sets, claims, importing, lots, periods, runs, sites
from meguri.recycling.zones import country_zone, is_zone
from recycling.booked import delivery, lot, run
from recycling.conftest import MakeRecycler, Recycler
from recycling.test_claims import claim, recovered

pytestmark = pytest.mark.anyio
JST = timezone(timedelta(hours=9))
BEFORE = datetime(2026, 1, 31, 14, 59, 59, 999999, tzinfo=UTC)  # 23:59:59 in Japan
FIRST = datetime(2026, 1, 31, 15, tzinfo=UTC)  # the first moment of February in Japan
NI = {"Ni": "1.0"}


async def month_of(r: Recycler, at: datetime, name: str) -> str:
    """The month in which a delivery at that moment is booked; run and entries say the same."""
    made = await r.run(lots.receive, delivery(r.site_id, lot(name, "waste_module", 10, NI), at))
    booked = (await r.run(runs.detail, made.run_id)).run
    entries = [one for one in await r.run(store.entries, site_id=r.site_id, rows=1000) if one.tx_id == made.run_id]
    assert {one.period for one in entries} == {booked.period}
    return str(booked.period)


async def test_a_month_ends_at_midnight_of_the_site(recycler: MakeRecycler) -> None:
    summer = datetime(2026, 7, 31, 22, tzinfo=UTC)  # midnight in Berlin, in summer
    for country, zone, moments in (
        ("JP", None, [(BEFORE, "2026-01"), (FIRST, "2026-02"), (FIRST.astimezone(JST), "2026-02")]),
        ("DE", None, [(FIRST, "2026-01"), (datetime(2026, 1, 31, 23, tzinfo=UTC), "2026-02"), (summer, "2026-08")]),
        ("DE", None, [(summer - timedelta(microseconds=1), "2026-07")]),
        (
            "BR",
            None,
            [(datetime(2026, 1, 31, 23, 59, tzinfo=UTC), "2026-01"), (datetime(2026, 2, 1, tzinfo=UTC), "2026-02")],
        ),
        ("US", "America/Los_Angeles", [(datetime(2026, 2, 1, 7, 59, tzinfo=UTC), "2026-01")]),
        ("JP", "UTC", [(FIRST, "2026-01")]),
    ):
        r = await recycler()
        await r.run(sites.change, r.site_id, SiteInput(country=country, time_zone=zone))
        found = [await month_of(r, at, f"L-{n}") for n, (at, _) in enumerate(moments)]
        assert found == [month for _, month in moments], (country, zone)


async def test_every_booking_at_the_edge_lies_in_the_month_of_japan(recycler: MakeRecycler) -> None:
    """Deliveries, runs, splits, merges, shipments, assays and what undoes them."""
    r = await recycler()
    with fixed_clock(lambda: FIRST):
        one = await r.run(
            lots.receive, delivery(r.site_id, lot("A", "waste_module", 100, NI), BEFORE - timedelta(hours=9))
        )
        out = [{"lot": lot("B", "casing", 40, {"Ni": "0.4"}), "counting": "recycling"}]
        said = run(
            r.site_id,
            "R-1",
            "dismantling",
            [{"lot_id": one.lot_id, "mass_kg": "40"}],
            out,
            start_at=BEFORE,
            end_at=FIRST,
        )
        booked = await r.run(runs.post, said)
        part = await r.run(runs.split, one.lot_id, Decimal(20), "A-1", BEFORE)
        both = await r.run(runs.merge, [one.lot_id, part.lot_id], "A-2", FIRST)
        left = await r.run(runs.leave, both.lot_id, to=State.EXT_CUSTOMER, kind="ship", mass_kg=Decimal(5), at=FIRST)
        await r.run(assays.reconcile, both.lot_id, [], at=FIRST)
        undone = await r.run(runs.reverse, left.run_id, "wrong")
    months = {name: (await r.run(runs.detail, run_id)).run.period for name, run_id in
              (("run", booked.run.run_id), ("split", part.run_id), ("merge", both.run_id), ("ship", left.run_id),
               ("undo", undone.run_id))}  # fmt: skip
    assert months == {"run": "2026-02", "split": "2026-01", "merge": "2026-02", "ship": "2026-02", "undo": "2026-02"}
    assert [month for month, _ in await r.run(periods.months, r.site_id)] == ["2026-02", "2026-01"]


async def test_a_closed_january_takes_nothing_before_midnight_in_japan_and_february_goes_on(
    recycler: MakeRecycler,
) -> None:
    r = await recycler()
    assert await month_of(r, BEFORE, "L-1") == "2026-01"
    await r.run(periods.close, r.site_id, "2026-01", "再生 太郎")
    with pytest.raises(errors.PeriodClosed):
        await month_of(r, BEFORE, "L-2")
    assert await month_of(r, FIRST, "L-3") == "2026-02"
    await r.run(periods.close, r.site_id, "2026-02", "再生 太郎")
    with pytest.raises(errors.PeriodClosed):
        await month_of(r, FIRST, "L-4")


async def test_a_permit_holds_to_the_end_of_its_last_day_at_the_site(recycler: MakeRecycler) -> None:
    r = await recycler()
    await r.run(sites.change, r.site_id, SiteInput(permit_no="許可1", permit_valid_to=date(2026, 1, 31)))
    made = await r.run(
        lots.receive, delivery(r.site_id, lot("A", "waste_module", 100, NI), BEFORE - timedelta(hours=9))
    )
    out = [{"lot": lot("B", "casing", 10, {"Ni": "0.1"}), "counting": "recycling"}]
    taken = [{"lot_id": made.lot_id, "mass_kg": "10"}]
    late = run(r.site_id, "R-1", "dismantling", taken, out, start_at=BEFORE, end_at=FIRST)
    with pytest.raises(errors.PermitExpired):
        await r.run(runs.post, late)
    assert (
        await r.run(runs.post, run(r.site_id, "R-2", "dismantling", taken, out, start_at=BEFORE, end_at=BEFORE))
    ).run


async def test_a_day_in_a_table_begins_at_the_site(recycler: MakeRecycler) -> None:
    for zone, begins in ((None, "2026-01-31T15:00:00+00:00"), ("America/Los_Angeles", "2026-02-01T08:00:00+00:00")):
        r = await recycler()
        await r.run(sites.change, r.site_id, SiteInput(time_zone=zone))
        table = f"lot_no,kind,site_id,created_at,mass_wet_kg\nA,waste_pack,{r.site_id},2026-02-01,10\n".encode()
        assert (await r.run(importing.lots_from, table, dry_run=False)).booked == 1
        (made,) = await r.run(lots.page)
        assert made.created_at.astimezone(UTC).isoformat() == begins
        assert [month for month, _ in await r.run(periods.months, r.site_id)] == ["2026-02"]


async def test_runs_of_a_table_are_booked_in_the_order_of_their_moments_whatever_their_zones(
    recycler: MakeRecycler,
) -> None:
    r = await recycler()
    await r.run(lots.receive, delivery(r.site_id, lot("A", "waste_module", 100), datetime(2026, 1, 20, tzinfo=UTC)))
    head = "run_no,step_type,site_id,start_at,end_at\n"
    rows = (
        f"R-2,dismantling,{r.site_id},2026-02-01T04:00:00+00:00,2026-02-01T04:30:00+00:00\n"
        f"R-1,dismantling,{r.site_id},2026-02-01T11:00:00+09:00,2026-02-01T12:00:00+09:00\n"
    )
    lines = (
        "run_no,direction,lot_no,kind,mass_kg,counting\n"
        "R-2,in,B,,100,\nR-2,out,C,casing,100,recycling\nR-1,in,A,,100,\nR-1,out,B,casing,100,recycling\n"
    )
    found = await r.run(importing.runs_from, (head + rows).encode(), lines.encode(), None, dry_run=False)
    assert (found.booked, found.errors) == (2, [])


async def test_a_time_zone_is_a_known_one_and_changes_only_in_a_month_without_bookings(recycler: MakeRecycler) -> None:
    r = await recycler()
    assert (await r.run(sites.settings, r.site_id)).time_zone == "Asia/Tokyo"
    for odd in ("Mars/Base", "", "../../etc/passwd", "Asia", "JST-9"):
        with pytest.raises(Refusal):
            await r.run(sites.change, r.site_id, SiteInput(time_zone=odd))
    with fixed_clock(lambda: FIRST):  # February in Japan
        await month_of(r, BEFORE, "L-1")
        changed = await r.run(sites.change, r.site_id, SiteInput(time_zone="Europe/Berlin"))
        assert (changed.time_zone, changed.version) == (
            "Europe/Berlin",
            1,
        )  # there it is January; Japan's had no booking in February
        with pytest.raises(errors.StateTransition):
            await r.run(sites.change, r.site_id, SiteInput(time_zone="Asia/Tokyo"))
        with pytest.raises(errors.StateTransition):
            await r.run(sites.change, r.site_id, SiteInput(country="KR"))
    assert all(is_zone(country_zone(country)) for country in ("JP", "DE", "US", "ZZ"))


async def test_credit_ends_with_its_last_day_at_the_companys_sites(recycler: MakeRecycler) -> None:
    """Carry-over of twelve months ends on 31 March 2027: in Japan nine hours before it does in UTC."""
    midnight = datetime(2027, 3, 31, 15, tzinfo=UTC)
    for zone, moment, left in (
        ("Asia/Tokyo", midnight - timedelta(seconds=1), True),
        ("Asia/Tokyo", midnight, False),
        ("Europe/Berlin", midnight, True),
        ("Europe/Berlin", datetime(2027, 3, 31, 22, tzinfo=UTC), False),
    ):
        r = await recycler()
        await recovered(r)
        with fixed_clock(lambda: datetime(2026, 2, 1, tzinfo=UTC)):
            await r.run(sites.change, r.site_id, SiteInput(time_zone=zone))
        with fixed_clock(lambda moment=moment: moment):
            assert bool(await r.run(claims.open_sums)) is left, (zone, moment)
            refused = await r.run(claiming_sets.reserve_all, {2: claim(1, "a")}, dry_run=False)
            assert (refused == {}) is left
            await jobs.expire_credits(r.db)
            assert bool(await r.run(store_claims.expired, date(2027, 5, 1))) is left

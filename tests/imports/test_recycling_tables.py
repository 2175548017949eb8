"""Tables of recycling as long imports: deliveries, assays, runs and claims, whole or good rows alone, after a crash too."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.chain import Company, company
from tests.web.test_pages import token_in

import meguri.recycling.room
from meguri.imports import service
from meguri.imports.model import Run, RunState
from meguri.imports.service import NewImport
from meguri.operators import plants
from meguri.recycling import kinds, ledger, pages_files, store
from meguri.recycling.service import claims, importing, lots
from meguri.storage.database import Database
from recycling.conftest import Recycler
from recycling.site import Site
from recycling.test_files import ASSAYS, CLAIMS
from recycling.test_sets import books, stocked, tables

from .test_imports import Killed, _dying

pytestmark = pytest.mark.anyio
ROOM = meguri.recycling.room  # its kinds are registered
LOTS = "lot_no,kind,site_id,created_at,mass_wet_kg,moisture_pct\n"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of four rows in parts of eight."""
    monkeypatch.setattr(service, "PART_ROWS", 8)
    monkeypatch.setattr(kinds, "AT_ONCE", 4)


async def recycler(db: Database, name: str) -> tuple[Company, Recycler]:
    a = await company(db, name)
    plant = (await a.run(plants.all_plants))[0]
    return a, Recycler(db, a.scope, plant.plant_id)


async def taken(a: Company, kind: str, content: bytes, *, keep: bool = False, killed: tuple[int, ...] = ()) -> Run:
    run = await a.run(service.start, NewImport(kind=kind, file_name="f.csv", keep_good_rows=keep), content)
    for after in killed:
        with pytest.raises(Killed):
            await service.work(_dying(a.db, after), a.id, run.import_id)
    await service.work(a.db, a.id, run.import_id)
    return await a.run(service.run_of, run.import_id)


def deliveries(r: Recycler, count: int, **odd: str) -> bytes:
    rows = [f"L{n},waste_pack,{r.site_id},2026-03-0{n % 9 + 1},{odd.get(f'L{n}', '100')},\n" for n in range(count)]
    return (LOTS + "".join(rows)).encode()


async def told(a: Company, run: Run) -> list[tuple[int, str | None]]:
    return [(one.row, one.column) for one in await a.run(service.faults, run.import_id)]


@pytest.mark.parametrize("keep", [True, False])
async def test_deliveries_are_booked_once_though_workers_die(river: Database, *, keep: bool) -> None:
    a, r = await recycler(river, "A")
    done = await taken(a, "recycling-lots", deliveries(r, 22), keep=keep, killed=(1, 2, 3))
    assert (done.state, done.rows, done.passed, done.written, done.bad) == (RunState.DONE, 22, 22, 22, 0)
    held = await r.run(lots.page, limit=99)
    assert sorted(one.lot_no for one in held) == sorted(f"L{n}" for n in range(22))
    entries = await r.run(store.entries, r.site_id, after=0, rows=1000)
    assert (len({e.tx_id for e in entries}), ledger.broken_at(entries)) == (22, None)
    again = await taken(a, "recycling-lots", deliveries(r, 22))
    assert again.state is RunState.DONE
    assert len(await r.run(lots.page, limit=99)) == 22


async def test_a_wrong_row_refuses_the_table_or_is_left_out_on_purpose(river: Database) -> None:
    a, r = await recycler(river, "A")
    odd = deliveries(r, 12, L5="-3", L6="many", L10="2000000000")
    done = await taken(a, "recycling-lots", odd)
    assert (done.state, done.written, await r.run(lots.page)) == (RunState.REFUSED, 0, [])
    assert {row for row, _ in await told(a, done)} == {7, 8, 12}
    kept = await taken(a, "recycling-lots", odd, keep=True)
    assert (kept.state, kept.written) == (RunState.DONE, 9)
    assert {row for row, _ in await told(a, kept)} == {7, 8, 12}
    assert len(await r.run(lots.page, limit=99)) == 9


async def test_assays_are_reconciled_and_one_of_an_unknown_lot_is_named(river: Database) -> None:
    a, r = await recycler(river, "A")
    await taken(a, "recycling-lots", deliveries(r, 9))
    rows = "".join(f"L{n},Ni,,0.05,,,,,\nL{n},Li,,{'0.97' if n == 4 else '0.01'},,,,,\n" for n in range(9))
    wrong = await taken(a, "recycling-assays", f"{ASSAYS}{rows}X,Ni,,0.1,,,,,\n".encode(), keep=True)
    assert (wrong.state, wrong.written) == (RunState.DONE, 16)
    assert await told(a, wrong) == [(10, "lot_no"), (20, "lot_no")]
    held = {one.lot_no: one.held.get("Ni") for one in await r.run(lots.page, limit=99)}
    assert held == {f"L{n}": None if n == 4 else Decimal(5) for n in range(9)}


@pytest.mark.parametrize("keep", [True, False])
async def test_runs_that_follow_from_one_another_are_booked_together_as_by_hand(river: Database, *, keep: bool) -> None:
    (a, ours), (_, theirs) = await recycler(river, "A"), await recycler(river, "B")
    for r in (ours, theirs):
        await stocked(r, 4)
    planned = await a.run(kinds.plan_runs, *tables(ours.site_id, 4))
    assert [(rows, len(work.rows)) for _, rows, work in planned.work] == [(3, 3)] * 4
    run = await a.run(service.start_planned, NewImport(kind="recycling-runs", keep_good_rows=keep), planned, b"1", b"2")
    with pytest.raises(Killed):
        await service.work(_dying(river, 3), a.id, run.import_id)
    await service.work(river, a.id, run.import_id)
    done = await a.run(service.run_of, run.import_id)
    assert (done.state, done.written, done.bad) == (RunState.DONE, 12, 0)
    assert (await theirs.run(importing.runs_from, *tables(theirs.site_id, 4), dry_run=False)).errors == []
    mine, single = await books(ours), await books(theirs)
    for name in mine:
        assert mine[name] == single[name], name


async def test_a_run_that_does_not_balance_is_named_with_its_table_and_the_others_may_stay(river: Database) -> None:
    a, r = await recycler(river, "A")
    await stocked(r, 2)
    head, lines, assays = tables(r.site_id, 2)
    heavy = lines.replace(b"S1b,out,FE1b,metal_fraction,,240", b"S1b,out,FE1b,metal_fraction,,900")
    new = NewImport(kind="recycling-runs", keep_good_rows=True)
    run = await a.run(
        service.start_planned, new, await a.run(kinds.plan_runs, head, heavy, assays), head, heavy, assays
    )
    await service.work(river, a.id, run.import_id)
    done = await a.run(service.run_of, run.import_id)
    assert (done.state, done.written) == (RunState.DONE, 4)  # what would have taken its black mass is not booked either
    assert [column for _, column in await told(a, done)] == ["runs.run_no"]


async def test_claims_take_what_is_open_and_the_rest_is_named(river: Database) -> None:
    a, r = await recycler(river, "A")
    await stocked(r, 1)
    assert (await r.run(importing.runs_from, *tables(r.site_id, 1), dry_run=False)).errors == []
    open_kg = sum((row.open_kg for row in await r.run(claims.open_sums)), Decimal(0))
    each = (open_kg / 10).quantize(Decimal("0.01"))
    rows = "".join(f"C{n},Ni,post_consumer_battery,{each},M,P,2031,,\n" for n in range(12))
    refused = await taken(a, "recycling-claims", f"{CLAIMS}{rows}".encode())
    assert (refused.state, await r.run(claims.page, limit=99)) == (RunState.REFUSED, [])
    kept = await taken(a, "recycling-claims", f"{CLAIMS}{rows}".encode(), keep=True)
    assert (kept.state, kept.written) == (RunState.DONE, 10)
    assert [row for row, _ in await told(a, kept)] == [12, 13]
    made: list[Any] = await r.run(claims.page, limit=99)
    assert {one.idempotency_key for one in made} == {f"C{n}" for n in range(10)}


async def test_a_long_table_of_the_page_is_left_to_the_worker(river: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    a, r = await recycler(river, "A")
    await stocked(r, 1)
    browser = Site(river).browser(a.scope)
    head, lines, assays = tables(r.site_id, 1)
    runs = {"file": ("runs.csv", head), "run_lines": ("lines.csv", lines), "assays": ("assays.csv", assays)}
    monkeypatch.setattr(pages_files, "is_long", lambda content: True)
    for kind, files, count in (("lots", {"file": ("lots.csv", deliveries(r, 3))}, 3), ("runs", runs, 3)):
        page = await browser.client.get("/recycling/files")
        form = {"csrf_token": token_in(page.text), "kind": kind, "act": "book"}
        sent = await browser.client.post("/recycling/files", data=form, files=files)
        assert (sent.status_code, sent.headers["location"][:9]) == (303, "/imports/"), sent.text
        run = await a.run(service.run_of, UUID(sent.headers["location"].rpartition("/")[2]))
        again = await browser.client.post("/recycling/files", data=form, files=files)
        assert (
            again.headers["location"] == sent.headers["location"]
        )  # the same tables while they are at work are that import
        assert (run.kind, run.state, run.rows) == (f"recycling-{kind}", RunState.QUEUED, count)
        await service.work(river, a.id, run.import_id)
        assert (await a.run(service.run_of, run.import_id)).written == count
    bad = await browser.client.post("/recycling/files", data=form, files={"file": ("x.csv", b"a,b\n1,2\n")})
    assert bad.status_code == 422

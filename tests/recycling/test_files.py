"""Assays, runs and claims from tables: all or nothing, every error by row and column, the same again changes nothing."""

import io
import zipfile
from decimal import Decimal
from typing import Any

import httpx
import pytest
import xlsxwriter

from meguri.kernel.errors import Refusal
from meguri.recycling import errors, ledger, store
from meguri.recycling.records import Share
from meguri.recycling.service import assays, claims, importing, lots
from meguri.recycling.service.importing import Imported
from meguri.recycling.tables import rows_of
from meguri.storage.database import Database
from meguri.ui import csrf
from operators.site import COOKIE
from recycling.booked import delivery, lot
from recycling.conftest import MakeRecycler, Recycler
from recycling.site import Site
from recycling.test_claims import recovered

pytestmark = pytest.mark.anyio
RUNS = "run_no,step_type,site_id,start_at,end_at,permit_no,treatment_code\n"
LINES = "run_no,direction,lot_no,kind,substance,mass_kg,moisture_pct,counting,calculation_point,substitutes_primary\n"
ASSAYS = "lot_no,element,location,mass_fraction,u_rel,method,lab_ref,sampled_at,basis\n"
CLAIMS = "claim_no,element,source_class,qty_kg,model_id,plant_id,year,coc_model,evidence_refs\n"


@pytest.fixture
def site(module_db: Database) -> Site:
    return Site(module_db)


def told(found: Imported) -> list[tuple[str, int, str, str]]:
    return [(e.table, e.row, e.column, e.code) for e in found.errors]


async def pack(r: Recycler, masses: dict[str, str] | None = None, lot_no: str = "P") -> Any:
    return await r.run(lots.receive, delivery(r.site_id, lot(lot_no, "waste_pack", 1000, masses)))


class TestAssays:
    async def test_the_first_assay_says_what_a_weighed_lot_holds(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await pack(r)
        raw = (
            f"{ASSAYS}P,Ni,active_material,0.05,0.03,assay_sampling,L-1,2026-03-02,dry\nP,Li,,0.011,,,L-1,,\n".encode()
        )
        dry = await r.run(importing.assays_from, raw, dry_run=True)
        assert (dry.rows, dry.booked, dry.errors) == (1, 0, [])
        for _ in range(2):
            assert (await r.run(importing.assays_from, raw, dry_run=False)).errors == []
        held = (await r.run(lots.page))[0]
        assert held.held == {"Ni": 50, "Li": 11}
        assert held.sources["Ni"] == {"post_consumer_battery": Decimal(1)}
        stock = {b.element: b.qty_kg for b in await r.run(store.balances, r.site_id, None, None) if b.state == "STOCK"}
        assert (stock["Ni"], stock["Li"]) == (50, 11)
        assert ledger.broken_at(await r.run(store.entries, r.site_id, after=0, rows=99)) is None

    async def test_a_later_assay_is_reconciled_within_the_limit_and_refused_beyond(
        self, recycler: MakeRecycler
    ) -> None:
        r = await recycler()
        held = await pack(r, {"Ni": "50"})
        share = {"element": "Ni", "method": "assay_sampling", "u_rel": Decimal("0.01")}
        near = await r.run(assays.reconcile, held.lot_id, [Share(mass_fraction=Decimal("0.0505"), **share)])  # type: ignore[arg-type]
        assert near.held == {"Ni": Decimal("50.5")}
        balances = {b.state: b.qty_kg for b in await r.run(store.balances, r.site_id, "Ni", None)}
        assert (balances["STOCK"], balances["CORRECTION"]) == (Decimal("50.5"), Decimal("-0.5"))
        with pytest.raises(errors.AssayOutsideTolerance):
            await r.run(assays.reconcile, held.lot_id, [Share(mass_fraction=Decimal("0.06"), **share)])  # type: ignore[arg-type]
        assert (await r.run(lots.get, held.lot_id)).version == near.version

    async def test_every_error_is_told_and_nothing_booked(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await pack(r)
        raw = f"{ASSAYS}P,Xx,,0.05,,,,,\nP,Ni,,0.6,,guess,,,\nQ,Ni,,0.1,,,,,\n,Ni,,,,,,,\nP,Co,,0,,,,yesterday,\n".encode()
        found = await r.run(importing.assays_from, raw, dry_run=False)
        assert told(found) == [
            ("", 2, "element", "value"),
            ("", 3, "method", "value"),
            ("", 4, "lot_no", "unknown"),
            ("", 5, "lot_no", "missing"),
            ("", 5, "mass_fraction", "missing"),
            ("", 6, "sampled_at", "value"),
        ]
        over = f"{ASSAYS}P,Ni,,0.6,,,,,\nP,Co,,0.5,,,,,\n".encode()
        assert told(await r.run(importing.assays_from, over, dry_run=False)) == [
            ("", 2, "lot_no", "COMPOSITION_OVER_UNITY")
        ]


def run_tables(r: Recycler) -> tuple[bytes, bytes, bytes]:
    """A shredder and a leaching, one after the other."""
    site = r.site_id
    head = (
        f"{RUNS}S,shredding,{site},2026-03-02T00:00:00Z,2026-03-02T01:00:00Z,,R12\n"
        f"H,leaching,{site},2026-03-03T00:00:00Z,2026-03-03T01:00:00Z,,R4\n"
    )
    lines = (
        f"{LINES}S,in,P,,,1000,,,,\nS,out,BM,black_mass,,500,0,,,\nS,loss,,,,500,,,,\n"
        "H,in,BM,,,500,,,,\nH,out,NI,salt,NiSO4·6H2O,215,0,recycling,true,true\nH,loss,,,,285,,,,\n"
    )
    return head.encode(), lines.encode(), f"{ASSAYS}BM,Ni,,0.1,,,,,\n".encode()


class TestRuns:
    async def test_runs_that_build_on_each_other_come_from_one_file(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await pack(r, {"Ni": "50"})
        tables = run_tables(r)
        dry = await r.run(importing.runs_from, *tables, dry_run=True)
        assert (dry.rows, dry.booked, dry.errors) == (2, 0, [])
        assert len(await r.run(lots.page)) == 1
        for _ in range(2):
            done = await r.run(importing.runs_from, *tables, dry_run=False)
            assert (done.booked, done.errors) == (2, [])
        held = {one.lot_no: one for one in await r.run(lots.page)}
        assert held["BM"].left_kg == 0
        assert held["NI"].held == {"Ni": Decimal("48.009500")}

    async def test_a_wrong_row_keeps_all_out(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await pack(r, {"Ni": "50"})
        head, lines, analysed = run_tables(r)
        bad = lines.replace(b"H,in,BM,,,500", b"H,in,XX,,,500")
        found = await r.run(importing.runs_from, head, bad, analysed, dry_run=False)
        assert told(found) == [("run_lines", 5, "lot_no", "unknown")]
        heavy = lines.replace(b"black_mass,,500", b"black_mass,,1500")
        found = await r.run(importing.runs_from, head, heavy, analysed, dry_run=False)
        assert told(found)[0][2:] == ("run_no", "CONSERVATION_VIOLATION")
        odd = head.replace(b"shredding", b"melting").replace(b"2026-03-03T00:00:00Z,", b"noon,")
        found = await r.run(importing.runs_from, odd, lines, analysed, dry_run=False)
        assert told(found) == [("runs", 2, "step_type", "value"), ("runs", 3, "start_at", "value")]
        assert [one.lot_no for one in await r.run(lots.page)] == ["P"]

    async def test_one_workbook_holds_all_three(self, site: Site, recycler: MakeRecycler) -> None:
        r = await recycler()
        await pack(r, {"Ni": "50"})
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out)
        for name, raw in zip(("runs", "run_lines", "assays"), run_tables(r), strict=True):
            page = book.add_worksheet(name)
            for place, line in enumerate(raw.decode().splitlines()):
                page.write_row(place, 0, line.split(","))
        book.close()
        async with site.api(r.scope) as api:
            done = await api.post("/api/v1/recycling/runs.csv?dry_run=false", content=out.getvalue())
            assert (done.status_code, done.json()["booked"]) == (200, 2), done.text
            parts = {
                name: (name, raw) for name, raw in zip(("runs", "run_lines", "assays"), run_tables(r), strict=True)
            }
            again = await api.post("/api/v1/recycling/runs.csv?dry_run=false", files=parts)
            assert again.json()["errors"] == []


class TestClaims:
    async def test_claims_are_reserved_by_their_number_and_too_much_keeps_all_out(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        good = f"{CLAIMS}C-1,Ni,post_consumer_battery,20000,M,P,2031,,certificate:C-1; assay:A-1\n"
        much = good + "C-2,Ni,post_consumer_battery,30000,M,P,2031,,\nC-3,Cu,post_consumer_battery,1,M,P,2031,,\n"
        found = await r.run(importing.claims_from, much.encode(), dry_run=False)
        assert told(found) == [("", 3, "claim_no", "INSUFFICIENT_CREDIT"), ("", 4, "claim_no", "NOT_CLAIMABLE")]
        assert await r.run(claims.page, limit=9) == []
        for _ in range(2):
            assert (await r.run(importing.claims_from, good.encode(), dry_run=False)).booked == 1
        kept = await r.run(claims.page, limit=9)
        assert [(one.idempotency_key, one.evidence) for one in kept] == [
            ("C-1", {"certificate": "C-1", "assay": "A-1"})
        ]


class TestWorkbooks:
    @pytest.mark.parametrize("member", ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml"])
    def test_macros_and_links_are_refused_before_anything_is_read(self, member: str) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as book:
            book.writestr("xl/workbook.xml", "<x/>")
            book.writestr(member, "x")
        with pytest.raises(Refusal):
            list(rows_of(out.getvalue(), ("lot_no",)))

    def test_what_is_too_large_is_refused(self) -> None:
        with pytest.raises(errors.UnusableInput):
            list(rows_of(b"x" * ((20 << 20) + 1), ("lot_no",)))


async def test_a_table_is_tried_and_booked_by_form(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    browser = site.browser(r.scope, "ja")
    head = "lot_no,kind,site_id,created_at,mass_wet_kg\n"
    good = f"{head}L1,waste_pack,{r.site_id},2026-03-01,12.5\n".encode()
    bad = f"{head}L1,waste_pack,{r.site_id},2026-03-01,12 kg\n".encode()

    async def sent(act: str, raw: bytes) -> httpx.Response:
        secret = site.known.principals[str(browser.client.cookies[COOKIE])].csrf_secret
        fields = {"kind": "lots", "act": act, csrf.FIELD: csrf.token(secret)}
        return await browser.client.post("/recycling/files", data=fields, files={"file": ("lots.csv", raw)})

    refused = await sent("book", bad)
    assert refused.status_code == 422
    assert "数値が必要です" in refused.text
    assert "1 件、すべて記帳できます" in (await sent("try", good)).text
    assert await r.run(lots.page) == []
    assert "1 件を記帳しました" in (await sent("book", good)).text
    assert [one.lot_no for one in await r.run(lots.page)] == ["L1"]

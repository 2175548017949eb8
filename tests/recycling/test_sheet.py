"""Lots from and to a table of text."""

import pytest

from meguri.recycling import sheet
from meguri.recycling.errors import UnusableInput
from meguri.recycling.service import importing, lots
from meguri.storage.database import Database
from recycling.booked import delivery, lot
from recycling.conftest import MakeRecycler
from recycling.site import Site

pytestmark = pytest.mark.anyio
HEAD = ",".join(sheet.COLUMNS)


def table(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode()


async def test_a_file_is_booked_whole_and_again_changes_nothing(recycler: MakeRecycler) -> None:
    r = await recycler()
    raw = table(
        f"L1,waste_pack,{r.site_id},2026-03-01T00:00:00Z,1200.5,,lithium_based,NMC,16 06 01*,true,urn:1;urn:2,JP",
        f"L2,black_mass,{r.site_id},2026-03-01T00:00:00Z,10,2.5,,,,false,,",
    )
    dry = await r.run(importing.lots_from, raw, dry_run=True)
    assert (dry.rows, dry.booked, dry.errors) == (2, 0, [])
    assert await r.run(lots.page) == []
    for _ in range(2):
        assert (await r.run(importing.lots_from, raw, dry_run=False)).booked == 2
    held = {one.lot_no: one for one in await r.run(lots.page)}
    assert (held["L1"].passports, held["L2"].mass_kg) == (["urn:1", "urn:2"], pytest.approx(9.75))


async def test_one_bad_row_keeps_all_out_and_every_error_is_told(recycler: MakeRecycler) -> None:
    r = await recycler()
    site = r.site_id
    raw = table(
        f"L1,waste_pack,{site},2026-03-01T00:00:00Z,10,,,,,,,",
        f'L2,waste_pack,{site},2026-03-01T00:00:00Z,"1,5",,,,,maybe,,',
        f",moon_rock,{site},2026-03-01T00:00:00Z,10,,,,,,,",
        f"L3,waste_pack,{site},yesterday,10,,,,,,,",
        f"L1,waste_pack,{site},2026-03-01T00:00:00Z,10,,,,,,,",
    )
    found = await r.run(importing.lots_from, raw, dry_run=False)
    assert [(e.row, e.column, e.code) for e in found.errors] == [
        (3, "mass_wet_kg", "number"),
        (3, "is_waste", "yes"),
        (4, "lot_no", "missing"),
        (5, "created_at", "value"),
        (6, "lot_no", "twice"),
    ]
    refused = await r.run(
        importing.lots_from, table(f"L9,black_mass,{site},2026-03-01T00:00:00Z,10,,,,,,,"), dry_run=False
    )
    assert [(e.row, e.column, e.code) for e in refused.errors] == [(2, "moisture_pct", "RECYCLING_INPUT")]
    assert await r.run(lots.page) == []


def test_shift_jis_is_read_and_what_is_neither_is_named() -> None:
    assert sheet.decoded("電池".encode("cp932")) == "電池"
    assert sheet.decoded("電池".encode("utf-8-sig")) == "電池"
    with pytest.raises(UnusableInput):
        sheet.decoded(b"ok\x81\xff\xff")
    with pytest.raises(UnusableInput):
        sheet.read(b"lot_no,kind\n")


async def test_what_looks_like_a_formula_leaves_as_text(module_db: Database, recycler: MakeRecycler) -> None:
    r = await recycler()
    await r.run(lots.receive, delivery(r.site_id, lot("=1+1", "waste_pack", 5)))
    async with Site(module_db).api(r.scope) as api:
        answer = await api.get("/api/v1/recycling/lots.csv")
        assert "'=1+1,waste_pack" in answer.content.decode("utf-8-sig")
        sent = await api.post("/api/v1/recycling/lots.csv", content=answer.content)
        assert sent.json()["booked"] == 0

"""Claims travel with parts along the trade tree, as far as each company discloses them."""

from decimal import Decimal
from typing import Any

import pytest
from tests.chain import Company, company

from meguri.kernel.ids import new_id
from meguri.recycling import errors
from meguri.recycling.service import carried, claims, lots, runs
from meguri.storage.database import Database
from recycling.booked import delivery, lot, run
from recycling.conftest import Recycler
from recycling.test_claims import EVIDENCE, POINT, certified, claim

pytestmark = pytest.mark.anyio


async def claiming(db: Database, c: Company, part: str, qty: int) -> Any:
    """The company recovers nickel and claims some of it for a part of its own."""
    r = Recycler(db, c.scope, c.plant_id)
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 1000, {"Ni": "50"})))
    out = [{"lot": lot("NI", "salt", 220, {"Ni": "48"}), **POINT}]
    await r.run(runs.post, run(r.site_id, "H", "leaching", [pack.lot_id], out, losses=[{"closes": True}]))
    await certified(r)
    made = await r.run(claims.reserve, claim(qty, "k", trace_id=str(await c.part_id(part))))
    return await r.run(claims.retire, made.claim_id, EVIDENCE)


async def test_a_customer_sees_what_its_supplier_discloses_and_sums_from_further_up(module_db: Database) -> None:
    oem, pack, cell = [await company(module_db, name) for name in ("車社", "パック社", "セル社")]
    await oem.part("Car", [("Battery", 1)])
    await pack.part("Pack", [("Cells", 96)])
    await cell.part("Cell", ends=True)
    first, second = await oem.ask(pack, "Battery"), await pack.ask(cell, "Cells")
    await pack.link(first, "Pack")
    await cell.link(second, "Cell")
    await claiming(module_db, cell, "Cell", 20)

    async def seen(by: Company, part: str) -> Any:
        return await by.run(carried.of_part, await by.part_id(part))

    hidden = await seen(pack, "Pack")
    assert (hidden.suppliers, hidden.withheld) == ([], ["セル社"])
    await cell.disclose("Cell", pack, RECYCLED=True)
    shown = await seen(pack, "Pack")
    assert [(one.company, one.element, one.qty_kg) for one in shown.suppliers] == [("セル社", "Ni", 20)]
    assert [one.company for one in await pack.run(carried.received)] == ["セル社"]
    assert (await seen(oem, "Car")).further == []
    await pack.disclose("Pack", oem, RECYCLED=True)
    at_oem = await seen(oem, "Car")
    assert [(one.element, one.qty_kg) for one in at_oem.further] == [("Ni", Decimal(20))]
    assert (at_oem.suppliers, at_oem.withheld) == ([], [])
    assert "セル社" not in str(at_oem)
    assert [one.qty_kg for one in (await seen(cell, "Cell")).own] == [20]


async def test_a_claim_travels_only_with_ones_own_part(module_db: Database) -> None:
    a, b = await company(module_db, "甲"), await company(module_db, "乙")
    await b.part("B", ends=True)
    for part in (await b.part_id("B"), new_id()):
        with pytest.raises(errors.PartNotFound):
            await a.run(claims.reserve, claim(1, "k", trace_id=str(part)))
        with pytest.raises(errors.PartNotFound):
            await a.run(carried.of_part, part)

"""A lot, a run, a claim and a document of company A, for the walk along all doors."""

from typing import Any

from meguri.kernel.ids import new_id
from meguri.recycling.claiming import DocumentInput
from meguri.recycling.service import claims, lots, runs, sites, units
from meguri.recycling.service.units import UnitStep
from recycling.booked import delivery, lot, run
from recycling.test_claims import POINT, claim


async def recycled(a: Any) -> dict[str, object]:
    """Ids by the names of the doors' places."""
    pack = await a.run(lots.receive, delivery(a.plant_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
    outputs = [{"lot": lot("NI", "salt", 40, {"Ni": "5"}), **POINT}]
    done = await a.run(runs.post, run(a.plant_id, "H", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}]))
    document = await a.run(sites.add_document, DocumentInput(kind="certificate", number="C-1"))
    reserved = await a.run(claims.reserve, claim(1, "k"))
    unit = await a.run(units.step, UnitStep(passport="urn:u", to="returned", facts={"holder": "x", "place": "y"}))
    return {
        "unit_id": unit.unit_id,
        "plan_id": new_id(),
        "offer_id": new_id(),
        "deal_id": new_id(),
        "thing_id": new_id(),
        "place": "returned",
        "site_id": a.plant_id,
        "lot_id": pack.lot_id,
        "run_id": done.run.run_id,
        "document_id": document.document_id,
        "claim_id": reserved.claim_id,
        "step": "2026-03:close",
        "month": "2026-03",
        "file": "2026",
        "report": "annex_xii",
    }

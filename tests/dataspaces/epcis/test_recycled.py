"""A recycler's books as events: every booking out, a plant's own transformations in as drafts."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.chain import Company, company

from meguri.dataspaces.epcis import asking, capturing, recycled, store
from meguri.dataspaces.epcis.schema import faults
from meguri.kernel.ids import new_id
from meguri.recycling.events import LotReceived, RunPosted, RunReversed
from meguri.recycling.service import lots, runs, shipments
from meguri.recycling.service.shipments import ShipmentInput
from meguri.storage import Database
from recycling.booked import M1, M2, delivery, lot, shredding

pytestmark = pytest.mark.anyio
PREFIX = frozenset({"meguri"})


async def told(c: Company) -> list[dict[str, Any]]:
    """Every event of the company, by time."""

    async def read(tx: Any, scope: Any) -> Any:
        return (
            await asking.page(
                tx, scope, None, asking.asked([("orderBy", "eventTime"), ("orderDirection", "ASC")]), None, b"k" * 32
            )
        )[0]

    return [one.body if hasattr(one, "body") else one for one in await c.run(read)]


async def shredded(c: Company) -> Any:
    """The worked example: two modules and a shredder, each booking told."""
    made = []
    for name, kg, masses in (("M1", 210, M1), ("M2", 140, M2)):
        one = await c.run(lots.receive, delivery(c.plant_id, lot(name, "waste_module", kg, masses)))
        event = LotReceived(lot_id=one.lot_id, site_id=c.plant_id, mass_kg=one.mass_kg, passports=())
        await c.run(recycled.on_received, event)
        made.append(one)
    done = await c.run(runs.post, shredding(c.plant_id, made[0].lot_id, made[1].lot_id))
    posted = RunPosted(run_id=done.run.run_id, site_id=c.plant_id, step_type="shredding", period="2026-03")
    for _ in range(2):
        await c.run(recycled.on_posted, posted)
    return done


async def test_deliveries_runs_shipments_and_corrections_are_told_once(
    module_db: Database, scope: Callable[..., Any]
) -> None:
    c = await company(module_db, "再生社")
    done = await shredded(c)
    scrap = done.lines[4].lot_id
    sent = await c.run(shipments.ship, ShipmentInput(lot_id=scrap, to_country="JP", consignee="金属社"))
    await c.run(
        recycled.on_posted, RunPosted(run_id=sent.run_id, site_id=c.plant_id, step_type="ship", period=sent.period)
    )
    await c.run(runs.reverse, sent.run_id, "誤り")
    await c.run(runs.reverse, done.run.run_id, "誤り")
    await c.run(recycled.on_reversed, RunReversed(run_id=done.run.run_id, reversed_by=new_id(), reason="誤り"))
    events = await told(c)
    steps = [one["bizStep"].rpartition("/")[2] for one in events]
    assert sorted(steps) == ["receiving", "receiving", "shipping", "shredding", "shredding"]
    for one in events:
        assert list(faults(one, PREFIX)) == []
    shred = next(one for one in events if one["bizStep"].endswith("/shredding") and "errorDeclaration" not in one)
    assert sorted(one["quantity"] for one in shred["inputQuantityList"]) == [140.0, 210.0]
    assert sorted(one["quantity"] for one in shred["outputQuantityList"]) == [70.0, 80.0, 175.0]
    assert shred["meguri:losses"] == [{"type": "loss", "massKg": 25.0}]
    assert shred["eventID"] == f"urn:uuid:{done.run.run_id}"
    undone = next(one for one in events if "errorDeclaration" in one)
    assert undone["errorDeclaration"]["reason"] == "did_not_occur"
    bare = {**shred, "bizStep": "transforming"}
    assert [pointer for pointer, _ in faults(bare, PREFIX)] == ["/bizStep"]


async def test_what_a_plants_system_tells_becomes_a_draft_that_has_to_balance(module_db: Database) -> None:
    c = await company(module_db, "再生社")
    one = await c.run(lots.receive, delivery(c.plant_id, lot("M1", "waste_module", 210, M1)))
    name = f"urn:uuid:{new_id()}"
    event = {
        "type": "TransformationEvent",
        "eventTime": "2026-03-02T10:00:00.000Z",
        "eventTimeZoneOffset": "+09:00",
        "eventID": f"urn:uuid:{new_id()}",
        "bizStep": "https://ns.example.org/meguri/epcis/bizstep/shredding",
        "inputQuantityList": [{"epcClass": recycled.class_of(one.lot_id), "quantity": 210, "uom": "KGM"}],
        "outputQuantityList": [{"epcClass": name, "quantity": 200, "uom": "KGM"}],
        "ilmd": {"meguri:lots": [{"epcClass": name, "lotNo": "BM-7", "elements": {"Ni": 18.9, "Co": 6.3, "Li": 3.5}}]},
        "meguri:losses": [{"type": "dust", "massKg": 10}],
        "@context": [{"meguri": "https://ns.example.org/meguri/epcis/"}],
    }
    await c.run(capturing.one, "operator:x", True, event)

    async def drafts() -> list[Any]:
        from meguri.recycling.store import runs_page

        found = await c.run(runs_page, before=None, rows=20, site_id=None, period=None)
        return [run for run in found if run.status == "draft"]

    (draft,) = await drafts()
    posted = await c.run(runs.post_draft, draft.run_id)
    assert posted.run.verdict == "balanced"
    assert {line.label for line in posted.lines} == {"M1", "BM-7", "dust"}
    foreign = {**event, "eventID": f"urn:uuid:{new_id()}"}
    await c.run(capturing.one, "did:web:partner.example", False, foreign)
    shapeless = {
        **event,
        "eventID": f"urn:uuid:{new_id()}",
        "ilmd": {"meguri:lots": [{"epcClass": name, "elements": 7}]},
    }
    await c.run(capturing.one, "operator:x", True, shapeless)
    odd = {**event, "eventID": f"urn:uuid:{new_id()}", "outputQuantityList": []}
    await c.run(capturing.one, "operator:x", True, odd)
    assert [run.run_no for run in await drafts()] == [f"EPCIS-{odd['eventID'][-36:]}"]
    assert await c.run(store.known, odd["eventID"])

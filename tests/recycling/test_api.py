"""The native API of the ledger, as a program meets it."""

import json
from typing import Any

import msgspec
import pytest

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.recycling.service import whereabouts
from meguri.recycling.service.whereabouts import Sighting
from meguri.recycling.whereabouts import Place
from meguri.storage.database import Database
from recycling.booked import delivery, lot, run
from recycling.cases import a2, written
from recycling.conftest import MakeRecycler, Recycler
from recycling.site import Site
from recycling.test_claims import EVIDENCE, certified, recovered

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(module_db: Database) -> Site:
    return Site(module_db)


def body(said: msgspec.Struct) -> Any:
    return json.loads(msgspec.json.encode(said))


def claim(qty: object, key: str) -> dict[str, Any]:
    return {
        "idempotency_key": key,
        "element": "Ni",
        "source_class": "post_consumer_battery",
        "qty_kg": str(qty),
        "battery_model_id": "M",
        "manufacturing_plant_id": "P",
        "year": 2031,
    }


async def test_a_delivery_a_run_and_its_balance(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    async with site.api(r.scope) as api:
        booked = await api.post(
            "/api/v1/lots", json=body(delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
        )
        assert booked.status_code == 201, booked.text
        lot_id = booked.json()["lot_id"]
        said = run(r.site_id, "S", "shredding", [lot_id], [{"lot": lot("BM", "black_mass", 100, {"Ni": "5"})}])
        draft = await api.post("/api/v1/runs", json=body(said))
        assert draft.json()["status"] == "draft"
        posted = await api.post(f"/api/v1/runs/{draft.json()['run_id']}:post")
        assert posted.json()["run"]["verdict"] == "balanced", posted.text
        balances = await api.get("/api/v1/ledger/balances", params={"site": str(r.site_id), "element": "Ni"})
        held = {row["state"]: row["qty_kg"] for row in balances.json()["items"]}
        assert held == {"EXT_SUPPLIER": "-5", "STOCK": "5"}
        made = (await api.get("/api/v1/lots", params={"q": "BM"})).json()["items"][0]
        up = await api.get(f"/api/v1/lots/{made['lot_id']}/upstream", params={"element": "Ni"})
        assert [one["lot_no"] for one in up.json()["relatives"]] == ["P"]
        closed = await api.post(f"/api/v1/periods/{r.site_id}/2026-03:close", json={"signed_by": "再生 太郎"})
        assert closed.status_code == 200, closed.text
        late = await api.post("/api/v1/lots", json=body(delivery(r.site_id, lot("L", "waste_pack", 1))))
        assert (late.status_code, late.json()["code"]) == (409, "PERIOD_CLOSED")


async def test_claims_answer_201_200_and_409_with_the_figures(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    await recovered(r)
    await certified(r)
    async with site.api(r.scope) as api:
        first = await api.post("/api/v1/claims", json=claim(45000, "a"))
        again = await api.post("/api/v1/claims", json=claim(45000, "a"))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["claim_id"] == again.json()["claim_id"]
        short = await api.post("/api/v1/claims", json=claim(200, "b"))
        assert short.status_code == 409
        assert short.json()["code"] == "INSUFFICIENT_CREDIT"
        assert (short.json()["available"], short.json()["requested"]) == (120, 200)
        other = await api.post("/api/v1/claims", json=claim(1, "a"))
        assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
        gaps = await api.post(f"/api/v1/claims/{first.json()['claim_id']}:retire", json={})
        assert (gaps.status_code, gaps.json()["code"]) == (422, "EVIDENCE_REFUSED")
        done = await api.post(f"/api/v1/claims/{first.json()['claim_id']}:retire", json={"evidence": EVIDENCE})
        assert done.json()["status"] == "retired"


async def test_a_calculation_equals_the_command_line_and_is_kept(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    async with site.api(r.scope) as api:
        kept = await api.post("/api/v1/re-calculations", content=written(a2()))
        assert kept.status_code == 201, kept.text
        assert kept.json()["result"]["rRE"]["value"] == 70.517799
        bad = await api.post("/api/v1/re-calculations", content=b'{"year": 2026}')
        assert bad.status_code == 422
        assert [error["field"] for error in bad.json()["errors"]] == ["reClass", "inputs", "outputs"]
        early = await api.post("/api/v1/re-calculations", content=written(a2(2010)))
        assert early.json()["code"] == "RULESET_NOT_VALID_FOR_DATE"


async def test_anothers_things_are_not_found(site: Site, recycler: MakeRecycler) -> None:
    mine, other = await recycler("甲"), await recycler("乙")
    theirs = await _lot_of(other)
    async with site.api(mine.scope) as api:
        for lot_id in (theirs, new_id()):
            assert (await api.get(f"/api/v1/lots/{lot_id}")).status_code == 404
            assert (await api.get(f"/api/v1/lots/{lot_id}/upstream")).status_code == 404
        for path in ("runs/x:post", "claims/x:retire", "runs/nothing", f"claims/{new_id()}:retire"):
            assert (await api.post(f"/api/v1/{path}")).status_code == 404
        shut = await api.post(f"/api/v1/periods/{other.site_id}/2026-03:close", json={"signed_by": "x"})
        assert shut.status_code == 404


async def _lot_of(r: Recycler) -> Any:
    from meguri.recycling.service import lots

    return (await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 1)))).lot_id


async def test_rules_targets_and_collection_are_told(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    async with site.api(r.scope) as api:
        assert (await api.get("/api/v1/rule-sets")).json()["items"][0]["id"] == "EU-RE-2025-606/1"
        rows = (await api.get("/api/v1/targets", params={"at": 2028})).json()["items"]
        assert {row["rule"] for row in rows} >= {"BR Annex XII C1", "GI"}
        assert "BR Annex XII C2" not in {row["rule"] for row in rows}
        asked = {
            "year": 2028,
            "category": "portable",
            "collected_t": "75",
            "sold_t": {"2025": "100", "2026": "110", "2027": "120"},
        }
        assert (await api.post("/api/v1/collection-rates", json=asked)).json()["status"] == "computed"
        settings = await api.get(f"/api/v1/recycling/sites/{r.site_id}")
        assert settings.headers["etag"] == '"v0"'
        said = {"conversion": {"Ni": "0.94"}}
        stale = await api.put(f"/api/v1/recycling/sites/{r.site_id}", json=said, headers={"if-match": '"v7"'})
        assert stale.status_code == 412
        put = await api.put(f"/api/v1/recycling/sites/{r.site_id}", json=said, headers={"if-match": '"v0"'})
        assert put.json()["conversion"] == {"Ni": "0.94"}


async def test_the_whole_life_account_of_a_battery_and_of_a_model(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    for n, made in enumerate(("B-1", "B-2")):
        said = Sighting(passport=made, model="M 70/2", year=2020 + n, place=Place.FIRST_USE, day=clock.today())
        await r.run(whereabouts.report, said)
    async with site.api(r.scope) as api:
        at = "/api/v1/recycling/whole-life"
        one = (await api.get(at, params={"passport": "B-1", "price": "900,000", "expected_kwh": "7/5/9"})).json()
        assert one["account"]["so_far"] == {"value": None, "reason": "ENERGY_UNKNOWN"}
        assert one["expected"]["kwh"] == ["5", "7", "9"]
        whole = (await api.get(f"{at}/models", params={"model": "M 70/2", "transport_kg": "12.5"})).json()
        assert (whole["account"]["batteries"], whole["account"]["transport_kg_co2e"]) == (2, "25")
        assert [b["passport"] for b in whole["batteries"]] == ["B-1", "B-2"]
        later = (await api.get(f"{at}/models", params={"model": "M 70/2", "year": 2021})).json()
        assert later["account"]["batteries"] == 1
        wrong = await api.get(at, params={"passport": "B-1", "price": "-1", "credit_kg": "1,5", "expected_kwh": "5"})
        assert wrong.status_code == 422
        assert {"price", "credit_kg"} <= {fault["field"] for fault in wrong.json()["errors"]}

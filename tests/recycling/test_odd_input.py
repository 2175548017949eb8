"""What outsiders send: odd masses, units, months, elements; each is told by its field, and nothing is booked."""

import json
from decimal import Decimal
from typing import Any

import pytest

from meguri.recycling import errors
from meguri.recycling.collection import collection_rate
from meguri.recycling.recovery_case import calculate_text
from meguri.recycling.service import lots
from meguri.recycling.waste_codes import check
from meguri.recycling.written_masses import require_bare_masses
from meguri.storage.database import Database
from recycling.booked import delivery, lot, run
from recycling.cases import a2, changed, written
from recycling.conftest import MakeRecycler
from recycling.site import Site
from recycling.test_api import body

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(module_db: Database) -> Site:
    return Site(module_db)


class TestCommandInput:
    def test_a_field_that_nothing_reads_is_said_aloud(self) -> None:
        case = changed(a2(), "outputs", 0, calculationpoint=True)
        found = json.loads(calculate_text(written({**case, "remark": "x"})))
        unread = [w["place"] for w in found["warnings"] if w["code"] == "UNKNOWN_FIELD"]
        assert unread == ["remark", "outputs[0].calculationpoint"]

    def test_a_mass_written_with_its_unit_is_told_as_a_mismatch_of_units(self) -> None:
        with pytest.raises(errors.UnusableInput) as refused:
            calculate_text(written(changed(a2(), "inputs", 3, massKg="50000 g")))
        assert [(f.field, "UNIT_MISMATCH" in f.of("en")) for f in refused.value.fields] == [("inputs[3].massKg", True)]

    def test_more_out_than_in_names_the_outputs(self) -> None:
        with pytest.raises(errors.ConservationViolation) as refused:
            calculate_text(written(changed(a2(), "outputs", 3, massKg=52)))
        assert [f.field for f in refused.value.fields] == ["outputs[3].massKg"]

    def test_the_sentence_is_of_the_readers_language_throughout(self) -> None:
        with pytest.raises(errors.UnusableInput) as refused:
            calculate_text(written(changed(a2(), "inputs", 3, massKg=-1)))
        assert "must" not in refused.value.sentence("ja")


@pytest.mark.parametrize(
    ("raw", "field", "unit"),
    [
        (b'{"lot": {"mass_wet_kg": "500 g"}}', "lot.mass_wet_kg", "g"),
        (
            b'{"outputs": [{"lot": {"composition": [{"mass_kg": "1.5t"}]}}]}',
            "outputs[0].lot.composition[0].mass_kg",
            "t",
        ),
        ('{"mass_kg": "3 トン"}'.encode(), "mass_kg", "トン"),
        (b'{"by_units_kg": {"Co": "22 lb"}}', "by_units_kg.Co", "lb"),
    ],
)
def test_a_unit_inside_a_mass_is_named(raw: bytes, field: str, unit: str) -> None:
    with pytest.raises(errors.UnitMismatch) as refused:
        require_bare_masses(raw)
    assert (refused.value.values["field"], refused.value.values["given"]) == (field, unit)


@pytest.mark.parametrize(
    "raw", [b'{"mass_kg": "1e3"}', b'{"mass_kg": "12.5"}', b'{"lot_no": "5 kg"}', b'{5 kg"', b"[" * 9000]
)
def test_what_is_no_mass_with_a_unit_is_left_to_the_reader(raw: bytes) -> None:
    require_bare_masses(raw)


class TestCollection:
    @pytest.mark.parametrize(("collected", "category"), [("-1", "portable"), ("NaN", "lmt"), ("75", "ev")])
    def test_what_is_no_collection_is_refused(self, collected: str, category: str) -> None:
        sold = {2025: Decimal(1), 2026: Decimal(1), 2027: Decimal(1)}
        with pytest.raises(errors.UnusableInput):
            collection_rate(2028, Decimal(collected), sold, category)

    def test_the_verdict_is_of_the_unrounded_figure(self) -> None:
        sold = {2025: Decimal(100), 2026: Decimal(100), 2027: Decimal(100)}
        found = collection_rate(2028, Decimal("62.9999999"), sold, "portable")
        assert str(found.value) == "63.000000"
        assert {t.rule: t.status.value for t in found.targets}["BR 59(3)(b)"] == "missed"


def test_lithium_black_mass_without_a_code_is_suspect_where_the_list_holds() -> None:
    from datetime import date

    from meguri.recycling.model import LotKind

    day = date(2026, 11, 9)
    assert check(None, LotKind.BLACK_MASS, day, listed=True) == ["WASTE_CODE_SUSPECT: — → 19 14 02*"]
    assert check(None, LotKind.BLACK_MASS, day) == []
    assert check("19 14 03*", LotKind.BLACK_MASS, day, lithium=False) == []


async def test_odd_bookings_are_told_by_their_field(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    said = body(delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5", "Li": "1"}, re_class=None)))
    async with site.api(r.scope) as api:

        async def told(path: str, sent: Any, status: int = 422) -> tuple[str, list[str]]:
            answer = await api.post(f"/api/v1/{path}", json=sent)
            assert answer.status_code == status, answer.text
            return answer.json()["code"], [error["field"] for error in answer.json()["errors"]]

        with_unit = {**said, "lot": {**said["lot"], "mass_wet_kg": "100000 g"}}
        assert (await told("lots", with_unit))[0] == "UNIT_MISMATCH"
        salt = lot("S", "salt", 100, {"Li": "25"}, material="Li2CO3")
        assert (await told("lots", body(delivery(r.site_id, salt))))[0] == "ASSAY_OVER_STOICHIOMETRIC"
        booked = (await api.post("/api/v1/lots", json=said)).json()
        assert booked["re_class"] == "lithium_based"
        lot_id = booked["lot_id"]
        twice = {"lot_ids": [lot_id, lot_id], "lot_no": "PP", "at": "2026-03-02T00:00:00Z"}
        assert (await told("lots/merge", twice))[0] == "GENEALOGY_CYCLE"
        nan = {"mass_kg": "NaN", "lot_no": "P1", "at": "2026-03-02T00:00:00Z"}
        assert await told(f"lots/{lot_id}/split", nan) == ("RECYCLING_INPUT", ["mass_kg"])
        whole = body(run(r.site_id, "R", "shredding", [lot_id], [], losses=[{"closes": True}]))
        for field, change in (
            ("treatment_code", {"treatment_code": "R99"}),
            ("reagents[0].mass_kg", {"reagents": [{"substance": "H2SO4", "mass_kg": "-5"}]}),
            ("losses[0].mass_kg", {"losses": [{"mass_kg": "Infinity"}]}),
            ("campaign_year", {"campaign_year": 2023}),
            ("campaign_year", {"campaign_year": 2027}),
        ):
            assert await told("runs", {**whole, **change}) == ("RECYCLING_INPUT", [field])
        for path, field in (
            (f"lots/{lot_id}/upstream?element=Xx", "element"),
            (f"sankey?site={r.site_id}&element=Xx&first=2026-01&last=2026-12", "element"),
            ("re-calculations?first=2026-13&last=2026-12", "period"),
            ("re-calculations?first=2026-05&last=2026-02", "last"),
            ("ledger/balances?period=march", "period"),
        ):
            answer = await api.get(f"/api/v1/{path}")
            assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field]), path
        left = await api.get(f"/api/v1/lots/{lot_id}")
        assert (left.json()["left_kg"], left.json()["version"]) == ("100.000000", 1)


async def test_mercury_and_cadmium_that_do_not_balance_are_not_kept(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    case = {
        "year": 2026,
        "reClass": "nickel_cadmium",
        "inputs": [{"element": "Cd", "massKg": 12}],
        "outputs": [
            {"element": "Cd", "massKg": 9.4, "counting": "recycling"},
            {"element": "Cd", "massKg": 2, "counting": "landfill"},
        ],
    }
    async with site.api(r.scope) as api:
        refused = await api.post("/api/v1/re-calculations", json=case)
        assert (refused.status_code, refused.json()["code"]) == (422, "HAZARD_BALANCE")
        assert "0.6 kg" in refused.json()["detail"]
        case["outputs"][1]["massKg"] = 2.6  # type: ignore[index]
        assert (await api.post("/api/v1/re-calculations", json=case)).status_code == 201


async def test_a_draft_given_up_stands_no_longer_against_closing(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    async with site.api(r.scope) as api:
        said = body(delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
        lot_id = (await api.post("/api/v1/lots", json=said)).json()["lot_id"]
        out = [{"lot": lot("BM", "black_mass", 200, {"Ni": "9"})}]
        draft = (await api.post("/api/v1/runs", json=body(run(r.site_id, "R", "shredding", [lot_id], out)))).json()
        assert (await api.post(f"/api/v1/runs/{draft['run_id']}:post")).json()["code"] == "CONSERVATION_VIOLATION"
        shut = f"/api/v1/periods/{r.site_id}/2026-03:close"
        refused = await api.post(shut, json={"signed_by": "再生 太郎"})
        assert refused.status_code == 409
        assert "R" in refused.json()["detail"]
        assert "unreasoned_runs" not in refused.json()["detail"]
        gone = await api.post(f"/api/v1/runs/{draft['run_id']}:discard")
        assert gone.json()["status"] == "discarded"
        again = await api.post(f"/api/v1/runs/{draft['run_id']}:discard")
        assert (again.status_code, again.json()["code"]) == (409, "STATE_TRANSITION")
        assert (await api.post(shut, json={"signed_by": "再生 太郎"})).status_code == 200


async def test_a_late_output_belongs_to_the_year_of_its_campaign(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    async with site.api(r.scope) as api:
        pack = body(delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
        lot_id = (await api.post("/api/v1/lots", json=pack)).json()["lot_id"]

        async def posted(said: Any) -> None:
            draft = await api.post("/api/v1/runs", json=said)
            done = await api.post(f"/api/v1/runs/{draft.json()['run_id']}:post")
            assert done.status_code == 200, done.text

        black = [{"lot": lot("BM", "black_mass", 100, {"Ni": "5"})}]
        await posted(body(run(r.site_id, "S", "shredding", [lot_id], black)))
        made = (await api.get("/api/v1/lots", params={"q": "BM"})).json()["items"][0]["lot_id"]
        salt = lot("NI", "salt", 20, {"Ni": "4.8"})
        point = {"counting": "recycling", "calculation_point": True, "substitutes_primary": True}
        later = body(run(r.site_id, "H", "leaching", [made], [{"lot": salt, **point}], losses=[{"closes": True}]))
        times = {"start_at": "2027-02-01T00:00:00Z", "end_at": "2027-02-02T00:00:00Z"}
        await posted({**later, **times, "campaign_year": 2026})

        async def nickel(year: int) -> Any:
            asked = {"first": f"{year}-01", "last": f"{year}-12", "site": str(r.site_id)}
            return (await api.get("/api/v1/re-calculations", params=asked)).json()["rRM"]["Ni"]

        assert (await nickel(2026))["value"] == 96.0
        assert (await nickel(2027))["outputKg"] == 0


async def test_figures_beyond_all_reckoning_are_told_by_their_field(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    held = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 100, {"Ni": "5"})))
    arrived = {"site_id": str(r.site_id), "at": "2026-03-01T09:00:00Z"}
    pack = {"lot_no": "Z", "kind": "waste_pack", "mass_wet_kg": "10"}
    wanted = {"material": "black_mass", "kg_per_month": "9"}
    claimed = {
        "idempotency_key": "k", "element": "Ni", "source_class": "post_consumer_battery", "battery_model_id": "M",
        "manufacturing_plant_id": "P", "year": 2031,
    }  # fmt: skip
    ships = {"lot_id": str(held.lot_id), "to_country": "JP", "consignee": "x"}
    cases = [
        ("/api/v1/lots", arrived | {"lot": pack | {"mass_wet_kg": "1E+400"}}),
        *(("/api/v1/lots", arrived | {"lot": pack, "shipped_kg": odd}) for odd in ("NaN", "Infinity", "-5", "1E+400")),
        *(("/api/v1/claims", claimed | {"qty_kg": odd}) for odd in ("1E+400", "1e-400", "NaN")),
        ("/api/v1/shipments", ships | {"mass_kg": "1E+400"}),
        *(("/api/v1/recycling/wants", wanted | {"kg_per_month": odd}) for odd in ("1e-400", "0.0000001", "1E+40")),
        *(("/api/v1/recycling/wants", wanted | {name: "NaN"}) for name in ("most_cfp_kg", "least_recycled_pct")),
        ("/api/v1/recycling/wants", wanted | {"limits": [{"analyte": "Fe", "unit": "ppm", "most": "Infinity"}]}),
        ("/api/v1/recycling/offers", {"lot_id": str(held.lot_id), "price": 1, "cfp_kg": "NaN"}),
    ]
    async with site.api(r.scope) as api:
        for path, said in cases:
            answer = await api.post(path, json=said)
            assert answer.status_code == 422, (path, said, answer.text)
            assert answer.json()["errors"], answer.text
        half = b'{"year": "\\ud800", "reClass": "lithium_based", "inputs": [], "outputs": []}'
        answer = await api.post("/api/v1/re-calculations", content=half, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert (await api.get("/api/v1/recycling/matches")).status_code == 200

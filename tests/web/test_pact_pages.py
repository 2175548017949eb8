"""From a worksheet's result to PACT partners, on pages."""

from datetime import date
from uuid import UUID

from tests.chain import Company
from tests.dataspaces.pact.footprints import footprint
from tests.footprint.worksheets.helpers import D, line, sheet

from meguri.dataspaces.pact import service
from meguri.dataspaces.pact.model import PublishInput
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.worksheets import service as worksheets
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators.model import PlantInput

from .conftest import Site
from .test_pages import enter, token_in


async def result_of(site: Site, company: Company, pack: str) -> UUID:
    await company.part(pack, ends=True, unit=AmountUnit.UNIT)
    made = await sheet(company, pack, line("steel", 1, "DEMO-steel"), pack_id=pack, output=D(1), mass_kg=D(1))
    kept = await company.run(worksheets.compute, made.worksheet_id)
    assert kept.result.period_start == date(2026, 1, 1)
    result_id: UUID = kept.result.result_id
    return result_id


async def test_a_result_is_published_from_its_page_and_what_is_missing_is_said_there(site: Site) -> None:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    company = Company(site.db, scope, plant.plant_id)
    result_id, other = await result_of(site, company, "pact-3"), await result_of(site, company, "eu-draft-2024")
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        shown = (await ann.get(f"/results/{result_id}")).text
        assert f"/pact/results/{result_id}" in shown
        assert "/pact/results/" not in (await ann.get(f"/results/{other}")).text
        token = token_in((await ann.get(f"/pact/results/{result_id}")).text)
        told = {"csrf_token": token, "description": "鋼材", "country": "jp", "everyone": "yes"}
        missing = await ann.post(f"/pact/results/{result_id}", data=told)
        assert missing.status_code == 422
        assert 'href="#f-fossil_carbon"' in missing.text
        assert 'value="jp"' in missing.text
        wrong = await ann.post(f"/pact/results/{result_id}", data=told | {"fossil_carbon": "0", "urn": "C-60"})
        assert 'href="#f-urn"' in wrong.text
        refused = await ann.post(f"/pact/results/{other}", data=told | {"fossil_carbon": "0"})
        assert refused.status_code == 422
        assert "pact-3" in refused.text
        done = await ann.post(f"/pact/results/{result_id}", data=told | {"fossil_carbon": "0.1"})
        assert done.status_code == 303
    published = await site.db.run(scope, service.own_footprints)
    assert [one.body["pcf"]["geographyCountry"] for one in published] == ["JP"]
    assert published[0].body["pcf"]["fossilCarbonContent"] == "0.1"


async def test_a_suppliers_catena_x_file_is_taken_for_a_part_and_a_published_one_is_saved(site: Site) -> None:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    company = Company(site.db, scope, plant.plant_id)
    given = PublishInput(footprint=footprint(), everyone=True)
    footprint_id = (await company.run(service.publish, given)).footprint["id"]
    await company.part("正極", ends=True, unit=AmountUnit.UNIT)
    part = str(await company.part_id("正極"))
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        shown = (await ann.get("/pact/catenax")).text
        saved = await ann.get(f"/pact/catenax/{footprint_id}/pcf.json")
        assert (saved.status_code, saved.headers["content-type"]) == (200, "application/json")
        assert f"/pact/catenax/{footprint_id}/pcf.json" in shown
        told = {"csrf_token": token_in(shown), "trace_id": part}
        taken = await ann.post("/pact/catenax", data=told, files={"file": ("pcf.json", saved.content)})
        assert (taken.status_code, f"/parts/{part}/footprint" in taken.text) == (200, True)
        wrong = await ann.post("/pact/catenax", data=told, files={"file": ("pcf.json", b'{"pcfValues": {}}')})
        assert (wrong.status_code, "pcfValues" in wrong.text) == (422, True)
        nothing = await ann.post("/pact/catenax", data=told | {"trace_id": ""}, files={"file": ("a.json", b"{}")})
        assert nothing.status_code == 422


async def test_a_kept_result_is_saved_for_the_battery_maker_and_what_does_not_fit_is_said_there(site: Site) -> None:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    company = Company(site.db, scope, plant.plant_id)
    await company.part("cell", ends=True, unit=AmountUnit.UNIT)
    rated = line("steel", 1, "DEMO-steel", scores=Scores(ter=D(2), ger=D(1), tir=D(3)))
    made = await sheet(company, "cell", rated, pack_id="eu-draft-2024", output=D(1), mass_kg=D(1))
    result_id = (await company.run(worksheets.compute, made.worksheet_id)).result.result_id
    await site.person("ann@a.example", site.a)
    where = f"/pact/catenax/results/{result_id}"
    async with enter(site, "ann@a.example") as ann:
        assert where in (await ann.get(f"/results/{result_id}")).text
        told = {
            "csrf_token": token_in((await ann.get(where)).text), "customer_part_id": "PRT-1", "manufacturer_part_id": "C-60",
            "site": "BPNS1", "company": "BPNLAfCp8s8HBEEB",
        }  # fmt: skip
        wrong = await ann.post(where, data=told)
        assert (wrong.status_code, 'href="#f-site"' in wrong.text, 'href="#f-company"' in wrong.text) == (
            422,
            True,
            False,
        )
        empty = await ann.post(where, data=told | {"customer_part_id": ""})
        assert 'href="#f-customer_part_id"' in empty.text
        saved = await ann.post(where, data=told | {"site": "BPNSMfWzEx6iJZVJ"})
        assert (saved.status_code, saved.json()["siteIdentifier"]) == (200, "BPNSMfWzEx6iJZVJ")

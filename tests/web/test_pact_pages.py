"""From a worksheet's result to PACT partners, on pages."""

from datetime import date
from uuid import UUID

from tests.chain import Company
from tests.footprint.worksheets.helpers import D, line, sheet

from meguri.dataspaces.pact import service
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

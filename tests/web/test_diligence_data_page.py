"""The page of country, region and trade data: loaded by form, and a measure beside the parts on the map."""

import base64
from decimal import Decimal

import httpx
import pytest
from tests.web.test_diligence_pages import furnished

from meguri.diligence import service
from meguri.diligence.model import PartMaterialInput
from meguri.kernel.ids import new_id

from .conftest import Site
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio

HEAD = "measure,item,country,from,status,decided_on,source\n"
GOOD = "Export licence for cobalt,cobalt,FI,2030-11-10,suspended,2025-11-07,https://example.com/b\n"


async def test_a_measure_is_loaded_by_form_and_stands_on_the_map_with_its_parts(site: Site) -> None:
    one, _, _ = await furnished(site)
    mass = PartMaterialInput(material="cobalt", mass_per_unit=Decimal("0.2"))
    await one.run(service.set_mass, await one.part_id("pack"), mass)
    async with enter(site, "ann@dd.example") as client:
        token = token_in((await client.get("/diligence/data")).text)

        async def send(text: str) -> httpx.Response:
            data = {"csrf_token": token, "kind": "measures"}
            return await client.post("/diligence/data", data=data, files={"file": ("m.csv", text.encode())})

        refused = await send(HEAD + GOOD.replace("suspended", "perhaps"))
        assert refused.status_code == 422
        assert "perhaps" in refused.text
        assert (await send(HEAD + GOOD)).status_code == 303
        for language, words in (("ja", ("貿易措置", "使用中")), ("en", ("Trade measures", "In use"))):
            answer = await client.get("/diligence/data", headers={"accept-language": language})
            assert all(word in answer.text for word in words)
        shown = (await client.get("/diligence/map", headers={"accept-language": "en"})).text
        assert "Export licence for cobalt" in shown
        assert "Suspended" in shown
        assert ">pack</a>" in shown


async def test_actions_of_a_finding_that_is_not_ones_own_are_not_found(site: Site) -> None:
    _, _, finding = await furnished(site)
    async with enter(site, "ann@dd.example") as client:
        assert (await client.get(f"/api/v1/dd/findings/{finding}/actions")).json()["items"] == []
        assert (await client.get(f"/api/v1/dd/findings/{new_id()}/actions")).status_code == 404


async def test_a_declaration_goes_out_as_xml_and_comes_in_again_once(site: Site) -> None:
    await furnished(site)
    mapping = {"family": "CMRT", "version": "6.5", "root": "D", "fields": {"company": "S/@name"}}
    said = {"family": "CMRT", "version": "6.5", "respondent": {"company": "Muster & Co"}, "minerals": []}
    async with enter(site, "ann@dd.example") as client:
        headers = {"x-csrf-token": token_in((await client.get("/diligence/data")).text)}
        path = "/api/v1/dd/rmi"
        made = await client.post(f"{path}:export-xml", json={"declaration": said, "mapping": mapping}, headers=headers)
        assert made.status_code == 200
        assert made.headers["content-disposition"].endswith('.xml"')
        file = {"file": base64.b64encode(made.content).decode(), "mapping": mapping}
        first, again = [await client.post(f"{path}:import-xml", json=file, headers=headers) for _ in range(2)]
        assert (first.status_code, first.json()["twice"], again.json()["twice"]) == (201, False, True)
        assert first.json()["read"]["declaration"]["respondent"] == {"company": "Muster & Co"}
        lost = {"declaration": said | {"respondent": {"company": "A", "phone": "1"}}, "mapping": mapping}
        refused = await client.post(f"{path}:export-xml", json=lost, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "TEMPLATE_FIELDS_LOST")

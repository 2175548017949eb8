"""The catalogue, not the code, knows batteries: another product, added as data alone, has passport, rules, page and API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.passport.drive_unit import write
from tests.web.conftest import PASSWORD, Site

from meguri.passport import kinds

pytestmark = pytest.mark.anyio
SECTION = "urn:meguri:dpp:drive-unit:1:motor"
MOTOR = {"drive_category": "traction", "drive_model": "EDU-1", "peak_power": 150, "mass": 60, "magnet_supplier": "M"}


@pytest.fixture
def drive_unit(tmp_path: Path) -> Iterator[kinds.Kind]:
    folder = tmp_path / "kind"
    folder.mkdir()
    kinds.kinds()
    kind = kinds.learn(write(folder))
    yield kind
    kinds.forget(kind.code)


def wire(site: Site, serial: str, **motor: Any) -> dict[str, Any]:
    name = f"http://{site.settings.host}:{site.settings.port}/01/09521234567899/21/{serial}"
    return {"uniqueProductIdentifier": name, "dppStatus": "Active", SECTION: {**MOTOR, **motor}}


async def test_a_drive_unit_has_passport_validation_access_page_and_api(site: Site, drive_unit: kinds.Kind) -> None:
    await site.person("ann@a.example", site.a)
    async with await site.signed_in("ann@a.example") as ann, site.client() as nobody:
        for motor, code in (
            ({"peak_power": 0}, "VALUE_OUT_OF_RANGE"),
            ({"peak_power": 5000}, "CROSS_CHECK_FAILED"),
            ({"drive_category": "boat"}, "INVALID_ENUM"),
            ({"battery_mass": 1}, "UNKNOWN_ATTRIBUTE"),
            ({"power_density": 3}, "READ_ONLY_FIELD"),
        ):
            refused = await ann.post("/v1/dpps", json=wire(site, "EDU-0", **motor))
            assert (refused.status_code, refused.json()["messages"][0]["code"]) == (400, code)
        gap = wire(site, "EDU-2")
        del gap[SECTION]["magnet_supplier"]
        draft = (await ann.post("/v1/dpps", json=gap)).json()["digitalProductPassportId"]
        missing = await ann.patch(f"/v1/dpps/{quote(draft, safe='')}", json={"dppStatus": "Active"})
        assert missing.json()["messages"][0]["code"] == "PUBLISH_INCOMPLETE"

        made = (await ann.post("/v1/dpps", json=wire(site, "EDU-1"))).json()["digitalProductPassportId"]
        path = f"/v1/dpps/{quote(made, safe='')}"
        public = (await nobody.get(path)).json()
        assert public[SECTION] == {**{k: v for k, v in MOTOR.items() if k != "magnet_supplier"}, "power_density": 2.5}
        assert (await ann.get(path)).json()[SECTION]["magnet_supplier"] == "M"
        closed = await nobody.get(f"{path}/elements/{quote('$.motor.magnet_supplier', safe='')}")
        assert closed.status_code == 401
        full = (await nobody.get(path, params={"representation": "full"})).json()
        assert SECTION in {each["elementId"] for each in full["elements"]}
        listed = (await ann.get("/api/v1/passports?kind=drive-unit")).json()["items"]
        assert {each["kind"] for each in listed} == {"drive-unit"}
        passport_id = next(each["passport_id"] for each in listed if each["state"] == "Active")
        report = (await ann.get(f"/api/v1/passports/{passport_id}/completeness")).json()["report"]
        assert (report["required"], report["filled"], report["score"]) == (2, 2, 100.0)
    async with site.client() as browser:
        await browser.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD})
        page = await browser.get(f"/passports/{passport_id}")
        assert page.status_code == 200
        assert "モーター" in page.text
        section = await browser.get(f"/passports/{passport_id}/sections/motor")
        assert "peak_power" in section.text
        public_page = await browser.get("/01/09521234567899/21/EDU-1", headers={"accept": "text/html"})
        assert public_page.status_code in (200, 404)

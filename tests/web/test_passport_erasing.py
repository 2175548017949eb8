"""Erasing personal data on a passport's page: named before it is done, told after it, and gone from the page."""

import pytest
from tests.passport.batteries import GTINS, complete
from tests.web.test_pages import enter, token_in

from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.model import NewPassport

from .conftest import Site

pytestmark = pytest.mark.anyio


async def test_a_vehicles_number_is_erased_once_the_passport_was_named(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    owner = OperatorScope(site.a, "system:tests", Role.ADMIN)
    values = {**complete("ev"), "jp_vehicle_id": "ZVW30-1234567"}
    new = NewPassport(gtin=GTINS["ev"], serial="ERASE00001", values=values)
    made = await site.db.run(owner, service.issue, new, base="http://meguri.test")
    await site.db.run(owner, service.change, made.dpp_id, {"jp_vehicle_id": None})  # it is in an earlier version only
    here = f"/passports/{made.passport_id}"
    async with enter(site, "ann@a.example") as ann:
        page = await ann.get(here, headers={"accept-language": "en"})
        assert "Vehicle identification" in page.text
        asked = {"csrf_token": token_in(page.text), "confirm": "ERASE00002"}
        assert (await ann.post(f"{here}/erase", data=asked)).status_code == 303
        assert (await site.db.run(owner, service.read, made.dpp_id)).version == 2
        assert (await ann.post(f"{here}/erase", data={**asked, "confirm": "ERASE00001"})).status_code == 303
        page = await ann.get(here)
        assert f"{here}/erase" not in page.text
        history = await ann.get(f"{here}/history")
        assert history.status_code == 200
        assert "Removed personal data from earlier versions" in history.text
    first = await site.db.run(owner, service.read_version, made.dpp_id, 1)
    assert "jp_vehicle_id" not in first.values

"""The catalogue's page leads to the results that a factor's update affects, with their totals then and with it."""

from datetime import date

import msgspec
import pytest
from tests.chain import Company
from tests.footprint.worksheets.helpers import PIECE, factor, line, sheet

from meguri.footprint.factors import add_factor
from meguri.footprint.worksheets import service
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import plants
from meguri.operators.model import PlantInput

from .conftest import Site
from .test_pages import enter

pytestmark = pytest.mark.anyio


async def test_the_catalogue_leads_to_the_results_that_an_update_affects(site: Site) -> None:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    us = Company(site.db, scope, plant.plant_id)
    await us.run(add_factor, factor("Cu & Ni", "4.1"))
    await us.part("wire", ends=True, unit=PIECE)
    made = await sheet(us, "wire", line("copper", "20", "Cu & Ni"), period_start=date(2025, 1, 1))
    kept = await us.run(service.compute, made.worksheet_id)
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        ann.headers["accept-language"] = "en"
        assert "/factors/affected" not in (await ann.get("/factors")).text
        await us.run(add_factor, msgspec.structs.replace(factor("Cu & Ni", "3.6"), version="2", supersedes="1"))
        listed = (await ann.get("/factors")).text
        address = listed.split('href="/factors/affected')[1].split('"')[0].replace("&amp;", "&")
        shown = await ann.get(f"/factors/affected{address}")
        assert shown.status_code == 200
        for words in ("wire", f"/results/{kept.result.result_id}", "Cu &amp; Ni 1", "Cu &amp; Ni 2", "82", "72"):
            assert words in shown.text
        assert "−10" in shown.text or "-10" in shown.text
        assert (await ann.get("/factors/affected", params={"factor": "none"})).status_code in (404, 422)
        japanese = await ann.get(f"/factors/affected{address}", headers={"accept-language": "ja"})
        assert "新しい版での値" in japanese.text

"""What a rule pack leaves to its user is chosen from lists; and what the page does not show of a worksheet stays."""

import re
from typing import Any

from tests.chain import Company
from tests.footprint.worksheets.helpers import D, factor, line, sheet

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.lifetime import Battery
from meguri.footprint.factors import add_factor
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.model import Figures, Worksheet
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators.model import PlantInput

from .conftest import Site
from .test_pages import enter, token_in

CHOSEN = {
    "choice-gwp_set": "AR5",
    "choice-waste": "polluter_pays",
    "choice-eol.method": "cff",
    "choice-electricity.accepted": ["", "on_site_direct", "ppa_physical"],
    "choice-electricity.authoritative_mode": "con",
}
KEPT = {
    "gwp_set": "AR5",
    "waste": "polluter_pays",
    "eol.method": "cff",
    "electricity.accepted": ["on_site_direct", "ppa_physical"],
    "electricity.authoritative_mode": "con",
}


async def worksheet(site: Site, **more: Any) -> tuple[Company, Worksheet]:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    company = Company(site.db, scope, plant.plant_id)
    await company.run(add_factor, factor("grid", "0.434", "kWh"))
    await company.run(add_factor, factor("residual", "0.503", "kWh"))
    await company.part("cell", ends=True, unit=AmountUnit.UNIT)
    ppa = Instrument(id="ppa", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True)
    bought: dict[str, Any] = {"kind": Kind.ELECTRICITY, "unit": "kWh", "stage": "main", "per": "period"}
    power = line("power", 10000, "grid", residual_factor_id="residual", instruments=[ppa], **bought)
    leak = line("leak", 1, None, kind=Kind.DIRECT, gas="SF6", stage="main", per="period")
    told = {"pack_id": "meti-1.0", "output": D(1000)} | more
    return company, await sheet(company, "cell", power, leak, **told)


def form(page: str, **more: Any) -> dict[str, Any]:
    """What the browser sends: the fields of the page as they stand."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        told = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        shown = told.get("type") not in ("checkbox", "file") or " checked" in tag
        if "name" in told and shown and "__n__" not in told["name"]:
            found[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        if "__n__" not in name:
            found[name] = chosen[1] if chosen else ""
    return found | {"csrf_token": token_in(page)} | more


async def test_open_rules_are_chosen_from_lists_and_count(site: Site) -> None:
    company, made = await worksheet(site)
    await site.person("ann@a.example", site.a)
    where = f"/worksheets/{made.worksheet_id}"
    async with enter(site, "ann@a.example") as ann:
        page = (await ann.get(where)).text
        assert all(f'<option value="{value}"' in page for value in ("cut_off", "polluter_pays", "system_expansion"))
        assert 'type="checkbox" name="choice-electricity.accepted" value="ppa_physical"' in page
        saved = await ann.post(where, data=form(page, **CHOSEN))
        assert saved.status_code == 303, saved.text
        again = (await ann.get(where)).text
        assert 'name="choice-electricity.accepted" value="ppa_physical" checked' in again
        assert 'name="choice-electricity.accepted" value="eac" checked' not in again
        assert '<option value="AR5" selected>' in again
        # As the page stands, saved again: nothing is lost.
        shown = form(again, **{"choice-electricity.accepted": ["", "on_site_direct", "ppa_physical"]})
        assert (await ann.post(where, data=shown)).status_code == 303
    kept = await company.run(service.worksheet, made.worksheet_id)
    assert kept.choices == KEPT
    found: Figures = await company.run(service.figures, made.worksheet_id)
    assert {each.line_id: each.value for each in found.lines} == {"power": D("2.012"), "leak": D("23.5")}


async def test_under_every_pack_open_rules_can_be_chosen_for_looking(site: Site) -> None:
    company, made = await worksheet(site, pack_id="pact-3")
    await site.person("ann@a.example", site.a)
    where = f"/worksheets/{made.worksheet_id}/packs"
    async with enter(site, "ann@a.example") as ann:
        ann.headers["accept-language"] = "en"
        bare = (await ann.get(where)).text
        assert "needs you to choose" in bare
        found = await ann.get(where, params=CHOSEN | {"other": "meti-1.0"})
        assert found.status_code == 200
        assert "needs you to choose" not in found.text
        assert "pact-3 and meti-1.0 compared" in found.text
        assert "choice-waste=polluter_pays" in found.text.replace("&amp;", "&")  # the other packs keep what was chosen
        wrong = await ann.get(where, params={"choice-waste": "bogus", "choice-gwp_set": "AR6"})
        assert wrong.status_code == 200
        assert "“bogus” is none of the choices of “waste”" in wrong.text
    assert (await company.run(service.worksheet, made.worksheet_id)).choices == {}


async def test_a_page_saved_as_it_stands_changes_nothing_of_the_battery_or_other_packs_choices(site: Site) -> None:
    battery = Battery(
        profile="ind_rep",
        capacity_kwh=D(100),
        cycle_life=D(6000),
        mean_capacity_factor=D("0.9"),
        justification="a stationary battery",
    )
    choices = {"gwp_set": "AR5", "electricity.accepted": ["eac"]}
    company, made = await worksheet(site, pack_id="eu-draft-2024", battery=battery, choices=choices)
    await site.person("ann@a.example", site.a)
    where = f"/worksheets/{made.worksheet_id}"
    async with enter(site, "ann@a.example") as ann:
        page = (await ann.get(where)).text
        assert (await ann.post(where, data=form(page))).status_code == 303
    kept = await company.run(service.worksheet, made.worksheet_id)
    assert (kept.battery, kept.choices) == (battery, choices)


async def test_own_classes_are_typed_one_in_a_line(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        ann.headers["accept-language"] = "en"
        page = (await ann.get("/packs/new", params={"base": "eu-draft-2024"})).text
        told = form(
            page, pack_id="customer", name_ja="顧客", name_en="Customer", source="Manual 7", base="eu-draft-2024"
        )
        told |= {"stages": ["raw", "main"], "accepted": ["on_site_direct"]}
        wrong = await ann.post("/packs/new", data=told | {"classes": "A 0.1O\nB"})
        assert wrong.status_code == 422
        assert "such as A 0.10" in wrong.text
        falling = await ann.post("/packs/new", data=told | {"classes": "A 0.2\nB 0.1\nC"})
        assert falling.status_code == 422
        assert "rise from class to class" in falling.text
        made = await ann.post("/packs/new", data=told | {"classes": "A 0.10\r\nB plus 0.15\r\nC rest\r\n"})
        assert made.status_code == 303, made.text
        shown = (await ann.get("/packs/own-customer/1.0.0")).text
        assert "B plus ≤ 0.15" in shown
        assert "A 0.1\nB plus 0.15\nC rest</textarea>" in (await ann.get("/packs/own-customer/1.0.0/edit")).text

"""Certificates, journeys, recycled content and gases are entered on the page of a worksheet's line."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
from tests.chain import Company
from tests.footprint.worksheets.helpers import D, factor, line, sheet

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.factors import add_factor
from meguri.footprint.readings import Reading, take_readings
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.model import Figures, Worksheet
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators.model import PlantInput

from .conftest import Site
from .test_pages import enter, token_in


async def worksheet(site: Site) -> tuple[Company, Worksheet]:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    company = Company(site.db, scope, plant.plant_id)
    for name, value, unit in (("grid", "0.434", "kWh"), ("residual", "0.503", "kWh"), ("diesel", "2.58", "L")):
        await company.run(add_factor, factor(name, value, unit))
    await company.part("cell", ends=True, unit=AmountUnit.UNIT)
    lines = [
        line("power", 12000, "grid", kind=Kind.ELECTRICITY, unit="kWh", stage="main", per="period"),
        line("truck", None, "diesel", kind=Kind.TRANSPORT, unit="L", per="period"),
        line("metal", 1000, "grid", unit="kg", per="period"),
        line("leak", 1, "grid", kind=Kind.DIRECT, stage="main", per="period"),
    ]
    return company, await sheet(company, "cell", *lines, pack_id="eu-draft-2024", output=D(1000))


async def save(who: httpx.AsyncClient, sheet: Worksheet, name: str, told: Mapping[str, str]) -> httpx.Response:
    where = f"/worksheets/{sheet.worksheet_id}/line"
    shown = await who.get(where, params={"line": name})
    assert shown.status_code == 200, shown.text
    version = shown.text.split('name="version" value="')[1].split('"')[0]
    return await who.post(where, data={"csrf_token": token_in(shown.text), "line": name, "version": version, **told})


async def test_what_does_not_fit_into_a_row_is_entered_on_the_page_of_its_line(site: Site) -> None:
    company, made = await worksheet(site)
    await site.person("ann@a.example", site.a)
    certificates = {
        "eac-0-id": "roof", "eac-0-kind": "on_site_direct", "eac-0-kwh": "2,000", "eac-0-factor": "0.05",
        "eac-1-id": "ppa", "eac-1-kind": "ppa_physical", "eac-1-kwh": "6000", "eac-1-factor": "0",
        "eac-1-cancelled": "yes", "residual_factor_id": "residual",
    }  # fmt: skip
    journey = {
        "tonnes": "8", "distance_km": "350", "load_percent": "62", "payload_kg": "10000", "fuel": "diesel",
    }  # fmt: skip
    circular = {
        "r1": ".2", "a": ".2", "ev": "10", "erec": "3", "qs_in": "1", "r2": ".6", "erec_eol": "2", "ev_star": "10",
        "qs_out": ".9", "r3": ".1", "b": "0", "eer": "1", "lhv": "20", "xer_heat": ".3", "ese_heat": ".08",
        "xer_elec": ".15", "ese_elec": ".12", "ed": ".5",
    }  # fmt: skip
    async with enter(site, "ann@a.example") as ann:
        wrong = await save(ann, made, "power", certificates | {"eac-1-kwh": "many"})
        assert wrong.status_code == 422
        assert 'href="#f-eac-1-kwh"' in wrong.text
        assert 'value="many"' in wrong.text
        for name, told in (("power", certificates), ("truck", journey), ("metal", circular), ("leak", {"gas": "SF6"})):
            answer = await save(ann, made, name, told)
            assert answer.status_code == 303, (name, answer.text)
        page = (await ann.get(f"/worksheets/{made.worksheet_id}")).text
        assert f"/worksheets/{made.worksheet_id}/line?line=power" in page
        assert 'value="circular" selected' in page
        again = (await ann.get(f"/worksheets/{made.worksheet_id}/line", params={"line": "power"})).text
        assert 'value="roof"' in again
        assert (await ann.get(f"/worksheets/{made.worksheet_id}/line", params={"line": "none"})).status_code == 404
        stale = await ann.post(
            f"/worksheets/{made.worksheet_id}/line",
            data={"csrf_token": token_in(again), "line": "power", "version": "1", **certificates},
        )
        assert stale.status_code == 422
    found: Figures = await company.run(service.figures, made.worksheet_id)
    values = {each.line_id: each for each in found.lines}
    assert (values["power"].value, values["power"].other_mode) == (D("4.44"), D("2.112"))
    assert round(values["truck"].value, 9) == D("0.387519652")
    assert values["metal"].stages == {"raw": D("9.72"), "eol_gross": D("1.21"), "eol_credit": D("-4.404")}
    assert values["leak"].value == D("25.2")


async def test_another_kind_of_line_leaves_behind_what_it_cannot_have(site: Site) -> None:
    company, made = await worksheet(site)
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        assert (await save(ann, made, "metal", {"a": ".5", "ev": "2"})).status_code == 303
        page = (await ann.get(f"/worksheets/{made.worksheet_id}")).text
        told = {
            "csrf_token": token_in(page), "version": "2", "period_start": "2026-01-01", "period_end": "2026-12-31",
            "output": "1000", "lines-0-id": "metal", "lines-0-name": "metal", "lines-0-kind": "material",
            "lines-0-amount": "5", "lines-0-unit": "kWh", "lines-0-factor": "grid", "lines-0-stage": "raw",
        }  # fmt: skip
        assert (await ann.post(f"/worksheets/{made.worksheet_id}", data=told)).status_code == 303
    (kept,) = (await company.run(service.worksheet, made.worksheet_id)).lines
    assert (kept.kind, kept.circular, kept.factor_id) == (Kind.MATERIAL, None, "grid")


async def test_matching_by_the_hour_is_asked_on_the_page_of_a_line_with_a_meter(site: Site) -> None:
    company, made = await worksheet(site)
    start = datetime(2026, 3, 1, 5, tzinfo=UTC)
    for meter, amounts in (("main", (100, 100)), ("wind", (150, 0))):
        rows = [
            Reading(
                source="meter", meter=meter, starts=start + timedelta(hours=n), ends=start + timedelta(hours=n + 1),
                amount=D(amount), unit="kWh",
            )
            for n, amount in enumerate(amounts)
        ]  # fmt: skip
        await company.run(take_readings, rows)
    metered = line("power", None, "grid", kind=Kind.ELECTRICITY, unit="kWh", source="meter", meter="main")
    made = await sheet(company, "cell", metered, pack_id="eu-draft-2024")
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        where = f"/worksheets/{made.worksheet_id}/line"
        page = await ann.get(where, params={"line": "power", "generation": "meter/wind", "contract": "0"})
        assert page.status_code == 200
        assert "43.4" in page.text
        assert "21.7" in page.text
        none = await ann.get(where, params={"line": "power", "generation": "meter/wind", "contract": "much"})
        assert "12.5" in none.text

"""Japan's safety and security file as a company meets it: by the API and on the passport's page, with the limits' own figures."""

from typing import Any

import pytest
from tests.passport.batteries import GTINS, complete
from tests.passport.test_japan import STORAGE
from tests.web.test_pages import enter

from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.model import NewPassport

from .conftest import Site

pytestmark = pytest.mark.anyio
JA = {"accept-language": "ja"}
WARNED = {"outcome": "warned", "method": "nail", "tested_on": "2026-02-01"}


async def point(ann: Any, passport_id: str, profile: str, code: str) -> dict[str, Any]:
    report = (await ann.get(f"/api/v1/passports/{passport_id}/japan/{profile}")).json()
    return next(each for each in report["points"] if each["code"] == code)


async def issued(site: Site, category: str, serial: str, **values: Any) -> str:
    """A published battery of company A; None leaves an attribute out."""
    said = {key: value for key, value in (complete(category) | values).items() if value is not None}
    owner = OperatorScope(site.a, "system:tests", Role.ADMIN)
    new = NewPassport(gtin=GTINS[category], serial=serial, values=said, publish=True)
    return str((await site.db.run(owner, service.issue, new, base="http://meguri.test")).passport_id)


@pytest.mark.parametrize(
    ("values", "verdict", "asked_from"),
    [
        ({"un_r100_thermal": {**WARNED, "warning_to_hazard_s": 299}}, "failed", None),
        ({"un_r100_thermal": {**WARNED, "warning_to_hazard_s": 300}}, "fulfilled", None),
        ({"un_r100_thermal": {**WARNED, "outcome": "no_runaway"}}, "fulfilled", None),
        ({"type_first_approved": "2027-08", "un_r100_thermal": None}, "not_yet_applicable", "2030-09"),
        ({"type_first_approved": "2027-09", "un_r100_thermal": None}, "missing", None),
        ({"un_r100_thermal": None}, "not_yet_applicable", "2027-09"),
    ],
)
async def test_the_thermal_test_of_a_traction_battery(
    site: Site, values: dict[str, Any], verdict: str, asked_from: str | None
) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        made = await issued(site, "ev", f"T-{verdict[:4]}-{len(str(values))}", **values)
        found = await point(ann, made, "jp-vehicle", "un_r100_thermal")
        assert (found["verdict"], found["asked_from"]) == (verdict, asked_from)
        page = (await ann.get(f"/passports/{made}/japan", headers=JA)).text
        word = {"failed": "不適合", "fulfilled": "充足", "missing": "不足", "not_yet_applicable": "適用前"}[verdict]
        row = page.split("熱連鎖試験（UN R100）")[1].split("</tr>")[0]
        assert word in row
        assert ("2030年9月 から必要" in row) == (asked_from == "2030-09")


@pytest.mark.parametrize(
    ("values", "duration", "share"),
    [
        ({}, "fulfilled", "fulfilled"),
        ({"storage_energy": 239_600}, "failed", "fulfilled"),
        ({"storage_energy": 0.6, "storage_power": 0.1}, "fulfilled", "fulfilled"),
        ({"cell_origin_countries": [("KR", 119_999), ("JP", 280_001)]}, "fulfilled", "fulfilled"),
        ({"cell_origin_countries": [("KR", 120_000), ("JP", 280_000)]}, "fulfilled", "failed"),
        ({"cell_origin_countries": [("JP", 400_000)]}, "fulfilled", "fulfilled"),
        ({"cell_origin_countries": [("JP", None)], "storage_power": None}, "missing", "fulfilled"),
        ({"cell_origin_countries": [("KR", None)], "storage_power": None}, "missing", "missing"),
    ],
)
async def test_six_hours_and_less_than_thirty_per_cent_of_a_country(
    site: Site, values: dict[str, Any], duration: str, share: str
) -> None:
    cells = values.pop("cell_origin_countries", None)
    if cells:
        whole = sum(kw or 0 for _, kw in cells)
        values["cell_origin_countries"] = [
            {"country": country, "share_pct": 100 * kw / whole, "kw": kw}
            if kw is not None
            else {"country": country, "share_pct": 100}
            for country, kw in cells
        ]
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        made = await issued(site, "stationary", f"S-{len(str(values))}-{duration[:2]}{share[:2]}", **(STORAGE | values))
        assert (await point(ann, made, "jp-auction-3", "duration"))["verdict"] == duration
        assert (await point(ann, made, "jp-auction-3", "cell_share"))["verdict"] == share
        page = (await ann.get(f"/passports/{made}/japan?profile=jp-auction-3", headers=JA)).text
        words = {"fulfilled": "充足", "failed": "不適合", "missing": "不足"}
        assert words[duration] in page.split("運転継続時間 6 時間以上")[1].split("</tr>")[0]
        assert words[share] in page.split("1 国 30 % 未満")[1].split("</tr>")[0]


@pytest.mark.parametrize(("more", "verdict"), [(999, "fulfilled"), (1_000, "failed")])
async def test_the_limit_on_cells_of_a_country_is_that_of_the_whole_project(
    site: Site, more: int, verdict: str
) -> None:
    def cells(kw: int) -> dict[str, Any]:
        return STORAGE | {"cell_origin_countries": [{"country": "KR", "share_pct": 100, "kw": kw}]}

    await site.person("ann@a.example", site.a)
    first = await issued(site, "stationary", f"SITE-{more}-1", **cells(119_000))
    other = await issued(site, "stationary", f"SITE-{more}-2", **cells(more))
    async with enter(site, "ann@a.example") as ann:
        assert (await point(ann, first, "jp-auction-3", "cell_share"))["verdict"] == "fulfilled"
        both = {"also": [other, other, first]}  # said twice, or itself: counted once
        report = (await ann.get(f"/api/v1/passports/{first}/japan/jp-auction-3", params=both)).json()
        assert report["kw_by_country"] == {"KR": 119_000 + more}
        assert next(each for each in report["points"] if each["code"] == "cell_share")["verdict"] == verdict
        page = await ann.get(f"/passports/{first}/japan", params={"profile": "jp-auction-3", "also": other}, headers=JA)
        assert {"fulfilled": "充足", "failed": "不適合"}[verdict] in page.text.split("1 国 30 % 未満")[1].split(
            "</tr>"
        )[0]
        assert f"format=pdf&amp;also={other}" in page.text
        nobodys = await ann.get(
            f"/passports/{first}/japan", params={"profile": "jp-auction-3", "also": "x"}, headers=JA
        )
        assert "notice-attention" in nobodys.text


async def test_the_page_shows_the_fitting_profiles_both_groups_and_the_way_to_the_file(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        storage = await issued(site, "stationary", "PAGE-S", **STORAGE)
        page = (await ann.get(f"/passports/{storage}/japan", headers=JA)).text
        for word in (
            "系統用蓄電池",
            "11 項目中 11 項目",
            "セルの出力（韓国）",
            "120,000",
            "20 kWh 超：消防署への届出が必要",
            "仕様識別情報",
            "個体識別情報",
            f"/api/v1/passports/{storage}/japan/jp-grid-storage?format=pdf",
        ):
            assert word in page, word
        bike = await issued(site, "lmt", "PAGE-L", jp_vehicle_id="ZVW30-1234567")
        page = (await ann.get(f"/passports/{bike}/japan", headers={"accept-language": "en"})).text
        assert "format=pdf" not in page
        assert "Individual battery" in page
        assert "ZVW30" not in page
        assert (await ann.get(f"/passports/{bike}/japan?profile=jp-nothing")).status_code == 400
        printed = await ann.get(f"/api/v1/passports/{storage}/japan/jp-auction-3?format=pdf")
        assert printed.content[:5] == b"%PDF-"
        fire = (await ann.get(f"/api/v1/passports/{storage}/japan/jp-auction-3")).json()["fire_class"]
        assert fire == "notify"


async def test_another_company_does_not_find_the_page(site: Site) -> None:
    await site.person("bob@b.example", site.b)
    storage = await issued(site, "stationary", "PAGE-B", **STORAGE)
    async with enter(site, "bob@b.example") as bob:
        assert (await bob.get(f"/passports/{storage}/japan")).status_code in (403, 404)

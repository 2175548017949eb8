"""The loop as people see it in the demo: from batteries to metals to a new passport, in both languages and on both devices.

What the pages say of the rates is what the command line says of the same masses.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.journeys.browser import LOOKS, Look, Reader, axe_clean, fits, ready

from meguri.cli import main
from meguri.commands.demo.chapters.recycling import FLEET, PACK_KG, SHARES, TO_STORAGE

pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]
Enter = Callable[..., Reader]


def seen(page: Any) -> Any:
    ready(page)
    fits(page)
    narrow, english = page.viewport_size["width"] < 700, page.locator("html").get_attribute("lang") == "en"
    if narrow == english:
        axe_clean(page)
    return page


def printed_rates(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Recovery of the demo's masses by the command line, as the pages show it: two decimals."""
    mass = float(PACK_KG) * (FLEET - TO_STORAGE)
    yields = {"Ni": 0.965, "Co": 0.958, "Li": 0.872}
    point = {"counting": "recycling", "calculationPoint": True, "substitutesPrimary": True}
    case = {
        "year": 2026,
        "reClass": "lithium_based",
        "inputs": [{"element": e, "massKg": round(mass * float(share), 6)} for e, share in SHARES.items()],
        "outputs": [
            {"element": e, "massKg": round(mass * float(SHARES[e]) * part, 6), **point} for e, part in yields.items()
        ],
    }
    path = folder / "demo.json"
    path.write_text(json.dumps(case))
    capsys.readouterr()
    assert main(["recycling", "recovery", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    return {metal: f"{found['rRM'][metal]['value']:.2f}" for metal in yields}


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[3]], ids=str)
def test_the_loop_closes(enter: Enter, look: Look, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recycler = enter("recycler", look)
    rates = seen(recycler.open("/recycling/rates"))
    for metal, value in printed_rates(tmp_path, capsys).items():
        expect(rates.locator(f"#rate-{metal} .figure-value")).to_contain_text(value)
    lots = seen(recycler.open("/recycling/lots?q=RIVER-Ni"))
    lots.get_by_role("link", name="RIVER-Ni", exact=True).click()
    lot = seen(lots)
    lot.locator("#f-element").select_option("Ni")
    with lot.expect_navigation():
        lot.locator("form.filter button").click()
    expect(lot.locator("svg.flow")).to_be_visible()
    battery = lot.locator("a[href^='/recycling/journey']").first
    with lot.expect_navigation():
        battery.click()
    way = seen(lot)
    stops = way.locator("ol.journey > li")
    assert stops.count() >= 4
    told = [line.strip().splitlines()[0] for line in stops.all_inner_texts()]
    issued = next(n for n, line in enumerate(told) if line.startswith(("パスポート発行", "Passport issued")))
    arrived = next(n for n, line in enumerate(told) if "RIVER-PACKS" in line)
    assert issued < arrived  # the story's dates follow one another
    assert "39.99" in way.locator("ol.journey").inner_text()
    expect(way.locator("#companies ~ .table-scroll, #companies ~ .flow-frame").first).to_be_visible()
    flows = seen(recycler.open("/recycling/flows?element=Ni"))
    expect(flows.locator("svg.flow")).to_be_visible()
    seen(recycler.open("/recycling"))
    seen(recycler.open("/recycling/book"))
    month = recycler.open("/recycling/months")
    month.locator("tbody a").first.click()
    seen(month)

    maker = enter("pack", look)
    content = seen(maker.open("/recycling/content"))
    text = content.locator("main").inner_text()
    assert {"38.59", "43.02", "41.25"} <= set(re.findall(r"\d+\.\d\d", text))
    with content.expect_navigation():
        content.locator("a[href^='/recycling/claims/']").first.click()
    seen(content)
    where = seen(maker.open("/recycling/batteries"))
    with where.expect_navigation():
        where.locator("a[href*='place=recycled']").click()
    assert where.locator("a[href^='/recycling/journey']").count() == FLEET - TO_STORAGE
    seen(where)

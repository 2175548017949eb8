"""A battery is registered, a log is sent, and its health is read: on a phone in Japanese and on a desktop in English."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from tests.journeys.browser import LOOKS, Look, axe_clean, fits
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo

from health.test_assess import discharge, write

_ONE_LINE = 48
_WITH_A_GAP = """async () => {
  const chart = document.querySelector("meguri-band").cloneNode(true);
  chart.querySelector("[data-drawing]").replaceChildren();
  const rows = [...chart.querySelectorAll("tbody tr")].slice(0, 20);
  chart.querySelector("tbody").replaceChildren(...rows);
  rows.forEach((row, place) => {
    row.querySelector("th").dataset.at = new Date(1.78e12 + (place + (place < 10 ? 0 : 60)) * 1000).toISOString();
  });
  document.querySelector("meguri-band").after(chart);
  const house = document.querySelector("script[type=module][src$='main.js']").src;
  (await import(house.replace("main.js", "band.js"))).start(chart);
  const [lines, words] = ["polyline", "text"].map((name) => [...chart.querySelectorAll(`svg ${name}`)]);
  const dates = words.filter((word) => word.textContent.includes(":")).map((word) => word.getBoundingClientRect());
  return { lines: lines.length, ends: dates[0].right, begins: dates.at(-1).left };
}"""
pytestmark = [pytest.mark.browser, pytest.mark.on_the_demo]


@pytest.mark.parametrize("look", [LOOKS[2], LOOKS[1]], ids=str)
def test_a_log_becomes_a_state_of_health_with_its_interval(
    demo: Demo, readers: Readers, look: Look, tmp_path: Path
) -> None:
    page = demo.sign_in(readers(look), "reuse").open("/health/batteries/new")
    axe_clean(page)
    page.locator("#f-label").fill(f"J-{look}")
    page.locator("#f-level").select_option("cell")
    for name, value in (("rated_capacity_ah", "50"), ("cell_voltage_min", "3.0"), ("cell_voltage_max", "4.15")):
        page.locator(f"#f-{name}").fill(value)
    page.locator("form[action='/health/batteries/new'] button[type=submit]").first.click()
    expect(page.locator("h1")).to_contain_text(f"J-{look}")
    columns = discharge(np.arange(0.0, 6121.0, 10.0))
    page.locator("#f-file").set_input_files(write(tmp_path / "log.csv", **columns))
    page.locator("form[action$='/assess'] button[type=submit]").click()
    expect(page.locator("table").first).to_contain_text("85")
    axe_clean(page)
    fits(page)
    for path in ("/health", "/health/models/meguri-pulse-3", "/health/firms", "/telemetry/gateways"):
        page.goto(demo.base + path)
        axe_clean(page)
        fits(page)
    page.goto(demo.base + "/health")
    page.get_by_role("link", name="EV-PACK-0417").click()
    expect(page.locator("h1")).to_contain_text("EV-PACK-0417")
    axe_clean(page)
    fits(page)
    intervals = page.locator("table td.number").filter(has_text=re.compile(r"\d–\d"))
    assert max(box["height"] for one in intervals.all() if (box := one.bounding_box())) < _ONE_LINE
    page.locator("a[href^='/telemetry/batteries/']").click()
    expect(page.locator("meguri-band").first).to_be_visible()
    axe_clean(page)
    fits(page)
    drawn = page.evaluate(_WITH_A_GAP)
    assert drawn["lines"] == 2, drawn  # nothing is drawn where nothing was measured
    assert drawn["ends"] <= drawn["begins"], drawn  # both dates can be read

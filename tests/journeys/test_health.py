"""A battery is registered, a log is sent, and its health is read: on a phone in Japanese and on a desktop in English."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from tests.journeys.browser import LOOKS, Look, axe_clean, fits
from tests.journeys.conftest import Readers
from tests.journeys.demo import Demo

from health.test_assess import discharge, write

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
    page.locator("a[href^='/telemetry/batteries/']").click()
    expect(page.locator("meguri-band").first).to_be_visible()
    axe_clean(page)
    fits(page)

"""The pages of health and telemetry, used as a browser does: forms, files, redirects, in both languages."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from tests.web.conftest import Site, cheap_hashes, site
from tests.web.test_pages import enter, token_in

from health.test_assess import discharge, write
from meguri.kernel.scope import Role

pytestmark = pytest.mark.anyio
__all__ = ["cheap_hashes", "site"]
PLATE = {
    "label": "Pack 1", "level": "cell", "chemistry": "NMC", "maker": "M", "model": "X", "rated_capacity_ah": "50",
    "cell_voltage_min": "3.0", "cell_voltage_max": "4.15", "in_service": "2022-04-01",
}  # fmt: skip


async def posted(
    client: httpx.AsyncClient, path: str, form_at: str, data: dict[str, str], **more: object
) -> httpx.Response:
    token = token_in((await client.get(form_at)).text)
    return await client.post(path, data={**data, "csrf_token": token}, **more)  # type: ignore[arg-type]


async def registered(client: httpx.AsyncClient) -> str:
    answer = await posted(client, "/health/batteries/new", "/health/batteries/new", PLATE)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def record(folder: Path) -> bytes:
    columns = discharge(np.arange(0.0, 6121.0, 10.0))
    start = datetime(2026, 4, 1, tzinfo=UTC).timestamp()
    return write(folder / "in.csv", unix_time_second=columns["test_time_second"] + start, **columns).read_bytes()


async def test_a_battery_is_registered_measured_and_its_health_is_on_the_list(site: Site, tmp_path: Path) -> None:
    await site.person("ed@a.example", site.a, Role.EDITOR)
    async with enter(site, "ed@a.example") as client:
        assert "No batteries yet" in (await client.get("/health")).text
        battery = await registered(client)
        sent = await posted(
            client, f"{battery}/assess", battery, {"sign": "keep"}, files={"file": ("in.csv", record(tmp_path))}
        )  # fmt: skip
        assert sent.status_code == 303, sent.text
        assessment = (await client.get(sent.headers["location"])).text
        assert "full discharge or charge" in assessment
        assert re.search(r">85[. ]", assessment)
        assert "no current step after a rest" in assessment
        shown = (await client.get(battery)).text
        assert "90 % interval" in shown
        assert "rated 50 Ah" in shown
        listed = (await client.get("/health")).text
        assert "Pack 1" in listed
        assert "85" in listed
        japanese = (await client.get(battery, headers={"accept-language": "ja"})).text
        assert "健全度" in japanese


async def test_measurements_are_brought_in_and_shown_as_plots_with_tables(site: Site, tmp_path: Path) -> None:
    await site.person("ed@a.example", site.a, Role.EDITOR)
    async with enter(site, "ed@a.example") as client:
        series = (await registered(client)).replace("/health/", "/telemetry/")
        assert "No measurements yet" in (await client.get(series)).text
        sent = await posted(client, f"{series}/records", series, {}, files={"file": ("in.csv", record(tmp_path))})
        assert sent.status_code == 303, sent.text
        page = (await client.get(series)).text
        assert page.count("<meguri-band") == 2
        assert "2026-04" in page
        assert "613" in page
        assert "No measurements" in (await client.get(f"{series}?since=2030-01-01")).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": ""}, "Please give a name"),
        ({"rated_capacity_ah": "many"}, "Please give a positive number"),
        ({"rated_capacity_ah": "-5"}, "Please give a positive number"),
        ({"cells_in_series": "1.5"}, "Please give a positive number"),
        ({"in_service": "soon"}, "YYYY-MM-DD"),
        ({"chemistry": "cheese"}, "Please give a name"),
    ],
)
async def test_a_form_with_mistakes_keeps_what_was_typed(site: Site, change: dict[str, str], words: str) -> None:
    await site.person("ed@a.example", site.a, Role.EDITOR)
    async with enter(site, "ed@a.example") as client:
        answer = await posted(client, "/health/batteries/new", "/health/batteries/new", {**PLATE, **change})
        assert answer.status_code == 422
        assert words in answer.text
        assert 'value="2022-04-01"' in answer.text or "in_service" in change


async def test_a_file_that_cannot_be_used_says_why_on_the_same_page(site: Site) -> None:
    await site.person("ed@a.example", site.a, Role.EDITOR)
    async with enter(site, "ed@a.example") as client:
        battery = await registered(client)
        bad = {"file": ("in.csv", b"a,b\n1,2\n")}
        answer = await posted(client, f"{battery}/assess", battery, {}, files=bad)
        assert answer.status_code == 422
        assert "Required columns are missing" in answer.text
        series = battery.replace("/health/", "/telemetry/")
        answer = await posted(client, f"{series}/records", series, {}, files=bad)
        assert answer.status_code == 422


async def test_a_token_is_shown_once_and_can_be_taken_back(site: Site) -> None:
    await site.person("ada@a.example", site.a, Role.ADMIN)
    async with enter(site, "ada@a.example") as client:
        answer = await posted(client, "/telemetry/gateways", "/telemetry/gateways", {"label": "box", "battery_id": ""})
        assert answer.status_code == 200
        assert "mgw_" in answer.text
        again = (await client.get("/telemetry/gateways")).text
        assert "mgw_" not in again
        (path,) = re.findall(r'action="(/telemetry/gateways/[^"]+/revoke)"', again)
        gone = await posted(client, path, "/telemetry/gateways", {})
        assert gone.status_code == 303
        assert "revoked" in (await client.get("/telemetry/gateways")).text
        wrong = await posted(client, "/telemetry/gateways", "/telemetry/gateways", {"label": ""})
        assert wrong.status_code == 422


async def test_a_firm_is_registered_and_revoked_and_the_card_of_the_model_is_a_page(site: Site) -> None:
    await site.person("ada@a.example", site.a, Role.ADMIN)
    async with enter(site, "ada@a.example") as client:
        key = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
        wrong = await posted(client, "/health/firms", "/health/firms", {"name": "F", "public_key": "z" * 48})
        assert wrong.status_code == 422
        made = await posted(client, "/health/firms", "/health/firms", {"name": "F", "public_key": key})
        assert made.status_code == 303
        page = (await client.get("/health/firms")).text
        (path,) = re.findall(r'action="(/health/firms/[^"]+/revoke)"', page)
        assert (await posted(client, path, "/health/firms", {})).status_code == 303
        card = (await client.get("/health/models/meguri-pulse-3")).text
        assert "LMO 10 Ah" in card
        assert "<meguri-bars" in card
        assert (await client.get("/health/models/nobody")).status_code == 404

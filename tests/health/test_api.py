"""Health over HTTP: the same engine and numbers as the command line, for those who may."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from tests.web.conftest import Site, cheap_hashes, site

from health.test_assess import CELL, discharge, write
from health.test_pulse_predict import predict as predict_by_command
from meguri.health import desk
from meguri.health.jobs import assess
from meguri.health.pulse.record import DEFAULT_MODEL
from meguri.kernel.scope import Role

pytestmark = pytest.mark.anyio
__all__ = ["cheap_hashes", "site"]
Rows = list[dict[str, str]]


async def editor(site: Site) -> httpx.AsyncClient:
    await site.person("ed@a.test", site.a, Role.EDITOR)
    return await site.signed_in("ed@a.test")


async def uploaded(client: httpx.AsyncClient, path: Path) -> dict[str, Any]:
    answer = await client.post("/api/v1/health/uploads", files={"file": (path.name, path.read_bytes())})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_record_is_handed_in_assessed_and_enters_what_is_known_of_the_battery(
    site: Site, tmp_path: Path
) -> None:
    source = write(tmp_path / "in.csv", **discharge(np.arange(6121.0)))
    async with await editor(site) as client:
        upload = await uploaded(client, source)
        assert (upload["kind"], upload["quality"]["rows_in"]) == ("record", 6121)
        plate = {name: value for name, value in CELL.items() if name != "item_id"}
        battery = (await client.post("/api/v1/telemetry/batteries", json={"label": "c1", "plate": plate})).json()
        wanted = {"upload_id": upload["upload_id"], "battery_id": battery["battery_id"]}
        answer = await client.post("/api/v1/health/assessments", json=wanted)
        assert answer.status_code == 201, answer.text
        done = answer.json()
        assert (done["state"], done["progress"], done["error"]) == ("done", 1.0, None)
        soh = next(one for one in done["assessment"]["results"] if one["quantity"] == "soh_capacity")
        assert soh["value"] == pytest.approx(85.0)
        at = f"/api/v1/health/batteries/{battery['battery_id']}"
        standing = (await client.get(f"{at}/standing")).json()
        assert standing["soh"]["value"] == pytest.approx(85.0)
        assert standing["soh"]["evidence"][0]["file_sha256"] == upload["sha256"]
        history = (await client.get(f"{at}/history")).json()["items"]
        assert [row["source_id"] for row in history] == [done["assessment_id"]]
        assert {one["quantity"] for one in (await client.get(f"{at}/findings")).json()["items"]} >= {"capacity", "soh"}
        assert (await client.get(f"{at}/life-left?end_of_life_pct=60")).json()["points"] == 1
        listed = (await client.get("/api/v1/health/assessments")).json()["items"]
        assert [one["assessment_id"] for one in listed] == [done["assessment_id"]]


async def test_an_item_may_be_described_instead_of_registered(site: Site, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", **discharge(np.arange(6121.0)))
    async with await editor(site) as client:
        upload = await uploaded(client, source)
        nobody = await client.post("/api/v1/health/assessments", json={"upload_id": upload["upload_id"]})
        assert (nobody.status_code, nobody.json()["code"]) == (422, "health.no_item")
        described = {"upload_id": upload["upload_id"], "item": CELL}
        done = (await client.post("/api/v1/health/assessments", json=described)).json()
        assert done["assessment"]["item"]["item_id"] == "c1"


async def test_a_large_record_is_assessed_by_a_worker(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE_BYTES", 1000)
    source = write(tmp_path / "in.csv", **discharge(np.arange(6121.0)))
    async with await editor(site) as client:
        upload = await uploaded(client, source)
        answer = await client.post(
            "/api/v1/health/assessments", json={"upload_id": upload["upload_id"], "item": CELL}
        )  # fmt: skip
        begun = answer.json()
        assert (answer.status_code, begun["state"], begun["progress"]) == (202, "waiting", 0.0)
        await assess(site.db, site.a, UUID(begun["assessment_id"]))
        await assess(site.db, site.a, UUID(begun["assessment_id"]))
        done = (await client.get(f"/api/v1/health/assessments/{begun['assessment_id']}")).json()
        assert done["state"] == "done"


async def test_a_record_that_contradicts_itself_fails_with_its_reason(site: Site, tmp_path: Path) -> None:
    columns = discharge(np.arange(300.0))
    columns["current_ampere"][::2] = -5
    columns["voltage_volt"][::2] -= 0.05
    async with await editor(site) as client:
        upload = await client.post(
            "/api/v1/health/uploads?name=x.csv&current_sign=flip", content=write(tmp_path / "x.csv", **columns).read_bytes()
        )  # fmt: skip
        assert upload.status_code == 201
        wanted = {"upload_id": upload.json()["upload_id"], "item": CELL}
        failed = (await client.post("/api/v1/health/assessments", json=wanted)).json()
        assert (failed["state"], failed["error"]["code"]) == ("failed", "SIGN_SUSPECT")
        assert failed["error"]["text_ja"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "EMPTY_INPUT"), (b"\x00\x01", "UNREADABLE"), (b"a,b\n1,2\n", "COLUMN_MISSING")]
)
async def test_what_cannot_be_used_is_refused_and_not_kept(site: Site, content: bytes, code: str) -> None:
    async with await editor(site) as client:
        answer = await client.post("/api/v1/health/uploads", content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await client.get("/api/v1/health/uploads")).json()["items"] == []
    assert not list(Path(site.settings.folder, "files").glob("*/??/*"))


async def test_predictions_are_those_of_the_command_line(site: Site, tmp_path: Path, pulse_rows: Rows) -> None:
    expected = await asyncio.to_thread(predict_by_command, tmp_path, pulse_rows)
    async with await editor(site) as client:
        by_rows = await client.post("/api/v1/health/predictions", json={"rows": pulse_rows})
        assert by_rows.status_code == 200, by_rows.text
        upload = await uploaded(client, tmp_path / "in.csv")
        assert upload["kind"] == "pulse"
        by_file = await client.post("/api/v1/health/predictions", json={"upload_id": upload["upload_id"]})
        for answer in (by_rows.json(), by_file.json()):
            assert answer["model_id"] == DEFAULT_MODEL
            found = [(row["soh_lower"], row["soh_pct"], row["soh_upper"]) for row in answer["rows"]]
            np.testing.assert_allclose(
                np.array(found, dtype=float),
                [[float(row["soh_lower"]), float(row["soh_pct"]), float(row["soh_upper"])] for row in expected],
                atol=1e-9,
            )


async def test_a_bad_row_is_named_with_its_column_and_value(site: Site, pulse_rows: Rows) -> None:
    async with await editor(site) as client:
        rows = [{**pulse_rows[0], "u7": "abc"}, pulse_rows[1]]
        answer = (await client.post("/api/v1/health/predictions", json={"rows": rows})).json()
        assert [row["status"] for row in answer["rows"]] == ["not_assessable", "ok"]
        (error,) = answer["row_errors"]
        assert (error["row"], error["column"], error["value"], error["code"]) == (1, "u7", "abc", "BAD_VALUE")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"confidence": 0.3}, 422, "INTERVAL_INVALID"),
        ({"model": "nobody"}, 422, "MODEL_UNKNOWN"),
        ({"model": "/etc/passwd.json"}, 422, "MODEL_UNKNOWN"),
        ({"rows": []}, 422, "EMPTY_INPUT"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(
    site: Site, pulse_rows: Rows, change: dict[str, Any], status: int, code: str
) -> None:
    async with await editor(site) as client:
        answer = await client.post("/api/v1/health/predictions", json={"rows": pulse_rows[:2], **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_cards_of_models_are_open_to_everyone_signed_in(site: Site) -> None:
    async with await editor(site) as client:
        (card,) = (await client.get("/api/v1/health/models")).json()["items"]
        one = (await client.get(f"/api/v1/health/models/{card['id']}")).json()
        assert one["cells"] == 157
        assert (await client.get(f"/api/v1/health/models/{card['id']}/record")).json()["checks"] == 0
        assert (await client.get("/api/v1/health/models/nobody")).status_code == 404


async def test_what_is_anothers_is_not_found(site: Site, tmp_path: Path) -> None:
    await site.person("bo@b.test", site.b, Role.EDITOR)
    async with await editor(site) as client, await site.signed_in("bo@b.test") as other:
        upload = await uploaded(client, write(tmp_path / "in.csv", **discharge(np.arange(300.0))))
        wanted = {"upload_id": upload["upload_id"], "item": CELL}
        done = (await client.post("/api/v1/health/assessments", json=wanted)).json()
        assert (await other.get(f"/api/v1/health/uploads/{upload['upload_id']}")).status_code == 404
        assert (await other.get(f"/api/v1/health/assessments/{done['assessment_id']}")).status_code == 404
        assert (await other.post("/api/v1/health/assessments", json=wanted)).status_code == 404

"""Telemetry over HTTP: files, streams and gateways, for those who may."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.web.conftest import Site

from meguri.kernel.scope import Role
from telemetry.records import CELL, cycling, write

pytestmark = pytest.mark.anyio
START = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)


async def registered(client: httpx.AsyncClient, label: str = "B1") -> str:
    body = {"label": label, "plate": msgspec.to_builtins(CELL)}
    answer = await client.post("/api/v1/telemetry/batteries", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"]
    return str(answer.json()["battery_id"])


def lines(battery_id: str, rows: int = 20) -> bytes:
    one = [
        {"battery_id": battery_id, "at": (START + timedelta(seconds=s)).isoformat(), "voltage_volt": 3.7, "current_ampere": 0.0}
        for s in range(rows)
    ]  # fmt: skip
    return b"\n".join(msgspec.json.encode(line) for line in one)


async def test_a_file_is_kept_with_its_report_and_read_back_page_by_page(site: Site, tmp_path: Path) -> None:
    await site.person("ed@a.test", site.a, Role.EDITOR)
    columns = cycling(300)
    content = write(
        tmp_path / "in.csv", {"unix_time_second": columns["test_time_second"] + START.timestamp(), **columns}
    )
    async with await site.signed_in("ed@a.test") as client:
        battery_id = await registered(client)
        at = f"/api/v1/telemetry/batteries/{battery_id}"
        raw = await client.post(f"{at}/records?name=in.csv", content=content.read_bytes())
        assert raw.status_code == 201, raw.text
        assert (raw.json()["stored"], raw.json()["quality"]["profile"]) == (300, "bdf")
        form = await client.post(f"{at}/records", files={"file": ("again.csv", content.read_bytes())})
        assert (form.status_code, form.json()["stored"]) == (201, 0)
        records = (await client.get(f"{at}/records")).json()["items"]
        assert [record["source"] for record in records] == ["again.csv", "in.csv"]
        first = (await client.get(f"{at}/points?limit=100")).json()
        second = (await client.get(f"{at}/points?limit=100&cursor={first['next_cursor']}")).json()
        assert (len(first["items"]), len(second["items"])) == (100, 100)
        assert second["items"][0]["at"] == "2026-03-31T23:31:40Z"
        months = (await client.get(f"{at}/months")).json()["items"]
        assert months == [{"month": "2026-03", "rows": 300, "sha256": None}]
        sent = await client.get("/api/v1/telemetry/batteries?limit=1")
        assert sent.json()["items"][0]["label"] == "B1"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "EMPTY_INPUT"),
        (b"test_time_second,voltage_volt,current_ampere\n", 422, "EMPTY_INPUT"),
        (b"a,b\n1,2\n", 422, "COLUMN_MISSING"),
        ("時刻,電圧\n".encode("cp932"), 422, "ENCODING"),
    ],
)
async def test_an_unusable_file_is_refused_and_nothing_is_kept(
    site: Site, content: bytes, status: int, code: str
) -> None:
    await site.person("ed@a.test", site.a, Role.EDITOR)
    async with await site.signed_in("ed@a.test") as client:
        at = f"/api/v1/telemetry/batteries/{await registered(client)}"
        answer = await client.post(f"{at}/records", content=content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await client.get(f"{at}/records")).json()["items"] == []


async def test_a_gateways_token_sends_points_for_its_batteries_and_can_do_nothing_else(site: Site) -> None:
    await site.person("ada@a.test", site.a, Role.ADMIN)
    async with await site.signed_in("ada@a.test") as admin:
        mine, other = await registered(admin, "one"), await registered(admin, "two")
        made = await admin.post("/api/v1/telemetry/gateways", json={"label": "box", "batteries": [mine]})
        assert made.status_code == 201
        gateway = made.json()
        async with site.client(authorization=f"Bearer {gateway['token']}") as box:
            sent = await box.post("/api/v1/telemetry/points", content=lines(mine))
            assert (sent.status_code, sent.json()["lines"], sent.json()["stored"]) == (200, 20, 20)
            assert (await box.post("/api/v1/telemetry/points", content=lines(other))).status_code == 401
            assert (await box.get("/api/v1/telemetry/batteries")).status_code == 401
            bad = await box.post("/api/v1/telemetry/points", content=lines(mine, 3) + b"\nnonsense\n")
            assert (bad.status_code, bad.json()["code"]) == (422, "telemetry.bad_point")
            assert "4" in bad.json()["detail"]
            gone = await admin.delete(f"/api/v1/telemetry/gateways/{gateway['gateway']['gateway_id']}")
            assert gone.status_code == 204
            assert (await box.post("/api/v1/telemetry/points", content=lines(mine))).status_code == 401
        listed = (await admin.get("/api/v1/telemetry/gateways")).json()["items"]
        assert [(one["label"], one["revoked_at"] is None) for one in listed] == [("box", False)]
        assert gateway["token"] not in (await admin.get("/api/v1/telemetry/gateways")).text


async def test_a_viewer_may_look_but_not_send(site: Site) -> None:
    await site.person("ed@a.test", site.a, Role.EDITOR)
    await site.person("vi@a.test", site.a, Role.VIEWER)
    async with await site.signed_in("ed@a.test") as client:
        battery_id = await registered(client)
    async with await site.signed_in("vi@a.test") as viewer:
        assert (await viewer.get(f"/api/v1/telemetry/batteries/{battery_id}")).status_code == 200
        assert (await viewer.post("/api/v1/telemetry/points", content=lines(battery_id))).status_code in (401, 403)
        refused = await viewer.post(f"/api/v1/telemetry/batteries/{battery_id}/records", content=b"x")
        assert refused.status_code == 403

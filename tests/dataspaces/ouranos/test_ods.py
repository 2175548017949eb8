"""The gateway of Open Data Spaces before the same resources."""

import re
from typing import Any

import pytest

from .conftest import SEEDS, MakeTown, Town

pytestmark = pytest.mark.anyio
PARTS = "/ods/api/v1/datatransport?dataTarget=parts"
TRACKING = "7f2c2f0e-6f1a-4f7e-9f0b-2f6d3f1f0a11"


async def gateway(
    town: Town, method: str, url: str, headers: dict[str, str], body: object = None
) -> tuple[int, str, str]:
    answer = await town.send(method, url, body, headers | {"X-TrackingID": TRACKING})
    assert answer.headers["x-trackingid"] == TRACKING
    said = answer.json()
    assert re.fullmatch(r"timeStamp: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["detail"])
    return answer.status_code, said["code"], said["message"]


async def test_the_gateway_checks_in_its_own_order_and_words(town: Town) -> None:
    bearer = {"Authorization": f"Bearer {await town.token('A')}"}
    key = {"API-Key": "Sample-APIKey1"}
    bad_request = (400, "[dataspace] BadRequest", "Invalid request parameters")
    assert await gateway(town, "GET", PARTS, bearer) == bad_request
    assert await gateway(town, "GET", PARTS, bearer | {"apiKey": "Sample-APIKey1"}) == bad_request
    assert await gateway(town, "GET", PARTS, bearer | {"API-Key": "x"}) == (
        401,
        "[dataspace] Unauthorized",
        "Invalid API-Key",
    )
    assert await gateway(town, "GET", PARTS, key) == bad_request
    bad_token = (401, "[auth] Unauthorized", "Invalid or expired token")
    assert await gateway(town, "GET", PARTS, key | {"Authorization": "Bearer x"}) == bad_token
    assert await gateway(town, "GET", PARTS, key | {"Authorization": await town.token("A")}) == bad_token
    assert await gateway(town, "GET", "/ods/api/v1/nonsense", key | bearer) == (
        404,
        "[dataspace] NotFound",
        "Endpoint not found",
    )


async def test_a_transfer_is_logged_under_the_clients_number_with_what_it_asked_to_be_noted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = []

    class Log:
        def info(self, event: str, **said: Any) -> None:
            lines.append({"event": event, **said})

    monkeypatch.setattr("meguri.dataspaces.ouranos.ods.log", Log())
    headers = {
        "API-Key": "Sample-APIKey1",
        "Authorization": f"Bearer {await town.token('A')}",
        "X-ODS-UserId": "u" * 600,
    }
    assert (await town.send("GET", PARTS, None, headers | {"X-TrackingId": TRACKING})).status_code == 200
    await town.send("GET", "/ods/nowhere", None, {})
    assert lines == [
        {"event": "ods.transfer", "x_tracking_id": TRACKING, "operator": str(SEEDS["A"].operator_id), "method": "GET",
         "path": "/api/v1/datatransport", "status": 200, "noted": {"x-ods-userid": "u" * 500}},
        {**lines[1], "operator": None, "path": "/nowhere", "status": 400, "noted": {}},
    ]  # fmt: skip


async def test_behind_the_gateway_the_resources_are_the_same(town: Town) -> None:
    await town.part("A", "部品")
    headers = {"API-Key": "Sample-APIKey1", "Authorization": f"Bearer {await town.token('A')}"}
    answer = await town.send("GET", PARTS, None, headers)
    assert answer.content == (await town.transport("A", "GET", "parts")).content
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-trackingid"])
    refused = await town.send("GET", f"{PARTS}&limit=0", None, headers)
    assert refused.json()["message"] == "Invalid request parameters, limit: Unexpected query parameter"
    own = await town.send("GET", "/ods/api/v1/authInfo?dataTarget=operator", None, headers)
    assert own.json()["operatorId"] == str(SEEDS["A"].operator_id)
    written = await town.send("PUT", PARTS, await town.part_body("A", "部品2"), headers)
    assert written.status_code == 201


async def test_a_policy_may_deny(found_town: MakeTown) -> None:
    asked: list[str] = []

    class Gateway:
        async def enter(self, token: str) -> Any:
            return await town.house.door.scope_of(token), {}

        async def allows(self, scope: Any, endpoint_id: str, *_: Any) -> bool:
            asked.append(endpoint_id)
            return endpoint_id.endswith(".read")

    town = await found_town(gateway=Gateway())
    headers = {"API-Key": "Sample-APIKey1", "Authorization": f"Bearer {await town.token('A')}"}
    assert (await town.send("GET", PARTS, None, headers)).status_code == 200
    denied = await gateway(town, "PUT", PARTS, headers, {})
    assert denied == (403, "[auth] Forbidden", "Access denied")
    assert asked == ["meguri.parts.read", "meguri.parts.write"]

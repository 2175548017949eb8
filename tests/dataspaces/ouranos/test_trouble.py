"""When something goes wrong inside: every family keeps its form, and nothing of the inside is told."""

import asyncio
from typing import Any

import msgspec
import pytest

from meguri.dataspaces.ouranos import transport
from meguri.dataspaces.ouranos.profile import tutorial
from meguri.kernel.scope import OperatorScope, Role

from .conftest import SEEDS, MakeTown, Town
from .test_door import said
from .test_north import refused

pytestmark = pytest.mark.anyio
A = str(SEEDS["A"].operator_id)


async def test_the_unexpected_is_500_in_the_familys_form(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret inside")

    await town.token("A")
    monkeypatch.setattr(type(town.house), "read", broken)
    for answer, code in (
        (await town.transport("A", "GET", "parts"), "[dataspace] InternalServerError"),
        (await town.ask("A", "GET", "/api/v1/authInfo?dataTarget=plant"), "[auth] InternalServerError"),
    ):
        assert said(answer) == (500, code, "Unexpected error occurred")
        assert "secret" not in answer.text
    north = await town.north("A", "GET", f"/notifications?operatorId={A}")
    assert refused(north, 500) == ["MSGAECO0013"]
    assert "secret" not in north.text


async def test_a_database_that_is_away_is_503_with_a_time_to_try_again(found_town: MakeTown) -> None:
    town = await found_town()
    await town.token("A")
    await town.transport("A", "GET", "parts")
    await town.db.close()
    answer = await town.transport("A", "GET", "parts")
    assert answer.status_code == 503
    assert said(answer)[2] == "Unexpected error occurred in outer service"
    assert int(answer.headers["retry-after"]) > 0
    assert refused(await town.north("A", "GET", f"/notifications?operatorId={A}"), 503) == ["MSGAECO0013"]


async def test_maintenance_closes_traceability_and_nothing_else(found_town: MakeTown) -> None:
    closed = [False]
    town = await found_town(msgspec.structs.replace(tutorial(), maintenance=lambda: closed[0]))
    await town.token("A")
    closed[0] = True
    answer = await town.transport("A", "GET", "parts")
    assert answer.status_code == 503
    assert answer.json() == {
        "code": "[traceability] ServiceUnavailable",
        "message": "Now under system maintenance.",
        "detail": "MSGCE000000",
    }
    assert refused(await town.north("A", "GET", f"/notifications?operatorId={A}"), 503) == ["MSGCE000000"]
    assert (await town.ask("A", "GET", "/api/v1/authInfo?dataTarget=operator")).status_code == 200
    assert (await town.send("GET", "/api/v1/datatransport/health", None, {})).status_code == 200


async def test_what_takes_too_long_is_ended(found_town: MakeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: Any) -> Any:
        await asyncio.sleep(5)

    town = await found_town(msgspec.structs.replace(tutorial(), timeout_s=0.5))
    await town.token("A")
    await town.transport("A", "GET", "parts")
    monkeypatch.setitem(transport.HANDLERS, ("GET", "parts"), slow)
    answer = await town.transport("A", "GET", "parts")
    assert answer.status_code == 504
    assert answer.json() == {"code": "[traceability] Timeout", "message": "", "detail": "Endpoint request timed out"}


async def test_who_may_only_look_writes_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def viewer(self: Any, token: str) -> OperatorScope:
        return OperatorScope(SEEDS["A"].operator_id, "person:viewer", Role.VIEWER)

    body = await town.part_body("A", "部品")
    monkeypatch.setattr(type(town.house.door), "scope_of", viewer)
    assert (await town.transport("A", "GET", "parts")).status_code == 200
    assert said(await town.transport("A", "PUT", "parts", body)) == (
        403,
        "[auth] AccessDenied",
        "You do not have the necessary privileges",
    )
    reply = {"operatorId": A, "requestId": A, "replyMessage": "x"}
    assert refused(await town.north("A", "POST", "/replyMessages", reply), 403) == ["MSGAECO0025"]


async def test_a_client_that_goes_away_gets_no_answer_and_breaks_nothing(town: Town) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"apiKey": "Sample-APIKey1", "authorization": f"Bearer {await town.token('A')}"}
    scope = {
        "type": "http",
        "method": "PUT",
        "scheme": "http",
        "path": "/api/v1/datatransport",
        "query_string": b"dataTarget=parts",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
    }
    app: Any = town.client._transport
    await app.app(scope, receive, send)
    assert sent == []

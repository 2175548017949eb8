"""The gateway (L2): routes, the order of refusals, what passes unchanged; tokens and decisions of an outside component (L3)."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.building import built
from tests.conftest import Ground
from tests.dataspaces.ods.behind import Answer, Component, Heard, Service, service
from tests.web.conftest import HOME, Site, cheap_hashes, living

from meguri.identity import service as identity
from meguri.identity.model import AccessState
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.settings import load

pytestmark = pytest.mark.anyio
assert cheap_hashes
MANAGE = {"x-api-key": "management-key-0001"}
ODD = bytes(range(256)) + "巡り".encode()
TRACKING = str(uuid4())


def odd(asked: Heard) -> Answer:
    """What stands behind the gateway in these tests; how it answers is in the path."""
    if "teapot" in asked.target:
        return 418, {"content-type": "application/x-odd; charset=x", "x-mine": "1", "set-cookie": "a=b"}, ODD
    if "moved" in asked.target:
        return 302, {"location": "/elsewhere"}, b""
    if "late" in asked.target:
        return None
    if "garbage" in asked.target:
        return b"this is no HTTP\r\n\r\n"
    if "cut" in asked.target:
        return b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"
    return 200, {"content-type": "text/plain"}, b"fine"


@dataclass
class Scene:
    site: Site
    behind: Service
    component: Component
    listening: Service
    key: str
    mine: str

    async def manage(self, method: str, path: str, body: Any = None, headers: Any = MANAGE) -> httpx.Response:
        async with self.site.client() as client:
            return await client.request(method, f"/actuator/gateway/{path}", json=body, headers=headers)

    async def route(self, name: str, path: str, endpoint: str | None = "meguri.any.read", **more: Any) -> None:
        body = {
            "id": name,
            "uri": self.behind.url,
            "predicates": [{"name": "Path", "args": {"_genkey_0": path}}],
            **more,
        }
        if endpoint is not None:
            body["metadata"] = {"endpointId": endpoint}
        kept = await self.manage("POST", f"routes/{name}", body)
        assert kept.status_code == 201, kept.text

    async def ask(
        self, path: str, method: str = "GET", token: str | None = "", body: bytes = b"", **headers: str | None
    ) -> httpx.Response:
        sent = {"API-Key": self.key, "Authorization": f"Bearer {token or self.mine}", **headers}
        async with self.site.client() as client:
            client.event_hooks = {}  # a 500 is one of the contract's own answers here
            plain = {name.replace("_", "-"): value for name, value in sent.items() if value is not None}
            return await client.request(method, f"/ods{path}", content=body, headers=plain)

    async def refused(self, path: str, **more: Any) -> tuple[int, str, str]:
        answer = await self.ask(path, **more)
        said = answer.json()
        assert set(said) == {"code", "message", "detail"}
        assert re.fullmatch(r"timeStamp: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said["detail"])
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-trackingid"])
        return answer.status_code, said["code"], said["message"]


@asynccontextmanager
async def scene_of(ground: Ground, folder: Path, **more: Any) -> AsyncIterator[Scene]:
    component = Component()
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(service(odd))
        listening = await stack.enter_async_context(service(component.says))
        component.url = listening.url
        named = {name: value.replace("COMPONENT", listening.url) for name, value in more.items()}
        settings = load(
            {}, data_dir=str(folder), secret_key="s" * 40, profile="demo", gateway_key=MANAGE["x-api-key"],
            gateway_origins=f"{behind.url},http://127.0.0.1:9", request_timeout_s="3", ip_restriction="false", **named,
        )  # fmt: skip
        made = built(settings, ground.login)
        await stack.enter_async_context(living(made.app))
        site = Site(made.app, made.native, made.db, settings, ground, new_id(), new_id())
        await site.company(site.a, "A社", "1234567890123")
        await site.company(site.b, "B社", "1234567890124")
        await site.person("ann@a.example", site.a)
        mine = await site.token("ann@a.example")
        async with site.client(authorization=f"Bearer {mine}") as client:
            said = {"name": "gateway", "address_ranges": ["0.0.0.0/0"]}
            key = (await client.post("/api/v1/keys", json=said)).json()["secret"]
        yield Scene(site, behind, component, listening, key, mine)


@pytest.fixture
async def scene(ground: Ground, tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene_of(ground, tmp_path) as made:
        yield made


async def test_what_stands_behind_a_route_answers_unchanged(scene: Scene) -> None:
    await scene.route("r1", "/tea/**")
    answer = await scene.ask(
        "/tea/teapot%2Fx?q=%E5%B7%A1&q=2", "POST", body=ODD, X_TrackingID=TRACKING, X_ODS_UserId="u", Cookie="secret=1"
    )
    assert (answer.status_code, answer.content) == (418, ODD)
    assert answer.headers["content-type"] == "application/x-odd; charset=x"
    assert answer.headers["x-mine"] == "1"
    assert answer.headers["x-trackingid"] == TRACKING
    assert "set-cookie" not in answer.headers
    (heard,) = scene.behind.heard
    assert (heard.method, heard.target, heard.body) == ("POST", "/tea/teapot%2Fx?q=%E5%B7%A1&q=2", ODD)
    assert heard.headers["x-trackingid"] == TRACKING
    assert heard.headers["x-ods-userid"] == "u"
    assert heard.headers["host"] == scene.behind.url.removeprefix("http://")
    assert "cookie" not in heard.headers
    moved = await scene.ask("/tea/moved")
    assert (moved.status_code, moved.headers["location"]) == (302, "/elsewhere")
    untracked = await scene.ask("/tea/x", X_TrackingId="not one")
    assert scene.behind.heard[-1].headers["x-trackingid"] == untracked.headers["x-trackingid"] != "not one"


async def test_each_refusal_has_its_place_status_and_words(scene: Scene) -> None:
    await scene.route("r1", "/here/**")
    await scene.route("bare", "/bare/**", endpoint=None)
    await scene.route("shut", "/shut/**", endpoint="other-get")
    await scene.route("gone", "/gone/**", uri="http://127.0.0.1:9")
    bad = (400, "[dataspace] BadRequest", "Invalid request parameters")
    token = (401, "[auth] Unauthorized", "Invalid or expired token")
    assert await scene.refused("/nowhere", API_Key=None, Authorization=None) == bad
    assert await scene.refused("/nowhere", API_Key="x", Authorization=None) == (
        401, "[dataspace] Unauthorized", "Invalid API-Key",
    )  # fmt: skip
    assert await scene.refused("/nowhere", Authorization="  ") == bad
    assert await scene.refused("/nowhere", token="x") == token
    nowhere = (404, "[dataspace] NotFound", "Endpoint not found")
    for path in ("/nowhere", "/hereafter", "/here/../api/v1/parts", "/here/%2e%2e/x", "/here//x"):
        assert await scene.refused(path) == nowhere, path
    assert await scene.refused("/shut/x") == (403, "[auth] Forbidden", "Access denied")
    assert await scene.refused("/bare/x") == (500, "[dataspace] InternalServerError", "Unexpected error occurred")
    invalid = (502, "[dataspace] BadGateway", "Received an invalid response from the outer service")
    assert await scene.refused("/here/garbage") == invalid
    assert await scene.refused("/here/cut") == invalid
    assert await scene.refused("/gone/x") == (
        503, "[dataspace] ServiceUnavailable", "Failed to connect to the outer service",
    )  # fmt: skip
    assert await scene.refused("/here/late") == (
        504, "[dataspace] GatewayTimeout", "Too long to receive a response from outer service",
    )  # fmt: skip
    assert {one.target for one in scene.behind.heard} == {"/here/garbage", "/here/cut", "/here/late"}


async def test_routes_are_kept_shown_and_dropped_by_the_management_key_alone(scene: Scene) -> None:
    for headers in ({}, {"x-api-key": "wrong"}, {"api-key": scene.key, "authorization": f"Bearer {scene.mine}"}):
        for method, path in (("GET", "routes"), ("POST", "routes/r"), ("DELETE", "routes/r"), ("POST", "refresh")):
            assert (await scene.manage(method, path, {}, headers)).status_code == 401
    await scene.route("b", "/x/**", filters=[
        {"name": "RewritePath", "args": {"_genkey_0": "/x(?<segment>.*)", "_genkey_1": "/deep/y${segment}"}},
        {"name": "AddRequestHeader", "args": {"name": "X-API-Key", "value": "sent-1"}},
        {"name": "RemoveRequestHeader", "args": {"name": "API-Key"}},
    ])  # fmt: skip
    shown = (await scene.manage("GET", "routes")).json()
    assert [one["id"] for one in shown] == ["b"]
    assert shown[0]["predicates"] == [{"name": "Path", "args": {"_genkey_0": "/x/**"}}]
    assert (await scene.manage("GET", "routes/b")).json() == shown[0]
    assert (await scene.ask("/x/1?z=2")).text == "fine"
    (heard,) = scene.behind.heard
    assert heard.target == "/deep/y/1?z=2"
    assert heard.headers["x-api-key"] == "sent-1"
    assert "api-key" not in heard.headers
    methods = [
        {"name": "Path", "args": {"pattern": "/only/{id}"}},
        {"name": "Method", "args": {"_genkey_0": "GET", "_genkey_1": "PUT"}},
    ]
    await scene.route("only", "/", predicates=methods)
    assert (await scene.ask("/only/7")).status_code == 200
    assert (await scene.ask("/only/7", "PUT")).status_code == 200
    for path, method in (("/only/7", "POST"), ("/only/7/8", "GET"), ("/only", "GET")):
        assert (await scene.refused(path, method=method))[0] == 404
    assert (await scene.manage("DELETE", "routes/b")).status_code == 200
    assert (await scene.manage("DELETE", "routes/b")).status_code == 404
    assert (await scene.refused("/x/1"))[0] == 404


@pytest.mark.parametrize(
    "change",
    [
        {"uri": "http://169.254.169.254"},
        {"uri": "http://127.0.0.1:1"},
        {"uri": "file:///etc/passwd"},
        {"uri": 3},
        {"predicates": []},
        {"predicates": [{"name": "Host", "args": {"a": "x"}}]},
        {"predicates": [{"name": "Path", "args": {"a": "x"}}]},
        {"predicates": [{"name": "Path", "args": {"a": "/x"}}, {"name": "Method", "args": {"a": "BREW"}}]},
        {"filters": [{"name": "RewritePath", "args": {"a": "(", "b": "/"}}]},
        {"filters": [{"name": "RewritePath", "args": {"a": "/a", "b": "/${none}"}}]},
        {"filters": [{"name": "AddRequestHeader", "args": {"name": "Host", "value": "x"}}]},
        {"filters": [{"name": "AddRequestHeader", "args": {"name": "X-A", "value": "a\r\nb: c"}}]},
        {"filters": [{"name": "Retry", "args": {"a": "1"}}]},
        {"metadata": []},
        {"id": "another"},
        {"order": "1"},
    ],
)
async def test_what_is_no_route_is_not_kept(scene: Scene, change: dict[str, Any]) -> None:
    good = {"id": "r", "uri": scene.behind.url, "predicates": [{"name": "Path", "args": {"a": "/x"}}]}
    answer = await scene.manage("POST", "routes/r", {**good, **change})
    assert answer.status_code == 400, change
    assert answer.json()["message"].startswith("Invalid request parameters, ")
    assert (await scene.manage("GET", "routes")).json() == []


async def test_whoever_was_given_an_endpoint_may_call_it_and_nobody_else(scene: Scene) -> None:
    a, b = scene.site.a, scene.site.b
    await scene.route("r1", "/x/**", endpoint="x-get")

    async def write(body: Any, headers: Any = MANAGE) -> int:
        async with scene.site.client() as client:
            return (await client.post("/authz/stores/s1/write", json=body, headers=headers)).status_code

    def keys(*lines: str) -> dict[str, Any]:
        return {"tuple_keys": [dict(zip(("user", "relation", "object"), one.split(" "), strict=True)) for one in lines]}

    assert (await scene.refused("/x/1"))[0] == 403
    mine = f"user:{a} can_access endpoint:x-get"
    assert await write({"writes": keys(mine)}, {"authorization": f"Bearer {scene.mine}"}) == 401
    for wrong in ({}, {"writes": []}, {"writes": keys(f"user:{new_id()} can_access endpoint:x-get")},
                  {"writes": keys(f"user:{a} owns endpoint:x-get")}, {"writes": keys(f"user:{a} member endpoint:x")}):  # fmt: skip
        assert await write(wrong) == 400, wrong
    assert await write({"writes": keys(mine)}) == 200
    assert (await scene.ask("/x/1")).status_code == 200
    assert await write({"deletes": keys(mine)}) == 200
    assert (await scene.refused("/x/1"))[0] == 403
    assert await write({"writes": keys(f"user:{a} member group:g", "group:g#member can_access endpoint:x-get")}) == 200
    assert (await scene.ask("/x/1")).status_code == 200
    parts = "/api/v1/datatransport?dataTarget=parts"
    assert (await scene.ask(parts)).status_code == 200
    assert await write({"writes": keys(f"user:{b} can_access endpoint:meguri.parts.read")}) == 200
    assert await scene.refused(parts) == (403, "[auth] Forbidden", "Access denied")
    async with scene.site.client() as client:
        listed = (await client.post("/authz/stores/s1/read", json={}, headers=MANAGE)).json()["data"]["tuples"]
    assert {f"{one['key']['user']} {one['key']['relation']} {one['key']['object']}" for one in listed} == {
        f"user:{a} member group:g", "group:g#member can_access endpoint:x-get",
        f"user:{b} can_access endpoint:meguri.parts.read",
    }  # fmt: skip


async def test_tokens_of_an_issuer_that_is_named_here_speak_for_the_company_in_them(
    ground: Ground, tmp_path: Path
) -> None:
    async with scene_of(ground, tmp_path, l3_issuers="COMPONENT", l3_user_info="true") as scene:
        a, now, made = scene.site.a, int(clock.now().timestamp()), scene.component.token
        parts = "/api/v1/datatransport?dataTarget=parts"
        token = made(a, now=now)
        assert (await scene.ask(parts, token=token)).status_code == 200
        assert (await scene.ask(parts, token=scene.mine)).status_code == 200
        bad = (401, "[auth] Unauthorized", "Invalid or expired token")
        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for wrong in (
            made(a, now=now - 3600),
            made(a, now=now + 3600),
            made(a, now=now, key=stranger),
            made(a, now=now, kid="other"),
            made(None, now=now),
            made("a company", now=now),
            made(new_id(), now=now),
            made(a, now=now, iss="https://elsewhere.example"),
            made(a, now=now, exp="soon"),
        ):
            assert await scene.refused(parts, token=wrong) == bad
        gone = made(a, now=now, sub="nobody")
        assert await scene.refused(parts, token=gone) == (401, "[auth] Unauthorized", "Failed to fetch user info")
        asked = [one.target for one in scene.listening.heard]
        assert asked.count("/jwks") <= 3
        async with scene.site.client(authorization=f"Bearer {token}") as client:
            assert (await client.get("/api/v1/people")).status_code == 401  # nothing beyond the doors of the data space
        await identity.change_access(scene.site.db, a, AccessState.SUSPENDED, "test")
        identity.gate_of(scene.site.db).memory.forget()
        assert await scene.refused(parts, token=token) == bad


async def test_a_component_may_be_asked_about_a_token(ground: Ground, tmp_path: Path) -> None:
    asked = {"l3_introspection": "COMPONENT/auth/token/introspect", "l3_client_id": "me", "l3_client_secret": "kept"}
    async with scene_of(ground, tmp_path, **asked, l3_audience="account") as scene:
        now, made = int(clock.now().timestamp()), scene.component.token
        parts = "/api/v1/datatransport?dataTarget=parts"
        assert (await scene.ask(parts, token=made(scene.site.a, now=now))).status_code == 200
        bad = (401, "[auth] Unauthorized", "Invalid or expired token")
        for wrong in (
            made(scene.site.a, now=now, sub="nobody"),
            made(scene.site.a, now=now, aud="x"),
            made(scene.site.a, now=now - 90),
        ):
            assert await scene.refused(parts, token=wrong) == bad
        scene.component.secret = "another"
        assert await scene.refused(parts, token=made(scene.site.a, now=now)) == bad


async def test_somebody_else_may_decide_and_without_an_answer_nobody_passes(ground: Ground, tmp_path: Path) -> None:
    url = "COMPONENT/authz/stores/s/access/v1/evaluation"
    async with scene_of(ground, tmp_path, authzen_url=url, authzen_key="pdp-key") as scene:
        await scene.route("r1", "/x/**", endpoint="test-get")
        assert (await scene.ask("/x/1", X_TrackingId=TRACKING)).status_code == 200
        heard = scene.listening.heard[-1]
        assert heard.headers["api-key"] == "pdp-key"
        assert heard.headers["authorization"] == f"Bearer {scene.mine}"
        assert heard.headers["x-trackingid"] == TRACKING
        seen: list[Any] = []
        scene.component.decision = lambda said: seen.append(said) or False
        assert await scene.refused("/x/1") == (403, "[auth] Forbidden", "Access denied")
        assert seen[0]["subject"]["type"] == "user"
        assert seen[0]["subject"]["id"] == seen[0]["subject"]["properties"]["operator_id"] == str(scene.site.a)
        assert seen[0]["resource"] == {"type": "endpoint", "id": "test-get"}
        assert seen[0]["action"] == {"name": "can_access"}
        failed = (500, "[dataspace] InternalServerError", "Unexpected error occurred")
        for nothing in ("true", 1, None, {}):
            scene.component.decision = nothing
            assert await scene.refused("/x/1") == failed
        note = {"x-notifier-api-key": scene.key, "authorization": f"Bearer {scene.mine}", "x-trackingid": TRACKING,
                "accept-language": "ja", "content-type": "application/json", "user-agent": "kit"}  # fmt: skip
        scene.component.decision = lambda said: said["resource"] == {"type": "api_endpoint", "id": "notifications-get"}
        async with scene.site.client(HOME) as client:
            assert (await client.get("/api/v1/notifications", headers=note)).status_code == 200
            refused = await client.get("/api/v1/notification-targets", headers=note)
        assert (refused.status_code, refused.json()["detail"]) == (403, "Access denied")


async def test_without_a_management_key_there_is_no_such_door(site_without: Site) -> None:
    async with site_without.client() as client:
        for headers in ({}, {"x-api-key": ""}, {"x-api-key": "None"}):
            assert (await client.get("/actuator/gateway/routes", headers=headers)).status_code == 404
            answer = await client.post("/authz/stores/s/write", json={}, headers=headers)
            assert (answer.status_code, answer.json()["data"]) == (401, None)


@pytest.fixture
async def site_without(ground: Ground, tmp_path: Path) -> AsyncIterator[Site]:
    settings = load({}, data_dir=str(tmp_path), secret_key="s" * 40, profile="demo")
    made = built(settings, ground.login)
    async with living(made.app):
        yield Site(made.app, made.native, made.db, settings, ground, new_id(), new_id())

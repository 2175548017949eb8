"""Who may come in, in which order it is checked, and what every answer carries."""

import base64
import json
import re
from typing import Any

import pytest

from meguri.dataspaces.ouranos.profile import Profile, tutorial
from meguri.kernel import clock

from .conftest import HOST, SEEDS, MakeTown, Town

pytestmark = pytest.mark.anyio
DETAIL = re.compile(
    r"^id: ([0-9a-f-]{36})?, timeStamp: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z, dataTarget: (.*), method: (GET|PUT|POST|DELETE)$"
)
PARTS = "/api/v1/datatransport?dataTarget=parts"


def said(answer: Any) -> tuple[int, str, str]:
    body = answer.json()
    assert list(body) == ["code", "message", "detail"]
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-track"])
    return answer.status_code, body["code"], body["message"]


def detail(answer: Any) -> tuple[str | None, str, str]:
    found = DETAIL.match(answer.json()["detail"])
    assert found, answer.json()
    return found[1], found[2], found[3]


NO_KEY = (403, "[auth] AccessDenied", "You do not have the necessary privileges")
WRONG_KEY = (403, "[auth] AccessDenied", "Invalid key")
WRONG_ADDRESS = (403, "[auth] AccessDenied", "IP address not authorized for this API key")
NO_TOKEN = (401, "[auth] Unauthorized", "Authentication required")
BAD_TOKEN = (401, "[auth] Unauthorized", "Invalid or expired token")
NOWHERE = (404, "[dataspace] NotFound", "Endpoint Not Found")


async def test_the_first_failing_check_is_told(town: Town) -> None:
    token = {"Authorization": f"Bearer {await town.token('A')}"}
    key = {"apiKey": "Sample-APIKey1"}
    bad = "/api/v1/datatransport?dataTarget=nonsense&limit=0"
    assert said(await town.send("GET", bad, None, {})) == NO_KEY
    assert said(await town.send("GET", bad, None, {"apiKey": ""})) == NO_KEY
    assert said(await town.send("GET", bad, None, {"apiKey": "wrong"})) == WRONG_KEY
    assert said(await town.send("GET", bad, None, key)) == NO_TOKEN
    assert said(await town.send("GET", bad, None, key | {"Authorization": "Bearer "})) == NO_TOKEN
    assert said(await town.send("GET", bad, None, key | {"Authorization": await town.token("A")})) == NO_TOKEN
    assert said(await town.send("GET", bad, None, key | {"Authorization": "Bearer x"})) == BAD_TOKEN
    assert said(await town.send("POST", bad, None, key | token)) == NOWHERE
    assert said(await town.send("GET", bad, None, key | token)) == (
        400,
        "[dataspace] BadRequest",
        "Invalid request parameters, dataTarget: Unexpected query parameter",
    )


async def test_the_detail_says_who_when_what_and_how(town: Town) -> None:
    me = str(SEEDS["A"].operator_id)
    assert detail(await town.send("GET", PARTS, None, {})) == (None, "parts", "GET")
    assert detail(await town.transport("A", "GET", "parts&limit=0")) == (me, "parts", "GET")
    assert detail(await town.send("PUT", "/api/v1/authInfo?dataTarget=plant", None, {})) == (None, "", "PUT")
    assert detail(await town.ask("A", "GET", "/api/v1/authInfo?dataTarget=x")) == (me, "x", "GET")
    assert detail(await town.ask(None, "POST", "/auth/login?dataTarget=x", {})) == (None, "", "POST")


async def test_the_authentication_system_takes_a_bare_token(town: Town) -> None:
    answer = await town.send(
        "GET",
        "/api/v1/authInfo?dataTarget=operator",
        None,
        {"apiKey": "Sample-APIKey1", "Authorization": await town.token("A")},
    )
    assert answer.json()["operatorName"] == "A社"


async def test_a_token_is_refused_when_it_is_expired_unsigned_or_of_nobody(town: Town) -> None:
    token = await town.token("A")
    head, payload, _ = token.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for forged in (f"{unsigned}.{payload}.", f"{head}.{payload}.AAAA", "a.b.c", "é" * 5):
        headers = [(b"apiKey", b"Sample-APIKey1"), (b"Authorization", f"Bearer {forged}".encode())]
        assert said(await town.client.get(PARTS, headers=headers)) == BAD_TOKEN
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["operator_id"] == str(SEEDS["A"].operator_id)
    assert claims["exp"] == claims["iat"] + 3600
    end = clock.now().timestamp() + 3601
    with clock.fixed_clock(lambda: clock.datetime.fromtimestamp(end, clock.UTC)):
        assert said(await town.transport("A", "GET", "parts")) == BAD_TOKEN


async def test_health_needs_no_key(town: Town) -> None:
    for path in ("/api/v1/datatransport/health", "/api/v1/authInfo/health"):
        answer = await town.send("GET", path, None, {})
        assert (answer.status_code, answer.text) == (200, '{"isSystemHealthy":true}')


async def test_unknown_paths_are_ours_and_other_contracts_paths_are_not(town: Town) -> None:
    for path in ("/api/v1/nonsense", "/api/v1/authInfo/x", "/api/v1/systemAuth/x", "/auth/nonsense"):
        key = "Sample-APIKey2" if "systemAuth" in path else "Sample-APIKey1"
        assert said(await town.ask("A", "GET", path, apiKey=key)) == NOWHERE
        assert said(await town.send("GET", path, None, {})) == NO_KEY
    assert said(await town.ask(None, "GET", "/auth/nonsense")) == NOWHERE
    assert said(await town.ask(None, "GET", "/api/v1/nonsense")) == NO_TOKEN
    for path in ("/api/v1/inbox", "/auth/token", "/", "/v1/dpps/x", "/notifications", "/cfp"):
        assert (await town.send("GET", path, None, {})).text == "inner"


async def test_a_key_works_only_from_its_addresses(found_town: MakeTown) -> None:
    town = await found_town(Profile(link_base_url="https://meguri.example"))
    last_but_one = {"X-Forwarded-For": "203.0.113.5, 192.0.2.7, 10.0.0.1"}
    assert said(await town.ask("A", "GET", PARTS)) == WRONG_ADDRESS
    assert said(await town.ask("A", "GET", PARTS, **{"X-Forwarded-For": "192.0.2.7"})) == WRONG_ADDRESS
    assert (
        said(await town.ask("A", "GET", PARTS, **{"X-Forwarded-For": "x, not an address, 10.0.0.1"})) == WRONG_ADDRESS
    )
    assert (await town.ask("A", "GET", PARTS, **last_but_one)).status_code == 200


async def test_sign_in_refresh_and_change(town: Town) -> None:
    seed = SEEDS["A"]
    right = {"operatorAccountId": seed.account, "accountPassword": seed.password}
    tokens = (await town.ask(None, "POST", "/auth/login", right, Authorization="")).json()
    assert list(tokens) == ["accessToken", "refreshToken"]
    again = await town.ask(None, "POST", "/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert (again.status_code, list(again.json())) == (201, ["accessToken"])
    wrong = await town.ask(None, "POST", "/auth/login", right | {"accountPassword": "wrong"})
    assert said(wrong) == (401, "[auth] Unauthorized", "Invalid credentials")
    assert said(await town.ask(None, "POST", "/auth/refresh", {"refreshToken": "x"})) == said(wrong)
    weak = await town.ask("A", "POST", "/auth/change", {"newPassword": "short"})
    assert said(weak)[2] == "Validation failed, newPassword: the length must be between 8 and 20."
    assert said(await town.ask(None, "POST", "/auth/change", {"newPassword": "Password1!"})) == NO_TOKEN
    changed = await town.ask("A", "POST", "/auth/change", {"newPassword": "Password1!"})
    assert (changed.status_code, changed.text) == (201, "{}")
    assert said(await town.ask(None, "POST", "/auth/refresh", {"refreshToken": tokens["refreshToken"]})) == said(wrong)
    assert said(await town.ask(None, "POST", "/auth/login", right)) == said(wrong)
    assert (await town.ask(None, "POST", "/auth/login", right | {"accountPassword": "Password1!"})).status_code == 201


async def test_five_failures_lock_the_pair_and_nobody_else(found_town: MakeTown) -> None:
    town = await found_town()
    seed = SEEDS["A"]
    body = {"operatorAccountId": seed.account, "accountPassword": "wrong"}
    for _ in range(5):
        assert (await town.ask(None, "POST", "/auth/login", body)).status_code == 401
    right = body | {"accountPassword": seed.password}
    assert said(await town.ask(None, "POST", "/auth/login", right))[2] == "Invalid credentials"
    assert await town.house.door.sign_in(seed.account, seed.password, "198.51.100.4")


async def test_other_systems_ask_about_tokens_and_keys(town: Town) -> None:
    system = {"apiKey": "Sample-APIKey2"}
    token = await town.ask(None, "POST", "/api/v1/systemAuth/token", {"idToken": await town.token("A")}, **system)
    assert (token.status_code, token.json()) == (200, {"operatorId": str(SEEDS["A"].operator_id)})
    nothing = await town.ask(None, "POST", "/api/v1/systemAuth/token", {"idToken": "x"}, **system)
    assert (nothing.status_code, nothing.json()) == (200, {"operatorId": None})
    key = {"ipAddress": "192.0.2.1", "apiKey": "Sample-APIKey1"}
    found = await town.ask(None, "POST", "/api/v1/systemAuth/apiKey", key, **system)
    assert found.json() == {"isApiKeyValid": True, "isIpAddressValid": True}
    unknown = await town.ask(None, "POST", "/api/v1/systemAuth/apiKey", key | {"apiKey": "x"}, **system)
    assert unknown.json() == {"isApiKeyValid": False, "isIpAddressValid": False}
    assert said(await town.ask(None, "POST", "/api/v1/systemAuth/token", {"idToken": "x"})) == WRONG_KEY
    broken = await town.ask(None, "POST", "/api/v1/systemAuth/token", b"{", **system)
    assert said(broken)[2] == "Invalid request parameters, unexpected EOF"
    empty = await town.ask(None, "POST", "/api/v1/systemAuth/apiKey", {}, **system)
    assert said(empty)[2] == "Validation failed, apiKey: cannot be blank; ipAddress: cannot be blank."


async def test_the_right_origin_may_call_and_read_what_it_needs(town: Town) -> None:
    origin = {"Origin": "http://localhost:3000"}
    asked = origin | {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "apikey,x-requested-with",
    }
    for path in (PARTS, "/auth/login", "/cfpAcl", "/notifications", "/tms/parts"):
        answer = await town.send("OPTIONS", path, None, asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "PUT" in answer.headers["access-control-allow-methods"]
        assert "x-amz-server-side-encryption" in answer.headers["access-control-allow-headers"]
    answer = await town.transport("A", "GET", "parts", **origin)
    assert answer.headers["access-control-expose-headers"] == "Link, X-Track"
    stranger = await town.transport("A", "GET", "parts", Origin="http://evil.example")
    assert "access-control-allow-origin" not in stranger.headers
    assert "*" not in stranger.headers.values()


async def test_production_allows_no_origin(found_town: MakeTown) -> None:
    town = await found_town(Profile(behind_proxy=False))
    answer = await town.ask("A", "GET", PARTS, Origin="http://localhost:3000")
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(found_town: MakeTown) -> None:
    town = await found_town()
    too_large = (413, "[dataspace] BadRequest", "Request payload too large")
    huge = b" " * 25_000_001
    assert said(await town.transport("A", "PUT", "parts", huge)) == too_large
    assert said(await town.ask("A", "PUT", "/api/v1/authInfo?dataTarget=plant", huge))[1] == "[auth] BadRequest"

    async def pieces() -> Any:
        for _ in range(26):
            yield b" " * 1_000_000

    headers = {
        "apiKey": "Sample-APIKey1",
        "Authorization": f"Bearer {await town.token('A')}",
        "Content-Type": "application/json",
    }
    assert said(await town.client.put(PARTS, content=pieces(), headers=headers)) == too_large


async def test_a_body_of_another_media_type_is_not_read(town: Town) -> None:
    body = json.dumps(await town.part_body("A", "部品")).encode()
    answer = await town.transport("A", "PUT", "parts", body, **{"Content-Type": "text/plain"})
    assert said(answer)[2] == "Validation failed, Unsupported Media Type"
    empty = await town.transport("A", "PUT", "parts", b"", **{"Content-Type": "text/plain"})
    assert "operatorId: cannot be blank" in said(empty)[2]


async def test_reset_is_only_where_the_profile_allows_it(found_town: MakeTown) -> None:
    emptied: list[Any] = []

    async def reset(tx: Any, scope: Any, operator_ids: Any) -> None:
        emptied.extend(operator_ids)

    town = await found_town(reset=reset)
    assert said(await town.ask(None, "PUT", "/dataReset")) == NO_TOKEN
    answer = await town.ask("A", "PUT", "/dataReset")
    assert (answer.status_code, answer.text) == (200, "null")
    assert set(emptied) == {seed.operator_id for seed in SEEDS.values()}
    closed = await found_town(Profile(behind_proxy=False), reset=reset)
    assert said(await closed.ask("A", "PUT", "/dataReset")) == NOWHERE


def test_the_tutorial_profile_is_open_and_production_is_not() -> None:
    assert tutorial().cors_origins == ("http://localhost:3000",)
    assert not tutorial().ip_restriction
    assert Profile().ip_restriction
    assert Profile().north_key_check
    assert not Profile().cors_origins
    assert HOST.startswith("http://")

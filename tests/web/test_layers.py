"""The layers around the application: where a request comes from, its number, its limits, whose page sent it."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.web.client import client_address, is_loopback
from meguri.web.heard import with_heard_refusals
from meguri.web.origin import with_own_origin
from meguri.web.shedding import with_shedding
from meguri.web.tracking import route_of, with_tracking

from .conftest import client_of

pytestmark = pytest.mark.anyio
PROXIES = ("10.0.0.0/8", "2001:db8::/32")


def scope(peer: str | None, forwarded: str | None = None) -> MutableMapping[str, Any]:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    return {"client": (peer, 1) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("10.1.1.1", "evil, 10.2.2.2", "10.2.2.2"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        (None, "203.0.113.9", ""),
    ],
)
def test_a_forwarded_address_counts_only_as_far_as_proxies_are_trusted(
    peer: str | None, forwarded: str | None, address: str
) -> None:
    assert client_address(scope(peer, forwarded), PROXIES) == address


@given(st.text(st.characters(codec="latin-1"), max_size=80))
def test_nobody_names_an_address_for_themselves_without_a_trusted_proxy(forwarded: str) -> None:
    said = {"client": ("192.0.2.1", 1), "headers": [(b"x-forwarded-for", forwarded.encode("latin-1"))]}
    assert client_address(said, PROXIES) == "192.0.2.1"
    assert client_address(said, ()) == "192.0.2.1"


def test_this_machine_is_known_by_its_addresses() -> None:
    assert is_loopback("127.0.0.5")
    assert is_loopback("::1")
    assert not is_loopback("")
    assert not is_loopback("192.0.2.1")


async def plain(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


async def slow(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.3)
    await plain(scope, receive, send)


async def streaming(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b"late"})


def shed(app: Any, *, most: int = 100, seconds: float = 5, take: Any = lambda caller: 0) -> Any:
    return with_shedding(app, most_at_once=most, seconds=seconds, take=take, trusted_proxies=())


async def test_every_answer_carries_a_number_of_ours_and_another_each_time() -> None:
    async with client_of(with_tracking(plain)) as client:
        numbers = {(await client.get("/", headers={"x-track": "mine"})).headers["x-track"] for _ in range(3)}
    assert len(numbers) == 3
    assert all(len(number) == 32 and number.islower() for number in numbers)


async def test_more_requests_than_can_be_served_are_told_to_come_back() -> None:
    async with client_of(shed(slow, most=2)) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503]
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)


async def test_health_and_sign_in_are_served_even_then() -> None:
    async with client_of(shed(plain, most=0)) as client:
        assert (await client.get("/x")).status_code == 503
        for path in ("/healthz", "/readyz", "/sign-in", "/api/v1/session"):
            assert (await client.get(path)).status_code == 200, path


async def test_an_answer_that_does_not_begin_in_time_is_given_up() -> None:
    async with client_of(shed(slow, seconds=0.05)) as client:
        answer = await client.get("/api/v1/x")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async with client_of(shed(streaming, seconds=0.05)) as client:
        assert (await client.get("/")).text == "late"


async def test_a_caller_past_the_limit_is_told_the_seconds() -> None:
    async with client_of(shed(plain, take=lambda caller: 3)) as client:
        api = await client.get("/api/v1/x")
        page = await client.get("/x", headers={"accept": "text/html", "accept-language": "en"})
    assert (api.status_code, api.headers["retry-after"]) == (429, "3")
    assert api.json()["detail"].startswith("要求が多すぎます。3 秒後")
    assert page.headers["content-type"].startswith("text/html")
    assert "3 seconds" in page.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "passes"),
    [
        ("GET", "/", {"sec-fetch-site": "cross-site"}, True),
        ("POST", "/sign-in", {}, True),
        ("POST", "/sign-in", {"sec-fetch-site": "same-origin"}, True),
        ("POST", "/sign-in", {"sec-fetch-site": "none"}, True),
        ("POST", "/sign-in", {"sec-fetch-site": "same-site"}, False),
        ("POST", "/sign-in", {"sec-fetch-site": "cross-site", "origin": "http://meguri.test"}, False),
        ("POST", "/sign-in", {"origin": "http://meguri.test"}, True),
        ("POST", "/sign-in", {"origin": "http://MEGURI.test"}, True),
        ("POST", "/sign-in", {"origin": "http://meguri.test.evil.example"}, False),
        ("POST", "/sign-in", {"origin": "null"}, False),
        ("POST", "/sign-in", {"origin": "http://[::1"}, False),
        ("POST", "/api/v1/x", {"origin": "https://partner.example"}, True),
        ("POST", "/api/v1/x", {"origin": "https://partner.example", "cookie": "a=b; meguri=c"}, False),
        ("DELETE", "/api/v1/x", {"sec-fetch-site": "cross-site", "cookie": "meguri=c"}, False),
    ],
)
async def test_changes_come_from_pages_of_ours_or_from_programs(
    method: str, path: str, headers: dict[str, str], passes: bool
) -> None:
    async with client_of(with_own_origin(plain, cookie="meguri")) as client:
        answer = await client.request(method, path, headers=headers)
    assert (answer.status_code == 200) is passes


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/join/abc-secret", "/join/-"), ("/", "/-"), ("/%00x", "/-"), ("/" + "a" * 40, "/-"), ("/parts/1", "/parts/-")],
)
def test_the_log_shows_of_an_unknown_path_its_first_word_at_most(path: str, shown: str) -> None:
    assert route_of({"path": path}) == shown


@pytest.mark.parametrize(
    ("status", "headers", "drained"),
    [
        (413, {b"content-length": b"300000"}, 3),
        (401, {}, 3),  # HTTP/2, or in pieces: nobody says how much comes
        (413, {b"content-length": b"300000", b"expect": b"100-continue"}, 0),
        (401, {b"content-length": b"300"}, 0),
        (201, {b"content-length": b"300000"}, 0),
    ],
)
async def test_a_refusal_before_the_end_of_a_large_body_waits_for_its_rest(
    status: int, headers: dict[bytes, bytes], drained: int
) -> None:
    pieces = [{"type": "http.request", "body": bytes(100_000), "more_body": more} for more in (True, True, False)]
    order: list[str] = []

    async def receive() -> Any:
        order.append("read")
        return pieces.pop(0)

    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    async def send(message: Any) -> None:
        order.append(message["type"].rpartition(".")[2])

    asked = {"type": "http", "method": "POST", "path": "/", "headers": list(headers.items())}
    await with_heard_refusals(refuse)(asked, receive, send)
    assert order == [*["read"] * drained, "start", "body"]


async def test_what_is_read_for_a_refusal_ends_at_its_limits() -> None:
    async def endless() -> Any:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": bytes(1000), "more_body": True}

    async def silent() -> Any:
        await asyncio.sleep(60)

    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    asked = {"type": "http", "method": "PUT", "path": "/", "headers": []}
    for receive in (endless, silent, gone):
        heard: list[int] = []

        async def send(message: Any, heard: list[int] = heard) -> None:
            heard.append(message["status"])

        async with asyncio.timeout(5):
            await with_heard_refusals(refuse, most_bytes=5000, seconds=0.2)(asked, receive, send)
        assert heard == [413]

"""The way out leads to public addresses only, once resolved, and never further than was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from meguri.jobs.outbound import Outbound, Reach, Refused, Unreachable, check_address, is_public, origin_of, reach_of
from meguri.settings import load

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def answering(raw: bytes, *, wait: float = 0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A listener that gives the same bytes to whoever calls; what it was sent."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        await asyncio.sleep(wait)
        writer.write(raw)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fc00::1",
     "::ffff:10.0.0.1", "2002:0a00:0001::", "224.0.0.1", "100.64.0.1", "255.255.255.255", "nonsense"],
)  # fmt: skip
def test_private_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_ordinary_addresses_are_public() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "file:///etc/passwd", "https://127.0.0.1/x", "https://10.0.0.1", "https://[::1]/",
     "https://user:pw@example.com/", "https://example.com/#x", "https://exa mple.com/", "//example.com", "",
     "https://example.com\\@10.0.0.1/", "ftp://example.com", "https://"],
)  # fmt: skip
def test_addresses_that_could_lead_inside_are_refused_unsent(url: str) -> None:
    with pytest.raises(Refused):
        check_address(url, Reach())


def test_an_origin_is_compared_without_its_default_port_and_case() -> None:
    assert origin_of("HTTPS://Example.COM:443/a") == "https://example.com"
    assert origin_of("http://127.0.0.1:8001/a") == "http://127.0.0.1:8001"
    assert origin_of("mailto:x@example.com") == ""


def test_only_the_demonstration_names_loopback_peers_and_only_the_conformance_profile_calls_anything() -> None:
    assert reach_of(load({})) == Reach()
    demo = load({}, profile="demo", loopback_peers="http://127.0.0.1:8001")
    assert reach_of(demo) == Reach(origins=frozenset({"http://127.0.0.1:8001"}))
    assert reach_of(load({}, profile="conformance")).anywhere


async def test_a_name_that_resolves_inside_is_refused_and_nothing_is_sent() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (port, seen):

        async def rebound(host: str, _: int) -> list[str]:
            return ["127.0.0.1"]

        with pytest.raises(Refused):
            await Outbound(resolving=rebound).send("GET", f"https://partner.example:{port}/")
        assert seen == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def mixed(host: str, _: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(Refused):
        await Outbound(resolving=mixed).send("GET", "https://partner.example/")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    raw = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with answering(raw) as (port, seen):
        reach = Reach(origins=frozenset({f"http://127.0.0.1:{port}"}))
        reply = await Outbound(reach).send("POST", f"http://127.0.0.1:{port}/x", body=b"{}")
        assert (reply.status, reply.headers["location"]) == (302, "http://127.0.0.1:1/")
        assert len(seen) == 1


async def test_an_answer_that_is_too_long_or_too_late_is_given_up() -> None:
    raw = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"x" * 100
    async with answering(raw) as (port, _):
        reach = Reach(origins=frozenset({f"http://127.0.0.1:{port}"}))
        with pytest.raises(Unreachable):
            await Outbound(reach).send("GET", f"http://127.0.0.1:{port}/", most_bytes=99)
        assert len((await Outbound(reach).send("GET", f"http://127.0.0.1:{port}/")).body) == 100
    async with answering(raw, wait=2) as (port, _):
        reach = Reach(origins=frozenset({f"http://127.0.0.1:{port}"}))
        with pytest.raises(Unreachable):
            await Outbound(reach).send("GET", f"http://127.0.0.1:{port}/", timeout_s=0.1)


async def test_an_origin_that_is_open_does_not_open_its_neighbour() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (port, seen):
        with pytest.raises(Refused):
            await Outbound(Reach(origins=frozenset({"http://127.0.0.1:1"}))).send("GET", f"http://127.0.0.1:{port}/")
        assert seen == []


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await Outbound(Reach(anywhere=True)).send("GET", "http://127.0.0.1:1/")

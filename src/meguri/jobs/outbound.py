"""The one way out: HTTP to addresses that others named (callbacks, webhooks, did:web, partners' systems).

What an address that a stranger wrote could do to us is closed here: only https, a name is resolved once and the connection goes
to that very address, private and special ranges are refused, redirects are not followed, answers have a size and a time limit.
`Reach` opens exceptions by name: origins that the operator of this installation configured, or loopback in test profiles.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpcore
import msgspec

from meguri import logs
from meguri.settings import Profile, Settings

Resolve = Callable[[str, int], Awaitable[list[str]]]
_log = logs.get(__name__)
_PORTS = {"https": 443, "http": 80}
USER_AGENT = "meguri"


class Refused(Exception):
    """The address is not one that may be called; nothing was sent. The message says why, without naming addresses."""


class Unreachable(Exception):
    """Nobody answered in time, or not in HTTP, or at too great a length. Whether the message arrived is not known."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests may go besides public https addresses.

    origins   `scheme://host[:port]` named by this installation's operator; private addresses and http are allowed there
    anywhere  every address, also http (profile `conformance` only)
    """

    origins: frozenset[str] = frozenset()
    anywhere: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are in lower case; of a repeated one the last counts."""

    status: int
    headers: dict[str, str]
    body: bytes


def reach_of(settings: Settings) -> Reach:
    """What the settings open: `loopback_peers` in the profile demo, everything in conformance, else nothing."""
    return Reach(
        origins=frozenset(origin_of(peer) for peer in settings.loopback_peers),
        anywhere=settings.profile is Profile.CONFORMANCE,
    )


def origin_of(url: str) -> str:
    """`scheme://host[:port]`, in lower case and without the default port; "" for what has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or parts.scheme not in _PORTS:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def check_address(url: str, reach: Reach) -> None:
    """Refuse what can be told from the address alone: scheme, user names, fragments, literal private addresses.

    Raises Refused.
    """
    origin = origin_of(url)
    parts = urlsplit(url) if origin else None
    if parts is None or "@" in parts.netloc or parts.fragment or "\\" in url or any(sign <= " " for sign in url):
        raise Refused("this is not an absolute http address without user name and fragment")
    if reach.anywhere or origin in reach.origins:
        return
    if parts.scheme != "https":
        raise Refused("only https addresses are called")
    if _is_literal(parts.hostname or "") and not is_public(parts.hostname or ""):
        raise Refused("the address is not public")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: no private, loopback, link-local, special or mapped range."""
    try:
        known = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(known, "ipv4_mapped", None) or getattr(known, "sixtofour", None)
    if mapped is not None:
        return is_public(str(mapped))
    return known.is_global and not known.is_multicast and not known.is_reserved


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked, so that a name can't point elsewhere a moment later."""

    def __init__(self, reach: Reach, resolving: Resolve) -> None:
        self._reach, self._resolve = reach, resolving
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's own interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """As the library asks for it. Raises Refused."""
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError("the name is not known") from error
        open_here = self._reach.anywhere or any(
            origin_of(f"{scheme}://{_bracketed(host)}:{port}") in self._reach.origins for scheme in _PORTS
        )
        if not addresses or not (open_here or all(is_public(address) for address in addresses)):
            raise Refused("the address is not public")
        return await self._inner.connect_tcp(
            addresses[0], port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise Refused("sockets of this machine are not called")

    async def sleep(self, seconds: float) -> None:
        """As the library asks for it."""
        await self._inner.sleep(seconds)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class Outbound:
    """Sends requests within a `Reach`. One per event loop; connections are kept for a short while."""

    def __init__(self, reach: Reach | None = None, *, resolving: Resolve = resolve) -> None:
        """Connects to nothing yet."""
        self.reach = reach or Reach()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=64,
            max_keepalive_connections=8,
            keepalive_expiry=5,
            network_backend=_Guarded(self.reach, resolving),
        )

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 10,
        most_bytes: int = 1 << 20,
    ) -> Reply:
        """One request and its whole answer, whatever its status; a redirect is an answer like any other.

        Raises Refused (nothing was sent), Unreachable (it may have arrived).
        """
        check_address(url, self.reach)
        named = {"user-agent": USER_AGENT, "accept-encoding": "identity"} | {
            name.lower(): value for name, value in (headers or {}).items()
        }
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(method, url, named, body, most_bytes)
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            TimeoutError,
            OSError,
        ) as error:
            _log.info("outbound.unreachable", method=method, why=type(error).__name__)
            raise Unreachable(type(error).__name__) from error

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int) -> Reply:
        raw = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
        async with self._pool.stream(method, url.encode("utf-8"), headers=raw, content=body or None) as answer:
            received = bytearray()
            async for piece in answer.aiter_stream():
                received += piece
                if len(received) > most_bytes:
                    raise Unreachable("the answer is too long")
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Reply(status=answer.status, headers=found, body=bytes(received))

    async def close(self) -> None:
        """End all connections."""
        await self._pool.aclose()

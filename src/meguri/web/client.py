"""Where a request comes from."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from meguri.web.asgi import Scope


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this lower-case name, as text."""
    for key, value in scope.get("headers", ()):
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def client_address(scope: Scope, trusted_proxies: Sequence[str]) -> str:
    """The address of the caller, or an empty text when there is none (a Unix socket).

    The peer's; behind proxies that are trusted (CIDR), the last address in X-Forwarded-For that is none of them. What
    stands before it was written by whoever asks, and proves nothing.
    """
    peer = scope.get("client")
    address: str = peer[0] if peer else ""
    if not trusted_proxies or not _within(address, trusted_proxies):
        return address
    named = (header(scope, b"x-forwarded-for") or "").split(",")
    for hop in reversed([part.strip() for part in named if part.strip()]):
        if not _is_address(hop):
            return address
        address = hop
        if not _within(hop, trusted_proxies):
            break
    return address


def is_loopback(address: str) -> bool:
    """Whether the caller is on this machine."""
    return _is_address(address) and ip_address(address).is_loopback


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, ranges: Iterable[str]) -> bool:
    return _is_address(address) and any(ip_address(address) in _network(range_) for range_ in ranges)


@lru_cache(maxsize=256)
def _network(range_: str) -> IPv4Network | IPv6Network:
    return ip_network(range_, strict=False)

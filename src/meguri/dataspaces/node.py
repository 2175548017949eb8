"""This installation as others see it: its address, its profile, and its one way out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

from meguri.jobs.outbound import Outbound, Reach, reach_of
from meguri.settings import Profile, Settings, load
from meguri.storage.depots import depot


class Node:
    """One installation. `url` has no slash at its end."""

    def __init__(self, settings: Settings, reach: Reach | None = None) -> None:
        """Connects to nothing."""
        self.url = (settings.public_url or f"http://{_host(settings.host)}:{settings.port}").rstrip("/")
        self.conformance = settings.profile is Profile.CONFORMANCE and settings.conformance_hooks
        self.profile = settings.profile
        self.peers = frozenset(settings.loopback_peers)
        self.reach = reach or reach_of(settings)
        self.files = depot(settings)
        self._ways: WeakKeyDictionary[asyncio.AbstractEventLoop, Outbound] = WeakKeyDictionary()

    @property
    def outbound(self) -> Outbound:
        """The way out of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._ways:
            self._ways[loop] = Outbound(self.reach)
        return self._ways[loop]


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_installed: Node | None = None
_within: ContextVar[Node | None] = ContextVar("meguri_node", default=None)


def node() -> Node:
    """This installation: as `being` or `use` said, else as the environment says (a worker)."""
    global _installed
    inner = _within.get()
    if inner is not None:
        return inner
    if _installed is None:
        _installed = Node(load())
    return _installed


def use(settings: Settings) -> Node:
    """From now on `node()` is the installation of these settings; called when a process begins."""
    global _installed
    _installed = Node(settings)
    return _installed


@contextmanager
def being(one: Node) -> Iterator[Node]:
    """Within this context `node()` is `one`: several nodes can live in one process (tests)."""
    token = _within.set(one)
    try:
        yield one
    finally:
        _within.reset(token)

"""This installation as others see it: its address, its profile, and its one way out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from meguri.jobs.outbound import Outbound, Reach, reach_of
from meguri.settings import Profile, Settings, load


class Node:
    """One installation. `url` has no slash at its end."""

    def __init__(self, settings: Settings, reach: Reach | None = None) -> None:
        """Connects to nothing."""
        self.url = (settings.public_url or f"http://{_host(settings.host)}:{settings.port}").rstrip("/")
        self.conformance = settings.profile is Profile.CONFORMANCE and settings.conformance_hooks
        self.profile = settings.profile
        self.peers = frozenset(settings.loopback_peers)
        self.reach = reach or reach_of(settings)
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


_current: Node | None = None


def node() -> Node:
    """This installation: as `use` said, else as the environment says (a worker)."""
    global _current
    if _current is None:
        _current = Node(load())
    return _current


def use(settings: Settings) -> Node:
    """From now on `node()` is the installation of these settings; called when the façades are built."""
    global _current
    _current = Node(settings)
    return _current


@contextmanager
def being(one: Node) -> Iterator[Node]:
    """Within: `node()` is `one`. For several nodes in one process (tests)."""
    global _current
    before, _current = _current, one
    try:
        yield one
    finally:
        _current = before

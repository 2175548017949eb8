"""Who is served: anonymous readers within a limit of their network (in memory alone: nothing of them is kept), and by HTTP/2."""

import time
from ipaddress import ip_address, ip_network

from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text
from meguri.web.asgi import Scope

PER_MINUTE = 120
BURST = 600
_MOST_NETWORKS = 20_000


class OldHttp(Refusal):
    """HTTP/1.x where the installation keeps to EN 18216 clause 4."""

    status, code = 400, "HTTP_VERSION"
    say = Text(
        ja="ここは HTTP/2 でのみ利用できます。HTTP/2 で接続してください。",
        en="This is offered by HTTP/2 alone. Please connect by HTTP/2.",
        de="Dies gibt es nur über HTTP/2. Bitte verbinden Sie sich mit HTTP/2.",
    )


def is_old_http(scope: Scope) -> bool:
    """Whether a request came by HTTP/1.x."""
    return str(scope.get("http_version", "")).startswith("1")


class Buckets:
    """Token buckets: a network refills 120 a minute and may save up some; a single scan is never refused."""

    def __init__(self, per_minute: int = PER_MINUTE, burst: int = BURST) -> None:
        self._rate, self._burst = per_minute / 60, burst
        self._held: dict[str, tuple[float, float]] = {}

    def take(self, address: str, now: float | None = None) -> bool:
        """Whether one more request of this address is served."""
        at = time.monotonic() if now is None else now
        network = _network(address)
        tokens, since = self._held.get(network, (float(self._burst), at))
        tokens = min(self._burst, tokens + (at - since) * self._rate)
        if len(self._held) >= _MOST_NETWORKS and network not in self._held:
            self._held.clear()  # whoever floods us with networks gains a burst each, not our memory
        self._held[network] = (max(tokens - 1, 0.0), at)
        return tokens >= 1


def _network(address: str) -> str:
    """/24 of IPv4, /48 of IPv6."""
    try:
        prefix = 24 if ip_address(address).version == 4 else 48
        return str(ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        return ""

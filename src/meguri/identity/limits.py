"""Rate limits: token buckets in the memory of this process.

They keep one caller from taking all there is; they are no lock. When a bucket can't be kept (too many callers at
once) the request goes on and a metric counts it: limits fail open, identity and scope fail shut.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from prometheus_client import Counter

from meguri.metrics import REGISTRY

FAILED_OPEN = Counter(
    "meguri_rate_limit_failed_open", "Requests let through because their limit could not be kept.", registry=REGISTRY
)
REFUSED = Counter("meguri_rate_limit_refused", "Requests refused by a limit", ["limit"], registry=REGISTRY)


class Buckets:
    """One bucket per caller, refilled by `per_s` tokens a second up to `burst`; the least recently seen are
    forgotten."""

    def __init__(
        self,
        name: str,
        per_s: float,
        burst: float,
        *,
        most_callers: int = 50_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` labels the metric; `clock` is monotonic seconds."""
        self._name, self._per_s, self._burst, self._most, self._clock = name, per_s, burst, most_callers, clock
        self._levels: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def take(self, caller: object) -> int:
        """Take one token; 0 if there was one, else the whole seconds (≥ 1) until there will be."""
        now = self._clock()
        level, since = self._levels.get(caller, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._per_s)
        if level < 1:
            REFUSED.labels(self._name).inc()
            return max(1, math.ceil((1 - level) / self._per_s))
        self._levels[caller] = (level - 1, now)
        self._levels.move_to_end(caller)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
            FAILED_OPEN.inc()
        return 0

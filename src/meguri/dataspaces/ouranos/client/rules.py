"""Limits of the foreign systems, and how often they are asked: rule data, read once."""

import tomllib
from functools import cache

import msgspec

from meguri.dataspaces.rules import RuleHead
from meguri.kernel.shipped import files


class ClientLimits(RuleHead, frozen=True, kw_only=True):
    """Sizes are the systems' own, times (seconds) ours; see the file."""

    trace_ids: int
    rows: int
    operator_ids: int
    tracks: int
    pages: int
    timeout_s: float
    follow_every_s: float
    read_all_every_s: float
    settle_s: float
    due_days: int
    delays_s: tuple[float, ...]
    then_every_s: float

    def delay_s(self, failures: int) -> float:
        """How long to wait after so many failures in a row (from 1)."""
        return self.delays_s[failures - 1] if failures <= len(self.delays_s) else self.then_every_s


@cache
def limits() -> ClientLimits:
    """The rule data in force."""
    text = (files("meguri.rules") / "dataspaces" / "ouranos_client.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), ClientLimits)

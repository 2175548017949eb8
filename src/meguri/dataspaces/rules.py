"""Rule data of the data spaces, from `rules/dataspaces/*.toml`: sizes, times, retries, trust levels, conformance scenarios."""

from datetime import date
from functools import cache
from typing import TypeVar

import msgspec

from meguri.kernel.shipped import files

Kind = TypeVar("Kind", bound=msgspec.Struct)


class RuleHead(msgspec.Struct, frozen=True, kw_only=True):
    """Which rule this is and where it comes from."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date


class Retry(RuleHead, frozen=True, kw_only=True):
    """How messages are repeated; delays in seconds."""

    delays_s: tuple[float, ...]
    then_every_s: float
    jitter: float
    give_up_after_h: int
    unknown_pid_s: int
    timeout_s: float
    retried: tuple[int, ...]
    human: tuple[int, ...]
    parallel_per_partner: int
    sends_per_second: int

    def delay_s(self, attempt: int) -> float:
        """How long to wait after the `attempt`-th failure (from 1), before jitter."""
        return self.delays_s[attempt - 1] if attempt <= len(self.delays_s) else self.then_every_s


class Limits(RuleHead, frozen=True, kw_only=True):
    """Sizes and times of the Dataspace Protocol edge."""

    page_size: int
    page_size_most: int
    continuation_min: int
    token_ttl_s: int
    agreement_clock_s: int
    body_bytes: int
    document_cache_s: int
    document_refresh_s: int


class TrustLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which an identity was proved; a higher rank is stronger."""

    key: str
    rank: int
    ja: str
    en: str
    proof_ja: str
    proof_en: str
    sign_in: str
    data_verification: str


class TrustedIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose credentials of one type are believed."""

    credential: str
    dids: tuple[str, ...]


class Trust(RuleHead, frozen=True, kw_only=True):
    """The trust levels, weakest first, and the trust lists."""

    level: tuple[TrustLevel, ...]
    trusted_issuer: tuple[TrustedIssuer, ...]

    def rank(self, key: str) -> int:
        """The rank of a level; an unknown key counts as the weakest."""
        return next((level.rank for level in self.level if level.key == key), 0)


class Conformance(RuleHead, frozen=True, kw_only=True):
    """Seed and scenarios of the profile `conformance`."""

    participant: str
    counterparty: str
    formats: tuple[str, ...]
    first_pause_ms: int
    pause_ms: int
    datasets: tuple[str, ...]
    provided: tuple[str, ...]
    consumed: tuple[str, ...]
    scripts: dict[str, tuple[tuple[str, str], ...]]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How one business event is told in EPCIS; a step that begins with `+` is of our own namespace."""

    kind: str
    type: str
    step: str
    action: str | None = None
    disposition: str | None = None
    set: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()


class Epcis(RuleHead, frozen=True, kw_only=True):
    """Words, limits and mapping of EPCIS."""

    extension_ns: str
    capture_limit: int
    capture_bytes: int
    page_size: int
    page_size_most: int
    future_minutes: int
    biz_steps: tuple[str, ...]
    dispositions: tuple[str, ...]
    transactions: tuple[str, ...]
    parties: tuple[str, ...]
    measurements: tuple[str, ...]
    mapping: tuple[Mapping, ...]


class Federation(RuleHead, frozen=True, kw_only=True):
    """Times, sizes and versions of messages between nodes."""

    protocol: str
    versions: tuple[int, ...]
    expiry_days: int
    skew_minutes: int
    body_bytes: int
    receipt_after_s: int
    gap_hours: int
    page: int
    most_proposals: int
    most_proposals_of_one: int


class Ods(RuleHead, frozen=True, kw_only=True):
    """Names and limits of Open Data Spaces."""

    ns: str
    open_endpoints: tuple[str, ...]
    l2_timeout_s: float
    query_bytes: int
    query_seconds: float
    query_rows: int
    path_depth: int
    graph_datasets: int
    find_keys: tuple[str, ...]
    ttl_most_s: int
    most_registrations: int


def _load(name: str, kind: type[Kind]) -> Kind:
    text = (files("meguri.rules") / "dataspaces" / f"{name}.toml").read_bytes()
    return msgspec.toml.decode(text, type=kind)


@cache
def retry() -> Retry:
    """How messages to other parties are repeated."""
    return _load("retry", Retry)


@cache
def limits() -> Limits:
    """Sizes and times of the Dataspace Protocol edge."""
    return _load("dsp", Limits)


@cache
def trust() -> Trust:
    """Trust levels and trust lists."""
    return _load("trust", Trust)


@cache
def conformance() -> Conformance:
    """What the profile `conformance` offers and does."""
    return _load("conformance", Conformance)


@cache
def epcis() -> Epcis:
    """Words, limits and mapping of EPCIS."""
    return _load("epcis", Epcis)


@cache
def federation() -> Federation:
    """Times, sizes and versions of messages between nodes."""
    return _load("federation", Federation)


@cache
def ods() -> Ods:
    """Names and limits of Open Data Spaces."""
    return _load("ods", Ods)

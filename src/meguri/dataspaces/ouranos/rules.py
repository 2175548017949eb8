"""The contract's numbers, word lists and sentences: versioned rule data, read once."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from meguri.kernel.shipped import files

PROFILE = "ouranos-3.0.0"


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """What every rule file says of itself."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date


class BodyLimits(msgspec.Struct, frozen=True):
    """Limits within bodies: lengths in code points, `maximum` for emissions, amounts and data-quality scores."""

    name_length: int
    message_length: int
    children: int
    cfp_rows: int
    maximum: Decimal
    decimals: int
    certificate_description_length: int
    standard_length: int
    score_maximum: Decimal
    item_code_length: int
    items: int
    bytes: int


class CompanyLimits(msgspec.Struct, frozen=True):
    """Limits of operators, plants and passwords."""

    name_length: int
    address_length: int
    open_operator_id_length: int
    open_plant_id_length: int
    global_id_length: int
    password_shortest: int
    password_longest: int
    password_signs: str


class ListLimits(msgspec.Struct, frozen=True):
    """How many may be asked for at once."""

    limit: int
    trace_ids: int
    operator_ids: int
    open_operator_id_length: int
    track_ids: int
    notifications: int
    southbound_page: int


class FileLimits(msgspec.Struct, frozen=True):
    """Certificate files within one request; what may be kept is the rule data of footprint's certificates."""

    per_request: int
    name_length: int


class TrackLimits(msgspec.Struct, frozen=True):
    """For how many days a client may ask whether a write was done."""

    kept_days: int


class Words(msgspec.Struct, frozen=True):
    """The enumerations. `cfp_types` maps each writable kind of footprint row to its kind of data-quality score."""

    amount_units: tuple[str, ...]
    emission_prefix: str
    request_types: tuple[str, ...]
    request_filters: tuple[str, ...]
    status_targets: tuple[str, ...]
    writable_states: tuple[str, ...]
    dd_results: tuple[str, ...]
    acl_groups: tuple[str, ...]
    cfp_types: dict[str, str]


class Limits(RuleFile, frozen=True, kw_only=True):
    """All limits and word lists of the profile."""

    bodies: BodyLimits
    companies: CompanyLimits
    lists: ListLimits
    files: FileLimits
    tracks: TrackLimits
    words: Words


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of the traceability system and the HTTP status that it usually goes with."""

    say: str
    status: int = 400


class Answer(msgspec.Struct, frozen=True):
    """The code that answers for a native refusal.

    status  only where it differs from the sentence's own
    fills   what the sentence's places take, themselves filled with the refusal's values
    """

    code: str
    status: int | None = None
    fills: tuple[str, ...] = ()


class AuthAnswer(msgspec.Struct, frozen=True):
    """The sentence of the authentication system for a native refusal; `{name}` places take the refusal's values."""

    status: int
    message: str


class Messages(RuleFile, frozen=True, kw_only=True):
    """Every sentence by its code."""

    messages: dict[str, Sentence]


class Refusals(RuleFile, frozen=True, kw_only=True):
    """The answer to every native refusal, by the refusal's code."""

    traceability: dict[str, Answer]
    auth: dict[str, AuthAnswer]


def _load(name: str) -> dict[str, Any]:
    path = files("meguri.rules") / PROFILE / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def limits() -> Limits:
    """Numbers and word lists of the profile."""
    return msgspec.convert(_load("limits"), Limits)


@cache
def messages() -> dict[str, Sentence]:
    """The sentences of the traceability system, by code."""
    return msgspec.convert(_load("messages"), Messages).messages


@cache
def refusals() -> Refusals:
    """Answers to native refusals, by native code."""
    return msgspec.convert(_load("refusals"), Refusals)

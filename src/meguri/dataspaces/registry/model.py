"""What is told to the registry, and what it says."""

import tomllib
from datetime import datetime
from functools import cache
from typing import Any, Protocol

import msgspec

from meguri.kernel.shipped import files


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is told of one passport; the names are those of EN 18222 clause 5 and of (EU) 2026/1778 Art. 8."""

    unique_product_identifier: str
    digital_product_passport_id: str
    unique_economic_operator_identifier: str
    dpp_api_endpoint: str
    granularity: str
    live_url: str
    version_hash: str
    facility_ids: list[str] = []
    backup_operator_identifier: str | None = None
    backup_url: str | None = None
    model_identifier: str | None = None
    batch_identifier: str | None = None
    commodity_code: str | None = None
    deactivated: bool | None = None


class Problem(msgspec.Struct, frozen=True):
    """One failing check of the registry."""

    field: str
    code: str
    text_ja: str
    text_en: str
    warning: bool = False


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry says of a registration."""

    registration_id: str
    state: str
    problems: list[Problem] = []


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof of registration; made anew on demand."""

    registration_id: str
    unique_product_identifier: str
    issued: datetime
    valid_until: datetime


class RepeatRule(msgspec.Struct, frozen=True):
    """How often, and how long apart, an unanswered message is told again."""

    first_s: int
    longest_s: int
    most_tries: int

    def wait_s(self, tries: int) -> int:
        """Seconds to wait after so many tries: doubled each time, up to the longest."""
        return min(self.first_s << min(max(tries - 1, 0), 30), self.longest_s)


class ProofRule(msgspec.Struct, frozen=True):
    """For how many days a proof is good."""

    days: int


class RegistryRules(msgspec.Struct, frozen=True):
    """All of them."""

    repeat: RepeatRule
    proof: ProofRule


@cache
def registry_rules() -> RegistryRules:
    """The rule data in force."""
    text = files("meguri.rules").joinpath("carrier/registry.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), RegistryRules)


class Binding(Protocol):
    """A way to speak to the registry. Raises errors of `registry.errors`."""

    async def register(self, entry: Entry) -> Registered:
        """Tell of a passport for the first time. Raises AlreadyRegistered, EntryRejected."""

    async def status(self, registration_id: str) -> Registered:
        """How a registration stands. Raises RegistrationUnknown."""

    async def update(self, registration_id: str, entry: Entry) -> Registered:
        """Tell what has changed."""

    async def transfer(self, registration_id: str, new_operator: str) -> Registered:
        """Another operator is responsible."""

    async def deactivate(self, registration_id: str, reason: str) -> Registered:
        """The passport is no longer active."""

    async def proof(self, registration_id: str) -> Proof:
        """A fresh proof of registration."""


def as_json(value: Any) -> str:
    """Kept as text."""
    return msgspec.json.encode(value).decode()

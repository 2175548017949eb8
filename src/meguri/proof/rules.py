"""The rule data of keys and credentials."""

import tomllib
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class KeyRule(msgspec.Struct, frozen=True):
    """Seconds between publishing a key and its first use."""

    published_before_s: int


class CredentialRule(msgspec.Struct, frozen=True):
    """What a credential may be."""

    most_bytes: int
    clock_skew_s: int
    longest_days: int


class StatusRule(msgspec.Struct, frozen=True):
    """Places of a status list, how many of them are given out, and how long a copy of it is good."""

    places: int
    most_taken: int
    ttl_s: int


class ProofRules(msgspec.Struct, frozen=True):
    """All of them."""

    key: KeyRule
    credential: CredentialRule
    status: StatusRule


@cache
def proof_rules() -> ProofRules:
    """The rule data in force."""
    text = files("meguri.rules").joinpath("proof.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), ProofRules)

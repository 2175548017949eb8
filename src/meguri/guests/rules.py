"""The rule data of guests."""

import tomllib
from datetime import date
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class GuestRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Version and status of the rules; lives and locks in seconds."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    link_s: int
    session_s: int
    code_s: int
    resend_s: int
    most_failures: int
    locked_s: int


@cache
def guest_rules() -> GuestRules:
    """The rules in force."""
    text = files("meguri.rules").joinpath("guests.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), GuestRules)

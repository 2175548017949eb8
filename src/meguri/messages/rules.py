"""The rule data of messages."""

import tomllib
from datetime import date, datetime, timedelta
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class MessageRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Version and status of the rules; pauses between tries in seconds; which notification types are mailed at once."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    retry_after_s: tuple[int, ...]
    at_once: tuple[str, ...]
    webhooks_per_company: int
    body_kept_days: int


@cache
def message_rules() -> MessageRules:
    """The rules in force."""
    text = files("meguri.rules").joinpath("messages.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), MessageRules)


def next_try(now: datetime, failures: int) -> datetime | None:
    """When to try again after so many failures in a row, or None when it is enough."""
    pauses = message_rules().retry_after_s
    return now + timedelta(seconds=pauses[failures - 1]) if failures <= len(pauses) else None

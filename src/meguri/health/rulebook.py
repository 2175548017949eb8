"""Rule data of health: versioned tables that law or practice can change."""

import tomllib
from functools import cache
from typing import TypeVar

import msgspec

from meguri.kernel.shipped import files

Rules = TypeVar("Rules")


class RuleSet(msgspec.Struct, frozen=True):
    """Which rules a result used: every result carries this."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str


@cache
def _text(room: str, name: str) -> str:
    return files("meguri.rules").joinpath(room, f"{name}.toml").read_text(encoding="utf-8")


def rules(room: str, name: str, kind: type[Rules]) -> Rules:
    """The rule data `rules/<room>/<name>.toml` as a `kind`; an unknown or missing figure is an error at once."""
    return msgspec.convert(tomllib.loads(_text(room, name)), kind)

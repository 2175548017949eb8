"""One list of chemistries for the whole product, with what each is called elsewhere. Rule data."""

import tomllib
from datetime import date
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text

OTHER = "other"


class Outside(msgspec.Struct, frozen=True):
    """Another list: our code → its word; further words of it → our code."""

    words: dict[str, str]
    also: dict[str, str]


class Chemistries(msgspec.Struct, frozen=True):
    """The list and its mappings."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    codes: dict[str, Text]
    outside: dict[str, Outside]


@cache
def chemistries() -> Chemistries:
    """The list in force."""
    text = files("meguri.rules").joinpath("passport", "chemistry.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Chemistries)


def word_for(code: str, scheme: str) -> str | None:
    """What another list calls a chemistry of ours; its `other`, if it has one, for what it lacks; else None.

    Raises KeyError for an unknown list.
    """
    words = chemistries().outside[scheme].words
    return words.get(code) or words.get(OTHER)


def code_of(word: str, scheme: str) -> str:
    """Our code for another list's word; `other` for one that it does not know. Raises KeyError for an unknown list."""
    listed = chemistries().outside[scheme]
    found = next((code for code, each in listed.words.items() if each.lower() == word.strip().lower()), None)
    return found or listed.also.get(word.strip(), OTHER)


def warns_of_hydrogen_sulfide(electrolyte_kind: str | None) -> bool:
    """Whether damage or moisture releases hydrogen sulfide: sulfide solid electrolytes."""
    return electrolyte_kind == "sulfide"

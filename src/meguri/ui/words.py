"""The words of the pages: every room keeps its own, each in Japanese and in English, side by side.

A room writes `pages/*.toml`; its keys are named after the room: `[list] title = { ja = "部品", en = "Parts" }` in
`traceability/pages/words.toml` is `traceability.list.title`. The shell's own are in `ui/locale/*.toml`, named `ui.…`.
`en_one` is the English for exactly one of `{n}`; `de` is German, for what a
product's public page shows (English where it is missing). Why not gettext: docs/decisions/ui-words-side-by-side.md.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from meguri.kernel.shipped import Shipped, hold
from meguri.kernel.text import Language

ROOT = Path(__file__).parent.parent


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in its languages; `{name}` places are filled when it is said. German is there for public pages only."""

    ja: str
    en: str
    en_one: str | None = None
    de: str | None = None

    def of(self, language: Language, values: dict[str, object]) -> str:
        """The sentence in `language`, its places still open; `values["n"] == 1` takes the English singular."""
        if language == "ja":
            return self.ja
        if language == "de" and self.de is not None:
            return self.de
        return self.en_one if self.en_one is not None and values.get("n") == 1 else self.en


class UnknownWord(KeyError):
    """A template or handler asks for a key that no catalogue has."""


class BadCatalogue(ValueError):
    """A catalogue is not as this module's head describes it; the message names file and key."""


def catalogue_files() -> list[tuple[str, Shipped]]:
    """(namespace, file) of every catalogue, rooms in alphabetical order."""
    held = hold()
    folders = [("ui", held / "ui" / "locale"), *((room.name, room / "pages") for room in held.iterdir())]
    return [(room, file) for room, folder in folders for file in folder.iterdir() if file.name.endswith(".toml")]


def _phrases(namespace: str, table: dict[str, Any], file: Shipped) -> dict[str, Phrase]:
    found: dict[str, Phrase] = {}
    for name, value in table.items():
        key = f"{namespace}.{name}"
        if not isinstance(value, dict):
            raise BadCatalogue(f"{namespace}, {file.name}: {key} is neither a table nor a phrase")
        if any(isinstance(part, str) for part in value.values()):
            try:
                found[key] = msgspec.convert(value, Phrase)
            except msgspec.ValidationError as error:
                raise BadCatalogue(f"{namespace}, {file.name}: {key}: {error}") from None
        else:
            found.update(_phrases(key, value, file))
    return found


@cache
def catalogue() -> dict[str, Phrase]:
    """Every phrase by its full key. Raises BadCatalogue."""
    found: dict[str, Phrase] = {}
    for namespace, file in catalogue_files():
        for key, phrase in _phrases(namespace, tomllib.loads(file.read_text("utf-8")), file).items():
            if key in found:
                raise BadCatalogue(f"{namespace}, {file.name}: {key} exists already")
            found[key] = phrase
    return found


def phrase(key: str) -> Phrase:
    """The phrase of `key`. Raises UnknownWord."""
    try:
        return catalogue()[key]
    except KeyError:
        raise UnknownWord(key) from None


def say(key: str, language: Language, **values: object) -> str:
    """The sentence of `key` in `language` as plain text, its places filled. Raises UnknownWord."""
    sentence = phrase(key).of(language, values)
    return sentence.format(**values) if values else sentence

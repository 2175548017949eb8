"""The entries: read once from the rule data, found by any of their words (pure)."""

import csv
import tomllib
import unicodedata
from enum import StrEnum
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text


class Field(StrEnum):
    """The part of the trade that a word belongs to."""

    COMMON = "c"
    CHEMISTRY = "m"
    MECHANICS = "k"
    ELECTRICITY = "e"
    RULES = "s"
    TRADE = "t"


FIELDS = {
    Field.COMMON: Text(ja="共通", en="Common"),
    Field.CHEMISTRY: Text(ja="化学・物質", en="Chemistry and materials"),
    Field.MECHANICS: Text(ja="機械", en="Mechanics"),
    Field.ELECTRICITY: Text(ja="電気・制御", en="Electricity and control"),
    Field.RULES: Text(ja="制度", en="Rules"),
    Field.TRADE: Text(ja="取引", en="Trade"),
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One word. `reading` in hiragana or katakana; `related` are keys; `body` what one should know beyond the definition: a
    paragraph, and several for those worked out in full."""

    key: str
    field: Field
    name: Text
    reading: str
    definition: Text
    formula: str
    related: tuple[str, ...]
    source: str
    body: tuple[Text, ...]


class _Body(msgspec.Struct, frozen=True):
    key: str
    parts: tuple[dict[str, str], ...]


def _rows(name: str) -> list[dict[str, str]]:
    lines = files("meguri.rules").joinpath("glossary", name).read_text("utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="|"))


@cache
def entries() -> dict[str, Entry]:
    """All entries by key, in the order of the rule data."""
    folder = files("meguri.rules").joinpath("glossary")
    bodies = {
        body.key: tuple(Text(**part) for part in body.parts)
        for body in msgspec.convert(
            tomllib.loads(folder.joinpath("bodies.toml").read_text("utf-8"))["body"], list[_Body]
        )
    }
    for note in _rows("notes.csv"):
        bodies.setdefault(note["key"], (Text(ja=note["ja"], en=note["en"]),))
    rows = _rows("terms.csv")
    return {
        row["key"]: Entry(
            key=row["key"],
            field=Field(row["field"]),
            name=Text(ja=row["ja"], en=row["en"]),
            reading=row["reading"],
            definition=Text(ja=row["definition_ja"], en=row["definition_en"]),
            formula=row["formula"],
            related=tuple(key for key in row["related"].split(";") if key),
            source=row["source"] or "",
            body=bodies[row["key"]],
        )
        for row in rows
    }


def folded(text: str) -> str:
    """As words are compared: width, case, and katakana as hiragana."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    return "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in plain)


def found(words: str, field: Field | None = None) -> list[Entry]:
    """Entries with `words` in name, reading or definition: names that begin with them first. None given: all, by reading."""
    wanted = folded(words)
    ranked = [
        (rank, folded(entry.reading), entry)
        for entry in entries().values()
        if field is None or entry.field is field
        if (rank := _rank(entry, wanted)) is not None
    ]
    return [entry for _, _, entry in sorted(ranked, key=lambda row: row[:2])]


def _rank(entry: Entry, wanted: str) -> int | None:
    names = [folded(entry.name.ja), folded(entry.name.en), folded(entry.reading)]
    if any(name.startswith(wanted) for name in names):
        return 0
    if any(wanted in name for name in names):
        return 1
    return 2 if any(wanted in folded(text) for text in (entry.definition.ja, entry.definition.en)) else None

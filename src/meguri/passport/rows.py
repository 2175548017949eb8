"""Lists as rows of fields: materials, parts, substances and the like, each member in a cell of its own. Pure.

A list of the attribute `k` is sent as `k-rows` (that it was shown), `k-N-COLUMN` for row N, and `k-N-kept` for members
that no cell shows. Rows in which nothing is typed are no rows. A histogram is a list of bins, with what holds for all of
them in `k-head-MEMBER`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from meguri.kernel.ids import new_id
from meguri.kernel.text import Language
from meguri.passport.bulk.cells import Unreadable, number_of_cell
from meguri.passport.catalogue import Attribute
from meguri.passport.kinds import Kind
from meguri.passport.values import check
from meguri.passport.values.shapes import LISTS, SHAPES

_MEMBERS: Final = LISTS | {"histogram": "bin"}
HEADS: Final[Mapping[str, tuple[str, ...]]] = {"histogram": ("unit", "measured_at")}
"""Types that are one object around a list, and the members that stand before the rows."""
EDITED: Final = frozenset(_MEMBERS) - {"predecessors"}
_KEPT: Final = {"document": ("file_id", "sha256"), "event": ("id",)}
_NUMBERS: Final = ("decimal", "integer", "bounded")
_ROW = re.compile(r"([a-z0-9_]+)-([0-9]{1,4})-(.+)\Z")


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a list's editor.

    name     member, with dots into what is within it (`address.street`, `title.ja`)
    kind     text, number, choice, flag, many (codes or words with `;`), pairs (`name: value` with `;`)
    """

    name: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    tongue: str = ""

    @property
    def label(self) -> str:
        """The member's own name."""
        return self.name.removesuffix(f".{self.tongue}").rpartition(".")[2]


def columns_of(kind: str) -> list[Column]:
    """The columns of a list type; empty for types that are edited otherwise."""
    return list(_columns(_MEMBERS[kind])) if kind in EDITED else []


def _columns(shape: str, within: str = "") -> Iterator[Column]:
    for said, word in SHAPES[shape].items():
        member, required = said.rstrip("*"), said.endswith("*")
        name, first = f"{within}{member}", word.split(" ")[0]
        if member in _KEPT.get(shape, ()):
            continue
        if word in SHAPES:
            yield from _columns(word, f"{name}.")
        elif word == "text":
            yield from (
                Column(name=f"{name}.{each}", kind="text", required=False, tongue=each) for each in ("ja", "en")
            )
        elif word.startswith("["):
            inner = word[1:-1]
            choices = tuple(inner.split("|")) if "|" in inner else ()
            yield Column(name=name, kind="pairs" if inner in SHAPES else "many", required=required, choices=choices)
        elif "|" in word:
            yield Column(name=name, kind="choice", required=required, choices=tuple(word.split("|")))
        else:
            plain = "flag" if first == "boolean" else "number" if first in _NUMBERS else "text"
            yield Column(name=name, kind=plain, required=required)


def rows_of(kind: str, value: Any) -> list[dict[str, str]]:
    """The rows of a list as texts by column; `kept` has the members that no column shows."""
    columns = columns_of(kind)
    if kind in HEADS and isinstance(value, dict):
        value = value.get("bins")
    return [_row(columns, one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _row(columns: list[Column], one: Mapping[str, Any]) -> dict[str, str]:
    row = {column.name: _text(column, _within(one, column.name)) for column in columns}
    shown = {column.name.partition(".")[0] for column in columns}
    rest = {name: each for name, each in one.items() if name not in shown or each == []}
    return row | ({"kept": msgspec.json.encode(rest).decode()} if rest else {})


def _within(value: Any, name: str) -> Any:
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind == "flag":
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(_pair(one) if isinstance(one, Mapping) else str(one) for one in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _pair(one: Mapping[str, Any]) -> str:
    return ": ".join(str(each) for each in one.values())


def folded(kind: Kind, section: str, form: Mapping[str, str]) -> dict[str, str]:
    """The lists of a section as the cells of a file have them: JSON by attribute, empty for a list without rows."""
    found: dict[str, str] = {}
    for attribute in kind.by_section.get(section, []):
        if attribute.type in EDITED and f"{attribute.key}-rows" in form:
            bare = _list(attribute, form)
            value = _headed(attribute, form, bare) if attribute.type in HEADS else bare
            found[attribute.key] = msgspec.json.encode(value).decode() if value else ""
    return found


def heads_of(kind: str, value: Any) -> dict[str, str]:
    """What stands before the rows, as texts by member."""
    held = value if isinstance(value, Mapping) else {}
    return {name: str(held.get(name, "")) for name in HEADS.get(kind, ())}


def _headed(attribute: Attribute, form: Mapping[str, str], bins: list[dict[str, Any]]) -> dict[str, Any]:
    typed = {name: form.get(f"{attribute.key}-head-{name}", "").strip() for name in HEADS[attribute.type]}
    said: dict[str, Any] = {name: text for name, text in typed.items() if text}
    return said | {"bins": bins} if said or bins else {}


def _list(attribute: Attribute, form: Mapping[str, str]) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        matched = _ROW.match(name)
        if matched and matched[1] == attribute.key and text.strip():
            rows.setdefault(int(matched[2]), {})[matched[3]] = text.strip()
    columns = columns_of(attribute.type)
    flags = {column.name for column in columns if column.kind == "flag"}
    typed = (row for _, row in sorted(rows.items()) if row.keys() - flags - {"kept"})
    return [_value(attribute.type, columns, row) for row in typed]


def _value(kind: str, columns: list[Column], row: Mapping[str, str]) -> dict[str, Any]:
    value: dict[str, Any] = _kept(row.get("kept", ""))
    if _MEMBERS[kind] == "event":  # what happened has a number of its own from the moment it is written down
        value.setdefault("id", str(new_id()))
    for column in columns:
        text = row.get(column.name, "")
        if text or column.kind == "flag":
            *path, last = column.name.split(".")
            held = value
            for step in path:
                held = held.setdefault(step, {})
            held[last] = _read(kind, column, text)
        elif column.kind in ("many", "pairs") and column.required:
            value[column.name] = []
    return value


def _kept(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(kind: str, column: Column, text: str) -> Any:
    if column.kind == "flag":
        return text == "true"
    if column.kind == "number":
        try:
            return number_of_cell(text)
        except Unreadable:
            return text  # the rule of the value says what is wrong
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if column.kind == "many":
        return parts
    if column.kind == "pairs":
        members = [name.rstrip("*") for name in SHAPES[_inner(kind, column)]]
        return [dict(zip(members, (each.strip() for each in part.split(":", 1)), strict=False)) for part in parts]
    return text


def _inner(kind: str, column: Column) -> str:
    shape = SHAPES[_MEMBERS[kind]]
    return (shape.get(f"{column.name}*") or shape[column.name])[1:-1]


def faults_of(attribute: Attribute, value: Any, language: Language) -> dict[str, str]:
    """What is wrong with a list, by the name of the field that holds it."""
    found: dict[str, str] = {}
    names = [column.name for column in columns_of(attribute.type)]
    for one in check(attribute, value):
        steps = one.pointer.strip("/").split("/")[1:]
        if attribute.type in HEADS:
            if steps and steps[0] != "bins":
                found.setdefault(f"{attribute.key}-head-{steps[0]}", one.say.of(language, **one.values))
                continue
            steps = steps[1:]
        number, *path = steps or ["0"]
        wanted = ".".join(part for part in path if not part.isdigit())
        column = next((name for name in names if name == wanted or name.startswith(f"{wanted}.")), names[0])
        found.setdefault(f"{attribute.key}-{number}-{column}", one.say.of(language, **one.values))
    return found

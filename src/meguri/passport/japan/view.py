"""Japan's two groups of passport items, 仕様識別情報 and 個体識別情報, as a table and as files."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from meguri.passport.bulk.writing import safe
from meguri.passport.catalogue import AccessClass
from meguri.passport.kinds import Kind

SPECIFICATION, INDIVIDUAL = "仕様識別情報", "個体識別情報"
GROUPS = {"spec": SPECIFICATION, "individual": INDIVIDUAL}
HEADINGS = ("項目名", "値", "単位", "測定日", "出典")


class JapanRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    group: str
    name: str
    value: str
    unit: str
    measured_on: str
    source: str


def japan_rows(kind: Kind, values: Mapping[str, Any], meta: Mapping[str, Mapping[str, Any]]) -> Iterator[JapanRow]:
    """The lines of both groups, in the catalogue's order; of the values that the reader sees, without personal data."""
    for attribute in kind.attributes.values():
        if attribute.key in values and attribute.key not in kind.head.personal and attribute.jp_class in GROUPS:
            value = values[attribute.key]
            said = meta.get(attribute.key) or meta.get("*", {})
            measured = value.get("measured_at", "")[:10] if isinstance(value, dict) else ""
            source = (
                value.get("source") if isinstance(value, dict) and "measured_at" in value else said.get("source", "")
            )
            yield JapanRow(
                group=GROUPS[attribute.jp_class],
                name=attribute.name.ja,
                value=_words(value),
                unit=attribute.unit,
                measured_on=measured,
                source=str(source or ""),
            )


def japan_csv(rows: Iterator[JapanRow]) -> bytes:
    """The table as CSV, UTF-8 with a mark for Excel; nothing that a spreadsheet would run."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("区分", *HEADINGS))
    for row in rows:
        table.writerow([safe(text) for text in (row.group, row.name, row.value, row.unit, row.measured_on, row.source)])
    return out.getvalue().encode("utf-8-sig")


def japan_document(kind: Kind, values: Mapping[str, Any], *, individual: bool) -> dict[str, dict[str, Any]]:
    """The two groups keyed by the items' Japanese names; the second only for who sees the product's condition."""
    found: dict[str, dict[str, Any]] = {SPECIFICATION: {}, INDIVIDUAL: {}}
    for attribute in kind.attributes.values():
        group = GROUPS.get(attribute.jp_class)
        if group and attribute.key in values and attribute.key not in kind.head.personal:
            found[group][attribute.name.ja] = values[attribute.key]
    if not individual:
        del found[INDIVIDUAL]
    return found


def sees_individual(classes: frozenset[AccessClass]) -> bool:
    """Whether a reader is shown the second group at all: it needs class P4."""
    return AccessClass.P4 in classes


def _words(value: Any) -> str:
    if isinstance(value, dict):
        if "value" in value:
            return _words(value["value"])
        return str(value["ja"]) if isinstance(value.get("ja"), str) else msgspec.json.encode(value).decode()
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    return f"{value:g}" if isinstance(value, float) else str(value)

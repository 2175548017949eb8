"""The sections of a passport as forms: each attribute with its fields, each list with its rows; and what was typed into them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from meguri.kernel.text import Language, Text
from meguri.passport import rows
from meguri.passport.bulk.cells import NAMING
from meguri.passport.catalogue import Attribute
from meguri.passport.derived import category_of
from meguri.passport.expressions import filled
from meguri.passport.kinds import Kind
from meguri.passport.model import Record
from meguri.passport.public.plan import Plan, plan_of
from meguri.passport.values.shapes import SHAPES
from meguri.passport.views import Field, FieldGroup, RowCell, RowsField, is_asked, plain_words
from meguri.ui.parts import Choice, Column
from meguri.ui.words import say


def groups_of(
    kind: Kind,
    section: str,
    record: Record,
    document: Mapping[str, Any],
    language: Language,
    typed: Mapping[str, str] | None = None,
) -> list[FieldGroup]:
    """The fields of a section, filled with what is there or what was typed."""
    category, plan = category_of(kind, document), plan_of(kind)
    found = []
    for attribute in kind.by_section.get(section, []):
        if attribute.key in kind.read_only or (attribute.dynamic and record.granularity != "item"):
            continue
        flag = attribute.flag("ec", category)
        meta = record.meta.get(attribute.key) or record.meta.get("*", {})
        found.append(
            FieldGroup(
                key=attribute.key,
                label=attribute.name,
                duty=flag.value,
                legal=attribute.legal,
                access=attribute.access.value,
                inherited=attribute.key in document and attribute.key not in record.own,
                source=str(meta.get("source", "")) if attribute.key in record.own else "",
                fields=[]
                if attribute.type in rows.EDITED
                else _fields(attribute, document.get(attribute.key), language, typed, plan),
                rows=_rows(kind, attribute, document.get(attribute.key), language, typed),
                missing=is_asked(attribute, category) and not filled(document.get(attribute.key)),
                holder=kind.holder_of(attribute.key),
            )
        )
    return found


def _rows(
    kind: Kind, attribute: Attribute, value: Any, language: Language, typed: Mapping[str, str] | None
) -> RowsField | None:
    """The editor of a list; None for what is no list of rows."""
    if attribute.type not in rows.EDITED:
        return None
    if typed is not None:
        value = msgspec.json.decode(typed.get(attribute.key) or "[]")
    plan, columns = plan_of(kind), rows.columns_of(attribute.type)
    cells = []
    for column in columns:
        words = say(f"passport.field.{column.label}", language)
        if column.tongue:
            words += f" {say(f'passport.tongue.{column.tongue}', language)}"
        choices = _choices(column, plan, language)
        cells.append(
            RowCell(
                name=column.name,
                heading=Column(words, number=column.kind == "number"),
                kind="choice" if choices else "number" if column.kind == "number" else "text",
                choices=choices,
            )
        )
    heads = [
        Field(
            name=f"{attribute.key}-head-{name}",
            label=say(f"passport.field.{name}", language),
            kind="text",
            value=text,
            help=_HINTS["datetime"].of(language) if name == "measured_at" else "",
        )
        for name, text in rows.heads_of(attribute.type, value).items()
    ]
    return RowsField(cells=cells, rows=[*rows.rows_of(attribute.type, value), {}], heads=heads)


def _choices(column: rows.Column, plan: Plan, language: Language) -> list[Choice]:
    if column.kind == "flag":
        return [Choice(code, words.of(language)) for code, words in _FLAGS]
    if column.kind == "choice":
        return _coded(column.choices, plan, language)
    return []


def _coded(codes: Iterable[str], plan: Plan, language: Language) -> list[Choice]:
    return [Choice(code, plan.word(code).of(language)) for code in codes]


_FLAGS = (("true", Text(ja="はい", en="Yes")), ("false", Text(ja="いいえ", en="No")))
_STRUCTURED = ("address", "organisation", "document", "certificate", "jc_star", "thermal_test", "soh")
_EXAMPLE = Text(ja="JSON で入力します（例: {example}）", en="As JSON, for example {example}")


def _fields(
    attribute: Attribute, value: Any, language: Language, typed: Mapping[str, str] | None, plan: Plan
) -> list[Field]:
    if attribute.type in _STRUCTURED:
        return [
            one
            for name, word in _simple(attribute.type)
            for one in _inner(attribute, value, name, word, language, typed)
        ]
    if attribute.type == "text":
        return [_worded(attribute.key, attribute.key, value, each, typed) for each in ("ja", "en")]
    shown = _shown(attribute, value, language) if typed is None else typed.get(attribute.key, "")
    base: dict[str, Any] = {
        "name": attribute.key,
        "label": attribute.name.of(language),
        "value": shown,
        "unit": attribute.unit,
    }
    if attribute.type == "code":
        return [Field(**base, kind="choice", choices=_coded(attribute.enum, plan, language))]
    if attribute.type == "boolean":
        return [Field(**base, kind="choice", choices=[Choice(code, words.of(language)) for code, words in _FLAGS])]
    if attribute.type in (
        "string",
        "uri",
        "decimal",
        "integer",
        "year_month",
        "date",
        "duration",
        "codes",
        "quantity_t",
        "text",
        "datetime",
    ):
        return [Field(**base, kind="text", help=_hint(attribute, language))]
    example = _EXAMPLE.of(language, example=_sample(attribute))
    return [Field(**base, kind="long", help=example)]


_HINTS = {
    "year_month": Text(ja="例 2027-02、令和9年2月", en="For example 2027-02"),
    "date": Text(ja="例 2027-02-18", en="For example 2027-02-18"),
    "duration": Text(ja="例 P96M（96 か月）", en="For example P96M, 96 months"),
    "datetime": Text(ja="例 2027-03-01T09:00:00+09:00", en="For example 2027-03-01T09:00:00+09:00"),
    "uri": Text(ja="https:// で始まる URL", en="A URL that begins with https://"),
}


def _hint(attribute: Attribute, language: Language) -> str:
    if attribute.type == "codes":
        return " ; ".join(attribute.enum)
    found = _HINTS.get(attribute.type)
    return found.of(language) if found else ""


def _simple(kind: str) -> Iterator[tuple[str, str]]:
    """The members of a structured value that have a field of their own, those of an address within it too."""
    for name, word in SHAPES[kind].items():
        if word in SHAPES:
            yield from ((f"{name.rstrip('*')}.{inner}", deeper) for inner, deeper in _simple(word))
        elif word[:1] != "[":
            yield name.rstrip("*"), word


def kept_beside(kind: Kind, section: str, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Members of structured values that no field shows: they stay as they are."""
    found = {}
    for attribute in kind.by_section.get(section, []):
        value = document.get(attribute.key)
        if attribute.type in _STRUCTURED and isinstance(value, dict):
            shown = {name.partition(".")[0] for name, _ in _simple(attribute.type)}
            found[attribute.key] = {name: each for name, each in value.items() if name not in shown}
    return found


def _inner(
    attribute: Attribute, value: Any, name: str, word: str, language: Language, typed: Mapping[str, str] | None
) -> list[Field]:
    """The fields of one member of a structured value; a text has one for each language."""
    column = f"{attribute.key}.{name}"
    held = value
    for step in name.split("."):
        held = held.get(step) if isinstance(held, dict) else None
    name = name.rpartition(".")[2]
    if word == "text":
        return [_worded(column, name, held, each, typed) for each in ("ja", "en")]
    shown = (plain_words(held, language) if typed is None else typed.get(column, "")) or ""
    choices = [Choice(each, each) for each in word.split("|")] if "|" in word else []
    return [
        Field(name=column, label=name, kind="choice" if choices else "text", value=shown, choices=choices, inner=True)
    ]


def _worded(column: str, name: str, held: Any, language: str, typed: Mapping[str, str] | None) -> Field:
    """The field of one language of a text."""
    field = f"{column}.{language}"
    shown = str(held.get(language, "")) if isinstance(held, dict) and typed is None else (typed or {}).get(field, "")
    return Field(name=field, label=name, kind="text", value=shown, tongue=language, inner=name != column)


def _shown(attribute: Attribute, value: Any, language: Language) -> str:
    if value is None:
        return ""
    if attribute.type == "codes":
        return "; ".join(value)
    if attribute.type == "quantity_t" and value.keys() == {"value"}:
        return plain_words(value["value"], language)
    return plain_words(value, language)


def _sample(attribute: Attribute) -> str:
    from meguri.passport.values.shapes import LISTS, MEASURED

    shape = LISTS.get(attribute.type)
    if shape:
        needed = [name.rstrip("*") for name in SHAPES[shape] if name.endswith("*")]
        return "[{" + ", ".join(f'"{name}": …' for name in needed) + "}]"
    if attribute.type in MEASURED:
        return '{"value": 1, "measured_at": "2027-03-01T00:00:00Z", "source": "lab"}'
    return "{…}"


def cells_of(kind: Kind, section: str, form: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the fields of a section."""
    keys = {each.key for each in kind.by_section.get(section, [])}
    cells = {
        name: value.strip() for name, value in form.items() if name.partition(".")[0] in keys and name not in NAMING
    }
    return cells | rows.folded(kind, section, form)


def faults_in_rows(
    kind: Kind, cells: Mapping[str, str], wrong: Mapping[str, str], language: Language
) -> dict[str, str]:
    """`wrong` with every fault of a list beside the very cell that has it."""
    found: dict[str, str] = {}
    for key, words in wrong.items():
        attribute = kind.attributes.get(key)
        if attribute is not None and attribute.type in rows.EDITED and cells.get(key):
            found |= rows.faults_of(attribute, msgspec.json.decode(cells[key]), language) or {key: words}
        else:
            found[key] = words
    return found

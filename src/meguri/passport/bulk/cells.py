"""Cells into values: what people write in a table, as the catalogue has it. What cannot be read is named, never guessed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from meguri.kernel.numbers import typed
from meguri.kernel.surrogates import refuse_halves
from meguri.kernel.text import Text
from meguri.passport.bulk.model import CellFault, fault
from meguri.passport.catalogue import Attribute
from meguri.passport.document_rules import value_findings
from meguri.passport.kinds import Document, Kind
from meguri.passport.values import normalised
from meguri.passport.values.atoms import folded
from meguri.passport.values.shapes import SHAPES

NAMING = {
    "gtin": "gtin",
    "serial": "serial",
    "serial_number": "serial",
    "batch_id": "batch",
    "product_id": "product_id",
}
"""Columns that say which item it is, and what they say."""
_NOT_A_NUMBER = Text(ja="数値を入力してください。", en="This has to be a number.")
_NOT_JSON = Text(ja="JSON として読み取れません。", en="This cannot be read as JSON.")
_UNKNOWN = Text(ja="「{name}」という列はカタログにありません。", en="The catalogue has no column “{name}”.")
_TRUE = frozenset({"true", "1", "yes", "はい", "○", "有"})
_FALSE = frozenset({"false", "0", "no", "いいえ", "×", "無"})


class Unreadable(Exception):
    """A cell that is no value of its type."""

    def __init__(self, say: Text) -> None:
        super().__init__(say.en)
        self.say = say


def values_of(
    kind: Kind, cells: Mapping[str, Any], row: int, level: str, begun: Mapping[str, Any] | None = None
) -> tuple[Document, list[CellFault]]:
    """The values of a row (columns by catalogue key, nested ones by dots) and what is wrong with them.

    begun  members that structured values have already
    """
    values: Document = {}
    faults: list[CellFault] = []
    for column, cell in cells.items():
        if cell in (None, ""):
            continue
        key, _, inner = column.partition(".")
        attribute = kind.attributes.get(key)
        if attribute is None:
            faults.append(fault(row, column, cell, "UNKNOWN_ATTRIBUTE", _UNKNOWN, name=column))
            continue
        try:
            values[key] = (
                _nested(values.get(key, (begun or {}).get(key)), attribute, inner, cell)
                if inner
                else _value(attribute, cell)
            )
        except Unreadable as wrong:
            faults.append(fault(row, column, cell, "INVALID_VALUE", wrong.say))
    faults += _checked(kind, values, cells, row, level)
    return values, faults


def _checked(kind: Kind, values: Document, cells: Mapping[str, Any], row: int, level: str) -> Iterator[CellFault]:
    for found in value_findings(kind, values, level, system=kind.head.managed.at_issue):
        column = next((name for name in _columns_of(found.pointer) if name in cells), found.key)
        yield fault(row, column, cells.get(column), found.code, found.say, **found.values)


def _columns_of(at: str) -> Iterable[str]:
    """The columns that a JSON pointer may have come from, the most exact first."""
    parts = at.strip("/").split("/")
    return (".".join(parts[:length]) for length in range(len(parts), 0, -1))


def _value(attribute: Attribute, cell: Any) -> Any:
    if isinstance(cell, str) and cell[:1] in "[{" and attribute.type not in ("string", "uri"):
        return _json(cell)
    read = _READ.get(attribute.type)
    if read is not None:
        return normalised(attribute, read(cell))
    if attribute.type in SHAPES or attribute.type in ("object", "transfers"):
        return _json(_text(cell))
    if isinstance(cell, str):
        return _json(cell)
    return cell


def _nested(held: Any, attribute: Attribute, inner: str, cell: Any) -> Any:
    """One field of a structured value: `manufacturer_address.street`."""
    found = dict(held) if isinstance(held, dict) else {}
    name, _, deeper = inner.partition(".")
    if deeper:
        found[name] = _nested(found.get(name), attribute, deeper, cell)
        return found
    word = SHAPES.get(attribute.type, {})
    kind = (word.get(f"{name}*") or word.get(name) or "string").split(" ")[0]
    if kind in ("decimal", "integer", "bounded"):
        found[name] = number_of_cell(cell)
    elif kind == "boolean":
        found[name] = _boolean(cell)
    elif kind == "text":
        found[name] = _languages(cell)
    elif kind == "date":
        found[name] = _day(cell)
    elif kind.startswith("["):
        found[name] = _list(cell)
    else:
        found[name] = folded(_text(cell)) if kind in ("country", "cas") else _text(cell)
    return found


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def number_of_cell(cell: Any) -> float | int:
    """A number as people type it, with full-width digits and thousands commas. Raises Unreadable."""
    if isinstance(cell, bool):
        raise Unreadable(_NOT_A_NUMBER)
    if isinstance(cell, int | float):
        return int(cell) if float(cell).is_integer() else cell
    exact = typed(str(cell))
    if exact is None:
        raise Unreadable(_NOT_A_NUMBER)
    found = float(exact)
    return int(found) if found.is_integer() and "e" not in str(cell).lower() else found


def _boolean(cell: Any) -> bool:
    word = _text(cell).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Unreadable(Text(ja="「はい」か「いいえ」を入力してください。", en="This has to be yes or no."))


def _languages(cell: Any) -> Any:
    """A text without a language is Japanese when it has Japanese signs, else English."""
    text = _text(cell)
    return {"ja" if any(ord(sign) > 0x2E7F for sign in text) else "en": text}


def _day(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else folded(_text(cell)).replace("/", "-")


def _month(cell: Any) -> str:
    if isinstance(cell, date):
        return cell.strftime("%Y-%m")
    return folded(_text(cell))


def _list(cell: Any) -> list[str]:
    return [part.strip() for part in _text(cell).split(";") if part.strip()]


def _json(cell: str) -> Any:
    try:
        found = json.loads(cell)
        refuse_halves(cell, found)
        return found
    except (ValueError, RecursionError):
        raise Unreadable(_NOT_JSON) from None


_READ: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "uri": _text,
    "code": _text,
    "duration": _text,
    "datetime": lambda cell: cell.isoformat() if isinstance(cell, datetime) else _text(cell),
    "decimal": number_of_cell,
    "integer": number_of_cell,
    "boolean": _boolean,
    "text": _languages,
    "date": _day,
    "year_month": _month,
    "codes": _list,
    "quantity_t": lambda cell: {"value": number_of_cell(cell)},
}

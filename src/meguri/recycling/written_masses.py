"""Masses that somebody wrote with their unit inside: `"500 g"` in a field of kilograms is neither a number nor kilograms."""

import json
import re
from collections.abc import Iterator
from typing import Any

from meguri.recycling.errors import UnitMismatch

_WITH_UNIT = re.compile(r"\s*[+-]?[0-9][0-9.,_ ]*\s*(?P<unit>[a-zA-Zµμ]{1,8}|ｋｇ|キロ|トン)\s*\Z")
_MAYBE = re.compile(rb"[0-9]\s*(?:[a-zA-Z]{1,8}|(?:[\xc2-\xef][\x80-\xbf]+){1,3})\s*\"")


def require_bare_masses(raw: bytes) -> None:
    """Raises UnitMismatch for the first mass of a body whose text names a unit; says nothing about what is no JSON."""
    if not _MAYBE.search(raw):
        return
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return
    for field, given in _masses(body, ""):
        found = _WITH_UNIT.match(given)
        if found:
            raise UnitMismatch(field=field, given=found["unit"])


def _masses(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Texts in fields whose name says kilograms: `mass_wet_kg`, `by_units_kg.Co`."""
    if isinstance(value, dict):
        for key, item in value.items():
            place = f"{at}.{key}" if at else key
            if isinstance(item, str) and (key.endswith("_kg") or at.endswith("_kg")):
                yield place, item
            elif isinstance(item, dict | list):
                yield from _masses(item, place)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _masses(item, f"{at}[{number}]")

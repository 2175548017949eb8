"""The table of conformance: one row per identifier, field group, route, trust level, function and protocol, with its evidence.

A row says `implemented` only with a test that shows it; what is missing is said as well. Routes of the native API are read from
the application, and each value of an enumeration is a row of its own, so that none is forgotten.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from meguri.dataspaces.conformance import rows
from meguri.dataspaces.conformance.model import STATES, Row
from meguri.dataspaces.conformance.outside import outside
from meguri.dataspaces.rules import RuleHead
from meguri.kernel.shipped import files
from meguri.kernel.text import Language

Doors = Iterable[tuple[str, str]]


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """Where we differ on purpose, and why."""

    id: str
    ja: str
    en: str
    why_ja: str
    why_en: str


class Table(RuleHead, frozen=True, kw_only=True):
    """All rows. `guideline_version` stays `unverified` until the guideline's text has been compared."""

    guideline_version: str
    row: tuple[Row, ...]
    deviation: tuple[Deviation, ...]


@cache
def table() -> Table:
    """The table with the routes of façades and the values of enumerations; those of the native API are added by `all_rows`."""
    raw = (files("meguri.rules") / "dataspaces" / "conformance_table.toml").read_bytes()
    found = msgspec.toml.decode(raw, type=Table)
    return msgspec.structs.replace(found, row=(*found.row, *rows.of_routes(), *rows.of_enumerations()))


def all_rows(doors: Doors) -> tuple[Row, ...]:
    """All rows. `doors`: (method, path) of the native application. Raises LookupError."""
    found = table().row
    contracts = [row for row in found if row.heading == "interface"]
    return (*found, *rows.of_native(doors, contracts))


def counts(found: Iterable[Row]) -> dict[str, int]:
    """How many rows are in which state."""
    made = dict.fromkeys(STATES, 0)
    for row in found:
        made[row.state] += 1
    return made


def route_of(path: str) -> Row | None:
    """The contract that a public route belongs to: the longest that its path begins with."""
    fitting = [row for row in table().row if row.heading == "interface" and rows.below(path, row.id)]
    return max(fitting, key=lambda row: len(row.id), default=None)


def as_data(language: Language, doors: Doors) -> dict[str, Any]:
    """The table in one language, for pages and print. `doors`: (method, path) of the native application."""
    found, told = table(), all_rows(doors)
    return {
        "version": found.version,
        "status": found.status,
        "guideline_version": found.guideline_version,
        "counts": counts(told),
        "rows": [
            {
                "heading": row.heading,
                "id": row.id,
                "title": row.words("title", language),
                "state": row.state,
                "tests": list(row.tests),
                "kits": [outside()[kit].said() for kit in row.kits],
                "place": row.words("place", language),
                "note": row.words("note", language),
            }
            for row in told
        ],
        "deviations": [
            {
                "id": one.id,
                "title": one.ja if language == "ja" else one.en,
                "why": one.why_ja if language == "ja" else one.why_en,
            }
            for one in found.deviation
        ],
    }

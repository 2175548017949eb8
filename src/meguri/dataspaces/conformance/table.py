"""The table of conformance: one row per identifier, field group, route, trust level, function and protocol, with its evidence.

A row says `implemented` only with a test that shows it; what is missing is said as well. The values of each enumeration of the
data exchange are rows of their own, taken from the code, so that none is forgotten.
"""

from enum import StrEnum
from functools import cache
from typing import Any, Literal

import msgspec

from meguri.dataspaces.conformance.outside import outside
from meguri.dataspaces.rules import RuleHead
from meguri.kernel.shipped import files
from meguri.kernel.text import Language
from meguri.kernel.units import AmountUnit
from meguri.operators.catalogue import disclosure_rules
from meguri.traceability.model import RequestType, State

STATES = ("implemented", "partly", "not")
HEADINGS = ("identifiers", "data_model", "interface", "trust_level", "functions", "protocols", "enumerations")
_OURANOS = "tests/dataspaces/ouranos/"
_TUTORIALS = _OURANOS + "test_tutorials.py::test_the_five_tutorials_run_and_the_answers_have_the_recorded_keys_in_order"
_RELEASES = _OURANOS + "test_north.py::test_releases_replace_a_family_and_are_repeatable"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is asked for, how far it is there, and what shows it: tests of ours, and recorded runs of outside kits."""

    heading: str
    id: str
    ja: str
    en: str
    state: Literal["implemented", "partly", "not"]
    tests: tuple[str, ...] = ()
    kits: tuple[str, ...] = ()
    place_ja: str = ""
    place_en: str = ""
    note_ja: str = ""
    note_en: str = ""

    def words(self, name: str, language: Language) -> str:
        """`title`, `place` or `note` in a language."""
        prefix = "" if name == "title" else f"{name}_"
        found: str = getattr(self, f"{prefix}{language}")
        return found


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
    """The table, enumerations included."""
    raw = (files("meguri.rules") / "dataspaces" / "conformance_table.toml").read_bytes()
    found = msgspec.toml.decode(raw, type=Table)
    return msgspec.structs.replace(found, row=(*found.row, *_enumerations()))


def _enumerations() -> list[Row]:
    kinds: list[tuple[str, str, str, type[StrEnum], str]] = [
        ("amountRequiredUnit", "単位", "Unit of an amount", AmountUnit, _TUTORIALS),
        ("requestType", "依頼の種別", "Kind of request", RequestType, _TUTORIALS),
        ("requestStatus", "依頼の状態", "State of a request", State, _TUTORIALS),
    ]
    made = [_enumeration(name, ja, en, value, test) for name, ja, en, kind, test in kinds for value in kind]
    groups = [
        _enumeration("itemGroup", "開示項目", "Disclosure group", value, _RELEASES)
        for value in disclosure_rules().groups
    ]
    return [*made, *groups]


def _enumeration(name: str, ja: str, en: str, value: str, test: str) -> Row:
    return Row(
        heading="enumerations",
        id=f"{name}={value}",
        ja=f"{ja} {value}",
        en=f"{en} {value}",
        state="implemented",
        tests=(test,),
    )


def counts() -> dict[str, int]:
    """How many rows are in which state."""
    found = dict.fromkeys(STATES, 0)
    for row in table().row:
        found[row.state] += 1
    return found


def route_of(path: str) -> Row | None:
    """The row that a public route belongs to: the longest that its path begins with."""
    fitting = [row for row in table().row if row.heading == "interface" and _below(path, row.id)]
    return max(fitting, key=lambda row: len(row.id), default=None)


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/") or (root == "/3" and path.startswith("/3/"))


def as_data(language: Language) -> dict[str, Any]:
    """The table in one language, for pages and print."""
    found = table()
    return {
        "version": found.version,
        "status": found.status,
        "guideline_version": found.guideline_version,
        "counts": counts(),
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
            for row in found.row
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

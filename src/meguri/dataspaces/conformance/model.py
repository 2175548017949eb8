"""One row of the table of conformance."""

from typing import Literal

import msgspec

from meguri.kernel.text import Language

STATES = ("implemented", "partly", "not")
HEADINGS = (
    "identifiers", "data_model", "interface", "routes", "trust_level", "functions", "protocols", "enumerations",
)  # fmt: skip


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

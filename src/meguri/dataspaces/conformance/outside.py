"""Results of outside test kits: the record of runs, by version and date."""

from datetime import date
from functools import cache

import msgspec

from meguri.dataspaces.rules import RuleHead
from meguri.kernel.shipped import files


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What a kit of others found in one run.

    id       by which rows of the table name it
    passed, failed, skipped   its own counts; skipped are those that were not run, `note` says why
    """

    id: str
    name: str
    version: str
    at: date
    passed: int
    failed: int
    skipped: int = 0
    note: str = ""

    def said(self) -> str:
        """One line: which kit, when, how many."""
        rest = f", {self.skipped} not run" if self.skipped else ""
        return f"{self.name} {self.version}, {self.at}: {self.passed} passed, {self.failed} failed{rest}"


class _Outsides(RuleHead, frozen=True, kw_only=True):
    kit: tuple[Outside, ...] = ()


@cache
def outside() -> dict[str, Outside]:
    """All results by the id of their kit."""
    raw = (files("meguri.rules") / "dataspaces" / "outside_kits.toml").read_bytes()
    return {one.id: one for one in msgspec.toml.decode(raw, type=_Outsides).kit}

"""What an import is: a file that has become steps of work, and how far they are done."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.text import Language, Text


class RunState(StrEnum):
    """Where an import stands."""

    QUEUED = "queued"
    CHECKING = "checking"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


AT_WORK = frozenset({RunState.QUEUED, RunState.CHECKING, RunState.WRITING})


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in one row of the file (1 is the row of headings), in both languages."""

    row: int
    column: str | None
    ja: str
    en: str

    def of(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.ja if language == "ja" else self.en


def fault(row: int, column: str | None, say: Text, values: dict[str, Any]) -> Fault:
    """A fault from a sentence and what fills its places."""
    return Fault(row=row, column=column, ja=say.of("ja", **values), en=say.of("en", **values))


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it is kept.

    kind            what is imported: `parts`, `answers`, `footprints` …
    sha256          of the file, in hexadecimal; None for an import of before it was kept
    keep_good_rows  wrong rows are left out; else a single wrong row refuses the file
    rows            rows of the file that say something
    passed          rows that the present step (checking, writing) has behind it
    written         what was made or changed
    left            rows left for later on purpose, since they say nothing yet
    bad             faults found
    step_at         since when the present step runs
    """

    operator_id: UUID
    import_id: UUID
    kind: str
    state: RunState
    file_name: str
    sha256: str | None = None
    keep_good_rows: bool
    rows: int
    passed: int
    written: int
    left: int
    bad: int
    actor: str
    created_at: datetime
    step_at: datetime
    updated_at: datetime

    @property
    def at_work(self) -> bool:
        """Whether it still goes on."""
        return self.state in AT_WORK

    def time_left(self, now: datetime) -> timedelta | None:
        """How long the present step will take at its pace so far; None while that is a guess (under two seconds or 2 %)."""
        return pace(self.passed, self.rows, now - self.step_at) if self.at_work else None


def pace(done: int, of: int, taken: timedelta) -> timedelta | None:
    """The time that the rest of a work needs at its pace so far; None while that is a guess (under two seconds or 2 %)."""
    if taken < timedelta(seconds=2) or done * 50 < of or not done:
        return None
    return taken * (of - done) / done


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows that are done together: their first row in the file, how many they are, and what to do as JSON."""

    row: int
    rows: int
    body: Any


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that are done in one transaction when good rows are kept."""

    part: int
    rows: int
    steps: list[Step]
    faults: list[Fault]

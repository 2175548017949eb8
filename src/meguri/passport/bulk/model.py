"""A file of passports as it is read, and what becomes of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from meguri.kernel.text import Language, Text

Mode = Literal["dry_run", "all_or_nothing", "skip_bad"]
PART_ROWS = 500
MOST_ROWS = 100_000
MOST_BYTES = 50_000_000


class CellFault(msgspec.Struct, frozen=True, kw_only=True):
    """One bad cell, by the row and column of the file (1 is the first row)."""

    row: int
    column: str
    value: str
    code: str
    text_ja: str
    text_en: str

    def text(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.text_ja if language == "ja" else self.text_en


def fault(row: int, column: str, value: Any, code: str, say: Text, /, **values: object) -> CellFault:
    """A fault in both languages; a long value is cut."""
    shown = "" if value is None else str(value)[:100]
    return CellFault(
        row=row,
        column=column,
        value=shown,
        code=code,
        text_ja=say.of("ja", **values),
        text_en=say.of("en", **values),
    )


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a file: its row, what identifies it, its values, and what is wrong with them already."""

    row: int
    gtin: str | None = None
    serial: str | None = None
    batch: str | None = None
    product_id: str | None = None
    values: dict[str, Any] = {}
    faults: list[CellFault] = []


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: `issued`, or `present` when the same file had made it before."""

    row: int
    outcome: Literal["issued", "present"]
    dpp_id: str
    product_id: str
    version_hash: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A file at work. `rows` in the file; `checked` so far; `issued`, `present` before, `bad`."""

    operator_id: UUID
    job_id: UUID
    mode: Mode
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    model_id: UUID | None
    base: str
    file_name: str
    file_sha256: str
    publish: bool
    rows: int
    checked: int
    issued: int
    present: int
    bad: int
    reason: str | None
    actor: str
    created_at: datetime
    updated_at: datetime


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a file, done in one transaction."""

    operator_id: UUID
    job_id: UUID
    part: int
    first_row: int
    rows: list[Row]
    checked: bool = False
    issued: bool = False
    errors: list[CellFault] = []
    results: list[Result] = []

"""Emission factors as they come in, and what became of them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.footprint.calculation.factors import Licence, Source, SystemModel
from meguri.footprint.calculation.quality import Scores


class FactorInput(msgspec.Struct, frozen=True, kw_only=True):
    """A factor of the company's own; the fields are those of `calculation.factors.EmissionFactor`."""

    id: str
    version: str
    name: str
    unit: str
    source: Source
    licence: Licence
    value: Decimal | None = None
    gwp_set: str | None = None
    by_gas: dict[str, Decimal] | None = None
    geography: str = "GLO"
    valid_from: date | None = None
    valid_to: date | None = None
    technology: str = ""
    system_model: SystemModel = "n/a"
    includes_transmission_loss: bool | None = None
    boundary: str = ""
    scores: Scores | None = None
    sigma: float | None = None
    synonyms: list[str] = []
    classification: str = ""
    supersedes: str | None = None
    primary: bool = False


class RejectedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row or data set that was not taken, and why (Japanese and English)."""

    line: int
    ja: str
    en: str


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. The same file again changes nothing: all rows are `unchanged`.

    groups  the system models and GWP sets in the file; several are kept apart, never merged
    """

    import_id: UUID | None
    read: int
    created: int
    changed: int
    unchanged: int
    rejected: list[RejectedRow]
    groups: list[str] = []


class FactorImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import that was made."""

    import_id: UUID
    file_name: str
    report: ImportReport
    at: datetime
    actor: str


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """A result that rests on an older version of a factor."""

    result_id: UUID
    trace_id: UUID
    reference: str
    newest: str
    created_at: datetime

"""What health keeps and gives out, beyond single results."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta as Rule

from meguri.health.model import Level, Result, Status
from meguri.telemetry.model import Quality

Kind = Literal["record", "pulse", "worksteps"]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was handed in: a record of measurements, a table of pulse tests, or a cycler's work steps."""

    upload_id: UUID
    file_name: str
    sha256: str
    size: int
    kind: Kind
    quality: Quality | None
    created_at: datetime


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a record is to be read."""

    profile: str | None = None
    current_sign: Literal["keep", "flip"] = "keep"
    charger_efficiency: float | None = None


class ProblemNote(msgspec.Struct, frozen=True):
    """Why there is no assessment, in both languages."""

    code: str
    text_ja: str
    text_en: str


class StoredAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """An assessment in the database: waiting, running, done with its body, or failed with the reason."""

    assessment_id: UUID
    battery_id: UUID | None
    upload_id: UUID | None
    state: Literal["waiting", "running", "done", "failed"]
    meta: dict[str, Any]
    options: Options
    body: dict[str, Any] | None
    error: ProblemNote | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def progress(self) -> float:
        """0 to 1: begun or not, finished or not."""
        return {"waiting": 0.0, "running": 0.5}.get(self.state, 1.0)


class StoredResult(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of a battery from one source."""

    result_id: UUID
    battery_id: UUID
    source_id: UUID
    source: str
    quantity: str
    method: str
    status: Status
    value: float | None
    lower: float | None
    upper: float | None
    body: Result
    measured_at: datetime
    created_at: datetime


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a record can witness for the safety gate: a truth, or a number with its interval where it has one."""

    finding_id: UUID
    battery_id: UUID
    source_id: UUID
    quantity: str
    kind: str
    status: Status
    truth: bool | None
    value: float | None
    lower: float | None
    upper: float | None
    reasons: list[str]
    measured_at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a battery at a moment.

    soh         what all methods say together: `status` tells whether it is a number one may use
    results     the newest result of each quantity, method and source
    resistance  ohm at 25 °C; spread: V between cells at rest; None where nobody measured
    """

    battery_id: UUID
    at: datetime
    soh: Result
    soh_energy: Result | None
    resistance: Result | None
    spread: Result | None
    results: list[Result]


class LifeLeft(msgspec.Struct, frozen=True, kw_only=True):
    """Life left to an end-of-life capacity: P10, P50, P90 in days from the last measurement; None: beyond 100 years.

    days, p10, p50, p90  the trajectory of relative capacity over days from the last measurement; flags say what it
                         stands on
    """

    battery_id: UUID
    points: int
    end_of_life_pct: float
    cycles_per_day: float
    remaining_days: tuple[float | None, float | None, float | None]
    days: list[float]
    p10: list[float]
    p50: list[float]
    p90: list[float]
    flags: tuple[str, ...]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier result beside the full test that came later [%]."""

    check_id: UUID
    battery_id: UUID
    of_model: str
    predicted: float
    lower: float
    upper: float
    measured: float
    at: datetime

    @property
    def error(self) -> float:
        """Predicted minus measured [points]."""
        return self.predicted - self.measured

    @property
    def held(self) -> bool:
        """Whether the interval held what was measured."""
        return self.lower <= self.measured <= self.upper


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """How results of a model or firm compared with full tests that came later."""

    of_model: str
    checks: int
    mae: float | None
    coverage: float | None
    flags: tuple[str, ...]
    latest: list[Check]


class FirmInput(msgspec.Struct, frozen=True, kw_only=True):
    """A diagnosis firm and the Ed25519 key it signs with, as Multikey (z6Mk…)."""

    name: Annotated[str, Rule(min_length=1, max_length=200)]
    public_key: Annotated[str, Rule(min_length=40, max_length=120)]


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """A registered diagnosis firm."""

    firm_id: UUID
    name: str
    public_key: str
    created_at: datetime
    revoked_at: datetime | None


class OrderInput(msgspec.Struct, frozen=True, kw_only=True):
    """A diagnosis that is ordered."""

    battery_id: UUID
    firm_id: UUID
    note: Annotated[str, Rule(max_length=2000)] = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and the signed document that answered it."""

    order_id: UUID
    battery_id: UUID
    firm_id: UUID
    note: str
    document: dict[str, Any] | None
    ordered_at: datetime
    delivered_at: datetime | None


class Birth(msgspec.Struct, frozen=True, kw_only=True):
    """End-of-line measurement of one cell or pack, with the file and row it stands in. Ah, ohm, V."""

    serial: str
    level: Level
    capacity_ah: float
    resistance_ohm: float | None
    ocv_volt: float | None
    measured_on: date
    sha256: str
    row: int


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with one cell of a table."""

    row: int
    column: str
    value: str
    code: str
    text_ja: str
    text_en: str


class BirthsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import of end-of-line measurements brought."""

    sha256: str
    rows: int
    added: int
    known: int
    errors: list[RowError]


Ground = Literal["purchaser", "agent", "aggregator"]
Purpose = Literal["residual_value", "lifetime", "further_use", "second_life"]


class ReaderInput(msgspec.Struct, frozen=True, kw_only=True):
    """Who else may read the health of a battery, by which ground of Regulation (EU) 2023/1542 Art. 14, what for, how long.

    company  public number of the company: who lawfully bought the battery, acts for the buyer, or aggregates for others
    """

    company: Annotated[str, Rule(min_length=1, max_length=60)]
    ground: Ground
    purpose: Purpose
    until: date


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A right to read, and whether it has been ended."""

    reader_id: UUID
    battery_id: UUID
    company_id: UUID
    ground: Ground
    purpose: Purpose
    until: date
    created_at: datetime
    ended_at: datetime | None


class ReadingRight(msgspec.Struct, frozen=True, kw_only=True):
    """What a company may read of another's."""

    holder_id: UUID
    reader_id: UUID
    battery_id: UUID
    ground: Ground
    purpose: Purpose
    until: date


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody read: which company, which person or key of it, by which right, when."""

    reading_id: UUID
    battery_id: UUID
    reader_id: UUID
    company_id: UUID
    actor: str
    ground: Ground
    purpose: Purpose
    read_at: datetime


class SharedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The health of a battery as its reader sees it: what all methods say, and the newest set of Annex VII."""

    right: ReadingRight
    standing: Standing
    annex_vii: dict[str, Any] | None
    read_at: datetime

"""What has happened in health."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class BatteryDiagnosed(Event, frozen=True, kw_only=True):
    """Results about a battery were added: by an assessment, a prediction or a firm.

    soh, soh_lower, soh_upper  what all methods say together now [%]; None when they say nothing, or contradict
    """

    tag: ClassVar[str] = "health:battery:diagnose"
    battery_id: UUID
    source_id: UUID
    source: str
    soh: float | None = None
    soh_lower: float | None = None
    soh_upper: float | None = None
    reasons: tuple[str, ...] = ()


class AssessmentFailed(Event, frozen=True, kw_only=True):
    """A record could not be assessed."""

    tag: ClassVar[str] = "health:assessment:fail"
    assessment_id: UUID
    code: str


class FirmRegistered(Event, frozen=True, kw_only=True):
    """A diagnosis firm was registered with its key."""

    tag: ClassVar[str] = "health:firm:register"
    firm_id: UUID
    name: str
    public_key: str


class FirmRevoked(Event, frozen=True, kw_only=True):
    """A firm's key counts no longer."""

    tag: ClassVar[str] = "health:firm:revoke"
    firm_id: UUID


class DiagnosisOrdered(Event, frozen=True, kw_only=True):
    """A diagnosis was ordered from a firm."""

    tag: ClassVar[str] = "health:order:place"
    order_id: UUID
    battery_id: UUID
    firm_id: UUID


class BirthsImported(Event, frozen=True, kw_only=True):
    """End-of-line measurements were imported."""

    tag: ClassVar[str] = "health:births:import"
    sha256: str
    rows: int
    added: int


class UploadKept(Event, frozen=True, kw_only=True):
    """A file was handed in."""

    tag: ClassVar[str] = "health:upload:keep"
    upload_id: UUID
    sha256: str
    file_name: str


class ReaderAdded(Event, frozen=True, kw_only=True):
    """A company may read the health of a battery."""

    tag: ClassVar[str] = "health:reader:add"
    reader_id: UUID
    battery_id: UUID
    company_id: UUID
    ground: str
    purpose: str
    until: date

    def parties(self) -> tuple[UUID, ...]:
        """The company that may read."""
        return (self.company_id,)


class ReaderEnded(Event, frozen=True, kw_only=True):
    """A company may read no more."""

    tag: ClassVar[str] = "health:reader:end"
    reader_id: UUID
    battery_id: UUID
    company_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The company that might read."""
        return (self.company_id,)


class HealthRead(Event, frozen=True, kw_only=True):
    """A company read the health of another's battery."""

    tag: ClassVar[str] = "health:battery:read"
    battery_id: UUID
    holder_id: UUID
    company_id: UUID
    ground: str
    purpose: str

    def parties(self) -> tuple[UUID, ...]:
        """The company whose battery it is."""
        return (self.holder_id,)

"""What has happened in footprint."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class FootprintRecorded(Event, frozen=True, kw_only=True):
    """A maker declared the footprint of a part, or a new version of it."""

    tag: ClassVar[str] = "footprint:record:write"
    trace_id: UUID
    footprint_id: UUID
    version: int


class AnswersChanged(Event, frozen=True, kw_only=True):
    """By one write upstream, what these customers are answered has changed; `waiting`: more follows as a job."""

    tag: ClassVar[str] = "footprint:answers:change"
    trades: tuple[UUID, ...]
    operators: tuple[UUID, ...]
    parts_reached: int
    waiting: int = 0

    def parties(self) -> tuple[UUID, ...]:
        """Every company whose totals moved."""
        return self.operators


class CertificateChanged(Event, frozen=True, kw_only=True):
    """Certificate files of a part were added or removed."""

    tag: ClassVar[str] = "footprint:certificate:change"
    trace_id: UUID
    added: tuple[UUID, ...] = ()
    removed: tuple[UUID, ...] = ()

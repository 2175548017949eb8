"""What has happened in due diligence."""

from typing import ClassVar, Self
from uuid import UUID

import msgspec

from meguri.kernel.events import Event
from meguri.traceability.events import TradeSides


class ResultRecorded(Event, frozen=True, kw_only=True):
    """A maker stated the due-diligence result of a part, or a new version of it."""

    tag: ClassVar[str] = "diligence:result:write"
    trace_id: UUID
    version: int


class DdAnswersChanged(Event, frozen=True, kw_only=True):
    """By one write upstream, what customers are answered has changed."""

    tag: ClassVar[str] = "diligence:answers:change"
    answers: tuple[TradeSides, ...]

    def parties(self) -> tuple[UUID, ...]:
        """Every customer and supplier of these requests."""
        return tuple(sorted({operator for trade in self.answers for operator in trade.both}))

    def seen_by(self, operator_id: UUID) -> Self:
        """Only the operator's own requests: nobody learns who else is in the chain."""
        return msgspec.structs.replace(self, answers=tuple(one for one in self.answers if operator_id in one.both))


class RecordWritten(Event, frozen=True, kw_only=True):
    """A record of due diligence was made or changed: its kind, id, version and state; never its content."""

    tag: ClassVar[str] = "diligence:record:write"
    kind: str
    record_id: UUID
    version: int
    state: str


class EvidenceRead(Event, frozen=True, kw_only=True):
    """A file of evidence was read, by whoever the audit names."""

    tag: ClassVar[str] = "diligence:evidence:read"
    record_id: UUID


class CaseReceived(Event, frozen=True, kw_only=True):
    """A grievance came in. Nothing of its content, nothing of who sent it."""

    tag: ClassVar[str] = "diligence:case:receive"
    case_id: UUID


class CaseRead(Event, frozen=True, kw_only=True):
    """A handler read a grievance."""

    tag: ClassVar[str] = "diligence:case:read"
    case_id: UUID


class CaseMoved(Event, frozen=True, kw_only=True):
    """A grievance was taken on."""

    tag: ClassVar[str] = "diligence:case:move"
    case_id: UUID
    state: str


class CaseErased(Event, frozen=True, kw_only=True):
    """The personal data of a grievance were erased on request; its figures stay."""

    tag: ClassVar[str] = "diligence:case:erase"
    case_id: UUID

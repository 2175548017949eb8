"""What has happened in footprint."""

from datetime import date
from typing import ClassVar, Self
from uuid import UUID

import msgspec

from meguri.kernel.events import Event
from meguri.traceability.events import TradeSides


class FootprintRecorded(Event, frozen=True, kw_only=True):
    """A maker declared the footprint of a part, or a new version of it."""

    tag: ClassVar[str] = "footprint:record:write"
    trace_id: UUID
    footprint_id: UUID
    version: int


class TotalsMoved(msgspec.Struct, frozen=True, kw_only=True):
    """How many parts of an operator have other totals now."""

    operator_id: UUID
    parts: int


class AnswersChanged(Event, frozen=True, kw_only=True):
    """By one write upstream, totals of parts have moved, and what customers are answered has changed.

    answers  the requests whose answer is another one now
    totals   how many parts' totals have moved, by operator
    """

    tag: ClassVar[str] = "footprint:answers:change"
    answers: tuple[TradeSides, ...]
    totals: tuple[TotalsMoved, ...]

    def parties(self) -> tuple[UUID, ...]:
        """Every company whose totals or answers moved."""
        sides = {operator for trade in self.answers for operator in trade.both}
        return tuple(sorted(sides.union(one.operator_id for one in self.totals)))

    def seen_by(self, operator_id: UUID) -> Self:
        """Only the operator's own parts and requests: nobody learns who else is in the chain."""
        return msgspec.structs.replace(
            self,
            answers=tuple(trade for trade in self.answers if operator_id in trade.both),
            totals=tuple(one for one in self.totals if one.operator_id == operator_id),
        )


class CertificateChanged(Event, frozen=True, kw_only=True):
    """Certificate files of a part were added or removed."""

    tag: ClassVar[str] = "footprint:certificate:change"
    trace_id: UUID
    added: tuple[UUID, ...] = ()
    removed: tuple[UUID, ...] = ()


class FootprintReceived(Event, frozen=True, kw_only=True):
    """A supplier outside this exchange stated the footprint of a part, and it counts from now on."""

    tag: ClassVar[str] = "footprint:statement:receive"
    trace_id: UUID
    origin: str
    reference: str


class FactorsImported(Event, frozen=True, kw_only=True):
    """Emission factors of a company's own came in, by hand (no file name) or from a file."""

    tag: ClassVar[str] = "footprint:factor:import"
    created: int
    changed: int
    file_name: str


class ReadingsTaken(Event, frozen=True, kw_only=True):
    """Readings of meters, systems or invoices came in."""

    tag: ClassVar[str] = "footprint:reading:take"
    added: int
    meters: tuple[str, ...]


class WorksheetSaved(Event, frozen=True, kw_only=True):
    """A worksheet was written."""

    tag: ClassVar[str] = "footprint:worksheet:write"
    worksheet_id: UUID
    trace_id: UUID
    version: int


class ResultComputed(Event, frozen=True, kw_only=True):
    """A footprint was computed and kept."""

    tag: ClassVar[str] = "footprint:result:compute"
    result_id: UUID
    trace_id: UUID
    pack_id: str
    reason: str


class PackMoved(Event, frozen=True, kw_only=True):
    """A version of the company's own rule pack was written, published or withdrawn."""

    tag: ClassVar[str] = "footprint:pack:move"
    pack_id: str
    version: str
    hash: str
    state: str


class PeersMoved(Event, frozen=True, kw_only=True):
    """A result was contributed to statistics among peers, or taken back."""

    tag: ClassVar[str] = "footprint:peers:move"
    result_id: UUID
    group: str
    contributed: bool


class DeclarationMoved(Event, frozen=True, kw_only=True):
    """A declaration was drafted, changed, or took a step; `published`: the passport of its model may follow."""

    tag: ClassVar[str] = "footprint:declaration:move"
    declaration_id: UUID
    state: str
    model: str


class VerificationMoved(Event, frozen=True, kw_only=True):
    """A verification statement was made or took a step."""

    tag: ClassVar[str] = "footprint:verification:move"
    verification_id: UUID
    state: str


class StatementFileAdded(Event, frozen=True, kw_only=True):
    """A verifier's certificate or report was added to a statement; `maker_id`: by the verifier, with that company."""

    tag: ClassVar[str] = "footprint:verification:file"
    verification_id: UUID
    file_id: UUID
    sha256: str
    maker_id: UUID | None = None


class ReductionMoved(Event, frozen=True, kw_only=True):
    """A supplier was asked for a lower footprint, answered, or the request was taken back."""

    tag: ClassVar[str] = "footprint:reduction:move"
    reduction_id: UUID
    state: str
    partner_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The other side."""
        return (self.partner_id,)


class VerifierInvited(Event, frozen=True, kw_only=True):
    """A verifier may read the evidence of a declaration."""

    tag: ClassVar[str] = "footprint:verifier:invite"
    engagement_id: UUID
    declaration_id: UUID
    company_id: UUID
    until: date

    def parties(self) -> tuple[UUID, ...]:
        """The verifier."""
        return (self.company_id,)


class VerifierEnded(Event, frozen=True, kw_only=True):
    """A verifier may read no more."""

    tag: ClassVar[str] = "footprint:verifier:end"
    engagement_id: UUID
    declaration_id: UUID
    company_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The verifier."""
        return (self.company_id,)


class EvidenceRead(Event, frozen=True, kw_only=True):
    """A verifier read what a declaration rests on."""

    tag: ClassVar[str] = "footprint:evidence:read"
    engagement_id: UUID
    result_id: UUID
    maker_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The declaring company."""
        return (self.maker_id,)


class FindingMoved(Event, frozen=True, kw_only=True):
    """A verifier's finding was raised, answered or closed. other_id: the side that did not do it."""

    tag: ClassVar[str] = "footprint:finding:move"
    finding_id: UUID
    engagement_id: UUID
    state: str
    other_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The other side."""
        return (self.other_id,)


class ResultConcluded(Event, frozen=True, kw_only=True):
    """A verifier gave its opinion on a result: `verified` or `refused`."""

    tag: ClassVar[str] = "footprint:result:conclude"
    engagement_id: UUID
    verification_id: UUID
    state: str
    maker_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The declaring company."""
        return (self.maker_id,)

"""What has happened to passports."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class PassportEvent(Event, frozen=True, kw_only=True):
    """Something happened to one passport. `responsible_id` is its operator, whoever acted."""

    passport_id: UUID
    dpp_id: str
    version: int
    responsible_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The responsible operator."""
        return (self.responsible_id,)


class PassportIssued(PassportEvent, frozen=True, kw_only=True):
    """A passport was made, of a model, a batch or an item."""

    tag: ClassVar[str] = "passport:passport:issue"
    granularity: str
    published: bool


class PassportsIssued(Event, frozen=True, kw_only=True):
    """A part of a file became passports."""

    tag: ClassVar[str] = "passport:passports:issue"
    job_id: UUID
    part: int
    passport_ids: tuple[UUID, ...]
    published: bool


class PassportChanged(PassportEvent, frozen=True, kw_only=True):
    """A passport has a new version. `change`: the happening that made it; `keys`: what changed."""

    tag: ClassVar[str] = "passport:passport:change"
    change: str
    keys: tuple[str, ...]


class PassportPublished(PassportEvent, frozen=True, kw_only=True):
    """Public readers can now see this passport."""

    tag: ClassVar[str] = "passport:passport:publish"


class PassportStateChanged(PassportEvent, frozen=True, kw_only=True):
    """The document's state changed: suspended, resumed, invalid, ceased, succeeded."""

    tag: ClassVar[str] = "passport:passport:state"
    state: str


class PassportDeleted(Event, frozen=True, kw_only=True):
    """A draft was thrown away."""

    tag: ClassVar[str] = "passport:passport:delete"
    passport_id: UUID
    dpp_id: str


class LifeChanged(PassportEvent, frozen=True, kw_only=True):
    """Something happened in the product's life: put into service, repaired, declared waste, recycled."""

    tag: ClassVar[str] = "passport:life:change"
    happening: str
    life: str


class ReadingsRecorded(PassportEvent, frozen=True, kw_only=True):
    """Measured values arrived."""

    tag: ClassVar[str] = "passport:readings:record"
    source: str
    accepted: int


class ResponsibilityMoved(PassportEvent, frozen=True, kw_only=True):
    """Another operator is responsible now. `responsible_id` is the new one."""

    tag: ClassVar[str] = "passport:responsibility:move"
    transfer_id: UUID
    outgoing_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """Both operators."""
        return (self.outgoing_id, self.responsible_id)


class PassportSucceeded(Event, frozen=True, kw_only=True):
    """Products became others: passports with new responsible operators, linked to those before."""

    tag: ClassVar[str] = "passport:passport:succeed"
    operation: str
    predecessors: tuple[UUID, ...]
    successors: tuple[UUID, ...]
    closed: tuple[UUID, ...]
    operators: tuple[UUID, ...]

    def parties(self) -> tuple[UUID, ...]:
        """All operators whose passports take part."""
        return self.operators


class DealingSettled(Event, frozen=True, kw_only=True):
    """A transfer, request, grant or delegation was made or changed its state; both sides' audits show it."""

    tag: ClassVar[str] = "passport:dealing:settle"
    dealing_id: UUID
    kind: str
    state: str
    giver_id: UUID
    taker_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """Both operators."""
        return (self.giver_id, self.taker_id)


class RestrictedRead(Event, frozen=True, kw_only=True):
    """Somebody read more of a passport than the public sees."""

    tag: ClassVar[str] = "passport:passport:read"
    passport_id: UUID
    dpp_id: str
    responsible_id: UUID
    audiences: tuple[str, ...]
    classes: tuple[str, ...]
    what: str

    def parties(self) -> tuple[UUID, ...]:
        """The responsible operator: every such reading is visible to the owner."""
        return (self.responsible_id,)


class AccessRefused(Event, frozen=True, kw_only=True):
    """Somebody asked for more than they may."""

    tag: ClassVar[str] = "passport:passport:refuse"
    passport_id: UUID
    responsible_id: UUID
    code: str

    def parties(self) -> tuple[UUID, ...]:
        """The responsible operator."""
        return (self.responsible_id,)


class PassportsExported(Event, frozen=True, kw_only=True):
    """An authority took a list of passports with it. In its own audit: what is on the list everyone may look up."""

    tag: ClassVar[str] = "passport:authority:export"
    rows: int
    by: str

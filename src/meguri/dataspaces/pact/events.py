"""What has happened in the exchange of product footprints."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class PartnerChanged(Event, frozen=True, kw_only=True):
    """A partner was added, changed, given a new secret or ended."""

    tag: ClassVar[str] = "pact:partner:change"
    partner_id: UUID
    what: str


class FootprintPublished(Event, frozen=True, kw_only=True):
    """A product footprint can be read by partners."""

    tag: ClassVar[str] = "pact:footprint:publish"
    footprint_id: UUID
    deprecated: tuple[UUID, ...] = ()


class FootprintShared(Event, frozen=True, kw_only=True):
    """More partners may read a product footprint."""

    tag: ClassVar[str] = "pact:footprint:share"
    footprint_id: UUID
    partners: tuple[UUID, ...]


class EventTaken(Event, frozen=True, kw_only=True):
    """A partner sent an event, and it was taken."""

    tag: ClassVar[str] = "pact:event:take"
    partner_id: UUID
    type: str
    event_id: str
    outcome: str


class FootprintAsked(Event, frozen=True, kw_only=True):
    """A partner was asked for a footprint."""

    tag: ClassVar[str] = "pact:footprint:ask"
    partner_id: UUID
    event_id: UUID


class StatementKept(Event, frozen=True, kw_only=True):
    """A partner's footprint was kept; `used`: it counts for this own part from now on."""

    tag: ClassVar[str] = "pact:statement:keep"
    partner_id: UUID
    footprint_id: UUID
    used: UUID | None = None
    flags: tuple[str, ...] = ()


class MappingChanged(Event, frozen=True, kw_only=True):
    """A partner's product id stands, or no longer stands, for an own part."""

    tag: ClassVar[str] = "pact:mapping:change"
    mapping_id: UUID
    status: str

"""What has happened in this room."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class LotReceived(Event, frozen=True, kw_only=True):
    """A delivery is booked: a lot is in stock. `passports` name the batteries within it."""

    tag: ClassVar[str] = "recycling:lot:receive"
    lot_id: UUID
    site_id: UUID
    mass_kg: Decimal
    passports: tuple[str, ...]


class LotsReceived(Event, frozen=True, kw_only=True):
    """Deliveries of one file are booked, in this order; none of them names a battery. `mass_kg` is of all together."""

    tag: ClassVar[str] = "recycling:lot:receive-many"
    lot_ids: tuple[UUID, ...]
    site_id: UUID
    mass_kg: Decimal


class LotAssayed(Event, frozen=True, kw_only=True):
    """What a lot holds was measured; its book was completed or corrected."""

    tag: ClassVar[str] = "recycling:lot:assay"
    lot_id: UUID
    site_id: UUID
    elements: tuple[str, ...]


class RunPosted(Event, frozen=True, kw_only=True):
    """A process run is in the ledger. `passports`: batteries whose last piece was recycled by it."""

    tag: ClassVar[str] = "recycling:run:post"
    run_id: UUID
    site_id: UUID
    step_type: str
    period: str
    passports: tuple[str, ...] = ()


class RunDiscarded(Event, frozen=True, kw_only=True):
    """A drafted run was given up before it was in the ledger."""

    tag: ClassVar[str] = "recycling:run:discard"
    run_id: UUID
    site_id: UUID
    run_no: str


class RunReversed(Event, frozen=True, kw_only=True):
    """A run was undone by opposite entries."""

    tag: ClassVar[str] = "recycling:run:reverse"
    run_id: UUID
    reversed_by: UUID
    reason: str


class PeriodClosed(Event, frozen=True, kw_only=True):
    """A month of a site is closed and signed. Version 2 and later are restatements."""

    tag: ClassVar[str] = "recycling:period:close"
    site_id: UUID
    period: str
    version: int
    signed_by: str
    hash: str


class SiteChanged(Event, frozen=True, kw_only=True):
    """A site's settings are others than before."""

    tag: ClassVar[str] = "recycling:site:change"
    site_id: UUID
    version: int


class CreditTransferred(Event, frozen=True, kw_only=True):
    """Credit went from one company to another; it is nowhere twice."""

    tag: ClassVar[str] = "recycling:credit:transfer"
    element: str
    source_class: str
    qty_kg: Decimal
    to_operator_id: UUID
    lot_no: str | None

    def parties(self) -> tuple[UUID, ...]:
        """Who receives."""
        return (self.to_operator_id,)


class CreditExpired(Event, frozen=True, kw_only=True):
    """Credit that nobody claimed within its carry-over can no longer be claimed."""

    tag: ClassVar[str] = "recycling:credit:expire"
    credit_id: UUID
    element: str
    qty_kg: Decimal


class FloorFed(Event, frozen=True, kw_only=True):
    """A plant's own recovery and cost entered the company's prices of used batteries."""

    tag: ClassVar[str] = "recycling:floor:feed"
    site_id: UUID
    year: int
    price_set: str


class ClaimReserved(Event, frozen=True, kw_only=True):
    """Credits are set aside for a claim."""

    tag: ClassVar[str] = "recycling:claim:reserve"
    claim_id: UUID
    element: str
    qty_kg: Decimal


class ClaimSettled(Event, frozen=True, kw_only=True):
    """A claim was retired, released or reversed; the recycled content of its model follows."""

    tag: ClassVar[str] = "recycling:claim:settle"
    claim_id: UUID
    status: str
    element: str
    qty_kg: Decimal
    battery_model_id: str
    plant_id: str
    year: int


class ClaimsFlagged(Event, frozen=True, kw_only=True):
    """A period was restated; these companies hold claims that it fed."""

    tag: ClassVar[str] = "recycling:claims:flag"
    site_id: UUID
    period: str
    flag: str
    claims: int
    holders: tuple[UUID, ...]

    def parties(self) -> tuple[UUID, ...]:
        """Whose claims are flagged."""
        return self.holders


class ContentStated(Event, frozen=True, kw_only=True):
    """The amount that a battery model consumed in a year, the denominator of its recycled content, is stated."""

    tag: ClassVar[str] = "recycling:content:state"
    battery_model_id: str
    plant_id: str
    year: int


class DocumentAdded(Event, frozen=True, kw_only=True):
    """A document is registered."""

    tag: ClassVar[str] = "recycling:document:add"
    document_id: UUID
    kind: str


class DocumentRevoked(Event, frozen=True, kw_only=True):
    """A document holds no longer."""

    tag: ClassVar[str] = "recycling:document:revoke"
    document_id: UUID


class CalculationKept(Event, frozen=True, kw_only=True):
    """A calculation is kept with the rules that it used."""

    tag: ClassVar[str] = "recycling:calculation:keep"
    calculation_id: UUID
    kind: str
    rule_set: str


class UnitMoved(Event, frozen=True, kw_only=True):
    """A waste battery went on to another state."""

    tag: ClassVar[str] = "recycling:unit:move"
    unit_id: UUID
    passport: str
    before: str
    after: str


class WhereaboutsChanged(Event, frozen=True, kw_only=True):
    """A battery is somewhere else than before, or was heard of again."""

    tag: ClassVar[str] = "recycling:whereabouts:change"
    passport: str
    place: str


class OfferChanged(Event, frozen=True, kw_only=True):
    """A lot came to the market, was withdrawn or is under contract; or something is wanted."""

    tag: ClassVar[str] = "recycling:offer:change"
    offer_id: UUID
    status: str


class DealMoved(Event, frozen=True, kw_only=True):
    """A deal was proposed, countered, accepted, refused or shipped; both sides' audits show it."""

    tag: ClassVar[str] = "recycling:deal:move"
    deal_id: UUID
    state: str
    seller_id: UUID
    buyer_id: UUID

    def parties(self) -> tuple[UUID, ...]:
        """Both sides."""
        return (self.seller_id, self.buyer_id)

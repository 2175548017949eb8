"""What has happened to used batteries."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class BatteryRegistered(Event, frozen=True, kw_only=True):
    """A company took up a used battery."""

    tag: ClassVar[str] = "reuse:battery:register"
    battery_id: UUID
    serial: str
    dpp_id: str | None


class EvidenceAdded(Event, frozen=True, kw_only=True):
    """Findings about a battery came in."""

    tag: ClassVar[str] = "reuse:evidence:add"
    battery_id: UUID
    quantities: tuple[str, ...]
    source: str


class BatteryJudged(Event, frozen=True, kw_only=True):
    """The verdict of the safety gate changed. `operators`: everybody who knows the battery."""

    tag: ClassVar[str] = "reuse:battery:judge"
    battery_id: UUID
    before: str
    verdict: str
    grade: str
    failed: tuple[str, ...]
    cause: str
    operators: tuple[UUID, ...]

    def parties(self) -> tuple[UUID, ...]:
        """Owner and holder."""
        return self.operators


class BatteryVetoed(Event, frozen=True, kw_only=True):
    """The gate closed: listings were withdrawn, offers stopped."""

    tag: ClassVar[str] = "reuse:battery:veto"
    battery_id: UUID
    passport_id: UUID | None
    rules: tuple[str, ...]
    cause: str
    listings: tuple[UUID, ...]
    offers: tuple[UUID, ...]
    operators: tuple[UUID, ...]

    def parties(self) -> tuple[UUID, ...]:
        """Owner, holder, and whoever had an offer open."""
        return self.operators


class BatteryValued(Event, frozen=True, kw_only=True):
    """A battery was valued and its next use decided."""

    tag: ClassVar[str] = "reuse:battery:value"
    battery_id: UUID
    valuation_id: UUID
    decision: str
    price_set: str


class ListingChanged(Event, frozen=True, kw_only=True):
    """A listing was made or changed its state."""

    tag: ClassVar[str] = "reuse:listing:change"
    listing_id: UUID
    battery_id: UUID
    state: str
    kind: str
    price: int
    currency: str


class OfferChanged(Event, frozen=True, kw_only=True):
    """An offer was made or changed its state; both sides' audits show it."""

    tag: ClassVar[str] = "reuse:offer:change"
    offer_id: UUID
    listing_id: UUID
    seller_id: UUID
    buyer_id: UUID
    state: str
    price: int
    currency: str

    def parties(self) -> tuple[UUID, ...]:
        """Seller and buyer."""
        return (self.seller_id, self.buyer_id)


class CustodyChanged(Event, frozen=True, kw_only=True):
    """A hand-over changed its state; both sides' audits show it."""

    tag: ClassVar[str] = "reuse:custody:change"
    transfer_id: UUID
    battery_id: UUID
    seller_id: UUID
    buyer_id: UUID
    state: str
    passport_id: UUID | None = None

    def parties(self) -> tuple[UUID, ...]:
        """Seller and buyer."""
        return (self.seller_id, self.buyer_id)


class CertificateIssued(Event, frozen=True, kw_only=True):
    """A diagnosis certificate was issued, or ended."""

    tag: ClassVar[str] = "reuse:certificate:issue"
    certificate_id: UUID
    battery_id: UUID
    state: str
    superseded: tuple[UUID, ...] = ()


class AccidentRecorded(Event, frozen=True, kw_only=True):
    """An accident became known, or its report was sent."""

    tag: ClassVar[str] = "reuse:accident:record"
    accident_id: UUID
    battery_id: UUID
    report: bool
    stage: str
    passport_id: UUID | None = None


class ContractChanged(Event, frozen=True, kw_only=True):
    """A contract or guarantee was offered or changed its state; both sides' audits show it."""

    tag: ClassVar[str] = "reuse:contract:change"
    contract_id: UUID
    kind: str
    giver_id: UUID
    taker_id: UUID
    state: str

    def parties(self) -> tuple[UUID, ...]:
        """Both sides."""
        return (self.giver_id, self.taker_id)


class PackSwapped(Event, frozen=True, kw_only=True):
    """A pack went out, another came in. A swap is neither re-use nor repurposing."""

    tag: ClassVar[str] = "reuse:pack:swap"
    swap_id: UUID
    pool_id: UUID
    station: str
    pack_out: str | None
    pack_in: str | None


class PackMoved(Event, frozen=True, kw_only=True):
    """A pack changed its state in a pool, joined or left it."""

    tag: ClassVar[str] = "reuse:pack:move"
    pool_id: UUID
    pack_id: str
    state: str


class PriceSetKept(Event, frozen=True, kw_only=True):
    """A company loaded a price set."""

    tag: ClassVar[str] = "reuse:prices:keep"
    price_set_id: UUID
    name: str


class DemandChanged(Event, frozen=True, kw_only=True):
    """A company registered or closed a use that wants batteries."""

    tag: ClassVar[str] = "reuse:demand:change"
    demand_id: UUID
    open: bool


class LicenceRegistered(Event, frozen=True, kw_only=True):
    """A company registered its licence."""

    tag: ClassVar[str] = "reuse:licence:register"
    kind: str
    number: str


class LicenceChecked(Event, frozen=True, kw_only=True):
    """The platform's operator has seen the proof of a company's licence, or found that it does not hold."""

    tag: ClassVar[str] = "reuse:licence:check"
    holder_id: UUID
    kind: str
    state: str

    def parties(self) -> tuple[UUID, ...]:
        """The company whose licence it is."""
        return (self.holder_id,)

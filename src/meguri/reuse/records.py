"""What this room keeps: batteries as a company knows them, listings, and what two companies settle about them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from meguri.health.model import Chemistry, Level
from meguri.kernel.numbers import Finite
from meguri.reuse.billing import Tariff
from meguri.reuse.gate import Case, GateEvidence, GateResult, Verdict
from meguri.reuse.grade import Grade
from meguri.reuse.guarantee import GuaranteeTerms, SohPoint
from meguri.reuse.law import Accident
from meguri.reuse.model import Battery, Soh
from meguri.reuse.pool import PoolRules


class BatteryFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Name-plate and history of a battery. kWh, Ah, kg, V; None = unknown.

    telemetry_id  the id under which its measurements are kept here; then it is this battery's id as well, and each new
                  stretch of measurements is looked at by the safety gate
    """

    serial: str
    model: str
    maker: str
    chemistry: Chemistry
    rated_energy_kwh: Finite
    level: Level = Level.PACK
    rated_capacity_ah: Finite | None = None
    mass_kg: Finite | None = None
    max_voltage_v: Finite | None = None
    cell_voltage_max: Finite | None = None
    initial_resistance_ohm: Finite | None = None
    circuit: Literal["ac", "combined", "dc"] = "combined"
    manufactured: date | None = None
    first_placed: date | None = None
    composition: dict[str, Finite] | None = None
    footprint_kg_per_kwh: Finite | None = None
    dpp_id: str | None = None
    passport_id: UUID | None = None
    owner_id: UUID | None = None
    waste: bool = False
    telemetry_id: UUID | None = None

    def case(self, **use: Any) -> Case:
        """The case before the safety gate; `use` says what it is meant for."""
        return Case(
            chemistry=self.chemistry,
            level=self.level,
            max_voltage_v=self.max_voltage_v,
            v_max=self.cell_voltage_max,
            circuit=self.circuit,
            **use,
        )


class HeldBattery(msgspec.Struct, frozen=True, kw_only=True):
    """A battery with its present verdict, as one company knows it."""

    operator_id: UUID
    battery_id: UUID
    serial: str
    dpp_id: str | None
    passport_id: UUID | None
    facts: BatteryFacts
    held: bool
    owner_id: UUID
    waste: bool
    verdict: Verdict
    grade: Grade
    judgement: GateResult | None
    judged_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class StoredEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it was recorded."""

    evidence_id: str
    finding: GateEvidence
    source: str
    actor: str
    recorded_at: datetime


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Findings to be added to a battery; `source` says whence: a device, a file, a person."""

    findings: tuple[GateEvidence, ...]
    source: str = "manual"


class LoweredVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A person's lower verdict with the reason."""

    verdict: Verdict
    reason: str


class ListingKind(StrEnum):
    """For what a battery is offered."""

    REUSE = "reuse"
    AS_IS = "as_is_for_testing"
    FEEDSTOCK = "recycling_feedstock"


class ListingState(StrEnum):
    """Where a listing stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RESERVED = "reserved"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody on the market sees of a listed battery: the seller's own statement from its certificate."""

    model: str
    maker: str
    chemistry: Chemistry
    rated_energy_kwh: float
    grade: Grade
    verdict: Verdict
    soh: Soh | None = None
    reference: str = ""
    certificate_id: UUID | None = None
    limits: tuple[str, ...] = ()

    def battery(self, item_id: str) -> Battery | None:
        """As it can be valued by whoever reads the listing; None without a state of health."""
        if self.soh is None:
            return None
        return Battery(
            item_id=item_id, chemistry=self.chemistry, rated_energy_kwh=self.rated_energy_kwh, soh_energy=self.soh
        )


class NewListing(msgspec.Struct, frozen=True, kw_only=True):
    """A battery to be listed; the price in minor units."""

    battery_id: UUID
    price: int
    currency: str = "JPY"
    kind: ListingKind = ListingKind.REUSE
    note: str = ""
    publish: bool = False


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as its seller sees it."""

    operator_id: UUID
    listing_id: UUID
    battery_id: UUID
    kind: ListingKind
    state: ListingState
    price: int
    currency: str
    shown: Shown
    dpp_id: str | None
    note: str
    offer_id: UUID | None
    why: str | None
    version: int
    created_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    updated_at: datetime


class MarketListing(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as everybody sees it. `banner`: 判定不能 or 不合格, where that is so."""

    listing_id: UUID
    seller_id: UUID
    kind: ListingKind
    state: ListingState
    price: int
    currency: str
    shown: Shown
    note: str
    published_at: datetime | None
    expires_at: datetime | None


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One price that was said, by whom and when; minor units."""

    by: UUID
    price: int
    at: datetime
    message: str = ""


class OfferState(StrEnum):
    """Where an offer stands."""

    SUBMITTED = "submitted"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN_OFFER = (OfferState.SUBMITTED, OfferState.COUNTERED)


class NewOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer offers, minor units."""

    listing_id: UUID
    price: int
    message: str = ""


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """Another price."""

    price: int
    message: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer with all its rounds; the last one stands."""

    offer_id: UUID
    listing_id: UUID
    battery_id: UUID
    seller_id: UUID
    buyer_id: UUID
    state: OfferState
    currency: str
    rounds: tuple[Round, ...]
    listing: MarketListing
    custody_id: UUID | None = None
    why: str = ""

    @property
    def price(self) -> int:
        """The price that stands."""
        return self.rounds[-1].price

    @property
    def turn(self) -> UUID:
        """Whose answer is awaited."""
        return self.seller_id if self.rounds[-1].by == self.buyer_id else self.buyer_id


class CustodyState(StrEnum):
    """Where a hand-over stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    DISPUTED = "disputed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class CustodyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that travels: un_38_3_summary, packing_class, manifest, invoice_and_contract …"""

    kind: str
    reference: str


class CustodySignature(msgspec.Struct, frozen=True, kw_only=True):
    """One side's signature of the hand-over."""

    operator_id: UUID
    at: datetime
    document: dict[str, Any]


class Custody(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over of custody after a sale. `times`: state → when."""

    transfer_id: UUID
    offer_id: UUID
    listing_id: UUID
    battery_id: UUID
    seller_id: UUID
    buyer_id: UUID
    state: CustodyState
    kind: ListingKind
    price: int
    currency: str
    serial: str
    dpp_id: str | None = None
    passport_id: UUID | None = None
    passport_transfer_id: UUID | None = None
    documents: tuple[CustodyDocument, ...] = ()
    signatures: tuple[CustodySignature, ...] = ()
    times: dict[str, datetime] = {}
    dispute: str = ""
    successor_dpp_id: str | None = None


class GuaranteeState(StrEnum):
    """Where a guarantee stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLAIMED = "claimed"
    SETTLED = "settled"


class Guarantee(msgspec.Struct, frozen=True, kw_only=True):
    """A residual-value guarantee: priced, offered, accepted, later claimed. Minor units.

    curve  state of health that nine of ten such batteries keep, by year; empty in guarantees made before it was told
    """

    guarantee_id: UUID
    battery_id: UUID
    guarantor_id: UUID
    holder_id: UUID
    state: GuaranteeState
    terms: GuaranteeTerms
    currency: str
    serial: str
    premium: int
    expected_payout: int
    p_claim: float
    shortfall_95: int
    value_now: int
    seed: int
    rule_sets: tuple[Any, ...] = ()
    starts: date | None = None
    ends: date | None = None
    realised: int | None = None
    paid: int | None = None
    certificate_id: UUID | None = None
    km: float | None = None
    events: tuple[str, ...] = ()
    curve: tuple[SohPoint, ...] = ()


class ContractState(StrEnum):
    """Where a contract stands."""

    OFFERED = "offered"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract for batteries as a service between a provider and a user."""

    contract_id: UUID
    provider_id: UUID
    user_id: UUID
    pool_id: UUID
    state: ContractState
    tariff: Tariff
    soh_floor: float
    starts: date
    ends: date | None = None


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """A use that wants batteries, as its company keeps it."""

    operator_id: UUID
    demand_id: UUID
    name: str
    body: Any
    open: bool
    version: int
    created_at: datetime


class PoolRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A pool of swappable packs."""

    operator_id: UUID
    pool_id: UUID
    name: str
    rules: PoolRules
    rated_kwh: float
    created_at: datetime


class AccidentInput(msgspec.Struct, frozen=True, kw_only=True):
    """An accident as it is told."""

    battery_id: UUID
    site: str
    what: str
    accident: Accident
    cause: str = ""
    countermeasure: str = ""


class AccidentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An accident with its clocks and drafts."""

    operator_id: UUID
    accident_id: UUID
    battery_id: UUID
    known_at: datetime
    prompt_due: datetime | None
    full_due: date | None
    prompt_sent: datetime | None
    full_sent: datetime | None
    body: AccidentInput
    version: int
    created_at: datetime


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """A company's licence to take waste batteries."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    authority: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    valid_until: date
    kind: Literal["recycler"] = "recycler"


class KeptLicence(Licence, frozen=True, kw_only=True):
    """A licence as it is kept.

    checked_at  when the platform's operator recorded the proof that it had seen; None = not yet, or no more
    refused     why the proof does not hold
    """

    proof: str | None = None
    checked_at: datetime | None = None
    refused: str | None = None

    @property
    def state(self) -> str:
        """`checked`, `refused` or `waiting`."""
        return "checked" if self.checked_at else "refused" if self.refused else "waiting"


class OthersLicence(KeptLicence, frozen=True, kw_only=True):
    """A licence with its company, as the platform's operator sees it."""

    operator_id: UUID
    created_at: datetime

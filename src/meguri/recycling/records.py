"""Lots and process runs as they are kept, and as they are asked for. Masses: kg; water-free unless `wet` is said."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from meguri.recycling.ledger import period_of
from meguri.recycling.model import Counting, Location, LotKind, LotStatus, ReClass, SourceClass, StepType
from meguri.recycling.zones import country_zone

Method = Literal[
    "passport_bom",
    "producer_record",
    "output_closure",
    "assay_sampling",
    "continuous_sampling",
    "stoichiometric",
    "estimate",
]
ShortText = Annotated[str, Meta(min_length=1, max_length=50)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Aware = Annotated[datetime, Meta(tz=True)]


class Share(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One element of a composition as measured: a fraction of the dry mass, or kg; `u_rel` is relative and standard."""

    element: Annotated[str, Meta(min_length=1, max_length=40)]
    mass_fraction: Decimal | None = None
    mass_kg: Decimal | None = None
    location: Location | None = None
    u_rel: Decimal | None = None
    method: Method = "passport_bom"


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One element within a lot: kg at first, kg left."""

    element: str
    kg: Decimal
    left: Decimal
    location: Location | None = None
    u_rel: Decimal | None = None
    method: Method = "passport_bom"


class Hazard(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What makes transport and handling dangerous."""

    un: str | None = None
    packing_instruction: str | None = None
    special_provisions: tuple[str, ...] = ()
    soc_pct: Decimal | None = None
    defect_class: str = "intact"


class LotInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A lot as somebody books it.

    substance   a pure substance of stoich/1: its composition when none is measured
    unit        of `mass_wet` (g, kg, t, lb); both values are kept
    source_class where its material comes from; mixed lots are made by runs
    """

    lot_no: ShortText
    kind: LotKind
    mass_wet_kg: Decimal
    unit: str = "kg"
    moisture_pct: Decimal | None = None
    composition: list[Share] = []
    substance: str | None = None
    material: str | None = None
    re_class: ReClass | None = None
    main_chemistry: str | None = None
    waste_code: str | None = None
    is_waste: bool = False
    source_class: SourceClass = SourceClass.POST_CONSUMER_BATTERY
    country_collected: Country | None = None
    passports: list[str] = []
    hazard: Hazard = msgspec.field(default_factory=Hazard)
    analysis: dict[str, Decimal] = {}


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A delivery: one lot arrives at a site."""

    site_id: UUID
    at: Aware
    lot: LotInput
    shipped_kg: Decimal | None = None
    weighing_slip: str | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run takes from a lot; `mass_kg` (dry) None = all that is left."""

    lot_id: UUID
    mass_kg: Decimal | None = None


class Output(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run makes."""

    lot: LotInput
    counting: Counting = Counting.INTERMEDIATE
    destination: str | None = None
    country_generated: Country | None = None
    equivalent_conditions_doc: str | None = None
    end_of_waste: bool = False
    substitutes_primary: bool = False
    calculation_point: bool = False


class Reagent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is added and does not come from batteries."""

    substance: str
    mass_kg: Decimal
    composition: list[Share] = []


class Loss(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is lost by name. `closes` takes whatever the balance leaves of each element (closure by outputs), and of the mass
    unless it is stated.
    """

    type: str = "loss"
    mass_kg: Decimal = Decimal(0)
    composition: list[Share] = []
    closes: bool = False


class RunInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process run as somebody books it.

    reason         why a balance within soft and hard limits is accepted; without it the period does not close
    campaign_year  year of the input that late outputs belong to (up to two years before; Delegated Regulation (EU)
                   2025/606 Annex §1): they are booked to it and not to the year in which they arise
    incidents      fires, leaks, injuries during the run; None = not said
    """

    run_no: ShortText
    site_id: UUID
    step_type: StepType
    start_at: Aware
    end_at: Aware
    inputs: list[Taken]
    outputs: list[Output] = []
    reagents: list[Reagent] = []
    losses: list[Loss] = []
    route: str | None = None
    permit_no: str | None = None
    permit_valid_to: date | None = None
    treatment_code: str | None = None
    reason: str | None = None
    energy_kwh: Decimal | None = None
    cost_jpy: int | None = None
    campaign_year: int | None = None
    incidents: Annotated[int, Meta(ge=0, le=1000)] | None = None


class Lot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A lot as it is kept. `version` is its ETag. `past`: shares that were counted before (see `counted`)."""

    lot_id: UUID
    lot_no: str
    site_id: UUID
    kind: LotKind
    material: str | None
    created_at: datetime
    closed_at: datetime | None
    mass_wet_kg: Decimal
    moisture_pct: Decimal | None
    mass_kg: Decimal
    left_kg: Decimal
    composition: list[Part]
    sources: dict[str, dict[str, Decimal]]
    re_class: ReClass | None
    main_chemistry: str | None
    waste_code: str | None
    is_waste: bool
    is_origin: bool
    country_collected: str | None
    passports: list[str]
    hazard: Hazard
    analysis: dict[str, Decimal]
    status: LotStatus
    warnings: list[str]
    run_id: UUID | None
    past: dict[str, dict[str, Decimal]] = {}
    version: int

    @property
    def held(self) -> dict[str, Decimal]:
        """kg left of each element."""
        found: dict[str, Decimal] = {}
        for part in self.composition:
            found[part.element] = found.get(part.element, Decimal(0)) + part.left
        return found


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a run as it is kept; `elements` and `composition` in kg."""

    line_no: int
    direction: str
    lot_id: UUID | None
    label: str
    mass_kg: Decimal
    elements: dict[str, Decimal]
    composition: list[Part]
    counting: Counting | None = None
    destination: str | None = None
    country: str | None = None
    evidence: str | None = None
    end_of_waste: bool = False
    substitutes_primary: bool = False
    calculation_point: bool = False
    counts_as_input: bool = False
    past: dict[str, dict[str, Decimal]] = {}


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is kept. `residuals`: kg by element."""

    run_id: UUID
    run_no: str
    site_id: UUID
    kind: str
    step_type: StepType | None
    route: str | None
    period: str
    start_at: datetime
    end_at: datetime
    permit_no: str | None
    treatment_code: str | None
    status: str
    verdict: str
    residuals: dict[str, Decimal]
    reason: str | None
    note: dict[str, Any]
    reverses: UUID | None
    version: int


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its lines."""

    run: Run
    lines: list[Line]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A plant as a place of recycling. `version` is its ETag; 0 = defaults."""

    site_id: UUID
    country: str
    stock_rule: str
    permit_no: str | None
    permit_valid_to: date | None
    permitted_t_per_year: Decimal | None
    conversion: dict[str, Decimal]
    version: int
    time_zone: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Where its days and months begin: its own time zone, else its country's."""
        return ZoneInfo(self.time_zone or country_zone(self.country))

    def month_of(self, moment: datetime) -> str:
        """The month that a booking at `moment` belongs to, `YYYY-MM`."""
        return period_of(moment, self.zone)

    def day_of(self, moment: datetime) -> date:
        """The day that it is here at `moment`: permits and documents hold by days."""
        return moment.astimezone(self.zone).date()


class SiteInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site's settings as they shall be.

    conversion  declared factor (0–1] by element for the first period
    time_zone   name in the time-zone database, such as Asia/Tokyo; None = that of the country
    """

    country: Country = "JP"
    stock_rule: Annotated[str, Meta(pattern="^(fifo|rolling_average)$")] = "fifo"
    permit_no: str | None = None
    permit_valid_to: date | None = None
    permitted_t_per_year: Decimal | None = None
    conversion: dict[str, Decimal] = {}
    time_zone: str | None = None

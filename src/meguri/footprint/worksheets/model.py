"""Worksheets and results."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from meguri.footprint.calculation.activity import ActivityLine, Period
from meguri.footprint.calculation.allocation import Product
from meguri.footprint.calculation.lifetime import Battery
from meguri.footprint.readings.model import Gap

Reason = Literal["activity", "factor", "supplier", "structure", "method", "correction"]
ENGINE = "meguri-rollup 1"


class Line(ActivityLine, frozen=True, kw_only=True):
    """A line as people write it: what it is called, and the meter whose readings give its amount, if one does."""

    name: str = ""
    source: str | None = None
    meter: str | None = None
    evidence: Sequence[str] = ()


class CoProduct(msgspec.Struct, frozen=True, kw_only=True):
    """What else the same process made in the period; the part itself comes first."""

    name: str
    mass: Decimal | None = None
    energy: Decimal | None = None
    pieces: Decimal | None = None
    price: Decimal | None = None


class WorksheetInput(msgspec.Struct, frozen=True, kw_only=True):
    """One part at one plant over one production period.

    output    good units of the part made in the period
    battery   what the service life is computed from; only for a battery that is declared
    mass_kg   of one unit of the part
    """

    plant_id: UUID
    period_start: date
    period_end: date
    output: Decimal
    title: str = ""
    pack_id: str = "eu-draft-2024"
    choices: Mapping[str, Any] = {}
    lines: Sequence[Line] = ()
    coproducts: Sequence[CoProduct] = ()
    battery: Battery | None = None
    mass_kg: Decimal | None = None

    @property
    def period(self) -> Period:
        """As the calculation takes it."""
        products = [Product(each.name, each.mass, each.energy, each.pieces, each.price) for each in self.coproducts]
        return Period(start=self.period_start, end=self.period_end, output=self.output, coproducts=products)


class Worksheet(WorksheetInput, frozen=True, kw_only=True):
    """A worksheet as it is kept. `version` counts its changes from 1 and is its ETag."""

    worksheet_id: UUID
    trace_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class PackStamp(msgspec.Struct, frozen=True, kw_only=True):
    """Under which rule pack a result stands."""

    id: str
    version: str
    hash: str
    status: str
    name_ja: str
    name_en: str
    banner_ja: str
    banner_en: str
    unit_of_result: str


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a result: what it brings to one unit, and the arithmetic in words.

    kind    the line's kind, or `part` for a part with its own footprint
    source  of a part: `worksheet`, `declared`, `answer`, `received`, `missing`
    stages  kg CO2e by stage in the authoritative mode
    gaps    where readings that shall give the amount do not cover the period; absent if there are none, so that results
            kept before gaps were told keep their hash
    """

    line_id: str
    name: str
    kind: str
    reckoning: str
    stages: Mapping[str, Decimal]
    value: Decimal
    other_mode: Decimal
    share: Decimal | None
    primary: bool
    flags: Sequence[str] = ()
    factors: Sequence[str] = ()
    source: str | None = None
    part_id: UUID | None = None
    provenance: str | None = None
    gaps: Sequence[Gap] | msgspec.UnsetType = msgspec.UNSET


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """Data quality of a total: weighted scores, their mean, and percent of emissions that nobody rated."""

    ter: Decimal
    ger: Decimal
    tir: Decimal
    dqr: Decimal
    unrated_percent: Decimal


class PerEnergy(msgspec.Struct, frozen=True, kw_only=True):
    """A battery's footprint per kWh that it gives over its service life, and what that life is the product of.

    own_class  by the bands of a company's own pack, which is no class of law; absent where the pack has none
    """

    e_total_kwh: Decimal
    factors: Mapping[str, Decimal]
    per_kwh: Decimal
    stages_per_kwh: Mapping[str, Decimal]
    shares: Mapping[str, Decimal | None]
    reference_flow: Decimal | None
    performance_class: str | None
    class_reason: str
    own_class: str | msgspec.UnsetType = msgspec.UNSET


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a worksheet comes to under one pack, per unit of the part.

    stages        kg CO2e by mode (`loc`, `con`) and stage
    mode, total   the authoritative mode, and the sum of the stages that the pack declares in it
    gap           difference of the exact total from one in float64
    lacking       processes that the pack wants computed from the company's own data, and are not
    primary_kg    by declared stage, what of `stages` comes from primary data; results kept earlier do not say it
    """

    pack: PackStamp
    choices: Mapping[str, Any]
    mode: str
    declared_stages: Sequence[str]
    stages: Mapping[str, Mapping[str, Decimal]]
    total: Decimal
    other_mode_total: Decimal
    battery: PerEnergy | None
    rating: Rated
    primary_percent: Decimal
    exempted_percent: Decimal
    completeness_percent: Decimal
    missing: Sequence[str]
    lacking: Sequence[str]
    flags: Sequence[str]
    lines: Sequence[Explained]
    factors: Sequence[str]
    sources: Sequence[tuple[str, str]]
    gwp_sets: Sequence[str]
    gap: Decimal
    left_out: Sequence[str] = ()
    primary_kg: Mapping[str, Decimal] | msgspec.UnsetType = msgspec.UNSET


class ComponentSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Which worksheet of a part below, in which version, a result was computed from."""

    trace_id: UUID
    worksheet_id: UUID
    version: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a result took for a part without a worksheet: an answer, a statement from outside or figures declared.

    stages  kg CO2e per unit of the part, by stage
    """

    trace_id: UUID
    source: str
    stages: Mapping[str, Decimal]
    provenance: str | None = None


class Result(Figures, frozen=True, kw_only=True):
    """A computed footprint, kept for ever: figures, what they stand on, and what came before.

    components  worksheets of parts below; absent if there are none, and in results kept before this was told
    statements  what was taken for parts without a worksheet; absent likewise
    """

    result_id: UUID
    worksheet_id: UUID
    worksheet_version: int
    trace_id: UUID
    plant_id: UUID
    period_start: date
    period_end: date
    output: Decimal
    unit: str | None
    mass_kg: Decimal | None
    engine: str
    reason: str
    preceding_id: UUID | None
    created_at: datetime
    components: Sequence[ComponentSheet] | msgspec.UnsetType = msgspec.UNSET
    statements: Sequence[Statement] | msgspec.UnsetType = msgspec.UNSET


class KeptResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result with the hash that it is known by, and why it no longer stands for its worksheet, if so."""

    result: Result
    hash: str
    stale: str | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of two things compared, by its total and stages."""

    label: str
    total: Decimal
    stages: Mapping[str, Decimal]
    dqr: Decimal
    primary_percent: Decimal
    flags: Sequence[str]


class LineChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one line does to a difference: through its amount, its value per unit, or by coming or going."""

    line_id: str
    name: str
    amount: Decimal
    value: Decimal
    structure: Decimal
    total: Decimal


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two figures of one part; `flags`: `pack_mismatch`, `mode_mismatch`, `gwp_set_mismatch`."""

    before: Side
    after: Side
    difference: Decimal
    lines: Sequence[LineChange]
    flags: Sequence[str]

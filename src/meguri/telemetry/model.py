"""What goes in and out of telemetry: a battery's name plate, what a record holds, and how good it is."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
Label = Annotated[str, Meta(min_length=1, max_length=200)]


class Level(StrEnum):
    """What was measured."""

    CELL = "cell"
    MODULE = "module"
    PACK = "pack"
    SYSTEM = "system"


class Chemistry(StrEnum):
    """Chemistry of an item, in the words of the trade."""

    LFP = "LFP"
    NMC = "NMC"
    NCA = "NCA"
    LMO = "LMO"
    LCO = "LCO"
    LTO = "LTO"
    LMFP = "LMFP"
    NMC_LMO = "NMC_LMO"
    NA_ION = "NA_ION"
    NIMH = "NIMH"
    PB = "PB"
    OTHER = "other"


class NamePlate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is written on a battery, or in its data sheet. Ah, kWh, V, ohm, °C, kg, km."""

    level: Level
    chemistry: Chemistry
    maker: str = ""
    model: str = ""
    rated_capacity_ah: float | None = None
    rated_energy_kwh: float | None = None
    certified_energy_kwh: float | None = None
    certified_range_km: float | None = None
    nominal_voltage: float | None = None
    cell_voltage_min: float | None = None
    cell_voltage_max: float | None = None
    cells_in_series: Annotated[int, Meta(ge=1)] | None = None
    cells_in_parallel: Annotated[int, Meta(ge=1)] | None = None
    initial_resistance_ohm: float | None = None
    initial_rte_pct: float | None = None
    initial_self_discharge: float | None = None
    idle_temperature_min: float | None = None
    idle_temperature_max: float | None = None
    category: str | None = None
    manufactured: str | None = None
    in_service: str | None = None
    mass_kg: float | None = None
    dpp_id: str | None = None
    chemistry_detail: str | None = None

    @property
    def cells(self) -> int:
        """Cells in series; 1 for a single cell, and for a pack whose number is not known."""
        return self.cells_in_series or 1


class FlagCount(msgspec.Struct, frozen=True):
    """How many rows a rule touched, and the first of them (row 1 is the first below the header)."""

    flag: str
    count: int
    first_row: int


class GapFound(msgspec.Struct, frozen=True):
    """A missing stretch, in seconds since the start of the record; bridged ones are counted on."""

    start: float
    end: float
    bridged: bool


class Assessable(msgspec.Struct, frozen=True):
    """Whether a method can be used on the record, and why not."""

    status: str
    reasons: tuple[str, ...] = ()


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What a record holds and what is wrong with it."""

    rows_in: int
    rows_used: int
    duration_s: float
    median_dt_s: float | None
    flags: tuple[FlagCount, ...]
    gaps: tuple[GapFound, ...]
    columns_used: tuple[str, ...]
    columns_ignored: tuple[str, ...]
    profile: str
    sha256: str
    assessable: dict[str, Assessable] = {}

    def names(self) -> tuple[str, ...]:
        """The flags that were set."""
        return tuple(flag.flag for flag in self.flags)


class BatteryInput(msgspec.Struct, frozen=True, kw_only=True):
    """A battery to be watched or diagnosed: the company's own word for it, and its name plate."""

    label: Label
    plate: NamePlate


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """A battery of this company."""

    battery_id: UUID
    label: str
    plate: NamePlate
    version: int
    created_at: datetime


class GatewayInput(msgspec.Struct, frozen=True, kw_only=True):
    """A device that may send measurements: for the batteries named, or for all of the company's."""

    label: Label
    batteries: tuple[UUID, ...] | None = None


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway; `batteries` None: the whole fleet."""

    gateway_id: UUID
    label: str
    batteries: tuple[UUID, ...] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class GatewayIssued(msgspec.Struct, frozen=True, kw_only=True):
    """A new gateway with its token, which is shown this once."""

    gateway: Gateway
    token: str


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement; current is positive in charge. V, A, °C, %."""

    at: datetime
    voltage_volt: float | None = None
    current_ampere: float | None = None
    temperature_celsius: float | None = None
    soc_percent: float | None = None
    cell_min_volt: float | None = None
    cell_max_volt: float | None = None


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month of one battery: its rows, and the Parquet file once the month is closed."""

    month: str
    rows: int
    sha256: str | None = None


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload brought: rows kept anew, and the report on all of them."""

    record_id: UUID
    battery_id: UUID
    stored: int
    quality: Quality

"""What is assessed: the item with the limits of its chemistry, and what the person knows besides the record."""

from functools import cache
from typing import Annotated

import msgspec
import numpy as np

from meguri.health.capacity import Instrument
from meguri.health.model import Chemistry, Item
from meguri.health.ocv import OcvTable
from meguri.health.rulebook import RuleSet, rules


class OcvPoints(msgspec.Struct, frozen=True):
    """Open-circuit voltage of the design: state of charge 0–1 and cell voltage [V], at least 11 points, both rising."""

    soc: tuple[float, ...]
    voltage_v: tuple[float, ...]

    def table(self) -> OcvTable:
        """The table. Raises ValueError when it is none."""
        return OcvTable(np.array(self.soc, dtype=np.float64), np.array(self.voltage_v, dtype=np.float64))


class Device(msgspec.Struct, frozen=True):
    """The instrument: relative gain error and offset [A] as standard uncertainties."""

    gain: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.001
    offset_a: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.005


class Meta(Item, frozen=True, kw_only=True, omit_defaults=True):
    """An item with what belongs to its test."""

    ocv: OcvPoints | None = None
    instrument: Device = Device()
    measured_at: str | None = None
    place: str | None = None
    balancing: bool = False


class _Limits(msgspec.Struct, frozen=True):
    name: str
    v_min: float
    v_max: float
    hysteresis_v: float = 0.0
    plateau_soc: tuple[float, float] | None = None


class _Idle(msgspec.Struct, frozen=True):
    least: float
    most: float


class ChemistryRules(msgspec.Struct, frozen=True):
    """`rules/health/chemistry.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    chemistries: tuple[_Limits, ...]
    idle_temperature_c: _Idle
    methods: dict[str, dict[str, str]]

    @property
    def name(self) -> RuleSet:
        """Id and version, as results carry them."""
        return RuleSet(self.id, self.version, self.status, self.valid_from, self.source)


@cache
def chemistry_rules() -> ChemistryRules:
    """The rule set in force."""
    return rules("health", "chemistry", ChemistryRules)


def suits(method: str, chemistry: Chemistry) -> str:
    """How well a method suits a chemistry: `full`, `with_care` or `no`."""
    known = chemistry_rules().methods.get(method, {})
    return known.get(chemistry.value, known.get("default", "full"))


class Subject:
    """An item under assessment with everything that estimators ask of it."""

    def __init__(self, meta: Meta) -> None:
        """Raises ValueError for an OCV table that is none."""
        self.meta = meta
        self.table = meta.ocv.table() if meta.ocv else None
        self.instrument = Instrument(meta.instrument.gain, meta.instrument.offset_a)
        self.cells = meta.cells
        self._known = next((c for c in chemistry_rules().chemistries if c.name == meta.chemistry.value), None)

    @property
    def rated_ah(self) -> float | None:
        """Rated capacity [Ah], None when there is no usable reference."""
        rated = self.meta.rated_capacity_ah
        return rated if rated is not None and rated > 0 else None

    @property
    def rated_kwh(self) -> float | None:
        """Rated energy [kWh], likewise."""
        rated = self.meta.rated_energy_kwh
        return rated if rated is not None and rated > 0 else None

    @property
    def v_min(self) -> float | None:
        """Lower limit of a cell [V]: of the name plate, else of the chemistry."""
        return self.meta.cell_voltage_min or (self._known.v_min if self._known else None)

    @property
    def v_max(self) -> float | None:
        """Upper limit of a cell [V], likewise."""
        return self.meta.cell_voltage_max or (self._known.v_max if self._known else None)

    @property
    def limits_by_default(self) -> bool:
        """Whether a limit comes from the chemistry and not from the name plate."""
        return self.meta.cell_voltage_min is None or self.meta.cell_voltage_max is None

    @property
    def hysteresis(self) -> float:
        """Hysteresis of the open-circuit voltage [V]."""
        return self._known.hysteresis_v if self._known else 0.0

    @property
    def plateau(self) -> tuple[float, float] | None:
        """States of charge (0–1) between which the voltage says nothing, where no table tells."""
        return self._known.plateau_soc if self._known else None

    @property
    def idle_range_c(self) -> tuple[float, float]:
        """The declared idle range of temperature [°C], else the default of the rule data."""
        idle = chemistry_rules().idle_temperature_c
        least, most = self.meta.idle_temperature_min, self.meta.idle_temperature_max
        return (idle.least if least is None else least, idle.most if most is None else most)

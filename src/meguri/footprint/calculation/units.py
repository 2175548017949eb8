"""Units of activity data, converted on purpose and exactly. A conversion between dimensions needs a mass or density."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from meguri.footprint.calculation.errors import UnitIncompatible, UnitUnknown
from meguri.footprint.calculation.figures import ONE, above, precise


class Dimension(StrEnum):
    """What a unit measures."""

    MASS = "mass"
    VOLUME = "volume"
    ENERGY = "energy"
    TRANSPORT = "transport"
    AREA = "area"
    COUNT = "count"
    TIME = "time"
    DATA = "data"


class Unit(NamedTuple):
    """One of it is `over` / `under` base units (kg, L, kWh, tkm, m2, piece, hour, megabit)."""

    dimension: Dimension
    over: Decimal
    under: Decimal = ONE


# SI Brochure 9th ed. (kWh, MJ, L); international avoirdupois pound and ounce (1959); US gallon = 231 cubic inches.
UNITS: dict[str, Unit] = {
    "kg": Unit(Dimension.MASS, ONE),
    "g": Unit(Dimension.MASS, Decimal("0.001")),
    "mg": Unit(Dimension.MASS, Decimal("0.000001")),
    "t": Unit(Dimension.MASS, Decimal(1000)),
    "lb": Unit(Dimension.MASS, Decimal("0.45359237")),
    "oz": Unit(Dimension.MASS, Decimal("0.028349523125")),
    "L": Unit(Dimension.VOLUME, ONE),
    "mL": Unit(Dimension.VOLUME, Decimal("0.001")),
    "m3": Unit(Dimension.VOLUME, Decimal(1000)),
    "US gal": Unit(Dimension.VOLUME, Decimal("3.785411784")),
    "kWh": Unit(Dimension.ENERGY, ONE),
    "Wh": Unit(Dimension.ENERGY, Decimal("0.001")),
    "MWh": Unit(Dimension.ENERGY, Decimal(1000)),
    "MJ": Unit(Dimension.ENERGY, ONE, Decimal("3.6")),
    "GJ": Unit(Dimension.ENERGY, Decimal(1000), Decimal("3.6")),
    "TJ": Unit(Dimension.ENERGY, Decimal(1_000_000), Decimal("3.6")),
    "tkm": Unit(Dimension.TRANSPORT, ONE),
    "kgkm": Unit(Dimension.TRANSPORT, Decimal("0.001")),
    "m2": Unit(Dimension.AREA, ONE),
    "piece": Unit(Dimension.COUNT, ONE),
    "hour": Unit(Dimension.TIME, ONE),
    "min": Unit(Dimension.TIME, ONE, Decimal(60)),
    "megabit": Unit(Dimension.DATA, ONE),
}
_SPELLINGS = {
    "l": "L",
    "liter": "L",
    "litre": "L",
    "ml": "mL",
    "m³": "m3",
    "m²": "m2",
    "kilogram": "kg",
    "kwh": "kWh",
    "kilowatt-hour": "kWh",
    "mj": "MJ",
    "megajoule": "MJ",
    "t·km": "tkm",
    "kg·km": "kgkm",
    "ton-kilometer": "tkm",
    "square-meter": "m2",
    "cubic-meter": "m3",
    "unit": "piece",
    "個": "piece",
    "トン": "t",
    "h": "hour",
}


class Across(NamedTuple):
    """What leads from one dimension to another for this very part: mass of a piece [kg], density [kg/L]."""

    mass_per_piece: Decimal | None = None
    density: Decimal | None = None


def unit_named(name: str) -> Unit:
    """The unit written `name`. Raises UnitUnknown."""
    unit = UNITS.get(name) or UNITS.get(_SPELLINGS.get(name, ""))
    if unit is None:
        raise UnitUnknown(name, UNITS)
    return unit


@precise
def convert(amount: Decimal, given: str, wanted: str, across: Across = Across()) -> Decimal:  # noqa: B008
    """`amount` of the unit `given`, in the unit `wanted`.

    Between dimensions only mass ↔ piece (by `mass_per_piece`) and volume ↔ mass (by `density`) are possible.
    Raises UnitUnknown, UnitIncompatible, OutOfRange for a mass or density that is not above 0.
    """
    source, target = unit_named(given), unit_named(wanted)
    base = amount * source.over / source.under
    if source.dimension != target.dimension:
        up, down = _bridge(source.dimension, target.dimension, across)
        if up is None or down is None:
            raise UnitIncompatible(given=given, wanted=wanted)
        base = base * above("mass or density", up) / above("mass or density", down)
    return base * target.under / target.over


def _bridge(source: Dimension, target: Dimension, across: Across) -> tuple[Decimal | None, Decimal | None]:
    match source, target:
        case (Dimension.COUNT, Dimension.MASS):
            return across.mass_per_piece, ONE
        case (Dimension.MASS, Dimension.COUNT):
            return ONE, across.mass_per_piece
        case (Dimension.VOLUME, Dimension.MASS):
            return across.density, ONE
        case (Dimension.MASS, Dimension.VOLUME):
            return ONE, across.density
    return None, None

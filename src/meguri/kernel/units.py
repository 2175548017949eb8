"""Units of amounts in trade. Amounts are never converted by themselves: conversion is an act of a person."""

from decimal import Decimal
from enum import StrEnum

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text


class AmountUnit(StrEnum):
    """Declared units of a part, as Japan's data exchange and PACT name them."""

    LITER = "liter"
    KILOGRAM = "kilogram"
    CUBIC_METER = "cubic-meter"
    KILOWATT_HOUR = "kilowatt-hour"
    MEGAJOULE = "megajoule"
    TON_KILOMETER = "ton-kilometer"
    SQUARE_METER = "square-meter"
    UNIT = "unit"


SYMBOLS: dict[AmountUnit, Text] = {
    AmountUnit.LITER: Text(ja="L", en="L"),
    AmountUnit.KILOGRAM: Text(ja="kg", en="kg"),
    AmountUnit.CUBIC_METER: Text(ja="m³", en="m³"),
    AmountUnit.KILOWATT_HOUR: Text(ja="kWh", en="kWh"),
    AmountUnit.MEGAJOULE: Text(ja="MJ", en="MJ"),
    AmountUnit.TON_KILOMETER: Text(ja="t·km", en="t·km"),
    AmountUnit.SQUARE_METER: Text(ja="m²", en="m²"),
    AmountUnit.UNIT: Text(ja="個", en="unit"),
}

# Exact factors to each trade unit from units that people write. Sources: SI Brochure 9th ed. (kWh, MJ, L);
# international avoirdupois pound 0.45359237 kg (1959 agreement).
_FACTORS: dict[AmountUnit, dict[str, Decimal]] = {
    AmountUnit.KILOGRAM: {
        "kg": Decimal(1),
        "g": Decimal("0.001"),
        "mg": Decimal("0.000001"),
        "t": Decimal(1000),
        "lb": Decimal("0.45359237"),
    },
    AmountUnit.LITER: {"L": Decimal(1), "mL": Decimal("0.001"), "m³": Decimal(1000)},
    AmountUnit.CUBIC_METER: {"m³": Decimal(1), "L": Decimal("0.001")},
    AmountUnit.KILOWATT_HOUR: {"kWh": Decimal(1), "Wh": Decimal("0.001"), "MWh": Decimal(1000)},
    AmountUnit.MEGAJOULE: {"MJ": Decimal(1), "GJ": Decimal(1000), "kWh": Decimal("3.6")},
    AmountUnit.TON_KILOMETER: {"t·km": Decimal(1), "kg·km": Decimal("0.001")},
    AmountUnit.SQUARE_METER: {"m²": Decimal(1), "cm²": Decimal("0.0001"), "mm²": Decimal("0.000001")},
    AmountUnit.UNIT: {"unit": Decimal(1), "個": Decimal(1)},
}


class NotConvertible(Invalid):
    """The two units do not measure the same quantity."""

    code = "kernel.units.not_convertible"
    say = Text(
        ja="「{given}」は「{wanted}」に換算できません。使える単位: {choices}",
        en="“{given}” cannot be converted to “{wanted}”. Units that can: {choices}",
    )


def convert(amount: Decimal, given: str, wanted: AmountUnit) -> Decimal:
    """`amount` of the unit written `given`, expressed in `wanted`; exact. Raises NotConvertible."""
    factors = _FACTORS[wanted]
    factor = Decimal(1) if given == wanted.value else factors.get(given)
    if factor is None:
        raise NotConvertible(given=given, wanted=wanted.value, choices=", ".join(factors))
    return amount * factor

"""A cell names its unit as pages show it, as the wire names it, or as a keyboard writes it."""

import pytest

from meguri.kernel.units import AmountUnit
from meguri.traceability.sheet.reading import unit_of


@pytest.mark.parametrize(
    ("cell", "unit"),
    [
        ("個", AmountUnit.UNIT),
        ("unit", AmountUnit.UNIT),
        ("ＫＧ", AmountUnit.KILOGRAM),
        ("kilogram", AmountUnit.KILOGRAM),
        ("m3", AmountUnit.CUBIC_METER),
        ("㎡", AmountUnit.SQUARE_METER),
        ("tkm", AmountUnit.TON_KILOMETER),
        (" kWh ", AmountUnit.KILOWATT_HOUR),
        ("本", None),
    ],
)
def test_a_unit_is_understood_by_each_of_its_names(cell: str, unit: AmountUnit | None) -> None:
    assert unit_of(cell) is unit

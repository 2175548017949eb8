import numpy as np
import pytest

from meguri.health.ocv import OcvTable
from meguri.reuse.rate import resistance_at, usable_at

SOC = np.linspace(0, 1, 13)
TABLE = OcvTable(SOC, 3.0 + 1.2 * SOC)


@pytest.mark.parametrize("current,r,ah", [(50, 0.002, 45.8333), (50, 0.004, 41.6667), (25, 0.002, 47.9167)])
def test_usable_capacity_follows_the_aged_resistance_and_the_current(current: float, r: float, ah: float) -> None:
    assert usable_at(TABLE, 50.0, r, current, 3.0).capacity_ah == pytest.approx(ah, abs=5e-5)


def test_usable_energy_is_the_area_under_the_terminal_voltage() -> None:
    found = usable_at(TABLE, 50.0, 0.002, 50.0, 3.0)
    assert found.energy_wh == pytest.approx(45.833333 * (3.0 + 4.1) / 2, rel=1e-6)


def test_more_current_or_cold_never_gives_more() -> None:
    given = [
        usable_at(TABLE, 50.0, resistance_at(0.002, t), i, 3.0).capacity_ah for t, i in ((25, 10), (25, 50), (0, 50))
    ]
    assert given == sorted(given, reverse=True)
    assert usable_at(TABLE, 50.0, 0.002, 1000.0, 3.0).capacity_ah == 0

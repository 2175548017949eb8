"""The cycler's own sheet gives exactly the rows of the published table."""

from pathlib import Path

import pytest

from meguri.health.errors import Unusable
from meguri.health.pulse.rawtable import RawTable
from meguri.health.worksteps import pulse_levels, read_worksteps

SHEET = Path(__file__).parent / "data" / "LMO_10_PIP15827A00221240_worksteps.xlsx"


def test_ten_rows_come_out_exactly(pulsebat: RawTable) -> None:
    sheet = pulse_levels(read_worksteps(SHEET), 10.0)
    assert len(sheet.levels) == 11
    rows = [row for row, cell in enumerate(pulsebat.columns["cell_id"]) if "PIP15827A00221240" in str(cell)]
    for row, level in zip(rows, sheet.levels[:10], strict=True):
        assert level.soc_pct == float(str(pulsebat.columns["soc"][row]))
        assert level.u == tuple(float(str(pulsebat.columns[f"u{k}"][row])) for k in range(1, 22))
        assert sheet.capacity_ah == float(str(pulsebat.columns["capacity_ah"][row]))
        assert 100 * sheet.capacity_ah / 10 == pytest.approx(float(str(pulsebat.columns["soh_pct"][row])))
    assert [level.cut_short for level in sheet.levels[:10]].count(True) == 1


def test_the_first_level_has_the_worked_resistances() -> None:
    level = pulse_levels(read_worksteps(SHEET), 10.0).levels[0]
    u1, u2, u3 = level.u[:3]
    assert u1 == 2.9602
    assert (u2 - u1) / 5.0 == pytest.approx(5.44e-3)
    assert (u3 - u1) / 5.0 == pytest.approx(11.30e-3)


def test_a_cut_sheet_is_refused() -> None:
    with pytest.raises(Unusable):
        pulse_levels(read_worksteps(SHEET)[:-3], 10.0)

"""Pulse tests from the work-step sheet of a NEBULA cycler (profile `nebula_worksteps`): one row per step, Chinese headers.

A sheet holds a capacity calibration (rest, CC-CV charge, rest, discharge, rest), then for each level of charge 2 steps
(charge 3 min, rest 10 min) and ten pulse widths × five amplitudes × four steps (charge, rest, discharge, rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from meguri.health.errors import ColumnMissing, Unusable
from meguri.workbooks.errors import SheetUnreadable
from meguri.workbooks.reading import LARGE, Wanted, open_book

STATE, FIRST_V, LAST_V = "状态", "起始电压(V)", "结束电压(V)"
CHARGED, DISCHARGED, RESULT = "充电容量(Ah)", "放电容量(Ah)", "结果"
REQUIRED = (STATE, FIRST_V, LAST_V, CHARGED, DISCHARGED)
_CALIBRATION, _LEVEL_HEAD, _PULSES, _OF_FIVE_SECONDS, _USED = 5, 2, 200, 20, 10
_DISCHARGE_STEP = 3
_BY_HAND = "手动跳转"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the sheet: state, voltages at begin and end [V], charge [Ah, unsigned], and whether it was cut short."""

    state: str
    first_v: float
    last_v: float
    charge_ah: float
    cut_short: bool


@dataclass(frozen=True, slots=True)
class PulseLevel:
    """One level of charge: state of charge [% of rated], u1 … u21 [V], and whether a used step was cut short."""

    soc_pct: float
    u: tuple[float, ...]
    cut_short: bool


@dataclass(frozen=True, slots=True)
class WorkSteps:
    """What a sheet says: measured capacity [Ah] and the pulse levels."""

    capacity_ah: float
    levels: tuple[PulseLevel, ...]


def read_worksteps(path: Path) -> list[Step]:
    """The steps of the sheet that has the headers. Raises Unusable, ColumnMissing, and what `open_book` refuses."""
    try:
        book = open_book(path, Wanted(fitting=("*",), whole=False), LARGE)
    except SheetUnreadable:
        raise Unusable(detail="XLSX") from None
    for sheet in book.sheets:
        rows = list(sheet.rows())
        for place, row in enumerate(rows[:10]):
            header = [str(cell).strip() for cell in row]
            if STATE in header:
                return _steps(header, rows[place + 1 :])
    raise ColumnMissing(columns=", ".join(REQUIRED), nearest="–")


def _steps(header: list[str], rows: Sequence[Sequence[object]]) -> list[Step]:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise ColumnMissing(columns=", ".join(missing), nearest=", ".join(header))
    at = {name: header.index(name) for name in header if name}
    return [
        Step(
            state=str(row[at[STATE]]).strip(),
            first_v=_number(row[at[FIRST_V]]),
            last_v=_number(row[at[LAST_V]]),
            charge_ah=max(abs(_number(row[at[CHARGED]])), abs(_number(row[at[DISCHARGED]]))),
            cut_short=RESULT in at and str(row[at[RESULT]]).strip() == _BY_HAND,
        )
        for row in rows
        if str(row[at[STATE]]).strip()
    ]


def _number(cell: object) -> float:
    try:
        return float(str(cell)) if str(cell).strip() else 0.0
    except ValueError:
        raise Unusable(detail=str(cell)[:40]) from None


def pulse_levels(steps: Sequence[Step], rated_ah: float) -> WorkSteps:
    """Capacity and pulse levels. Pulses are found by position, because one may be cut short by hand.

    The ten steps used are the first five pulses, with their rests, of the last twenty (5 s) of the 200 pulse steps.
    State of charge is the charge put in since empty ÷ rated capacity. Raises Unusable when steps are too few.
    """
    block = _LEVEL_HEAD + _PULSES
    count, rest = divmod(len(steps) - _CALIBRATION, block)
    if count < 1 or rest:
        raise Unusable(detail=f"{len(steps)} steps")
    levels, charged = [], 0.0
    for number in range(count):
        start = _CALIBRATION + number * block
        charged += steps[start].charge_ah
        pulses = steps[start + block - _OF_FIVE_SECONDS :][:_USED]
        u = [steps[start + block - _OF_FIVE_SECONDS - 1].last_v]
        for step in pulses:
            u += [step.first_v, step.last_v]
        soc = round(100 * charged / rated_ah, 1)  # the charge column ends at 0.1 mAh, each level adds its rounding
        levels.append(PulseLevel(soc, tuple(u), any(step.cut_short for step in pulses)))
    return WorkSteps(steps[_DISCHARGE_STEP].charge_ah, tuple(levels))

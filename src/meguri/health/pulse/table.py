"""A table of pulse tests: words and numbers of a file become arrays, and each broken row is told what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from unicodedata import normalize

import numpy as np

from meguri.health.arrays import Array, Flags, Floats, Texts
from meguri.health.errors import UnitSuspect
from meguri.health.pulse.features import VOLTAGES, follows_pattern
from meguri.health.pulse.rawtable import Cell, RawTable
from meguri.telemetry.plain import number_of

REQUIRED = ("cell_id", "chemistry", "rated_capacity_ah", "soc", *VOLTAGES)
SocUnit = Literal["percent", "fraction"]
_LEAST_VOLT, _MOST_VOLT = 0.5, 5.0
_MILLIVOLTS, _MOST_MILLIVOLTS = 1000.0, 5500.0  # most values in here: no cell voltages in V, but in mV
_MILLIAMPERE_HOURS = 2000.0  # no cell on the market holds as many Ah
_ROWS_TO_JUDGE_A_COLUMN = 5
_ROOM_CELSIUS = 25.0
_LONGEST_TEXT = 200
_KELVIN = (233.0, 393.0)  # −40 to 120 °C: every temperature of a column in here is no Celsius
_NOTHING = frozenset({"-", "–", "—", "na", "n/a", "#n/a", "null", "none", "unknown", "不明", "なし"})
_ALSO_CALLED = {"NCM": "NMC", "LIFEPO4": "LFP", "LFMP": "LMFP"}


@dataclass(frozen=True, slots=True)
class PulseTable:
    """Pulse tests as arrays; missing numbers are NaN, missing texts empty; a missing `test` is its `cell`.

    numbers      (row,) line in the file, for messages
    cell, test   (row,) text; together they name one item in one state
    soc_echo     (row,) the state of charge as it was written
    broken       (row,) codes of why a row cannot be assessed; empty for a good row
    """

    numbers: list[int]
    cell: Texts
    test: Texts
    chemistry: Texts
    rated: Floats
    soc: Floats
    soc_basis: Texts
    soc_echo: list[Cell]
    temperature: Floats
    u: Floats
    broken: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Array) -> "PulseTable":
        """These rows only, in this order."""
        return PulseTable(
            numbers=[self.numbers[row] for row in rows],
            cell=self.cell[rows],
            test=self.test[rows],
            chemistry=self.chemistry[rows],
            rated=self.rated[rows],
            soc=self.soc[rows],
            soc_basis=self.soc_basis[rows],
            soc_echo=[self.soc_echo[row] for row in rows],
            temperature=self.temperature[rows],
            u=self.u[rows],
            broken=[self.broken[row] for row in rows],
        )

    def without_soc(self) -> "PulseTable":
        """The same tests, state of charge unknown."""
        return replace(self, soc=np.full(len(self), np.nan))


def numbers_of(cells: Sequence[Cell]) -> tuple[Floats, Flags]:
    """The numbers of a column (NaN: none), and which cells hold something that is not a finite number."""
    values, unreadable = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=np.bool_)
    for place, cell in enumerate(cells):
        if cell is None:
            continue
        if isinstance(cell, bool):
            unreadable[place] = True
            continue
        try:
            values[place] = number_of(cell) if isinstance(cell, str) else float(cell)
        except OverflowError:
            unreadable[place] = True
        except ValueError:
            values[place], unreadable[place] = _typed(str(cell))
    unreadable |= np.isinf(values)
    values[unreadable] = np.nan
    return values, unreadable


def _typed(word: str) -> tuple[float, bool]:
    """What people write where a number belongs: full-width digits are one, the usual words for nothing are none."""
    plain = normalize("NFKC", word).strip()
    if plain.lower() in _NOTHING:
        return np.nan, False
    try:
        return number_of(plain), False
    except ValueError:
        return np.nan, True


def texts_of(cells: Sequence[Cell]) -> Texts:
    """A column as text; missing cells are empty. Cut at 200 characters: numpy gives every cell the room of the longest."""
    return np.array(["" if cell is None else str(cell)[:_LONGEST_TEXT] for cell in cells], dtype=np.str_)


def _too_long(cells: Sequence[Cell]) -> Flags:
    return np.array([isinstance(cell, str) and len(cell) > _LONGEST_TEXT for cell in cells], dtype=np.bool_)


def pulse_table(raw: RawTable, soc_unit: SocUnit | None = None) -> PulseTable:
    """Pulse tests from a raw table.

    soc_unit  `fraction` when the person says that the state of charge is written 0–1, `percent` when it is 0–100 even
              though every value is at most 1; None: percent, unless that looks wrong

    Raises ColumnMissing, and UnitSuspect when a whole column looks as if in mV, mAh or 0–1.
    """
    columns = ColumnsSeen(soc_unit)
    table = columns.table(raw)
    columns.judge()
    return table


class ColumnsSeen:
    """Makes blocks of a raw table into pulse tests, and keeps of each column what tells its unit once all were seen."""

    def __init__(self, soc_unit: SocUnit | None = None) -> None:
        """soc_unit as for `pulse_table`."""
        self._soc_unit = soc_unit
        self._voltages = [_Seen() for _ in VOLTAGES]
        self._rated, self._soc, self._temperature = _Seen(), _Seen(), _Seen()

    def table(self, raw: RawTable) -> PulseTable:
        """The pulse tests of a block. Raises ColumnMissing."""
        raw.require(REQUIRED)
        read = [numbers_of(raw.columns[name]) for name in VOLTAGES]
        u = np.column_stack([values for values, _ in read])
        rated, _ = numbers_of(raw.columns["rated_capacity_ah"])
        soc, bad_soc = numbers_of(raw.columns["soc"])
        temperature, bad_temperature = numbers_of(raw.column("temperature_celsius"))
        for place, seen in enumerate(self._voltages):
            column = u[:, place]
            seen.look(column, raw.numbers, column > _MILLIVOLTS)
        self._rated.look(rated, raw.numbers, rated > _MILLIAMPERE_HOURS)
        self._soc.look(soc, raw.numbers, soc > 0)
        self._temperature.look(temperature, raw.numbers, np.isfinite(temperature))
        if self._soc_unit == "fraction":
            soc = soc * 100
        cell, test = texts_of(raw.columns["cell_id"]), texts_of(raw.column("test_id"))
        return PulseTable(
            numbers=raw.numbers,
            cell=cell,
            test=np.where(test == "", cell, test),
            chemistry=_chemistries(raw.columns["chemistry"]),
            rated=rated,
            soc=soc,
            soc_basis=np.char.lower(texts_of(raw.column("soc_basis"))),
            soc_echo=raw.columns["soc"],
            temperature=np.where(np.isnan(temperature), _ROOM_CELSIUS, temperature),
            u=u,
            broken=_broken(
                u,
                rated,
                soc,
                [
                    (_too_long(raw.columns["cell_id"]), "BAD_VALUE:cell_id"),
                    (_too_long(raw.column("test_id")), "BAD_VALUE:test_id"),
                    (bad_soc, "BAD_VALUE:soc"),
                    (bad_temperature, "BAD_VALUE:temperature_celsius"),
                ],
            ),
        )

    def judge(self) -> None:
        """Raise UnitSuspect when a whole column looks as if in mV, mAh, 0–1 or kelvin."""
        whole = 2 * sum(seen.millivolts for seen in self._voltages) > sum(seen.known for seen in self._voltages)
        for name, seen in zip(VOLTAGES, self._voltages, strict=True):
            judged = whole or seen.known >= _ROWS_TO_JUDGE_A_COLUMN
            seen.suspect(name, "V", judged and 2 * seen.millivolts > seen.known)
        self._rated.suspect("rated_capacity_ah", "Ah", self._rated.least > _MILLIAMPERE_HOURS)
        fraction = self._soc.least >= 0 and 0 < self._soc.most <= 1
        self._soc.suspect("soc", "%", fraction and self._soc_unit is None)
        least, most = _KELVIN
        self._temperature.suspect(
            "temperature_celsius", "°C", least <= self._temperature.least and self._temperature.most <= most
        )


class _Seen:
    """What a column held so far: how many numbers, between what bounds, and the first that looks strange."""

    def __init__(self) -> None:
        self.known = 0
        self.millivolts = 0
        self.least, self.most = np.inf, -np.inf
        self._first: tuple[int, float] | None = None

    def look(self, column: Floats, numbers: list[int], strange: Flags) -> None:
        known = column[np.isfinite(column)]
        self.known += len(known)
        self.millivolts += int(np.count_nonzero((known > _MILLIVOLTS) & (known <= _MOST_MILLIVOLTS)))
        if len(known):
            self.least, self.most = min(self.least, known.min()), max(self.most, known.max())
        if self._first is None and strange.any():
            place = int(np.argmax(strange))
            self._first = numbers[place], float(column[place])

    def suspect(self, column: str, unit: str, found: bool) -> None:
        """Raise UnitSuspect when `found`, with the first strange value."""
        if found and self.known and self._first:
            row, value = self._first
            raise UnitSuspect(column=column, unit=unit, row=row, value=f"{value:g}")


def _chemistries(cells: Sequence[Cell]) -> Texts:
    """Chemistry of each row in capitals, by its one name."""
    names = [str(name).removeprefix("LI-ION ").strip() for name in np.char.upper(texts_of(cells))]
    return np.array([_ALSO_CALLED.get(name, name) for name in names], dtype=np.str_)


def _broken(u: Floats, rated: Floats, soc: Floats, unreadable: list[tuple[Flags, str]]) -> list[tuple[str, ...]]:
    with np.errstate(invalid="ignore"):
        bad_voltage = ~((u >= _LEAST_VOLT) & (u <= _MOST_VOLT))
        checks = [
            (~(rated > 0), "NO_REFERENCE"),
            (rated > _MILLIAMPERE_HOURS, "UNIT_SUSPECT:rated_capacity_ah"),
            ((soc < 0) | (soc > 100), "RANGE:soc"),
            *unreadable,
            *((bad_voltage[:, place], f"BAD_VALUE:{name}") for place, name in enumerate(VOLTAGES)),
            (~bad_voltage.any(axis=1) & ~follows_pattern(u), "PULSE_PATTERN"),
        ]
    reasons: list[list[str]] = [[] for _ in rated]
    for failed, code in checks:
        for row in np.flatnonzero(failed):
            reasons[row].append(code)
    return [tuple(codes) for codes in reasons]

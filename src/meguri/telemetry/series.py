"""A record as arrays: time, voltage and current of one battery, with what else was measured."""

from dataclasses import dataclass, field, replace

import numpy as np

from meguri.telemetry.arrays import Array, Floats, Ints


@dataclass(frozen=True, slots=True)
class Series:
    """Samples in the order of the record; missing values are NaN and stay so.

    time_s             (sample,) seconds since the start of the record
    segment            (sample,) running number: a new one begins where the clock goes back
    columns            canonical name → (sample,); always voltage_volt and current_ampere
    cells              (sample, cell) cell voltages [V], or None; cell_temperatures [°C] likewise
    row                (sample,) row of the file, 1 is the first below the header
    start_unix         moment of time 0 as seconds since 1970, where the source has a clock
    u_offset_a         what was taken off the current as the offset of the sensor [A]
    """

    time_s: Floats
    segment: Ints
    columns: dict[str, Floats]
    row: Ints
    cells: Floats | None = None
    cell_temperatures: Floats | None = None
    start_unix: float | None = None
    u_offset_a: float = 0.0
    flags: frozenset[str] = field(default=frozenset())

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def voltage(self) -> Floats:
        """Terminal voltage [V]."""
        return self.columns["voltage_volt"]

    @property
    def current(self) -> Floats:
        """Current [A], positive in charge."""
        return self.columns["current_ampere"]

    @property
    def temperature(self) -> Floats:
        """Surface temperature [°C], else that of the room; NaN where there is none."""
        for name in ("temperature_t1_celsius", "ambient_temperature_celsius"):
            if name in self.columns:
                return self.columns[name]
        return _nothing(len(self))

    def column(self, name: str) -> Floats:
        """A column by its canonical name; NaN everywhere when it is not there."""
        found = self.columns.get(name)
        return _nothing(len(self)) if found is None else found

    def lowest_cell(self, cells_in_series: int = 1) -> Floats:
        """The lowest cell voltage [V]: measured, or the pack's share when only the pack was."""
        return self._cell("cell_min_volt", np.nanmin, cells_in_series)

    def highest_cell(self, cells_in_series: int = 1) -> Floats:
        """The highest cell voltage [V], likewise."""
        return self._cell("cell_max_volt", np.nanmax, cells_in_series)

    def _cell(self, name: str, choose: object, cells_in_series: int) -> Floats:
        if self.cells is not None:
            some = np.isfinite(self.cells).any(axis=1)
            found = np.full(len(self), np.nan)
            found[some] = (np.nanmin if choose is np.nanmin else np.nanmax)(self.cells[some], axis=1)
            return found
        if name in self.columns:
            return self.columns[name]
        return self.voltage / cells_in_series

    def take(self, rows: Array) -> "Series":
        """These samples only."""
        return replace(
            self,
            time_s=self.time_s[rows],
            segment=self.segment[rows],
            columns={name: values[rows] for name, values in self.columns.items()},
            row=self.row[rows],
            cells=None if self.cells is None else self.cells[rows],
            cell_temperatures=None if self.cell_temperatures is None else self.cell_temperatures[rows],
        )


def _nothing(rows: int) -> Floats:
    """NaN for each sample, in the room of a single one; nobody may write into it."""
    return np.broadcast_to(np.float64(np.nan), (rows,))

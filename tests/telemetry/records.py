"""Synthetic records with known truth, as the loggers of the field write them."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meguri.telemetry.model import Chemistry, Level, NamePlate

Floats = NDArray[np.float64]
CELL = NamePlate(
    level=Level.CELL, chemistry=Chemistry.NMC, rated_capacity_ah=50.0, cell_voltage_min=3.0, cell_voltage_max=4.2
)


def cycling(rows: int = 4000, step_s: float = 1.0, noise_v: float = 0.0) -> dict[str, Floats]:
    """Rest, discharge and charge in turn: V = OCV(s) + 2 mΩ · I, at 1 Hz; temperature rises with the current."""
    time = np.arange(rows) * step_s
    current = np.select([time % 400 < 100, time % 400 < 250], [0.0, -25.0], 20.0)
    soc = 0.6 + np.cumsum(current) * step_s / 3600 / 50
    random = np.random.default_rng(1)
    voltage = 3.0 + 1.2 * soc + 0.002 * current + random.normal(0, noise_v, rows)
    return {
        "test_time_second": time,
        "voltage_volt": voltage,
        "current_ampere": current,
        "temperature_t1_celsius": 25 + 2 * np.abs(current) / 25,
    }


def write(path: Path, columns: Mapping[str, Floats | list[str]], *, end: str = "\n") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator=end)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path

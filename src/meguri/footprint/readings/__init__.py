"""Readings of meters, systems and invoices: primary data, summed over a production period."""

from meguri.footprint.readings.model import Gap, Reading, ReadingsReport, Total
from meguri.footprint.readings.service import (
    meters,
    readings_of,
    readings_of_days,
    take_file,
    take_readings,
    total_of_days,
    total_over,
)

__all__ = [
    "Gap",
    "Reading",
    "ReadingsReport",
    "Total",
    "meters",
    "readings_of",
    "readings_of_days",
    "take_file",
    "take_readings",
    "total_of_days",
    "total_over",
]

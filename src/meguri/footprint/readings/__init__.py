"""Readings of meters, systems and invoices: primary data, summed over a production period."""

from meguri.footprint.readings.model import Reading, ReadingsReport, Total
from meguri.footprint.readings.service import meters, readings_of, take_file, take_readings, total_over

__all__ = ["Reading", "ReadingsReport", "Total", "meters", "readings_of", "take_file", "take_readings", "total_over"]

"""Meguri (巡り): one product for the whole life of a battery's facts."""

__version__ = "0.1.0"

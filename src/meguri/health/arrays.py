"""Short names for the arrays that the estimators take and return: those of the measurements themselves."""

from meguri.telemetry.arrays import Array, Flags, Floats, Ints, Texts

__all__ = ["Array", "Flags", "Floats", "Ints", "Texts"]

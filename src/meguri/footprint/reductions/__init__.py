"""Part selection and reduction requests: find what drives a product, ask its supplier, compare alternatives, follow up."""

from meguri.footprint.reductions.model import Alternative, AlternativeResult, Driver, Reduction, ReductionInput
from meguri.footprint.reductions.service import (
    answer,
    ask,
    compare_alternatives,
    drivers,
    reduction,
    reductions,
    withdraw,
)

__all__ = [
    "Alternative",
    "AlternativeResult",
    "Driver",
    "Reduction",
    "ReductionInput",
    "answer",
    "ask",
    "compare_alternatives",
    "drivers",
    "reduction",
    "reductions",
    "withdraw",
]

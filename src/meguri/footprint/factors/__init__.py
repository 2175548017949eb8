"""The catalogue of emission factors that a company may use: shipped demonstration factors, and its own."""

from meguri.footprint.factors.model import FactorImport, FactorInput, ImportReport, RejectedRow
from meguri.footprint.factors.service import (
    add_factor,
    affected_results,
    catalogue,
    export_factors,
    find_factors,
    import_factors,
    imports,
)

__all__ = [
    "FactorImport",
    "FactorInput",
    "ImportReport",
    "RejectedRow",
    "add_factor",
    "affected_results",
    "catalogue",
    "export_factors",
    "find_factors",
    "import_factors",
    "imports",
]

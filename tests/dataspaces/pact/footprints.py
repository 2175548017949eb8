"""Footprints for tests: the least that is valid, and variations of it."""

import copy
from typing import Any

MINIMAL: dict[str, Any] = {
    "id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "specVersion": "3.0.3",
    "created": "2026-01-15T00:00:00Z",
    "status": "Active",
    "companyName": "Cell Maker",
    "companyIds": ["urn:pact:cell.example:company-id:1"],
    "productDescription": "NMC cell",
    "productIds": ["urn:pact:cell.example:supplier-id:C-60"],
    "productNameCompany": "C-60",
    "pcf": {
        "declaredUnitOfMeasurement": "piece",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": "0.95",
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2026-01-01T00:00:00Z",
        "pcfExcludingBiogenicUptake": "14.352",
        "pcfIncludingBiogenicUptake": "14.352",
        "fossilGhgEmissions": "14.352",
        "fossilCarbonContent": "0",
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["PACT-3.0"],
        "exemptedEmissionsPercent": "0",
    },
}


def footprint(pcf: dict[str, Any] | None = None, without: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The minimal one with other fields; `without` are fields (`pcf.x`) that it lacks."""
    made = copy.deepcopy(MINIMAL) | more
    made["pcf"] |= pcf or {}
    for name in without:
        where, _, last = name.rpartition(".")
        (made[where] if where else made).pop(last)
    return made

"""The worked examples as data: one plant's year in the recyclers' own element rows [t/a, written as kg]."""

import copy
import json
from typing import Any

POINT = {"counting": "recycling", "calculationPoint": True, "substitutesPrimary": True}

A2_IN = {
    "Co": 19, "Cu": 95, "Li": 11, "Ni": 50, "Mn": 17.5, "Al": 190, "Steel": 145, "Plastics": 60, "O": 48,
    "C_cell": 160, "Fe_cell": 0, "P": 3.5, "Cl": 0, "S": 1, "Other": 185,
}  # fmt: skip
A2_OUT = {"Co": 18.05, "Cu": 92.15, "Li": 9.40, "Ni": 48, "Mn": 14, "Al": 180.5, "Steel": 140.65, "Plastics": 30,
          "O": 0, "C_cell": 0, "Fe_cell": 0, "P": 0, "Cl": 0, "S": 0, "Other": 12}  # fmt: skip
METALS = ("Co", "Cu", "Li", "Ni")
ALL_SIX = ["O", "C_cell", "Fe_cell", "P", "Cl", "S"]


def a2(year: int = 2026, optional: list[str] | None = None, graphite: float = 0) -> dict[str, Any]:
    made = {**A2_OUT, "C_cell": graphite}
    return {
        "year": year,
        "reClass": "lithium_based",
        "optionalElements": optional or [],
        "inputs": [{"element": e, "massKg": kg} for e, kg in A2_IN.items()],
        "outputs": [
            {"element": e, "massKg": kg, **(POINT if e in METALS else {"counting": "recycling"})}
            for e, kg in made.items()
        ],
    }


def a1(year: int = 2032) -> dict[str, Any]:
    return {
        "year": year,
        "reClass": "lithium_based",
        "inputs": [
            {"element": "Li", "massKg": "11.0"},
            {"element": "Ni", "massKg": "50.0"},
            {"element": "Co", "massKg": "19.0"},
            {"element": "Other", "massKg": 920},
        ],
        "outputs": [
            {"substance": "NiSO4·6H2O", "massKg": 215, **POINT},
            {"substance": "CoSO4·7H2O", "massKg": 86, **POINT},
            {"substance": "Li2CO3", "massKg": 50, **POINT},
        ],
    }


def changed(case: dict[str, Any], part: str, place: int, **fields: Any) -> dict[str, Any]:
    made = copy.deepcopy(case)
    made[part][place].update(fields)
    return made


def written(case: dict[str, Any]) -> bytes:
    return json.dumps(case).encode()

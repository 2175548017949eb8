import numpy as np
import pytest

from meguri.footprint.engine import Link, Parts, parts_of

FIGURES = ("raw", "main_loc", "main_con", "dist", "eol_gross", "eol_credit")
PACK = {
    "PACK": (0, 12.5, 7.5, 6, 35, -20),
    "MOD": (0, 1.1, 0.8, 0, 0, 0),
    "CELL": (0, 3.2, 1.9, 0, 0, 0),
    "CAM": (17, 0, 0, 0, 0, 0),
    "CU": (4.1, 0, 0, 0, 0, 0),
    "AL": (9.2, 0, 0, 0, 0, 0),
    "CASE": (2.4, 0, 0, 0, 0, 0),
}
LINKS = [
    Link("PACK", "MOD", 4),
    Link("PACK", "CASE", 1),
    Link("PACK", "CU", 1.5),
    Link("MOD", "CELL", 12),
    Link("MOD", "CU", 0.25),
    Link("CELL", "CAM", 0.6),
    Link("CELL", "CU", 0.12),
    Link("CELL", "AL", 0.05),
    Link("CASE", "AL", 8),
]
LOCATION = np.array([1, 1, 0, 1, 1, 1], dtype=float)
CONTRACT = np.array([1, 0, 1, 1, 1, 1], dtype=float)


@pytest.fixture
def pack() -> Parts:
    """A battery pack: modules, cells, cathode material, copper and aluminium used in several places."""
    return parts_of(PACK, LINKS)

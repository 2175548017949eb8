"""The supply chain as a table: a supplier's site, what it supplies, and to whom (pure)."""

from meguri.diligence.supply.columns import COLUMNS
from meguri.diligence.supply.reading import SupplyRow, entry, understand, wrong_entry

__all__ = ["COLUMNS", "SupplyRow", "entry", "understand", "wrong_entry"]

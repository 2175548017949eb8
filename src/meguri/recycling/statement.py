"""A month's statement of a site: what came in, was made, left and was lost, by element; and what a restatement changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.rates import half_up
from meguri.recycling.store import Turnover

_WAYS = {
    ("RECEIVE", "STOCK"): "received",
    ("PROCESS", "STOCK"): "processed",
    ("PROCESS", "EXT_SUPPLIER"): "reagents",
    ("PROCESS", "LOSS"): "lost",
    ("PROCESS", "EMISSION"): "lost",
    ("PROCESS", "DISPOSAL"): "lost",
    ("PROCESS", "CORRECTION"): "unaccounted",
    ("SHIP", "EXT_CUSTOMER"): "shipped",
    ("ADJUST", "CORRECTION"): "adjusted",
    ("ADJUST", "DISPOSAL"): "disposed",
    ("REVERSE", "STOCK"): "reversed",
}


def by_element(rows: Iterable[Turnover]) -> dict[str, dict[str, str]]:
    """kg of each element by way, as plain text."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        way = _WAYS.get((row.tx_type, row.state))
        if way is not None:
            sums[row.element][way] += row.qty_kg
        if row.state == "STOCK":
            sums[row.element]["stock_change"] += row.qty_kg
    return {e: {way: plain(kg) for way, kg in sorted(ways.items()) if kg} for e, ways in sorted(sums.items())}


def yields_of(inputs: Mapping[str, Decimal], outputs: Mapping[str, Decimal]) -> dict[str, str]:
    """Element yield [fraction, at most 1] where something went in and something came out."""
    return {
        e: plain(min(half_up(outputs[e] / kg), Decimal(1))) for e, kg in sorted(inputs.items()) if kg and outputs.get(e)
    }


def delta(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What changed between two statements: element → way → kg (after − before)."""
    old, new = before.get("elements", {}), after.get("elements", {})
    changed: dict[str, dict[str, str]] = {}
    for element in sorted({*old, *new}):
        ways = {*old.get(element, {}), *new.get(element, {})}
        moved = {way: _of(new, element, way) - _of(old, element, way) for way in sorted(ways)}
        if any(moved.values()):
            changed[element] = {way: plain(kg) for way, kg in moved.items() if kg}
    recovered = {
        e: _figure(after, e) - _figure(before, e)
        for e in sorted({*before.get("recovered", {}), *after.get("recovered", {})})
    }
    for element, kg in recovered.items():
        if kg:
            changed.setdefault(element, {})["recovered"] = plain(kg)
    return changed


def _of(elements: Mapping[str, Mapping[str, str]], element: str, way: str) -> Decimal:
    return Decimal(elements.get(element, {}).get(way, "0"))


def _figure(statement: Mapping[str, Any], element: str) -> Decimal:
    return Decimal(statement.get("recovered", {}).get(element, "0")) if statement else ZERO

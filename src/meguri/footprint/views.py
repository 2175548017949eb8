"""Footprints in one figure, for lists and comparisons."""

from decimal import Decimal

from meguri.footprint.model import Statement
from meguri.kernel.numbers import ZERO


def total_of(statement: Statement) -> Decimal | None:
    """Both sides together, or None where nothing is known."""
    if statement.answer is not None:
        both = [figure for figure in (statement.answer.pre, statement.answer.main) if figure is not None]
        return sum(both, ZERO) if both else None
    if statement.totals is not None:
        t = statement.totals
        return t.pre_production + t.pre_component + t.main_production + t.main_component
    if statement.own is not None:
        own = statement.own
        figures = (own.pre_production, own.main_production, own.pre_component, own.main_component)
        return sum((figure or ZERO for figure in figures), ZERO)
    return None

"""Which battery goes to which use: the assignment that makes the total value greatest. Infeasible pairs do not exist in it."""

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from meguri.health.arrays import Floats, Ints
from meguri.reuse.demand import Candidate, Fit, Use, fit

CAPACITY_SPREAD, RESISTANCE_SPREAD = 0.05, 0.20
_SLACK = 1e-9


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A battery assigned to a use."""

    item_id: str
    use_id: str
    npv: float
    fit: Fit


class Unassigned(msgspec.Struct, frozen=True, kw_only=True):
    """A battery that no use takes: it brings its floor."""

    item_id: str
    floor: float


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The assignment. `blocked` is each battery's most valuable use that something blocks, with what blocks it."""

    pairs: tuple[Pair, ...]
    unassigned: tuple[Unassigned, ...]
    total: float
    blocked: tuple[Fit, ...]


def assign(npv: Floats, feasible: Floats | None = None, floor: Floats | None = None) -> Ints:
    """(item,) column of each item, −1 for unassigned, so that Σ NPV + Σ floor of the unassigned is greatest.

    npv       (item, place); feasible (item, place) booleans; floor (item,), 0 by default
    """
    items, places = npv.shape
    open_to = np.isfinite(npv) if feasible is None else np.asarray(feasible, dtype=bool) & np.isfinite(npv)
    least = np.zeros(items) if floor is None else np.asarray(floor, dtype=np.float64)
    alone = np.full((items, items), -np.inf)
    np.fill_diagonal(alone, least)
    gains = np.hstack([np.where(open_to, npv, -np.inf), alone])
    rows, columns = linear_sum_assignment(-gains)
    found = np.full(items, -1, dtype=np.int64)
    found[rows] = np.where(columns < places, columns, -1)
    return found


def match(batteries: Sequence[Candidate], uses: Sequence[Use]) -> Match:
    """The best assignment of batteries to the places of all uses, with an explanation of each pair."""
    fits = [[fit(battery, use) for use in uses] for battery in batteries]
    places = [column for column, use in enumerate(uses) for _ in range(min(use.quantity, len(batteries)))]
    if not batteries or not places:
        left = [_left(battery) for battery in batteries]
        return Match(pairs=(), unassigned=tuple(left), total=sum(one.floor for one in left), blocked=())
    npv = np.array([[row[column].npv for column in places] for row in fits])
    feasible = np.array([[row[column].feasible for column in places] for row in fits])
    chosen = assign(npv, feasible, np.array([battery.floor for battery in batteries]))
    pairs = [
        Pair(
            item_id=row[0].item_id,
            use_id=uses[places[place]].use_id,
            npv=row[places[place]].npv,
            fit=row[places[place]],
        )
        for row, place in zip(fits, chosen, strict=True)
        if place >= 0
    ]
    left = [_left(battery) for battery, place in zip(batteries, chosen, strict=True) if place < 0]
    total = sum(pair.npv for pair in pairs) + sum(one.floor for one in left)
    blocked = [max(shut, key=lambda one: one.npv) for row in fits if (shut := [one for one in row if not one.feasible])]
    return Match(pairs=tuple(pairs), unassigned=tuple(left), total=total, blocked=tuple(blocked))


def _left(battery: Candidate) -> Unassigned:
    return Unassigned(item_id=battery.item_id, floor=battery.floor)


def system_groups(batteries: Sequence[Candidate], size: int) -> list[list[str]]:
    """Sets of `size` for one system: same model, capacity within 5 %, resistance within 20 %.

    Taken greedily in order of capacity, so that a set is as even as the batteries allow.
    """
    found: list[list[str]] = []
    for model in sorted({battery.model for battery in batteries}):
        waiting = sorted(
            (one for one in batteries if one.model == model and one.resistance_ohm), key=lambda one: one.capacity_ah
        )
        start = 0
        while start + size <= len(waiting):
            group = waiting[start : start + size]
            if _even(group):
                found.append([one.item_id for one in group])
                start += size
            else:
                start += 1
    return found


def _even(group: Sequence[Candidate]) -> bool:
    capacity = [one.capacity_ah for one in group]
    resistance = [one.resistance_ohm or 0.0 for one in group]
    even_capacity = max(capacity) <= min(capacity) * (1 + CAPACITY_SPREAD) + _SLACK
    return even_capacity and max(resistance) <= min(resistance) * (1 + RESISTANCE_SPREAD) + _SLACK

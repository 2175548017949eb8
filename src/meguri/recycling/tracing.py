"""Walking a genealogy: which origins brought how much of an element into a lot, and where a lot's element went.

    share_e(origin → lot) = Σ over ways of the product of m_e(parent→child) / Σ m_e(·→child)

Each edge (child, parent, kg) is used once, in the order of the graph (Kahn), so that many ways between two lots, and long
ones, cost nothing extra.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Lot = TypeVar("Lot", bound=Hashable)
Edges = Sequence[tuple[Lot, Lot, float]]


def origins(edges: Edges[Lot], lot: Lot) -> dict[Lot, float]:
    """Share (0–1) of the element that each origin (a lot without parents) brought into `lot`.

    edges  every edge above `lot`
    """
    places: dict[Lot, int] = {lot: 0}
    children = [places.setdefault(child, len(places)) for child, _, _ in edges]
    parents = [places.setdefault(parent, len(places)) for _, parent, _ in edges]
    above: list[list[tuple[int, float]]] = [[] for _ in places]
    waiting, brought = [0] * len(places), [0.0] * len(places)
    for child, parent, (_, _, kg) in zip(children, parents, edges, strict=True):
        above[child].append((parent, kg))
        waiting[parent] += 1
        brought[child] += kg
    share = [0.0] * len(places)
    share[0] = 1.0
    ready = [0]
    while ready:
        child = ready.pop()
        factor = share[child] / brought[child] if brought[child] > 0 else 0.0
        for parent, kg in above[child]:
            share[parent] += factor * kg
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return {one: share[place] for one, place in places.items() if share[place] > 0 and not above[place]}


def descendants(edges: Edges[Lot], lot: Lot, made_kg: Mapping[Lot, float]) -> dict[Lot, float]:
    """kg of the element from `lot` in each of its descendants as they were made.

    edges    every edge into a descendant, also from parents that are no descendants themselves
    made_kg  kg of the element in each descendant when it was made
    """
    brought: dict[Lot, float] = defaultdict(float)
    below: dict[Lot, list[tuple[Lot, float]]] = defaultdict(list)
    for child, parent, kg in edges:
        brought[child] += kg
        below[parent].append((child, kg))
    reached = _reached(below, lot)
    waiting: dict[Lot, int] = defaultdict(int)
    for child, parent, _ in edges:
        waiting[child] += parent in reached
    share: dict[Lot, float] = defaultdict(float)
    share[lot] = 1.0
    ready = [lot]
    while ready:
        parent = ready.pop()
        for child, kg in below.get(parent, ()):
            if brought[child] > 0:
                share[child] += share[parent] * kg / brought[child]
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return {child: part * made_kg.get(child, 0.0) for child, part in share.items() if child != lot and part > 0}


def _reached(below: Mapping[Lot, list[tuple[Lot, float]]], lot: Lot) -> set[Lot]:
    found, ready = {lot}, [lot]
    while ready:
        for child, _ in below.get(ready.pop(), ()):
            if child not in found:
                found.add(child)
                ready.append(child)
    return found

"""Upstream and downstream of a lot, by element, with what may be shown of each lot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, store
from meguri.recycling.booking import REAGENT
from meguri.recycling.conservation import MASS
from meguri.recycling.elements import element_named
from meguri.recycling.records import Lot
from meguri.recycling.service.lots import get
from meguri.recycling.tracing import REAGENTS, Walk, brought, nearest, origins_above, shares_below
from meguri.storage import Transaction

MOST_SHOWN = 500


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """An origin or a descendant of a lot: kg and share (0–1) of the element."""

    lot_id: UUID
    lot_no: str
    kind: str
    kg: float
    share: float
    passports: list[str]
    created_at: datetime


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question about a lot's origin or whereabouts; `relatives` largest first, `lots` = how many in all."""

    lot_id: UUID
    lot_no: str
    element: str
    kg: float
    lots: int
    relatives: list[Relative]


class GraphEdge(msgspec.Struct, frozen=True, kw_only=True):
    """kg of the element from one lot to another."""

    parent_id: UUID
    child_id: UUID
    kg: float


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The neighbourhood of a lot as a graph: both ways, as far as it can be drawn."""

    element: str
    nodes: list[Relative]
    edges: list[GraphEdge]
    complete: bool


def element_kg(word: store.LotWord, element: str) -> float:
    """kg of the element in a lot when it was made."""
    if element == MASS:
        return float(word.mass_kg)
    return sum(float(part["kg"]) for part in word.composition if part["element"] == element)


def require_element(text: str) -> str:
    """An element as the ledger keeps it, or `mass`. Raises UnusableInput."""
    found = MASS if text == MASS else element_named(text)
    if found is None:
        raise booking.refuse("element", "element", given=text[:40])
    return found


async def upstream(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str) -> Trace:
    """Origins of a lot's element: lots that came from outside, with their passports, and reagents; their shares sum to 1.

    Raises LotNotFound, UnusableInput.
    """
    element = require_element(element)
    lot = await get(tx, scope, lot_id)
    walk = await store.edges_around(tx, scope, lot_id, element, up=True)
    whole = _kg_of(lot, element)
    return await _trace(
        tx, scope, lot, element, whole, {place: s * whole for place, s in origins_above(walk).items()}, walk
    )


async def downstream(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str) -> Trace:
    """Everything that holds this lot's element. Raises LotNotFound, UnusableInput."""
    element = require_element(element)
    lot = await get(tx, scope, lot_id)
    walk = await store.edges_around(tx, scope, lot_id, element, up=False)
    found = _held(walk)
    return await _trace(tx, scope, lot, element, _kg_of(lot, element), found, walk)


async def held_below(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str) -> dict[UUID, float]:
    """kg of this lot's element in every lot below it, when each was made."""
    walk = await store.edges_around(tx, scope, lot_id, element, up=False)
    return {walk.uuid(place): kg for place, kg in _held(walk).items()}


def _held(walk: Walk) -> dict[int, float]:
    held = shares_below(walk) * brought(walk)
    held[0] = 0.0
    return {int(place): float(held[place]) for place in np.flatnonzero(held > 0)}


def _kg_of(lot: Lot, element: str) -> float:
    """kg of the element in a lot when it was made."""
    if element == MASS:
        return float(lot.mass_kg)
    return sum((float(part.kg) for part in lot.composition if part.element == element), 0.0)


async def _trace(
    tx: Transaction, scope: OperatorScope, lot: Lot, element: str, whole: float, found: Mapping[int, float], walk: Walk
) -> Trace:
    largest = {walk.uuid(place): found[place] for place in sorted(found, key=lambda one: -found[one])[:MOST_SHOWN]}
    words = await store.lot_words(tx, scope, [one for one in largest if one != REAGENTS])
    relatives = [
        _reagents(kg, whole, lot.created_at) if one == REAGENTS else _relative(words[one], kg, whole)
        for one, kg in largest.items()
        if one in words or one == REAGENTS
    ]
    return Trace(lot_id=lot.lot_id, lot_no=lot.lot_no, element=element, kg=whole, lots=len(found), relatives=relatives)


def _relative(word: store.LotWord, kg: float, whole: float) -> Relative:
    return Relative(
        lot_id=word.lot_id,
        lot_no=word.lot_no,
        kind=word.kind,
        kg=kg,
        share=kg / whole if whole else 0.0,
        passports=word.passports,
        created_at=word.created_at,
    )


def _reagents(kg: float, whole: float, at: datetime) -> Relative:
    """What came with reagents, shown as one origin."""
    share = kg / whole if whole else 0.0
    return Relative(lot_id=REAGENTS, lot_no=REAGENT, kind=REAGENT, kg=kg, share=share, passports=[], created_at=at)


async def graph(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str, most: int = 60) -> Graph:
    """The lots around a lot, the nearest first and at most `most` edges each way, for drawing. Raises LotNotFound."""
    element = require_element(element)
    await get(tx, scope, lot_id)
    edges: dict[tuple[UUID, UUID], float] = {}
    complete = True
    for up in (True, False):
        walk = await store.edges_around(tx, scope, lot_id, element, up=up)
        near = nearest(walk, most, up=up)
        complete = complete and len(near) < most
        for edge in near:
            child, parent = walk.uuid(int(walk.child[edge])), walk.uuid(int(walk.parent[edge]))
            if parent != REAGENTS:
                edges[child, parent] = edges.get((child, parent), 0.0) + float(walk.kg[edge])
    words = await store.lot_words(tx, scope, {lot_id, *(one for edge in edges for one in edge)})
    return Graph(
        element=element,
        nodes=[_relative(word, element_kg(word, element), 0.0) for word in sorted(words.values(), key=_age)],
        edges=[GraphEdge(parent_id=p, child_id=c, kg=kg) for (c, p), kg in edges.items()],
        complete=complete,
    )


def _age(word: store.LotWord) -> Any:
    return (word.created_at, word.lot_no)


async def of_passport(tx: Transaction, scope: OperatorScope, passport: str, element: str) -> list[Trace]:
    """Where the element of one battery went: downstream of every lot that it entered as a unit."""
    return [
        await downstream(tx, scope, lot_id, element) for lot_id in await store.lots_of_passport(tx, scope, passport)
    ]

"""Upstream and downstream of a lot, by element, with what may be shown of each lot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.recycling import store
from meguri.recycling.conservation import MASS
from meguri.recycling.service.lots import get
from meguri.recycling.tracing import descendants, origins
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


async def upstream(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str) -> Trace:
    """Origins of a lot's element: lots that came from outside, with their passports. Raises LotNotFound."""
    lot = await get(tx, scope, lot_id)
    edges = await store.edges_around(tx, scope, lot_id, element, up=True)
    shares = {UUID(origin): share for origin, share in origins(edges, str(lot_id)).items()}
    kg = sum((float(part.kg) for part in lot.composition if part.element == element), 0.0)
    kg = float(lot.mass_kg) if element == MASS else kg
    return await _trace(tx, scope, lot_id, lot.lot_no, element, kg, {o: s * kg for o, s in shares.items()}, kg)


async def downstream(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str) -> Trace:
    """Everything that holds this lot's element. Raises LotNotFound."""
    lot = await get(tx, scope, lot_id)
    edges = await store.edges_around(tx, scope, lot_id, element, up=False)
    words = await store.lot_words(tx, scope, {UUID(child) for child, _, _ in edges})
    made = {str(one): element_kg(word, element) for one, word in words.items()}
    held = {UUID(child): kg for child, kg in descendants(edges, str(lot_id), made).items()}
    kg = sum((float(part.kg) for part in lot.composition if part.element == element), 0.0)
    kg = float(lot.mass_kg) if element == MASS else kg
    return await _trace(tx, scope, lot_id, lot.lot_no, element, kg, held, kg)


async def _trace(
    tx: Transaction,
    scope: OperatorScope,
    lot_id: UUID,
    lot_no: str,
    element: str,
    kg: float,
    found: Mapping[UUID, float],
    whole: float,
) -> Trace:
    largest = sorted(found, key=lambda one: -found[one])[:MOST_SHOWN]
    words = await store.lot_words(tx, scope, largest)
    relatives = [_relative(words[one], found[one], whole) for one in largest if one in words]
    return Trace(lot_id=lot_id, lot_no=lot_no, element=element, kg=kg, lots=len(found), relatives=relatives)


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


async def graph(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str, most: int = 60) -> Graph:
    """The lots around a lot, at most `most` edges each way, for drawing. Raises LotNotFound."""
    await get(tx, scope, lot_id)
    up = await store.edges_around(tx, scope, lot_id, element, up=True)
    down = await store.edges_around(tx, scope, lot_id, element, up=False)
    edges = {(UUID(child), UUID(parent)): kg for child, parent, kg in [*up[:most], *down[:most]]}
    ids: set[UUID] = {lot_id}
    for child, parent in edges:
        ids |= {child, parent}
    words = await store.lot_words(tx, scope, ids)
    return Graph(
        element=element,
        nodes=[_relative(word, element_kg(word, element), 0.0) for word in sorted(words.values(), key=_age)],
        edges=[GraphEdge(parent_id=p, child_id=c, kg=float(kg)) for (c, p), kg in edges.items()],
        complete=len(up) <= most and len(down) <= most,
    )


def _age(word: store.LotWord) -> Any:
    return (word.created_at, word.lot_no)


async def of_passport(tx: Transaction, scope: OperatorScope, passport: str, element: str) -> list[Trace]:
    """Where the element of one battery went: downstream of every lot that it entered as a unit."""
    return [
        await downstream(tx, scope, lot_id, element) for lot_id in await store.lots_of_passport(tx, scope, passport)
    ]

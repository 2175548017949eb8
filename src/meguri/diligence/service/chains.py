"""The chain as far as it is known: own records, direct suppliers, and whoever they agreed to name.

A supplier's suppliers are shown only where it has released DDCHAIN to us, and by name only where they have released
DDCHAIN to it; otherwise they are opaque references, stable for one customer and different between customers.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.chain_record import Completeness, completeness
from meguri.diligence.concentration import Concentration, by_stage
from meguri.diligence.coverage import Edge, Traced, trace
from meguri.diligence.measures import Measure, Shown, latest, read_measures
from meguri.diligence.model import ChainInput, EdgeInput, FacilityInput, Kept, PartyInput
from meguri.diligence.risk_data import cahra_lists
from meguri.diligence.service import records, scoring
from meguri.diligence.service.spreading import DD
from meguri.kernel import clock
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import State
from meguri.traceability.store import TradeRow

ME = scoring.ME
HUNDRED = Decimal(100)
_PURPOSE = b"diligence opaque reference"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the chain. `unknown`: a gap with the share of the mass that nobody has named. `party_id`: its company."""

    id: str
    name: str
    stage: str
    country: str | None
    materials: list[str]
    cahra: list[str] = []
    unknown: bool = False
    party_id: UUID | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A supply relation. `share_pct`: of what the receiver gets of this material."""

    source: str
    to: str
    material: str
    share_pct: Decimal
    confidence: str
    edge_id: UUID | None = None


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """The chain of one material, or of all."""

    material: str | None
    nodes: list[Node]
    links: list[Link]
    coverage: dict[str, Traced]


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier over requests. `reference` stands for a party that has not agreed to be named."""

    reference: str
    name: str | None
    answered: bool
    suppliers: list["Upstream"]


async def chain_map(tx: Transaction, scope: OperatorScope, material: str | None = None) -> Map:
    """Sites and supply relations of a material with its gaps; of all materials by default."""
    today = clock.today()
    sites = {str(kept.record_id): kept for kept in await records.listed(tx, scope, "facility", FacilityInput)}
    parties = {kept.record_id: kept.content for kept in await records.listed(tx, scope, "party", PartyInput)}
    relations = [
        kept
        for kept in await records.listed(tx, scope, "edge", EdgeInput)
        if kept.content.valid_from <= today <= (kept.content.valid_to or today)
        and material in (None, kept.content.material)
    ]
    edges = [kept.content for kept in relations]
    areas = (await scoring.risk_data(tx, scope)).areas
    materials = sorted({edge.material for edge in edges})
    used = {str(end) for edge in edges for end in (edge.source, edge.to) if end}
    nodes = [
        Node(
            id=key,
            name=_name(kept, parties),
            stage=kept.content.stage,
            country=kept.content.country,
            materials=kept.content.materials,
            cahra=cahra_lists(areas, kept.content.country, kept.content.admin1, today),
            party_id=kept.content.party_id,
        )
        for key, kept in sites.items()
        if key in used or (material in (None, *kept.content.materials))
    ]
    links = [_link(kept) for kept in relations]
    stages = {key: kept.content.stage for key, kept in sites.items()}
    gaps, gap_links = _gaps(edges, stages, materials)
    covered = {one: trace(ME, scoring.edges_of(edges, one), stages) for one in materials}
    return Map(material=material, nodes=[*nodes, *gaps], links=[*links, *gap_links], coverage=covered)


def _name(kept: Kept[FacilityInput], parties: dict[UUID, PartyInput]) -> str:
    party = parties.get(kept.content.party_id)
    if party is None or party.names[0].value in kept.content.name:
        return kept.content.name
    return f"{party.names[0].value} {kept.content.name}"


def _link(kept: Kept[EdgeInput]) -> Link:
    edge = kept.content
    return Link(
        source=str(edge.source),
        to=str(edge.to) if edge.to else ME,
        material=edge.material,
        share_pct=edge.share_pct,
        confidence=edge.confidence,
        edge_id=kept.record_id,
    )


def _gaps(
    edges: Sequence[EdgeInput], stages: dict[str, str], materials: Sequence[str]
) -> tuple[list[Node], list[Link]]:
    """What is missing below each place that is no origin: one node for each, never dropped."""
    nodes, links = [], []
    for material in materials:
        mine = scoring.edges_of(edges, material)
        for place in sorted({ME, *(edge.source for edge in mine)}):
            if stages.get(place) in scoring.ENDS:
                continue
            missing = HUNDRED - sum((edge.share_pct for edge in mine if edge.to == place), ZERO)
            if missing > 0:
                key = f"unknown:{material}:{place}"
                nodes.append(Node(id=key, name="", stage="", country=None, materials=[material], unknown=True))
                links.append(Link(source=key, to=place, material=material, share_pct=missing, confidence="unknown"))
    return nodes, links


class Touching(msgspec.Struct, frozen=True, kw_only=True):
    """A trade measure as it stands on a day, with the own parts that hold its material from its country."""

    measure: Measure
    shown: Shown
    parts: list[UUID]


class Concentrations(msgspec.Struct, frozen=True, kw_only=True):
    """How concentrated the supply of each material and stage is, and the trade measures that touch it."""

    items: list[Concentration]
    measures: list[Touching]


async def concentrations(tx: Transaction, scope: OperatorScope, on: date | None = None) -> Concentrations:
    """From the shares of the map; what is not named is the unknown part. `on`: day of the measures, by default today."""
    found = await chain_map(tx, scope)
    nodes = {node.id: node for node in found.nodes}
    masses: dict[tuple[str, str], list[tuple[str | None, Decimal]]] = {}
    for material in found.coverage:
        links = [link for link in found.links if link.material == material]
        edges = [Edge(source=link.source, to=link.to, share_pct=link.share_pct) for link in links]
        for source, share in _reach(edges).items():
            node = nodes[source]
            masses.setdefault((material, node.stage or "unknown"), []).append((node.country, share))
    known = {key: places for key, places in masses.items() if key[1] != "unknown"}
    for places in known.values():
        rest = HUNDRED - sum((share for _, share in places), ZERO)
        if rest > 0:
            places.append((None, rest))
    measures = [*read_measures(), *(await scoring.risk_data(tx, scope)).measures]
    holding: dict[str, list[UUID]] = {}
    touched = []
    for one in latest(measures, on or clock.today()):
        item = one.measure.item
        if one.measure.country not in {nodes[source].country for source in _sources(found, item)}:
            continue
        if item not in holding:
            holding[item] = await store.parts_holding(tx, scope, item)
        touched.append(Touching(measure=one.measure, shown=one.shown, parts=holding[item]))
    return Concentrations(items=by_stage(known), measures=touched)


def _sources(found: Map, material: str) -> set[str]:
    """The places from which a material comes on its way to us."""
    return {link.source for link in found.links if link.material == material}


def _reach(edges: Sequence[Edge]) -> dict[str, Decimal]:
    """The share of all that we get which passes each place, percent."""
    above: dict[str, list[Edge]] = {}
    for edge in edges:
        above.setdefault(edge.to, []).append(edge)
    reached: dict[str, Decimal] = {}

    def follow(place: str, share: Decimal, seen: frozenset[str]) -> None:
        for edge in above.get(place, ()):
            if edge.source not in seen:
                part = share * edge.share_pct / HUNDRED
                reached[edge.source] = reached.get(edge.source, ZERO) + part
                follow(edge.source, part, seen | {edge.source})

    follow(ME, HUNDRED, frozenset({ME}))
    return reached


async def chain_completeness(tx: Transaction, scope: OperatorScope, said: ChainInput) -> Completeness:
    """Which points of Art. 49(2) a record has; point f by the CAHRA lists that are loaded."""
    areas = (await scoring.risk_data(tx, scope)).areas
    today = clock.today()
    high_risk = any(cahra_lists(areas, country, None, today) for country in said.record.c.countries)
    return completeness(said.record, cahra_origin=high_risk)


async def upstream(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Upstream]:
    """Suppliers behind an own part, over requests, as far as they have agreed to be shown. Raises PartNotOwn."""
    if trace_id not in await traceability.parts_by_id(tx, scope, [trace_id]):
        raise PartNotOwn
    async with tx.across():
        return await _suppliers(tx, scope.operator_id, scope.operator_id, trace_id, shown=True, depth=0)


async def _suppliers(
    tx: Transaction, reader: UUID, operator: UUID, trace_id: UUID, *, shown: bool, depth: int
) -> list[Upstream]:
    """Suppliers of one part of `operator`. `shown`: whether `operator` has released its chain all the way to the reader."""
    if not shown or depth > 20:
        return []
    rows = await _trades_below(tx, operator, trace_id)
    open_ = await disclosure.released_between(
        tx, [(row.upstream_operator_id, row.upstream_trace_id, operator) for row in rows if row.upstream_trace_id]
    )
    found = []
    for row in rows:
        released = (
            row.upstream_trace_id is not None
            and "DDCHAIN" in open_[row.upstream_operator_id, row.upstream_trace_id, operator]
        )
        direct = operator == reader
        names = (
            await operators.names_of(tx, OperatorScope(reader, "system:diligence"), [row.upstream_operator_id])
            if direct or released
            else {}
        )
        below: list[Upstream] = []
        if released and row.upstream_trace_id is not None:
            below = await _suppliers(
                tx, reader, row.upstream_operator_id, row.upstream_trace_id, shown=True, depth=depth + 1
            )
        found.append(
            Upstream(
                reference=opaque(tx, reader, row.upstream_operator_id),
                name=names.get(row.upstream_operator_id),
                answered=row.state == State.COMPLETED,
                suppliers=below,
            )
        )
    return sorted(found, key=lambda one: (one.name is None, one.name or one.reference))


async def _trades_below(tx: Transaction, operator: UUID, trace_id: UUID) -> list[TradeRow]:
    """Live requests on the purchased parts that a part is made of, or on the part itself."""
    acting = OperatorScope(operator, "system:diligence")
    level, every = [trace_id], [trace_id]
    while level:
        links = await traceability.structure_links(tx, acting, level)
        level = [child for parent in level for child, _ in links.get(parent, []) if child not in every]
        every += level
    kinds = await traceability.kinds_across(tx, [(operator, one) for one in every], DD)
    trades = [kind.trade_id for kind in kinds.values() if kind.purchased and kind.trade_id]
    rows = await traceability.trades_across(tx, trades) if trades else {}
    return [row for row in rows.values() if row.state in (State.COMPLETED, State.NOT_COMPLETED)]


def opaque(tx: Transaction, reader: UUID, party: UUID) -> str:
    """A reference to a party that only this reader gets: another customer's differs, and neither leads to the party."""
    key = tx.installation.sealer.derived(_PURPOSE)
    return hmac.new(key, reader.bytes + party.bytes, hashlib.sha256).hexdigest()[:32]

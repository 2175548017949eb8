"""What drives a footprint: contributions, paths, spread. The roll-up engine's own view of the same tree (pure)."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import numpy as np

from meguri.footprint.calculation.figures import ZERO
from meguri.footprint.engine import (
    Spread,
    Structure,
    Uncertain,
    Uses,
    contribution_paths,
    demand_of,
    draw_products,
    structure_of,
)
from meguri.footprint.engine.draws import sigma_of_gsd95
from meguri.footprint.worksheets.gathering import Gathered
from meguri.footprint.worksheets.reckoning import Tree

DRAWS, SEED = 10_000, 1
BASIC = 1.05


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one line or part brings to one unit of the product, wherever it stands in it."""

    key: str
    name: str
    amount: float
    value: float
    share: float
    stage: str = ""
    supplier: str = ""


class PathRow(msgspec.Struct, frozen=True, kw_only=True):
    """One way from the product down to where the emission arises."""

    names: list[str]
    keys: list[str]
    value: float
    share: float


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Hotspots, paths and spread of one worksheet; `covered` is what the paths shown add up to."""

    total: float
    hotspots: list[Contribution]
    paths: list[PathRow]
    covered: float
    complete: bool


class Uncertainty(msgspec.Struct, frozen=True, kw_only=True):
    """The spread of a total from drawing, with the part of each factor in the variance (0–1)."""

    mean: float
    sd: float
    p2_5: float
    p50: float
    p97_5: float
    draws: int
    seed: int
    shares: dict[str, float]


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The tree with one node for each line, so that a hotspot is a line and not only a part."""

    keys: list[str]
    names: list[str]
    own: list[float]
    links: list[tuple[int, int, float]]
    top: int


def graph_of(gathered: Gathered, tree: Tree) -> Graph:
    """Nodes: parts, and below each part with a worksheet its lines (amount 1)."""
    keys = list(tree.own)
    place = {key: row for row, key in enumerate(keys)}
    known = {str(part): about.name for part, about in gathered.parts.items()}
    names = [known.get(key, key) for key in keys]
    lines = {str(part): sheet.lines for part, sheet in gathered.sheets.items()}
    own = [0.0 if key in tree.sheets else _total(tree, tree.own[key]) for key in keys]
    links = [(place[parent], place[child], float(amount)) for parent, child, amount in tree.links]
    for part, sheet in tree.sheets.items():
        called = {line.id: line.name or line.id for line in lines[part]}
        for result in sheet.lines:
            value = sum((getattr(pair, tree.rules.mode) for pair in result.stages.values()), ZERO)
            if value:
                links.append((place[part], len(keys), 1.0))
                keys.append(f"{part}#{result.line.id}")
                names.append(called.get(result.line.id, result.line.id))
                own.append(float(value))
    return Graph(keys=keys, names=names, own=own, links=links, top=place[str(gathered.top.trace_id)])


def analyse(graph: Graph, *, most: int = 50) -> Analysis:
    """Contributions, greatest first, and the `most` greatest paths."""
    structure, own = _structure(graph), np.array(graph.own)
    demand = demand_of(structure, graph.top)
    values = demand.contributions(own)
    total = float(values.sum())
    order = np.argsort(-np.abs(values), kind="stable")
    hotspots = [
        Contribution(
            key=graph.keys[demand.rows[at]],
            name=graph.names[demand.rows[at]],
            amount=float(demand.amounts[at]),
            value=float(values[at]),
            share=float(values[at]) / total if total else 0.0,
        )
        for at in order.tolist()
        if values[at]
    ]
    found = contribution_paths(structure, own, graph.top, total=total, most=most)
    paths = [
        PathRow(
            names=[graph.names[row] for row in path.parts],
            keys=[graph.keys[row] for row in path.parts],
            value=path.value,
            share=path.value / total if total else 0.0,
        )
        for path in found.paths
    ]
    return Analysis(total=total, hotspots=hotspots, paths=paths, covered=found.covered, complete=found.complete)


def spread_of(gathered: Gathered, tree: Tree, *, draws: int = DRAWS, seed: int = SEED) -> Uncertainty:
    """The spread of the total: one draw for each factor, shared by every line that uses it.

    A factor without a spread of its own has the basic uncertainty of its kind of data; what suppliers state is certain.
    """
    keys = list(tree.own)
    place = {key: row for row, key in enumerate(keys)}
    certain = np.array([0.0 if key in tree.sheets else _total(tree, tree.own[key]) for key in keys])
    factors: dict[str, Uncertain] = {}
    rows: list[tuple[int, str, float]] = []
    for part, sheet in tree.sheets.items():
        for result in sheet.lines:
            value = float(sum((getattr(pair, tree.rules.mode) for pair in result.stages.values()), ZERO))
            if not value:
                continue
            if not result.factors:
                certain[place[part]] += value
                continue
            factor = result.factors[0]
            sigma = factor.sigma if factor.sigma is not None else sigma_of_gsd95(BASIC)
            factors.setdefault(factor.reference, Uncertain(factor.reference, 1.0, sigma))
            rows.append((place[part], factor.reference, value))
    names = list(factors)
    uses = Uses(
        certain=certain,
        parts=np.array([row for row, *_ in rows], dtype=np.int64),
        factors=np.array([names.index(name) for _, name, _ in rows], dtype=np.int64),
        coefficients=np.array([value for *_, value in rows]),
    )
    links = [(place[parent], place[child], float(amount)) for parent, child, amount in tree.links]
    graph = Graph(keys=keys, names=keys, own=[], links=links, top=place[str(gathered.top.trace_id)])
    structure = _structure(graph)
    _, (found,) = draw_products(structure, uses, [*factors.values()], [graph.top], seed=seed, count=draws)
    return _told(found)


def _told(found: Spread) -> Uncertainty:
    return Uncertainty(
        mean=found.mean,
        sd=found.sd,
        p2_5=found.p2_5,
        p50=found.p50,
        p97_5=found.p97_5,
        draws=found.draws,
        seed=found.seed,
        shares=dict(found.shares),
    )


def _structure(graph: Graph) -> Structure:
    return structure_of(
        np.array([parent for parent, *_ in graph.links], dtype=np.int64),
        np.array([child for _, child, _ in graph.links], dtype=np.int64),
        np.array([amount for *_, amount in graph.links], dtype=np.float64),
        len(graph.keys),
        graph.keys.__getitem__,
    )


def _total(tree: Tree, columns: Mapping[str, Decimal]) -> float:
    return float(sum((columns.get(f"{tree.rules.mode}.{stage}", ZERO) for stage in tree.rules.stages), ZERO))

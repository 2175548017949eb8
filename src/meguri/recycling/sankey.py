"""A Sankey of one element: nodes and flows of a site's period, with the balance of each inner node.

For every inner node |Σin − Σout − Δstock| ≤ 1e-6 kg; losses are nodes of their own; flows are never negative; parties
that disclose nothing are merged into one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO

STAGES = (
    "collected",
    "prepared",
    "intermediate",
    "recovered",
    "precursor",
    "cam",
    "cell",
    "reuse",
    "loss",
    "disposal",
    "stock",
)
LIMIT_KG = Decimal("0.000001")


class Node(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A lot, a process, or where mass ends."""

    id: str
    label: str
    stage: str
    stage_order: int
    site_id: str | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """kg of the element from one node to another."""

    source: str
    target: str
    value: Decimal
    element: str
    lot_count: int = 1


class Balance(msgspec.Struct, frozen=True, kw_only=True, rename={"into": "in"}):
    """The whole picture's balance [kg]."""

    into: Decimal
    out: Decimal
    stock: Decimal
    loss: Decimal
    residual: Decimal


class Sankey(msgspec.Struct, frozen=True, kw_only=True):
    """A diagram with its balance."""

    element: str
    period: str
    nodes: list[Node]
    links: list[Link]
    balance: Balance
    unit: str = "kg"


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """kg between two nodes, each named by (id, label, stage)."""

    source: tuple[str, str, str]
    target: tuple[str, str, str]
    kg: Decimal


def sankey(
    element: str, period: str, flows: Iterable[Flow], stock_change: Mapping[str, Decimal] | None = None
) -> Sankey:
    """Flows added up by pair of nodes. Raises ValueError for a negative flow.

    stock_change  kg by which an inner node's own stock grew
    """
    summed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    lots: dict[tuple[str, str], int] = defaultdict(int)
    nodes: dict[str, Node] = {}
    for flow in flows:
        if flow.kg < 0:
            raise ValueError("a flow is never negative")
        if not flow.kg:
            continue
        for end in (flow.source, flow.target):
            nodes.setdefault(end[0], _node(end))
        summed[flow.source[0], flow.target[0]] += flow.kg
        lots[flow.source[0], flow.target[0]] += 1
    links = [Link(source=a, target=b, value=kg, element=element, lot_count=lots[a, b]) for (a, b), kg in summed.items()]
    ordered = sorted(nodes.values(), key=lambda node: (node.stage_order, node.label))
    return Sankey(
        element=element, period=period, nodes=ordered, links=links, balance=_balance(ordered, links, stock_change or {})
    )


def _node(end: tuple[str, str, str]) -> Node:
    return Node(id=end[0], label=end[1], stage=end[2], stage_order=STAGES.index(end[2]))


def node_residuals(nodes: Sequence[Node], links: Sequence[Link]) -> dict[str, Decimal]:
    """Σin − Σout of every inner node (one with both) [kg]."""
    into: dict[str, Decimal] = defaultdict(Decimal)
    out: dict[str, Decimal] = defaultdict(Decimal)
    for link in links:
        into[link.target] += link.value
        out[link.source] += link.value
    return {node.id: into[node.id] - out[node.id] for node in nodes if node.id in into and node.id in out}


def _balance(nodes: Sequence[Node], links: Sequence[Link], stock_change: Mapping[str, Decimal]) -> Balance:
    stage = {node.id: node.stage for node in nodes}
    targets, sources = {link.target for link in links}, {link.source for link in links}
    into = sum((link.value for link in links if link.source not in targets), ZERO)
    ends = [link for link in links if link.target not in sources]
    loss = sum((link.value for link in ends if stage[link.target] in ("loss", "disposal")), ZERO)
    stock = sum((link.value for link in ends if stage[link.target] == "stock"), ZERO)
    stock += sum(stock_change.values(), ZERO)
    out = sum((link.value for link in ends), ZERO) - loss - (stock - sum(stock_change.values(), ZERO))
    return Balance(into=into, out=out, stock=stock, loss=loss, residual=into - out - stock - loss)


def merged_parties(flows: Iterable[Flow], known: Mapping[str, bool]) -> list[Flow]:
    """Nodes that disclose nothing (`known[id]` false) as one node per stage, `other (n)`."""
    rows = list(flows)
    hidden: dict[str, set[str]] = defaultdict(set)
    for flow in rows:
        for end in (flow.source, flow.target):
            if not known.get(end[0], True):
                hidden[end[2]].add(end[0])

    def shown(end: tuple[str, str, str]) -> tuple[str, str, str]:
        if known.get(end[0], True):
            return end
        return (f"other:{end[2]}", f"other ({len(hidden[end[2]])})", end[2])

    return [Flow(source=shown(f.source), target=shown(f.target), kg=f.kg) for f in rows]

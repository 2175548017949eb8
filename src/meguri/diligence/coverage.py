"""How much of a material has a known chain: masses, never counts; an unknown tier keeps its mass."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from meguri.kernel.numbers import ONE, ZERO


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one part brings: amount per unit of the parent, mass of the material per unit (kg), coverage in percent."""

    amount: Decimal
    mass_per_unit: Decimal
    coverage_pct: Decimal | None


def coverage(contributions: Iterable[Contribution]) -> Decimal | None:
    """Σ amount·mass·coverage / Σ amount·mass in percent, one decimal; None where there is no mass. Unknown counts 0."""
    whole = known = ZERO
    for one in contributions:
        mass = one.amount * one.mass_per_unit
        whole += mass
        known += mass * (one.coverage_pct or ZERO)
    return (known / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A supply relation of one material: shares in percent of what `to` receives. Ids of facilities or parties."""

    source: str
    to: str
    share_pct: Decimal


ENDS = frozenset({"mine_industrial", "mine_artisanal", "brine", "recycler"})
OVERFULL = Decimal("100.5")


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a node's material is traced to a mine or recycler, and how much reaches each stage; percent."""

    origin_pct: Decimal
    stage_pct: dict[str, Decimal]


def trace(root: str, edges: Iterable[Edge], stages: dict[str, str]) -> Traced:
    """Follows shares upstream from `root`. What nobody supplies and is no origin is a gap and covers nothing."""
    above: dict[str, list[Edge]] = {}
    for edge in edges:
        above.setdefault(edge.to, []).append(edge)
    reached: dict[str, Decimal] = {}
    origin = _follow(root, ONE, above, stages, reached, frozenset())
    return Traced(
        origin_pct=_percent(origin), stage_pct={stage: _percent(share) for stage, share in sorted(reached.items())}
    )


def _follow(
    node: str,
    share: Decimal,
    above: dict[str, list[Edge]],
    stages: dict[str, str],
    reached: dict[str, Decimal],
    seen: frozenset[str],
) -> Decimal:
    """The part of `share` that is traced to an origin."""
    stage = stages.get(node, "")
    if seen and stage:
        reached[stage] = reached.get(stage, ZERO) + share
    if stage in ENDS:
        return share
    total = ZERO
    for edge in above.get(node, ()):
        if edge.source not in seen:
            total += _follow(edge.source, share * edge.share_pct / 100, above, stages, reached, seen | {node})
    return min(total, share)


def _percent(share: Decimal) -> Decimal:
    return min(share * 100, Decimal(100)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def overfull(shares: Iterable[Decimal]) -> Decimal | None:
    """The sum of shares if it is more than rounding allows, else None."""
    total = sum(shares, ZERO)
    return total if total > OVERFULL else None


def leads_back(source: str, to: str, edges: Iterable[tuple[str, str]]) -> bool:
    """Whether an edge from `source` to `to` would close a loop."""
    if source == to:
        return True
    below: dict[str, list[str]] = {}
    for start, end in edges:
        below.setdefault(start, []).append(end)
    waiting, seen = [to], set[str]()
    while waiting:
        node = waiting.pop()
        if node == source:
            return True
        if node not in seen:
            seen.add(node)
            waiting += below.get(node, [])
    return False

"""How a change spreads downstream (pure): as differences, part by part, tier by tier.

Within a company a difference travels exactly. At the border to a customer the new total is rounded and compared with
the answer given before; only what the customer sees differently travels on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from meguri.footprint.model import Figures
from meguri.footprint.totals import NOTHING, Vector, answer_vector, figures_for_customer, minus, plus, times
from meguri.traceability.graph import Downstream, Edge


@dataclass(frozen=True, slots=True)
class Link:
    """One request over which a total goes to a customer.

    completed      whether the customer gets an answer at all
    emissions, quality  what the supplier discloses to this customer
    counts         whether the customer's part is a purchased one, so that the answer counts in what it goes into
    """

    trade_id: UUID
    completed: bool
    emissions: bool
    quality: bool
    counts: bool


@dataclass(slots=True)
class Spread:
    """What has to be written.

    sums     difference of what the components bring, for each part reached
    answers  the new answer of each request whose answer changed (None: there is none any more), suppliers first
    passed   difference of what each part brings, for parts that have passed it on
    waiting  parts whose change has not been passed on yet, with the difference still to pass on
    beyond   parts downstream of those
    """

    sums: dict[UUID, Vector] = field(default_factory=dict)
    answers: dict[UUID, Figures | None] = field(default_factory=dict)
    passed: dict[UUID, Vector] = field(default_factory=dict)
    waiting: dict[UUID, Vector] = field(default_factory=dict)
    beyond: list[UUID] = field(default_factory=list)


def spread(
    graph: Downstream,
    changes: Mapping[UUID, Vector],
    restated: set[UUID],
    totals: Mapping[UUID, Vector],
    links: Mapping[UUID, Link],
    answers: Mapping[UUID, Figures],
    limit: int,
) -> Spread:
    """Follows `changes` (difference of what each part brings where it is used) through `graph`.

    restated  parts whose answers are worked out anew even if nothing is added below
    totals    present total of each linked part, before this spread
    answers   present answer of each request
    limit     after this many parts the rest waits
    """
    result = Spread()
    brings = dict(changes)
    added: dict[UUID, Vector] = {}

    def gain(part: UUID, vector: Vector) -> None:
        brings[part] = plus(brings.get(part, NOTHING), vector)
        added[part] = plus(added.get(part, NOTHING), vector)

    for place, part in enumerate(graph.order):
        change = brings.get(part, NOTHING)
        moved = change != NOTHING
        if not moved and part not in restated:
            continue
        if len(result.sums) + len(result.answers) >= limit and part not in restated:
            result.waiting[part] = change
            result.beyond = graph.order[place + 1 :]
            continue
        if moved:
            result.passed[part] = change
        for edge in graph.steps.get(part, ()):
            if edge.trade_id is not None:
                total = plus(totals[part], added.get(part, NOTHING))
                gained = _answer(result, edge, total, links[edge.trade_id], answers)
                if gained is not None:
                    gain(edge.to_trace_id, gained)
            elif moved and edge.amount is not None:
                gained = times(edge.amount, change)
                result.sums[edge.to_trace_id] = plus(result.sums.get(edge.to_trace_id, NOTHING), gained)
                gain(edge.to_trace_id, gained)
    return result


def _answer(result: Spread, edge: Edge, total: Vector, link: Link, answers: Mapping[UUID, Figures]) -> Vector | None:
    before = answers.get(link.trade_id)
    after = figures_for_customer(total, emissions=link.emissions, quality=link.quality) if link.completed else None
    if after == before:
        return None
    result.answers[link.trade_id] = after
    return minus(answer_vector(after), answer_vector(before)) if link.counts else None

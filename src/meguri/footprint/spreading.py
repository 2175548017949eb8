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


@dataclass(frozen=True, slots=True)
class Standing:
    """What stood along the way before the cascade; what the change itself did to its seeds is in it.

    totals   total of each part that is linked to a request
    own      the same without its supplier's answer, for those that pass on what was answered to them
    links    each request on the way
    answers  its answer, if there is one
    """

    totals: Mapping[UUID, Vector]
    own: Mapping[UUID, Vector]
    links: Mapping[UUID, Link]
    answers: Mapping[UUID, Figures]


@dataclass(slots=True)
class Spread:
    """What has to be written.

    sums     difference of what the components bring, for each part reached
    answers  the new answer of each request whose answer changed (None: there is none any more), suppliers first
    passed   difference of what each part brings, for parts that have passed it on
    waiting  parts whose change has not been passed on yet, with the difference still to pass on
    """

    sums: dict[UUID, Vector] = field(default_factory=dict)
    answers: dict[UUID, Figures | None] = field(default_factory=dict)
    passed: dict[UUID, Vector] = field(default_factory=dict)
    waiting: dict[UUID, Vector] = field(default_factory=dict)


def spread(
    graph: Downstream, changes: Mapping[UUID, Vector], restated: set[UUID], standing: Standing, limit: int
) -> Spread:
    """Follows `changes` (difference of what each part brings where it is used) through `graph`.

    restated  parts whose answers are worked out anew even if nothing is added below
    limit     after this many parts the rest waits
    """
    return _Cascade(graph, changes, restated, standing).run(limit)


class _Cascade:
    def __init__(
        self, graph: Downstream, changes: Mapping[UUID, Vector], restated: set[UUID], standing: Standing
    ) -> None:
        self._graph = graph
        self._brings = dict(changes)
        self._restated = restated
        self._standing = standing
        self._totals = dict(standing.totals)
        self._result = Spread()

    def run(self, limit: int) -> Spread:
        result, touched = self._result, {*self._restated, *self._brings}
        for part in self._graph.order:
            steps = self._graph.steps.get(part)
            if part not in touched or steps is None:
                continue
            change = self._brings.get(part, NOTHING)
            if len(result.sums) + len(result.answers) >= limit and part not in self._restated:
                result.waiting[part] = change
                continue
            if change != NOTHING:
                result.passed[part] = change
            touched.update(edge.to_trace_id for edge in steps if self._step(edge, change))
        return result

    def _step(self, edge: Edge, change: Vector) -> bool:
        if edge.trade_id is not None:
            return self._answer(edge, self._standing.links[edge.trade_id])
        if edge.amount is None or change == NOTHING:
            return False
        gained, to = times(edge.amount, change), edge.to_trace_id
        self._result.sums[to] = plus(self._result.sums.get(to, NOTHING), gained)
        self._brings[to] = plus(self._brings.get(to, NOTHING), gained)
        if to in self._totals:
            self._totals[to] = plus(self._totals[to], gained)
        return True

    def _answer(self, edge: Edge, link: Link) -> bool:
        before, after, to = self._standing.answers.get(link.trade_id), None, edge.to_trace_id
        if link.completed:
            total = self._totals[edge.trace_id]
            after = figures_for_customer(total, emissions=link.emissions, quality=link.quality)
        if after == before:
            return False
        self._result.answers[link.trade_id] = after
        if link.counts:
            gained = minus(answer_vector(after), answer_vector(before))
            self._brings[to] = plus(self._brings.get(to, NOTHING), gained)
            if to in self._totals:
                self._totals[to] = answer_vector(after) if after is not None else self._standing.own[to]
        return link.counts

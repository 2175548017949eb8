"""How a change spreads downstream (pure): as differences, part by part, tier by tier.

Within a company a difference travels exactly. At the border to a customer the new total is rounded and compared with
the answer given before; only what the customer sees differently travels on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from meguri.footprint.model import Figures
from meguri.footprint.totals import (
    NOTHING,
    Vector,
    added,
    answer_vector,
    figures_for_customer,
    minus,
    multiplied,
    plus,
    times,
)
from meguri.kernel.numbers import ONE
from meguri.traceability.graph import Downstream


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


Gain = tuple[int, Decimal]
"""A multiple of one source: (number of the source, factor)."""


@dataclass(slots=True)
class Spread:
    """What has to be written; parts are places in the graph, differences multiples of `sources`.

    Inside a company everything is linear: one change is worked out as a vector once, and each part that it reaches
    only knows how many times it contains it.

    sums     difference of what the components bring, for each part reached
    answers  the new answer of each request whose answer changed (None: there is none any more), suppliers first
    passed   difference of what each part brings, for parts that have passed it on
    waiting  parts whose change has not been passed on yet, with the difference still to pass on (None: nothing)
    looked_at  requests whose answer was worked out, changed or not
    """

    sources: list[Vector] = field(default_factory=list)
    sums: dict[int, Gain] = field(default_factory=dict)
    answers: dict[UUID, Figures | None] = field(default_factory=dict)
    passed: dict[int, Gain] = field(default_factory=dict)
    waiting: dict[int, Gain | None] = field(default_factory=dict)
    looked_at: set[UUID] = field(default_factory=set)

    def vector(self, gain: Gain | None) -> Vector:
        """The difference itself."""
        return NOTHING if gain is None else times(gain[1], self.sources[gain[0]])

    def source(self, vector: Vector) -> Gain:
        """A difference that stands for itself."""
        self.sources.append(vector)
        return len(self.sources) - 1, ONE

    def both(self, a: Gain | None, b: Gain) -> Gain:
        """a + b, exactly."""
        if a is None:
            return b
        if a[0] == b[0]:
            return a[0], added(a[1], b[1])
        return self.source(plus(self.vector(a), self.vector(b)))


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
        self._standing = standing
        self._result = Spread()
        self._brings = {
            graph.place(part): self._result.source(change) for part, change in changes.items() if change != NOTHING
        }
        self._restated = {graph.place(part) for part in restated}
        self._totals = {graph.place(part): total for part, total in standing.totals.items()}
        self._touched = {*self._restated, *self._brings}

    def run(self, limit: int) -> Spread:
        result, touched = self._result, self._touched
        for place, steps in enumerate(self._graph.steps):
            if not steps or place not in touched:
                continue
            change = self._brings.get(place)
            if len(result.sums) + len(result.answers) >= limit and place not in self._restated:
                result.waiting[place] = change
                continue
            if change is not None:
                result.passed[place] = change
            for to, edge in steps:
                if edge.trade_id is not None:
                    self._answer(place, to, edge.trade_id)
                elif change is not None and edge.amount is not None:
                    self._add(to, (change[0], multiplied(edge.amount, change[1])))
        return result

    def _add(self, to: int, gained: Gain) -> None:
        result, brings = self._result, self._brings
        before, brought = result.sums.get(to), brings.get(to)
        result.sums[to] = after = result.both(before, gained)
        # The same, unless the part was changed itself: then one addition does for both.
        brings[to] = after if brought is before else result.both(brought, gained)
        if to in self._totals:
            self._totals[to] = plus(self._totals[to], result.vector(gained))
        self._touched.add(to)

    def _answer(self, place: int, to: int, trade_id: UUID) -> None:
        link, before, after = self._standing.links[trade_id], self._standing.answers.get(trade_id), None
        self._result.looked_at.add(trade_id)
        if link.completed:
            total = self._totals[place]
            after = figures_for_customer(total, emissions=link.emissions, quality=link.quality)
        if after == before:
            return
        self._result.answers[trade_id] = after
        if link.counts:
            gained = minus(answer_vector(after), answer_vector(before))
            if gained != NOTHING:
                self._brings[to] = self._result.both(self._brings.get(to), self._result.source(gained))
            if to in self._totals:
                own = self._standing.own[self._graph.parts[to]]
                self._totals[to] = own if after is None else answer_vector(after)
            self._touched.add(to)

"""Keeps sums and answers as footprint does, with a dictionary for each table: the pure cascade, step by step."""

from dataclasses import dataclass, field
from uuid import UUID

from tests.laws.oracle import World
from tests.laws.worlds import Chain

from meguri.footprint.model import Figures
from meguri.footprint.spreading import Link, Spread, Standing, spread
from meguri.footprint.totals import NOTHING, Vector, answer_vector, contribution, minus, own_vector, plus
from meguri.traceability.graph import Downstream


@dataclass
class Carrier:
    chain: Chain
    sums: dict[UUID, Vector] = field(default_factory=dict)
    answers: dict[UUID, Figures] = field(default_factory=dict)
    sent: dict[UUID, Vector] = field(default_factory=dict)

    def present(self, part: UUID) -> Vector:
        """What one unit of the part brings now."""
        return contribution(
            purchased=self.chain.parts[part].purchased,
            own=own_vector(self.chain.declared.get(part)),
            sums=self.sums.get(part, NOTHING),
            answer=answer_vector(self._answer_for(part)),
        )

    def _answer_for(self, part: UUID) -> Figures | None:
        for key, request in self.chain.requests.items():
            if request.asked == part:
                return self.answers.get(key)
        return None

    def carry(self, changes: dict[UUID, Vector], restated: set[UUID], limit: int) -> Spread:
        """One write: the cascade, and what it says has to be written."""
        seeds = {*changes, *restated}
        owners = [(self.chain.parts[part].owner, part) for part in seeds]
        graph = Downstream(owners, self.chain.edges_from(seeds))
        result = spread(graph, changes, restated, self._standing(graph, self.chain.world()), limit)
        for place, gained in result.sums.items():
            part = graph.parts[place]
            self.sums[part] = plus(self.sums.get(part, NOTHING), result.vector(gained))
        for key, figures in result.answers.items():
            self.answers.pop(key, None)
            if figures is not None:
                self.answers[key] = figures
        for place, gained in result.passed.items():
            part = graph.parts[place]
            if part in self.sent:
                self.sent[part] = plus(self.sent[part], result.vector(gained))
        for place, left in result.waiting.items():
            part = graph.parts[place]
            self.sent.setdefault(part, minus(self.present(part), result.vector(left)))
        return result

    def go_on(self, limit: int) -> None:
        """What the job does: everything that waits is passed on, or waits further down."""
        changes = {part: minus(self.present(part), sent) for part, sent in self.sent.items()}
        self.sent.clear()
        self.carry(changes, set(changes), limit)

    def _standing(self, graph: Downstream, world: World) -> Standing:
        links = graph.links
        made = {
            edge.trace_id: plus(
                own_vector(self.chain.declared.get(edge.trace_id)), self.sums.get(edge.trace_id, NOTHING)
            )
            for edge in links
        }
        totals = dict(made)
        for part in made:
            if self.chain.parts[part].purchased and (answer := self._answer_for(part)):
                totals[part] = answer_vector(answer)
        asked = {edge.trade_id: edge for edge in links if edge.trade_id}
        return Standing(
            totals,
            {part: made[part] for part in made if self.chain.parts[part].purchased},
            {
                key: Link(
                    key,
                    completed=world.status(key).completed,
                    emissions="TOTALCFP" in self.chain.released[edge.trace_id, edge.to_operator_id],
                    quality="TOTALDQR" in self.chain.released[edge.trace_id, edge.to_operator_id],
                    counts=self.chain.parts[edge.to_trace_id].purchased,
                )
                for key, edge in asked.items()
            },
            self.answers,
        )

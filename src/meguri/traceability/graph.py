"""The trade tree as a graph: who lies downstream of a part, over structures and requests (pure)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec


class Edge(msgspec.Struct, frozen=True, array_like=True):
    """One step downstream.

    Into a structure (`amount` of the part in one unit of the next) or over a request (`trade_id`).
    """

    operator_id: UUID
    trace_id: UUID
    to_operator_id: UUID
    to_trace_id: UUID
    amount: Decimal | None
    trade_id: UUID | None


class Downstream:
    """Everything downstream of some parts, in an order in which no part comes before one that it contains."""

    def __init__(self, seeds: Iterable[tuple[UUID, UUID]], edges: Sequence[Edge]) -> None:
        """`seeds`: (operator, part) pairs; `edges`: all steps that leave a part reachable from them."""
        self.steps: dict[UUID, list[Edge]] = {}
        self.operator_of: dict[UUID, UUID] = {part: operator for operator, part in seeds}
        incoming: dict[UUID, int] = {}
        for edge in edges:
            self.steps.setdefault(edge.trace_id, []).append(edge)
            self.operator_of[edge.trace_id] = edge.operator_id
            self.operator_of[edge.to_trace_id] = edge.to_operator_id
            incoming[edge.to_trace_id] = incoming.get(edge.to_trace_id, 0) + 1
        ready = [part for part in self.operator_of if not incoming.get(part)]
        order: list[UUID] = []
        for part in ready:  # grows while it is walked
            order.append(part)
            for edge in self.steps.get(part, ()):
                incoming[edge.to_trace_id] -= 1
                if not incoming[edge.to_trace_id]:
                    ready.append(edge.to_trace_id)
        self.order = order

    def beyond(self, parts: Iterable[UUID]) -> set[UUID]:
        """Everything downstream of `parts`; one of them only if it lies downstream of another."""
        starts, reached = set(parts), set[UUID]()
        for part in self.order:
            if part in starts or part in reached:
                reached.update(edge.to_trace_id for edge in self.steps.get(part, ()))
        return reached

    @property
    def links(self) -> list[Edge]:
        """The steps over requests, suppliers first."""
        return [edge for part in self.order for edge in self.steps.get(part, ()) if edge.trade_id is not None]

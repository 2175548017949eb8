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


Step = tuple[int, Edge]


class Downstream:
    """Everything downstream of some parts, in an order in which no part comes before one that it contains.

    parts, operators  the parts in that order, each with its operator; elsewhere a part is its place here
    steps             for each part the steps that leave it, with the place where they lead
    """

    def __init__(self, seeds: Iterable[tuple[UUID, UUID]], edges: Sequence[Edge]) -> None:
        """`seeds`: (operator, part) pairs; `edges`: all steps that leave a part reachable from them."""
        numbers: dict[int, int] = {}  # by the id's integer: a UUID's own hash takes several times as long
        parts: list[tuple[UUID, UUID]] = []
        leaving: list[list[Step]] = []
        incoming: list[int] = []

        def number(operator: UUID, part: UUID) -> int:
            known = numbers.get(part.int)
            if known is None:
                known = numbers[part.int] = len(parts)
                parts.append((operator, part))
                leaving.append([])
                incoming.append(0)
            return known

        for operator, part in seeds:
            number(operator, part)
        numbered = numbers.get  # most ends are known already, and a call for each would take as long as all the rest
        for edge in edges:
            to, start = numbered(edge.to_trace_id.int), numbered(edge.trace_id.int)
            if to is None:
                to = number(edge.to_operator_id, edge.to_trace_id)
            if start is None:
                start = number(edge.operator_id, edge.trace_id)
            leaving[start].append((to, edge))
            incoming[to] += 1
        order = _sorted(leaving, incoming)
        place = [0] * len(order)
        for at, number_ in enumerate(order):
            place[number_] = at
        self.operators = [parts[n][0] for n in order]
        self.parts = [parts[n][1] for n in order]
        self.steps = [[(place[to], edge) for to, edge in leaving[n]] if leaving[n] else [] for n in order]
        self._places = {part: place[n] for part, n in numbers.items()}

    def place(self, part: UUID) -> int:
        """Where a part stands. Raises KeyError."""
        return self._places[part.int]

    def where(self, place: int) -> tuple[UUID, UUID]:
        """Operator and part at a place."""
        return self.operators[place], self.parts[place]

    def beyond(self, places: Iterable[int]) -> set[int]:
        """Everything downstream of these places; one of them only if it lies downstream of another."""
        starts, reached = set(places), set[int]()
        for place, steps in enumerate(self.steps):
            if place in starts or place in reached:
                reached.update(to for to, _ in steps)
        return reached

    @property
    def links(self) -> list[Edge]:
        """The steps over requests, suppliers first."""
        return [edge for steps in self.steps for _, edge in steps if edge.trade_id is not None]


def _sorted(leaving: Sequence[Sequence[Step]], incoming: list[int]) -> list[int]:
    ready = [number for number, count in enumerate(incoming) if not count]
    for number in ready:  # grows while it is walked
        for to, _ in leaving[number]:
            incoming[to] -= 1
            if not incoming[to]:
                ready.append(to)
    return ready

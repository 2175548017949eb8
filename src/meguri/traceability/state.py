"""The state of requests, worked out from what lies behind them (pure).

    purchased leaf   a part that is neither terminated nor made of other parts: it is bought
    terminated(p)    p ends the chain; or p has components and all of them do; or p is a purchased leaf
                     whose live request is linked to a part that does
    behind(t)        live requests on the distinct purchased leaves of the part that t is linked to
    trades_count     1 + those behind;  completed_count  [t answered] + those behind
    answered(t)      linked, and the linked part has an answer of its own, or passes on an answered request

Source: Ouranos API contract, profile ouranos-3.0.0 (request status model), generalised to any depth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from meguri.traceability.model import State


@dataclass(frozen=True, slots=True)
class Node:
    """A part inside a structure: its components, whether it has an answer, and the live request on it."""

    trace_id: UUID
    terminated: bool
    children: tuple[UUID, ...]
    answered: bool
    trade_id: UUID | None

    @property
    def purchased(self) -> bool:
        """Whether the part is bought rather than made or ended here."""
        return not self.terminated and not self.children


@dataclass(frozen=True, slots=True)
class TradeState:
    """What is derived of one live request."""

    trade_id: UUID
    linked_to: UUID | None
    state: State
    tree_terminated: bool
    completed_count: int
    trades_count: int


def settle(nodes: Mapping[UUID, Node], trades: Mapping[UUID, TradeState], order: Iterable[UUID]) -> list[TradeState]:
    """The requests of `order` (suppliers first) that change, with their new state.

    `nodes` holds every part below the linked ones within its own company; `trades` every request met there.
    """
    return list(_Settlement(nodes, dict(trades)).run(order))


class _Settlement:
    def __init__(self, nodes: Mapping[UUID, Node], trades: dict[UUID, TradeState]) -> None:
        self._nodes = nodes
        self._trades = trades
        self._leaves: dict[UUID, frozenset[UUID]] = {}
        self._ends: dict[UUID, bool] = {}

    def run(self, order: Iterable[UUID]) -> Iterable[TradeState]:
        for trade_id in order:
            before = self._trades[trade_id]
            after = self._state_of(before)
            if after != before:
                self._trades[trade_id] = after
                yield after

    def _state_of(self, trade: TradeState) -> TradeState:
        if trade.linked_to is None:
            return replace(trade, state=State.NOT_COMPLETED, tree_terminated=False, completed_count=0, trades_count=1)
        behind = [
            self._trades[request]
            for leaf in self._purchased_in(trade.linked_to)
            if (request := self._nodes[leaf].trade_id) is not None
        ]
        completed = self._is_answered(trade.linked_to)
        return replace(
            trade,
            state=State.COMPLETED if completed else State.NOT_COMPLETED,
            tree_terminated=self._is_terminated(trade.linked_to),
            completed_count=int(completed) + sum(t.completed_count for t in behind),
            trades_count=1 + sum(t.trades_count for t in behind),
        )

    def _is_answered(self, part: UUID) -> bool:
        node = self._nodes[part]
        if node.answered or not node.purchased or node.trade_id is None:
            return node.answered
        return self._trades[node.trade_id].state is State.COMPLETED

    def _purchased_in(self, part: UUID) -> frozenset[UUID]:
        for current in _children_first(part, self._nodes, self._leaves):
            node = self._nodes[current]
            own = frozenset((current,)) if node.purchased else frozenset()
            self._leaves[current] = own.union(*(self._leaves[child] for child in node.children))
        return self._leaves[part]

    def _is_terminated(self, part: UUID) -> bool:
        for current in _children_first(part, self._nodes, self._ends):
            node = self._nodes[current]
            if node.children and not node.terminated:
                self._ends[current] = all(self._ends[child] for child in node.children)
            elif node.trade_id is not None and not node.terminated:
                self._ends[current] = self._trades[node.trade_id].tree_terminated
            else:
                self._ends[current] = node.terminated
        return self._ends[part]


def _children_first(part: UUID, nodes: Mapping[UUID, Node], known: Mapping[UUID, object]) -> Iterable[UUID]:
    waiting = [part]
    while waiting:
        current = waiting[-1]
        missing = [child for child in nodes[current].children if child not in known]
        if current in known:
            waiting.pop()
        elif missing:
            waiting.extend(missing)
        else:
            waiting.pop()
            yield current

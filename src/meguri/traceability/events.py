"""What has happened in traceability."""

from decimal import Decimal
from typing import ClassVar, Self
from uuid import UUID

import msgspec

from meguri.kernel.events import Event


class PartChange(msgspec.Struct, frozen=True, kw_only=True):
    """One part that a write made or changed. `terminated_before`: None for a new part."""

    trace_id: UUID
    version: int
    terminated: bool
    terminated_before: bool | None

    @property
    def turned(self) -> bool:
        """Whether a part that was there became an end of the chain, or ceased to be one."""
        return self.terminated_before is not None and self.terminated != self.terminated_before


class PartWritten(Event, frozen=True, kw_only=True):
    """A part (`trace_id`) was written with its structure.

    changed              the parts made or changed by it: the part itself, its components
    links, links_before  (component, amount) after the write and before it
    """

    tag: ClassVar[str] = "traceability:part:write"
    trace_id: UUID
    changed: tuple[PartChange, ...]
    links: tuple[tuple[UUID, Decimal], ...]
    links_before: tuple[tuple[UUID, Decimal], ...]

    @property
    def is_new(self) -> bool:
        """Whether the part was made by this write, so that nothing can lie downstream of it yet."""
        return any(one.trace_id == self.trace_id and one.terminated_before is None for one in self.changed)


class PartsAdded(Event, frozen=True, kw_only=True):
    """Many parts came into the books at once, none with components: nothing lies up- or downstream of them yet."""

    tag: ClassVar[str] = "traceability:part:add"
    added: tuple[UUID, ...]


class PartDeleted(Event, frozen=True, kw_only=True):
    """A part left the books; its history stays."""

    tag: ClassVar[str] = "traceability:part:delete"
    trace_id: UUID


class TradeEvent(Event, frozen=True, kw_only=True):
    """Something happened to a request; both sides' audits show it."""

    trade_id: UUID
    request_id: UUID
    request_type: str
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None = None

    def parties(self) -> tuple[UUID, ...]:
        """Customer and supplier."""
        return (self.downstream_operator_id, self.upstream_operator_id)


class TradeRequested(TradeEvent, frozen=True, kw_only=True):
    """A customer asked a supplier."""

    tag: ClassVar[str] = "traceability:trade:request"


class TradeAmended(TradeEvent, frozen=True, kw_only=True):
    """Message or due date of a request changed."""

    tag: ClassVar[str] = "traceability:trade:amend"


class TradeLinked(TradeEvent, frozen=True, kw_only=True):
    """The supplier said which part it delivers; `previous_trace_id` is the part linked before, if any."""

    tag: ClassVar[str] = "traceability:trade:link"
    previous_trace_id: UUID | None = None


class TradesLinked(Event, frozen=True, kw_only=True):
    """A supplier linked many requests of one kind at once. What rooms react to; audits show each link by itself."""

    tag: ClassVar[str] = "traceability:trades:link"
    request_type: str
    links: tuple[TradeLinked, ...]


class TradeRejected(TradeEvent, frozen=True, kw_only=True):
    """The supplier returned the request; `previous_trace_id` is the part that was linked, if any."""

    tag: ClassVar[str] = "traceability:trade:reject"
    previous_trace_id: UUID | None = None


class TradeCancelled(TradeEvent, frozen=True, kw_only=True):
    """The customer withdrew the request; `previous_trace_id` is the part that was linked, if any."""

    tag: ClassVar[str] = "traceability:trade:cancel"
    previous_trace_id: UUID | None = None


class TradeReplied(TradeEvent, frozen=True, kw_only=True):
    """The supplier wrote, or removed, a message to the customer."""

    tag: ClassVar[str] = "traceability:trade:reply"


class TradeSides(msgspec.Struct, frozen=True, kw_only=True):
    """A request with its two sides."""

    trade_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID

    @property
    def both(self) -> tuple[UUID, UUID]:
        """Customer and supplier."""
        return (self.downstream_operator_id, self.upstream_operator_id)


class TradesCompleted(Event, frozen=True, kw_only=True):
    """These requests became answered (`completed`) or open again (`reopened`) by one write."""

    tag: ClassVar[str] = "traceability:trades:complete"
    request_type: str
    completed: tuple[TradeSides, ...]
    reopened: tuple[TradeSides, ...] = ()

    def parties(self) -> tuple[UUID, ...]:
        """The customers and suppliers of these requests."""
        return tuple(sorted({operator for trade in (*self.completed, *self.reopened) for operator in trade.both}))

    def seen_by(self, operator_id: UUID) -> Self:
        """Only the operator's own requests: nobody learns who else is in the chain."""
        return msgspec.structs.replace(
            self,
            completed=tuple(trade for trade in self.completed if operator_id in trade.both),
            reopened=tuple(trade for trade in self.reopened if operator_id in trade.both),
        )


class TradeCommented(TradeEvent, frozen=True, kw_only=True):
    """One side of a request wrote to the other."""

    tag: ClassVar[str] = "traceability:trade:comment"
    comment_id: UUID


class SuppliersReminded(Event, frozen=True, kw_only=True):
    """Suppliers were reminded of due dates: (supplier, request)."""

    tag: ClassVar[str] = "traceability:trade:remind"
    reminders: tuple[tuple[UUID, UUID], ...]

    def parties(self) -> tuple[UUID, ...]:
        """The suppliers."""
        return tuple(sorted({supplier for supplier, _ in self.reminders}))

    def seen_by(self, operator_id: UUID) -> Self:
        """Only the operator's own."""
        return msgspec.structs.replace(self, reminders=tuple(r for r in self.reminders if r[0] == operator_id))

"""Parts, structures and requests: what goes in and out of traceability."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.kernel.units import AmountUnit

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Words = Annotated[str, msgspec.Meta(max_length=50)]
Message = Annotated[str, msgspec.Meta(max_length=1000)]
MAX_CHILDREN = 50
MAX_AMOUNT = Decimal("99999.99999")


class RequestType(StrEnum):
    """What is asked of a supplier."""

    CFP = "CFP"
    DD = "DD"


class State(StrEnum):
    """Where a request stands. `CANCEL` is never shown: a cancelled request vanishes from every list."""

    NOT_COMPLETED = "NOT_COMPLETED"
    COMPLETED = "COMPLETED"
    REJECT = "REJECT"
    CANCEL = "CANCEL"


class Side(StrEnum):
    """Which half of a trade: the customer's (`down`) or the supplier's (`up`)."""

    DOWN = "down"
    UP = "up"


class PartInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A part as its maker writes it. Plant, name and support name together are its identity."""

    plant_id: UUID
    name: Name
    support_name: Words | None = None
    label: Words | None = None
    info1: Words | None = None
    info2: Words | None = None
    info3: Words | None = None
    unit: AmountUnit | None = None
    terminated: bool


class ChildInput(PartInput, frozen=True, kw_only=True):
    """A part within a structure; `amount` of it goes into ONE unit of the parent, in the child's own unit."""

    amount: Decimal


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part. `terminated`: nothing further upstream is asked for it. `unit`: its declared unit."""

    trace_id: UUID
    operator_id: UUID
    plant_id: UUID
    name: str
    support_name: str | None
    label: str | None
    info1: str | None
    info2: str | None
    info3: str | None
    unit: AmountUnit | None
    terminated: bool
    is_parent: bool
    version: int
    created_at: datetime
    updated_at: datetime


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A child within a structure: the part and the amount of it in one unit of the parent."""

    part: Part
    amount: Decimal


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of `parent` is made of, in the maker's order."""

    parent: Part
    children: list[Component]


class PartBrief(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier sees of the part that a customer asks about."""

    trace_id: UUID
    operator_id: UUID
    plant_id: UUID
    name: str
    support_name: str | None
    label: str | None
    info1: str | None
    info2: str | None
    info3: str | None
    unit: AmountUnit | None
    terminated: bool


class RequestInput(msgspec.Struct, frozen=True, kw_only=True):
    """A customer asks a supplier about one purchased part."""

    upstream_operator_id: UUID
    downstream_trace_id: UUID
    request_type: RequestType = RequestType.CFP
    message: Message | None = None
    due_date: date | None = None


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One request with its answer, as one of its two sides sees it.

    completed_count / trades_count  answered and all requests in the tree behind this one, itself included
    tree_terminated                 every branch behind it ends in a terminated part
    requested_part                  the customer's part (supplier's side only)
    """

    operator_id: UUID
    side: Side
    trade_id: UUID
    request_id: UUID
    partner_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None
    request_type: RequestType
    state: State
    tree_terminated: bool
    completed_count: int
    completed_count_at: datetime
    trades_count: int
    trades_count_at: datetime
    message: str | None
    reply_message: str | None
    due_date: date | None
    requested_part: PartBrief | None
    requested_unit: str | None
    created_at: datetime
    completed_at: datetime | None
    version: int

    @property
    def downstream_operator_id(self) -> UUID:
        """The customer."""
        return self.operator_id if self.side is Side.DOWN else self.partner_id

    @property
    def upstream_operator_id(self) -> UUID:
        """The supplier."""
        return self.partner_id if self.side is Side.DOWN else self.operator_id

    @property
    def live(self) -> bool:
        """Whether the request is open or answered: neither returned nor cancelled."""
        return self.state in (State.NOT_COMPLETED, State.COMPLETED)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a part with its structure, or a request, looked like at one version, and who made it so."""

    version: int
    at: datetime
    actor: str
    body: object


class LiveLink(msgspec.Struct, frozen=True, kw_only=True):
    """A live request that is linked to a supplier's part: its kind, and the customer's part."""

    trade_id: UUID
    request_type: RequestType
    downstream_trace_id: UUID


class PartKind(msgspec.Struct, frozen=True, kw_only=True):
    """How a part stands in the tree: ends it, is made here, or is bought under a live request."""

    operator_id: UUID
    trace_id: UUID
    terminated: bool
    is_parent: bool
    unit: AmountUnit | None
    has_children: bool
    trade_id: UUID | None
    state: State | None

    @property
    def purchased(self) -> bool:
        """Whether the part is bought: neither terminated nor made of other parts."""
        return not self.terminated and not self.has_children


LONGEST_COMMENT = 2000


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one side of a request wrote to the other. `author`: the person's name at that time."""

    comment_id: UUID
    by_operator_id: UUID
    author: str
    body: str
    written_at: datetime

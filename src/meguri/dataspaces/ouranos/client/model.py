"""Systems that a company takes part in from outside, and what is to be brought there."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Gateway(StrEnum):
    """How the system is reached: directly, or through the gateway of Open Data Spaces (other names of headers)."""

    PLAIN = "plain"
    ODS = "ods"


class SystemState(StrEnum):
    """`held`: the system refuses us until a person has acted; `left`: nothing travels any more, what came stays."""

    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    LEFT = "left"


class TaskKind(StrEnum):
    """What is brought to the system, in the order in which one needs the other."""

    PART = "part"
    REQUEST = "request"
    FOOTPRINT = "footprint"
    ANSWER = "answer"


class SystemInput(msgspec.Struct, frozen=True, kw_only=True):
    """A system as it is entered.

    base_url          under which `/api/v1/datatransport` stands
    auth_url          under which `/auth/login` and `/api/v1/authInfo` stand, if elsewhere
    north_url         under which the traceability system's own paths (`/cfpAcl` …) stand; None: it has none for us
    north_key         its `x-api-key`, if another one than `api_key`
    share_structures  whether structures and own figures of parts that travel are kept there too
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    base_url: Url
    auth_url: Url | None = None
    north_url: Url | None = None
    gateway: Gateway = Gateway.PLAIN
    api_key: Secret
    north_key: Secret | None = None
    account: Secret
    password: Secret
    share_structures: bool = True


class SystemChange(msgspec.Struct, frozen=True, kw_only=True):
    """Another description of a system; secrets that are left out stay."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    base_url: Url
    auth_url: Url | None = None
    north_url: Url | None = None
    gateway: Gateway = Gateway.PLAIN
    api_key: Secret | None = None
    north_key: Secret | None = None
    account: Secret | None = None
    password: Secret | None = None
    share_structures: bool = True


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What opens the system; kept sealed only."""

    api_key: str
    north_key: str
    account: str
    password: str


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A system that a company takes part in, without what is secret.

    away_since   since when it has not answered, `reason` says how; None: it answers
    followed_at  when requests and answers were last read; `read_all_at`: when everything was
    """

    operator_id: UUID
    system_id: UUID
    name: str
    base_url: str
    auth_url: str
    north_url: str | None
    gateway: Gateway
    share_structures: bool
    foreign_operator_id: UUID
    state: SystemState
    reason: str | None
    away_since: datetime | None
    failures: int
    next_try_at: datetime | None
    followed_at: datetime | None
    read_all_at: datetime | None
    created_at: datetime


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something of ours that is to be brought to a system.

    turn     counts the changes since it was first marked: a change meanwhile leaves it open
    sent_at  a write was sent whose answer was not seen
    track    under which the system tells whether the write is done
    """

    operator_id: UUID
    system_id: UUID
    kind: TaskKind
    ours: UUID
    turn: int
    state: str
    sent_at: datetime | None
    track: str | None
    code: str | None
    detail: str | None
    attempts: int
    marked_at: datetime
    next_try_at: datetime


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on both sides, and what both held when they last agreed."""

    theirs: UUID
    ours: UUID
    told: str | None


class PartnerView(msgspec.Struct, frozen=True, kw_only=True):
    """A company of the system that is known here. `operator_id`: under which it is asked here."""

    operator_id: UUID
    foreign_operator_id: UUID
    name: str

"""Companies, plants, disclosures and notifications: what goes in and out of this room."""

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType


class DirectoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What every signed-in company may know of another.

    open_operator_id    a public number: Japan's 法人番号, or another public id of at most 20 characters
    global_operator_id  an id in a world-wide scheme of the company's choice; "" is a value, None is none
    lei, gln            Legal Entity Identifier (ISO 17442), Global Location Number (GS1)
    synthetic           made up for demonstration or tests; no such company exists
    proof, proved_at    how the platform's operator saw that it is the company of this number (`self_declared`,
                        `number_and_mail`, `representative`, `qualified_seal`), and when; None: nothing was recorded
    """

    operator_id: UUID
    name: str
    address: str
    open_operator_id: str
    global_operator_id: str | None
    lei: str | None
    gln: str | None
    synthetic: bool
    proof: str | None = None
    proved_at: datetime | None = None

    @property
    def identity(self) -> str:
        """What partners are told of it: `self_declared` while nothing better was recorded."""
        return self.proof or "self_declared"


class OperatorRecord(DirectoryEntry, frozen=True, kw_only=True):
    """A company's own record. `version` counts its changes from 1 and is its ETag."""

    version: int
    created_at: datetime
    updated_at: datetime


class NewOperator(msgspec.Struct, frozen=True, kw_only=True):
    """A company that joins. Lengths: name and address 1–256, open id 1–20, global id 0–256 characters."""

    name: str
    address: str
    open_operator_id: str
    global_operator_id: str | None = None
    lei: str | None = None
    gln: str | None = None
    synthetic: bool = False


class OperatorChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's record as it shall be. What is left out of the optional fields stays as it is; null removes it."""

    name: str
    address: str
    open_operator_id: str
    global_operator_id: str | UnsetType | None = UNSET
    lei: str | UnsetType | None = UNSET
    gln: str | UnsetType | None = UNSET


class OperatorVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A company's record as it was from `at` on, and who made it so."""

    version: int
    name: str
    address: str
    open_operator_id: str
    global_operator_id: str | None
    lei: str | None
    gln: str | None
    at: datetime
    actor: str


Proof = Literal["self_declared", "number_and_mail", "representative", "qualified_seal"]
PROOFS: tuple[Proof, ...] = get_args(Proof)
"""How the identity of a company was proved, weakest first."""


class OperatorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A company's own switches; `version` 0: never set.

    auto_disclose  an answer is disclosed to the customer as soon as it is linked
    least_proof    how well another company's identity has to be proved before anything is disclosed to it
    """

    auto_disclose: bool = False
    least_proof: Proof = "self_declared"
    version: int = 0


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's switches as they shall be; a least proof that is left out stays as it is."""

    auto_disclose: bool
    least_proof: Proof | UnsetType = UNSET


class PlantInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plant as its operator writes it.

    name, address    1–256 characters
    open_plant_id    6–26 characters, the last six digits; unique within the operator
    global_plant_id  at most 256 characters, unique within the operator; "" is a value, None is none
    gln              Global Location Number (GS1)
    """

    name: str
    address: str
    open_plant_id: str
    global_plant_id: str | None = None
    gln: str | UnsetType | None = UNSET


class Plant(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the operator makes or handles parts. `version` counts its changes from 1 and is its ETag."""

    plant_id: UUID
    operator_id: UUID
    name: str
    address: str
    open_plant_id: str
    global_plant_id: str | None
    gln: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class PlantVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A plant as it was from `at` on, and who made it so."""

    version: int
    name: str
    address: str
    open_plant_id: str
    global_plant_id: str | None
    gln: str | None
    at: datetime
    actor: str


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one company may read one group of items of one part: since when, by whom and why.

    `version` counts the changes of the pair (trace_id, to_operator_id) and is the same in all its groups' last change.
    """

    trace_id: UUID
    to_operator_id: UUID
    item_group: str
    released: bool
    since: datetime
    actor: str
    reason: str | None
    version: int


class GroupState(msgspec.Struct, frozen=True, kw_only=True):
    """One group of items: released or not, since when, by whom and why (all None: never decided)."""

    item_group: str
    released: bool
    since: datetime | None = None
    actor: str | None = None
    reason: str | None = None


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """All that one company may and may not read of one part. `version` is its ETag; 0: nothing was ever decided."""

    trace_id: UUID
    to_operator_id: UUID
    version: int
    groups: list[GroupState]

    @property
    def released(self) -> tuple[str, ...]:
        """The groups that the company may read, in alphabetical order."""
        return tuple(sorted(state.item_group for state in self.groups if state.released))


class DisclosureChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Groups to open (true) or close (false); the others stay. `reason`, at most 200 characters, stays in-house."""

    groups: dict[str, bool]
    reason: str | None = None


class DisclosureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of “who sees what”: a disclosure with the names that a person knows the two by.

    `trace_name` is None where the part's room does not tell (the part was deleted).
    """

    disclosure: Disclosure
    to_name: str
    to_open_operator_id: str | None
    trace_name: str | None


class DisclosureVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the life of a disclosure. `released` None: the decision was withdrawn, back to nothing decided."""

    trace_id: UUID
    to_operator_id: UUID
    item_group: str
    released: bool | None
    version: int
    at: datetime
    actor: str
    reason: str | None


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """The request that a notification is about: its ids and its two sides."""

    trade_id: UUID
    request_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None = None


class NewNotification(msgspec.Struct, frozen=True, kw_only=True):
    """Something that `receiver` shall be told. `family` defaults to the type's own."""

    receiver: UUID
    type: str
    from_operator_id: UUID
    relation: Relation
    family: str | None = None


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What a company was told, when, and since when it has been read."""

    notification_id: UUID
    operator_id: UUID
    type: str
    family: str
    from_operator_id: UUID
    trade_id: UUID
    request_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None
    notified_at: datetime
    read_at: datetime | None

    @property
    def own_trace_id(self) -> UUID | None:
        """The receiver's own part in this request, if it has one yet."""
        is_customer = self.operator_id == self.downstream_operator_id
        return self.downstream_trace_id if is_customer else self.upstream_trace_id


class ReadMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Notifications that have been read: those named, and all that were there at `up_to`."""

    notification_ids: Annotated[tuple[UUID, ...], Meta(max_length=100)] = ()
    up_to: Annotated[datetime, Meta(tz=True)] | None = None


class ReadCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many notifications are newly read, and how many still are not."""

    newly_read: int
    unread: int


class UnreadCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many notifications nobody of the operator has read."""

    unread: int


class NotificationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which notifications: `notified_from` and `notified_to` inclusive; None or empty = no such condition."""

    notified_from: datetime | None = None
    notified_to: datetime | None = None
    types: tuple[str, ...] | None = None
    families: tuple[str, ...] | None = None
    unread_only: bool = False

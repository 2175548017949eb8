"""What has happened in this room."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class OperatorRegistered(Event, frozen=True, kw_only=True):
    """A company joined."""

    tag: ClassVar[str] = "operators:operator:register"
    operator_id: UUID


class OperatorUpdated(Event, frozen=True, kw_only=True):
    """A company changed its record; the history keeps what it was."""

    tag: ClassVar[str] = "operators:operator:update"
    operator_id: UUID
    version: int
    fields: tuple[str, ...]


class SettingsChanged(Event, frozen=True, kw_only=True):
    """A company changed a switch of its own."""

    tag: ClassVar[str] = "operators:settings:change"
    auto_disclose_before: bool
    auto_disclose: bool
    least_proof_before: str = "self_declared"
    least_proof: str = "self_declared"


class PlantRegistered(Event, frozen=True, kw_only=True):
    """A company added a plant."""

    tag: ClassVar[str] = "operators:plant:register"
    plant_id: UUID


class PlantUpdated(Event, frozen=True, kw_only=True):
    """A company changed a plant; the history keeps what it was."""

    tag: ClassVar[str] = "operators:plant:update"
    plant_id: UUID
    version: int
    fields: tuple[str, ...]


class PlantsCleared(Event, frozen=True, kw_only=True):
    """A trial company's plants, disclosures and notifications were emptied, as its profile allows."""

    tag: ClassVar[str] = "operators:plants:clear"
    operators: tuple[UUID, ...]

    def parties(self) -> tuple[UUID, ...]:
        """The companies that were emptied."""
        return self.operators


class DisclosureChanged(Event, frozen=True, kw_only=True):
    """`to_operator_id` may now read other groups of items of `operator_id`'s part than before.

    before, after  the groups released, in alphabetical order; they always differ
    """

    tag: ClassVar[str] = "operators:disclosure:change"
    operator_id: UUID
    trace_id: UUID
    to_operator_id: UUID
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def changed(self) -> frozenset[str]:
        """The groups that were opened or closed."""
        return frozenset(self.before) ^ frozenset(self.after)

    def parties(self) -> tuple[UUID, ...]:
        """Who discloses, and to whom."""
        return (self.operator_id, self.to_operator_id)


class DisclosuresChanged(Event, frozen=True, kw_only=True):
    """Many pairs of part and reader at once. What rooms react to; audits show each change by itself."""

    tag: ClassVar[str] = "operators:disclosures:change"
    many: tuple[DisclosureChanged, ...]

"""What has happened between a company and a system that it takes part in from outside."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class SystemChanged(Event, frozen=True, kw_only=True):
    """A company joined, described anew, paused, resumed or left a system."""

    tag: ClassVar[str] = "outside:system:change"
    system_id: UUID
    base_url: str
    what: str


class Brought(Event, frozen=True, kw_only=True):
    """Something of ours stands in the system now (`theirs`: its id there), or was refused (`code`)."""

    tag: ClassVar[str] = "outside:thing:bring"
    system_id: UUID
    kind: str
    ours: UUID
    theirs: UUID | None = None
    code: str = ""


class Taken(Event, frozen=True, kw_only=True):
    """Something that was done in the system has taken effect here."""

    tag: ClassVar[str] = "outside:thing:take"
    system_id: UUID
    receiver_id: UUID
    kind: str
    theirs: UUID

    def parties(self) -> tuple[UUID, ...]:
        """The company that takes part."""
        return (self.receiver_id,)

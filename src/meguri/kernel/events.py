"""Events: what has happened, named `source:subject:action`. An event commits with the change that it tells of."""

from typing import ClassVar, Self
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has happened, in the past tense.

    Subclasses set `tag` (`traceability:trade:link`). `parties` names other operators whose audit must show it too.
    """

    tag: ClassVar[str] = ""

    def parties(self) -> tuple[UUID, ...]:
        """Operators, besides the actor's own, in whose audit chain the event is also entered."""
        return ()

    def seen_by(self, operator_id: UUID) -> Self:
        """The event as this operator's audit shows it: of a fact that touches many, each sees what is its own."""
        return self

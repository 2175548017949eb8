"""What the platform operator has done; it stands in the platform's own audit chain, and in the company's where it has one."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class CompanyApplied(Event, frozen=True, kw_only=True):
    """A company asked to be let in."""

    tag: ClassVar[str] = "desk:application:make"
    application_id: UUID


class CompanyAdmitted(Event, frozen=True, kw_only=True):
    """A company was let in, by whom and on which proof."""

    tag: ClassVar[str] = "desk:company:admit"
    operator_id: UUID
    proof: str
    by: str

    def parties(self) -> tuple[UUID, ...]:
        """The company."""
        return (self.operator_id,)


class CompanyProved(Event, frozen=True, kw_only=True):
    """What was proved of a company that is in already was recorded."""

    tag: ClassVar[str] = "desk:company:prove"
    operator_id: UUID
    proof: str
    by: str

    def parties(self) -> tuple[UUID, ...]:
        """The company."""
        return (self.operator_id,)


class ApplicationDeclined(Event, frozen=True, kw_only=True):
    """A company was not let in."""

    tag: ClassVar[str] = "desk:application:decline"
    application_id: UUID
    reason: str
    by: str


class AccessPlanned(Event, frozen=True, kw_only=True):
    """A company's access changes on a day to come."""

    tag: ClassVar[str] = "desk:access:plan"
    operator_id: UUID
    state: str
    effective_on: str
    reason: str
    by: str

    def parties(self) -> tuple[UUID, ...]:
        """The company."""
        return (self.operator_id,)


class MaintenanceSwitched(Event, frozen=True, kw_only=True):
    """The service was closed for maintenance, or opened."""

    tag: ClassVar[str] = "desk:maintenance:switch"
    is_on: bool
    by: str


class Announced(Event, frozen=True, kw_only=True):
    """Everybody reads this for a time, or no longer."""

    tag: ClassVar[str] = "desk:announcement:set"
    announcement_id: UUID
    by: str


class Forgotten(Event, frozen=True, kw_only=True):
    """Records past their time were removed: how many of each kind, by which version of the rule."""

    tag: ClassVar[str] = "desk:retention:forget"
    rule: str
    counts: dict[str, int]

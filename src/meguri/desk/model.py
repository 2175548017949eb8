"""What goes in and out of the desk. None of it is a company's value: counts, names of the directory, dates."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.identity.model import AccessState
from meguri.kernel import clock


class Proof(StrEnum):
    """How it was proved who a company is, weakest first."""

    SELF_DECLARED = "self_declared"
    NUMBER_AND_MAIL = "number_and_mail"
    REPRESENTATIVE = "representative"
    QUALIFIED_SEAL = "qualified_seal"


class ApplicationInput(msgspec.Struct, frozen=True, kw_only=True):
    """A company asks to be let in. `small`: it is a small or medium-sized one (中小企業基本法 第2条)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    corporate_number: str
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    contact: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    email: str
    small: bool = False
    terms_version: str = ""


class Application(ApplicationInput, frozen=True, kw_only=True):
    """The same as it is kept, and what became of it."""

    application_id: UUID
    made_at: datetime
    state: str
    decided_at: datetime | None = None
    reason: str | None = None
    operator_id: UUID | None = None


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """How a company was let in."""

    operator_id: UUID
    proof: Proof
    evidence: str
    small: bool
    terms_version: str
    terms_at: datetime
    admitted_at: datetime


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """What was proved of a company that is in already. `terms`: it has accepted those in force; asked for once."""

    proof: Proof
    evidence: str
    small: bool
    terms: bool = False


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """A company just let in: the one-time link of its first administrator, shown this once."""

    operator_id: UUID
    path: str
    ends_at: datetime


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A change of access that takes effect on a day."""

    plan_id: UUID
    operator_id: UUID
    state: AccessState
    effective_on: date
    reason: str
    done_at: datetime | None


class CompanyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One company on the desk."""

    operator_id: UUID
    name: str
    corporate_number: str
    state: AccessState | None
    admission: Admission | None
    plans: list[Plan]


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody reads on top of every page, for a time."""

    announcement_id: UUID
    ja: str
    en: str
    from_at: datetime
    until_at: datetime


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one company used in one month: requests answered, parts it has, bytes of files; and what that costs."""

    operator_id: UUID
    name: str
    answers: int
    parts: int
    stored_bytes: int
    rate: str
    amount: int


class Onboarding(msgspec.Struct, frozen=True, kw_only=True):
    """How far invited suppliers have come; each stage counts those that reached it."""

    invited: int
    opened: int
    answered: int
    joined: int


WAITS_FOR = timedelta(days=1)
"""How long a request to look into a company's data waits for another person."""


class GlassRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the desk lists it."""

    request_id: UUID
    operator_id: UUID
    asked_by: UUID
    asked_at: datetime
    reason: str
    agreed_by: UUID | None
    ends_at: datetime | None

    @property
    def state(self) -> str:
        """`waiting` for another person, `open`, `over`, or `lapsed` when nobody agreed in time."""
        now = clock.now()
        if self.ends_at is not None:
            return "open" if now < self.ends_at else "over"
        return "waiting" if now < self.asked_at + WAITS_FOR else "lapsed"

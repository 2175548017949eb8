"""Breaking the glass: a person of the platform looks into one company's data. Nobody can alone, and never unseen.

One person asks with a reason; another one agrees; then the first is a viewer of that company for an hour, listed among its people,
and its administrators are told on every page and by mail. Each step stands in the company's own audit chain.
They may end it at once.
"""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from meguri.desk import store
from meguri.desk.errors import CompanyNotFound, GlassNotFound, ReasonTooShort, SamePerson
from meguri.desk.model import WAITS_FOR, GlassRequest
from meguri.identity import service as identity
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.events import Event
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.storage.database import Database

OPEN_FOR = timedelta(hours=1)
_SHORTEST_REASON, _LONGEST_REASON = 20, 1000
_MOST = 100


class _OfCompany(Event, frozen=True, kw_only=True):
    operator_id: UUID
    request_id: UUID
    reason: str
    by: str

    def parties(self) -> tuple[UUID, ...]:
        """The company."""
        return (self.operator_id,)


class GlassAsked(_OfCompany, frozen=True, kw_only=True):
    """A person of the platform asked to look into the company's data."""

    tag: ClassVar[str] = "desk:glass:ask"


class GlassBroken(_OfCompany, frozen=True, kw_only=True):
    """Another person agreed: until then the first one sees what a viewer of the company sees."""

    tag: ClassVar[str] = "desk:glass:open"
    asked_by: UUID
    until: datetime


async def ask(db: Database, scope: OperatorScope, operator_id: UUID, reason: str) -> UUID:
    """Ask to look into a company's data. Raises ReasonTooShort, CompanyNotFound."""
    person_id, reason = _person(scope), " ".join(reason.split())[:_LONGEST_REASON]
    if len(reason) < _SHORTEST_REASON or "\x00" in reason:
        raise ReasonTooShort(least=_SHORTEST_REASON)
    if operator_id not in {one.operator_id for one in await identity.list_access(db)}:
        raise CompanyNotFound
    request_id = new_id()
    async with db.identity() as tx:
        await store.ask_glass(tx, request_id, operator_id, person_id, reason)
        await tx.record(GlassAsked(operator_id=operator_id, request_id=request_id, reason=reason, by=scope.actor))
    return request_id


async def agree(db: Database, scope: OperatorScope, request_id: UUID) -> datetime:
    """Another person agrees; until when it is open. Raises GlassNotFound, SamePerson."""
    person_id, until = _person(scope), clock.now() + OPEN_FOR
    async with db.identity() as tx:
        asked = await store.waiting_glass(tx, request_id, clock.now() - WAITS_FOR)
        if asked is None:
            raise GlassNotFound
        if asked.asked_by == person_id:
            raise SamePerson
        await store.agree_glass(tx, request_id, person_id, until)
        await identity.lend(tx, asked.operator_id, asked.asked_by, until)
        await tx.record(
            GlassBroken(
                operator_id=asked.operator_id,
                request_id=request_id,
                reason=asked.reason,
                by=scope.actor,
                asked_by=asked.asked_by,
                until=until,
            )
        )
    identity.gate_of(db).memory.forget()
    return until


async def requests(db: Database, scope: OperatorScope) -> list[GlassRequest]:
    """What was asked, the youngest first."""
    _person(scope)
    async with db.identity() as tx:
        return await store.glass_requests(tx, _MOST)


def _person(scope: OperatorScope) -> UUID:
    if scope.platform_role is not PlatformRole.PLATFORM_OPERATOR or scope.person_id is None:
        raise NotFound
    return scope.person_id

"""The only caller of this room's SQL. Most of it runs in identity's transactions, for it belongs to no tenant."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from meguri.desk.model import Admission, Announcement, Application, ApplicationInput, GlassRequest, Plan
from meguri.identity.model import AccessState
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.storage.arrays import uuids
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
_SEALED_FOR = "desk.application"
_SEALED = ("contact", "email")


async def add_application(tx: Transaction, said: ApplicationInput, email: str) -> UUID | None:
    """A new application; None when one of this company waits already."""
    application_id = new_id()
    seal = tx.installation.sealer.seal_text
    added = await tx.run(
        queries.add_application,
        application_id=application_id,
        name=said.name,
        corporate_number=said.corporate_number,
        address=said.address,
        contact=seal(said.contact, f"{_SEALED_FOR}.contact {application_id}"),
        email=seal(email, f"{_SEALED_FOR}.email {application_id}"),
        small=said.small,
        terms_version=said.terms_version,
        now=clock.now(),
    )
    return application_id if added else None


async def applications(tx: Transaction, state: str | None, limit: int) -> list[Application]:
    """Newest first."""
    return [_opened(tx, one) for one in await tx.all(queries.applications, Application, state=state, limit=limit)]


async def waiting_application(tx: Transaction, application_id: UUID) -> Application | None:
    """One that is not decided, locked until the commit."""
    found = await tx.one(queries.waiting_application, Application, application_id=application_id)
    return _opened(tx, found) if found else None


def _opened(tx: Transaction, one: Application) -> Application:
    """An application with who is to be written to, which is sealed."""
    read = tx.installation.sealer.open_text
    return msgspec.structs.replace(
        one, **{name: read(getattr(one, name), f"{_SEALED_FOR}.{name} {one.application_id}") for name in _SEALED}
    )


async def decide(
    tx: Transaction, application_id: UUID, state: str, by: str, reason: str, operator_id: UUID | None = None
) -> None:
    """What became of an application."""
    await tx.run(
        queries.decide,
        application_id=application_id,
        state=state,
        by=by,
        reason=reason,
        operator_id=operator_id,
        now=clock.now(),
    )


async def save_admission(tx: Transaction, admission: Admission, by: str) -> None:
    """How a company was let in, or what was proved of it since."""
    await tx.run(queries.save_admission, by=by, **msgspec.structs.asdict(admission))


async def admissions(tx: Transaction) -> dict[UUID, Admission]:
    """All of them by company."""
    return {row.operator_id: row for row in await tx.all(queries.admissions, Admission)}


async def add_plan(
    tx: Transaction, operator_id: UUID, state: AccessState, effective_on: date, reason: str, by: str
) -> UUID:
    """A change of access for a day."""
    plan_id = new_id()
    await tx.run(
        queries.add_plan,
        plan_id=plan_id,
        operator_id=operator_id,
        state=state,
        effective_on=effective_on,
        reason=reason,
        now=clock.now(),
        by=by,
    )
    return plan_id


async def plans(tx: Transaction, *, only_open: bool = True) -> list[Plan]:
    """By day."""
    return await tx.all(queries.plans, Plan, only_open=only_open)


async def due_plans(tx: Transaction, today: date) -> list[Plan]:
    """Those that take effect by `today` and have not."""
    return await tx.all(queries.due_plans, Plan, today=today)


async def note_plan(tx: Transaction, plan_id: UUID) -> None:
    """It has taken effect."""
    await tx.run(queries.note_plan, plan_id=plan_id, now=clock.now())


async def drop_plan(tx: Transaction, plan_id: UUID) -> bool:
    """Takes back a change that has not taken effect."""
    return bool(await tx.run(queries.drop_plan, plan_id=plan_id))


async def save_announcement(tx: Transaction, said: Announcement, by: str) -> None:
    """Something that everybody reads."""
    await tx.run(
        queries.save_announcement,
        announcement_id=said.announcement_id,
        ja=said.ja,
        en=said.en,
        from_at=said.from_at,
        until_at=said.until_at,
        by=by,
    )


async def drop_announcement(tx: Transaction, announcement_id: UUID) -> bool:
    """Nobody reads it any more. False when there was none."""
    return bool(await tx.run(queries.drop_announcement, announcement_id=announcement_id))


async def announcements(tx: Transaction) -> list[Announcement]:
    """Those that hold now or will."""
    return await tx.all(queries.announcements, Announcement, now=clock.now())


async def switch(tx: Transaction, name: str, *, is_on: bool, by: str) -> None:
    """Sets a switch."""
    await tx.run(queries.switch, name=name, is_on=is_on, now=clock.now(), by=by)


async def is_on(tx: Transaction, name: str) -> bool:
    """Whether a switch is on; one that was never set is off."""
    return bool(await tx.value(queries.is_on, name=name))


async def note_answers_across(tx: Transaction, answered: Sequence[tuple[UUID, UUID]]) -> None:
    """(supplier, request): answered now, unless it was before."""
    async with tx.across():
        await tx.run(
            queries.note_answers,
            operators=uuids(supplier for supplier, _ in answered),
            trades=uuids(trade for _, trade in answered),
            now=clock.now(),
        )


async def answers_across(tx: Transaction, since: datetime, until: datetime) -> dict[UUID, int]:
    """How many requests each company answered for the first time in that time."""
    async with tx.across():
        return {row[0]: int(row[1]) for row in await tx.all(queries.answers, since=since, until=until)}


async def ask_glass(tx: Transaction, request_id: UUID, operator_id: UUID, asked_by: UUID, reason: str) -> None:
    """Keep a request to look into a company's data."""
    values = {"request_id": request_id, "operator_id": operator_id, "asked_by": asked_by, "reason": reason}
    await tx.run(queries.ask_glass, **values, now=clock.now())


async def waiting_glass(tx: Transaction, request_id: UUID, since: datetime) -> GlassRequest | None:
    """A request made since then to which nobody agreed yet, locked."""
    return await tx.one(queries.waiting_glass, GlassRequest, request_id=request_id, since=since)


async def agree_glass(tx: Transaction, request_id: UUID, agreed_by: UUID, ends_at: datetime) -> None:
    """Somebody agreed."""
    values = {"request_id": request_id, "agreed_by": agreed_by, "ends_at": ends_at}
    await tx.run(queries.agree_glass, **values, now=clock.now())


async def glass_requests(tx: Transaction, limit: int) -> list[GlassRequest]:
    """Requests, the youngest first."""
    return await tx.all(queries.glass_requests, GlassRequest, limit=limit)

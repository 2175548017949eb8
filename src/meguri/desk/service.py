"""Use cases of the desk. The platform operator lets companies in and out, and sees counts; no use case reads a value.

Every use case but `apply` is for people with the platform role `platform_operator`; the routes see to it, and `_demand`
again.
"""

from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from meguri.desk import store
from meguri.desk.errors import (
    ApplicationNotFound,
    AppliedAlready,
    BadAnnouncement,
    CompanyNotFound,
    EvidenceMissing,
    PastDay,
    TermsNotAccepted,
)
from meguri.desk.events import (
    AccessPlanned,
    Announced,
    ApplicationDeclined,
    CompanyAdmitted,
    CompanyApplied,
    CompanyProved,
    MaintenanceSwitched,
)
from meguri.desk.model import (
    Admission,
    Admitted,
    Announcement,
    Application,
    ApplicationInput,
    CompanyRow,
    Onboarding,
    Plan,
    Proof,
    Proved,
    Usage,
)
from meguri.desk.rules import rate_of, terms
from meguri.desk.switches import MAINTENANCE, switches_of
from meguri.footprint import service as footprint
from meguri.guests import service as guests
from meguri.guests.model import LinkState
from meguri.identity import service as identity
from meguri.identity.model import AccessState
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.errors import FieldError, Invalid, NotFound
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.operators import service as operators
from meguri.operators.checks import CORPORATE_NUMBER
from meguri.operators.errors import OpenOperatorIdTaken
from meguri.operators.model import NewOperator
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

_MOST = 1000
_LONGEST_NOTICE = 300


async def apply(db: Database, said: ApplicationInput) -> UUID:
    """A company asks to be let in. Raises Invalid, BadEmail, TermsNotAccepted, AppliedAlready."""
    if not is_corporate_number(said.corporate_number):
        raise Invalid(fields=(FieldError("corporate_number", CORPORATE_NUMBER, {}),))
    email = identity.demand_email(said.email)
    if said.terms_version != terms().version:
        raise TermsNotAccepted
    known = await db.run(system_scope("desk"), operators.look_up_number, said.corporate_number)
    async with db.identity() as tx:
        made = None if known else await store.add_application(tx, said, email)
        if made is None:
            raise AppliedAlready
        await tx.record(CompanyApplied(application_id=made))
    return made


async def applications(db: Database, scope: OperatorScope, state: str | None = "waiting") -> list[Application]:
    """Who asks to be let in."""
    _demand(scope)
    async with db.identity() as tx:
        return await store.applications(tx, state, _MOST)


async def admit(db: Database, scope: OperatorScope, application_id: UUID, proof: Proof, evidence: str) -> Admitted:
    """Lets a company in: its record, its access, the link of its first administrator.

    evidence  what was seen and where it is kept, in the desk's own words
    Raises ApplicationNotFound, AppliedAlready.
    """
    _demand(scope)
    async with db.identity() as tx:
        said = await store.waiting_application(tx, application_id)
    if said is None:
        raise ApplicationNotFound
    operator_id = uuid5(application_id, "operator")  # the same when an admission that broke off is done again
    company = OperatorScope(operator_id, scope.actor, Role.ADMIN)
    new = NewOperator(name=said.name, address=said.address, open_operator_id=said.corporate_number)
    try:
        if not await db.run(company, operators.operator_exists, operator_id):
            await db.run(company, operators.register, new)
    except OpenOperatorIdTaken:
        raise AppliedAlready from None
    await identity.open_access(db, operator_id, by=scope.actor)
    link = await identity.add_operator_admin(db, operator_id, said.email, said.contact, by=scope.actor)
    async with db.identity() as tx:
        admission = Admission(
            operator_id=operator_id,
            proof=proof,
            evidence=evidence,
            small=said.small,
            terms_version=said.terms_version,
            terms_at=said.made_at,
            admitted_at=clock.now(),
        )
        await store.save_admission(tx, admission, scope.actor)
        await operators.note_proof(tx, operator_id, proof)
        await store.decide(tx, application_id, "admitted", scope.actor, evidence, operator_id)
        await tx.record(CompanyAdmitted(operator_id=operator_id, proof=proof, by=scope.actor))
    return Admitted(operator_id=operator_id, path=f"/join/{link.token}", ends_at=link.ends_at)


async def prove(db: Database, scope: OperatorScope, operator_id: UUID, seen: Proved) -> None:
    """Records what was proved of a company that is in already: one that came by a guest's link, or a better proof.

    Whether it is small decides its rate from now on. Raises CompanyNotFound, TermsNotAccepted, EvidenceMissing.
    """
    _demand(scope)
    if operator_id not in {one.operator_id for one in await identity.list_access(db)}:
        raise CompanyNotFound
    if not seen.evidence.strip():
        raise EvidenceMissing
    now = clock.now()
    async with db.identity() as tx:
        before = (await store.admissions(tx)).get(operator_id)
        if before is None and not seen.terms:
            raise TermsNotAccepted
        admission = Admission(
            operator_id=operator_id,
            proof=seen.proof,
            evidence=seen.evidence.strip(),
            small=seen.small,
            terms_version=before.terms_version if before else terms().version,
            terms_at=before.terms_at if before else now,
            admitted_at=before.admitted_at if before else now,
        )
        await store.save_admission(tx, admission, scope.actor)
        await operators.note_proof(tx, operator_id, seen.proof)
        await tx.record(CompanyProved(operator_id=operator_id, proof=seen.proof, by=scope.actor))


async def decline(db: Database, scope: OperatorScope, application_id: UUID, reason: str) -> None:
    """Does not let a company in; it may apply again. Raises ApplicationNotFound."""
    _demand(scope)
    async with db.identity() as tx:
        if await store.waiting_application(tx, application_id) is None:
            raise ApplicationNotFound
        await store.decide(tx, application_id, "declined", scope.actor, reason)
        await tx.record(ApplicationDeclined(application_id=application_id, reason=reason, by=scope.actor))


async def companies(db: Database, scope: OperatorScope) -> list[CompanyRow]:
    """Every company with its access, how it was let in, and what is planned; guests are not among them."""
    _demand(scope)
    entries = await db.run(system_scope("desk"), operators.everybody)
    access = {one.operator_id: one.state for one in await identity.list_access(db)}
    async with db.identity() as tx:
        admissions, plans = await store.admissions(tx), await store.plans(tx)
    return [
        CompanyRow(
            operator_id=entry.operator_id,
            name=entry.name,
            corporate_number=entry.open_operator_id,
            state=access.get(entry.operator_id),
            admission=admissions.get(entry.operator_id),
            plans=[plan for plan in plans if plan.operator_id == entry.operator_id],
        )
        for entry in entries
    ]


async def plan_access(
    db: Database, scope: OperatorScope, operator_id: UUID, state: AccessState, effective_on: date, reason: str
) -> UUID:
    """Suspends, resumes or ends a company's access on a day; today means at once. Raises PastDay, CompanyNotFound."""
    _demand(scope)
    if effective_on < clock.today():
        raise PastDay
    if operator_id not in {one.operator_id for one in await identity.list_access(db)}:
        raise CompanyNotFound
    async with db.identity() as tx:
        plan_id = await store.add_plan(tx, operator_id, state, effective_on, reason, scope.actor)
        await tx.record(
            AccessPlanned(
                operator_id=operator_id,
                state=state,
                effective_on=effective_on.isoformat(),
                reason=reason,
                by=scope.actor,
            )
        )
    if effective_on == clock.today():
        await carry_out_plans(db)
    return plan_id


async def drop_plan(db: Database, scope: OperatorScope, plan_id: UUID) -> None:
    """Takes a change back that has not taken effect. Raises CompanyNotFound."""
    _demand(scope)
    async with db.identity() as tx:
        if not await store.drop_plan(tx, plan_id):
            raise CompanyNotFound


async def carry_out_plans(db: Database) -> int:
    """Lets due changes take effect, each once; a company that has ended for good stays so."""
    async with db.identity() as tx:
        due = await store.due_plans(tx, clock.today())
    for plan in due:
        with suppress(NotFound):
            await identity.change_access(db, plan.operator_id, plan.state, plan.reason, by="system:desk")
        async with db.identity() as tx:
            await store.note_plan(tx, plan.plan_id)
    return len(due)


async def plans(db: Database, scope: OperatorScope) -> list[Plan]:
    """What is planned."""
    _demand(scope)
    async with db.identity() as tx:
        return await store.plans(tx)


async def announce(db: Database, scope: OperatorScope, ja: str, en: str, from_at: datetime, until_at: datetime) -> UUID:
    """Everybody reads this on every page, from then until then. Raises BadAnnouncement."""
    _demand(scope)
    words = all(1 <= len(text.strip()) <= _LONGEST_NOTICE for text in (ja, en))
    if not words or until_at <= from_at:
        raise BadAnnouncement
    said = Announcement(announcement_id=new_id(), ja=ja.strip(), en=en.strip(), from_at=from_at, until_at=until_at)
    async with db.identity() as tx:
        await store.save_announcement(tx, said, scope.actor)
        await tx.record(Announced(announcement_id=said.announcement_id, by=scope.actor))
    switches_of(db).forget()
    return said.announcement_id


async def withdraw_announcement(db: Database, scope: OperatorScope, announcement_id: UUID) -> None:
    """Nobody reads it any more. Raises NotFound."""
    _demand(scope)
    async with db.identity() as tx:
        if not await store.drop_announcement(tx, announcement_id):
            raise NotFound
        await tx.record(Announced(announcement_id=announcement_id, by=scope.actor))
    switches_of(db).forget()


async def announcements(db: Database, scope: OperatorScope) -> list[Announcement]:
    """Those that hold now or will."""
    _demand(scope)
    async with db.identity() as tx:
        return await store.announcements(tx)


async def switch_maintenance(db: Database, scope: OperatorScope, *, is_on: bool) -> None:
    """Closes the service for maintenance, or opens it; every process knows within two seconds."""
    _demand(scope)
    async with db.identity() as tx:
        await store.switch(tx, MAINTENANCE, is_on=is_on, by=scope.actor)
        await tx.record(MaintenanceSwitched(is_on=is_on, by=scope.actor))
    switches_of(db).forget()


async def maintenance(db: Database, scope: OperatorScope) -> bool:
    """Whether the service is closed."""
    _demand(scope)
    async with db.identity() as tx:
        return await store.is_on(tx, MAINTENANCE)


async def usage(db: Database, scope: OperatorScope, year: int, month: int) -> list[Usage]:
    """What each company used in a month and what it costs by the tariff: counts alone. Raises Invalid for no month."""
    _demand(scope)
    since, until = month_bounds(year, month)
    rows = await companies(db, scope)

    async def count(tx: Transaction, _: OperatorScope) -> tuple[dict[UUID, int], dict[UUID, int], dict[UUID, int]]:
        return (
            await store.answers_across(tx, since, until),
            await traceability.part_counts_across(tx),
            await footprint.stored_bytes_across(tx),
        )

    answers, parts, stored = await db.run(system_scope("desk"), count)
    return [_usage_of(row, answers, parts, stored) for row in rows]


def _usage_of(row: CompanyRow, answers: dict[UUID, int], parts: dict[UUID, int], stored: dict[UUID, int]) -> Usage:
    small = row.admission is not None and row.admission.small
    answered = answers.get(row.operator_id, 0)
    return Usage(
        operator_id=row.operator_id,
        name=row.name,
        answers=answered,
        parts=parts.get(row.operator_id, 0),
        stored_bytes=stored.get(row.operator_id, 0),
        rate="small" if small else "standard",
        amount=rate_of(small=small).of(answered),
    )


def month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """The first moment of a month and of the next, UTC. Raises Invalid."""
    try:
        since = datetime(year, month, 1, tzinfo=UTC)
        until = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    except ValueError:
        raise Invalid from None
    return since, until


async def onboarding(db: Database, scope: OperatorScope) -> Onboarding:
    """How far suppliers without an account have come: invited → opened → answered → joined."""
    _demand(scope)
    links = await guests.all_links(db)
    reached = {
        LinkState.JOINED: [one for one in links if one.joined_at],
        LinkState.ANSWERED: [one for one in links if one.answered_at],
        LinkState.OPENED: [one for one in links if one.opened_at],
    }
    return Onboarding(
        invited=len(links),
        opened=len(reached[LinkState.OPENED]),
        answered=len(reached[LinkState.ANSWERED]),
        joined=len(reached[LinkState.JOINED]),
    )


def _demand(scope: OperatorScope) -> None:
    if scope.platform_role is not PlatformRole.PLATFORM_OPERATOR:
        raise NotFound

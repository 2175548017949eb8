"""Breaking the glass: two people, a reason, an hour, and the company knows."""

from datetime import timedelta
from uuid import UUID

import pytest

from meguri.desk import glass
from meguri.desk.errors import CompanyNotFound, GlassNotFound, ReasonTooShort, SamePerson
from meguri.identity import service as identity
from meguri.identity.errors import AlreadyMember, NotAMember
from meguri.identity.model import NoticeKind
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.storage.database import Database

WHY = "A request of 2026-11-29 shows a total that the parts do not add up to."
HOME = "198.51.100.7"
PASSWORD = "correct-horse-巡り-staple"


async def person(db: Database, operator_id: UUID, *, desk: bool = False) -> OperatorScope:
    email = f"{new_id().hex}@p.example"
    link = await identity.add_operator_admin(db, operator_id, email, "Pat")
    made = await identity.accept_link(db, link.token, PASSWORD, HOME)
    role = PlatformRole.PLATFORM_OPERATOR if desk else None
    if role:
        await identity.set_platform_role(db, email, role)
    return OperatorScope(operator_id, f"person:{made.person_id}", Role.ADMIN, role, made.person_id)


@pytest.fixture
async def house(platform: Database) -> tuple[OperatorScope, OperatorScope, OperatorScope]:
    """Two people of the platform, and the administrator of a company."""
    ours, theirs = new_id(), new_id()
    for operator_id in (ours, theirs):
        await identity.open_access(platform, operator_id)
    return (
        await person(platform, ours, desk=True),
        await person(platform, ours, desk=True),
        await person(platform, theirs),
    )


House = tuple[OperatorScope, OperatorScope, OperatorScope]


async def events(db: Database, operator_id: UUID) -> list[str]:
    async with db.transaction(OperatorScope(operator_id, "system:tests")) as tx:
        rows = await tx.all("SELECT event, body FROM audit_entry WHERE event LIKE 'desk:glass%%' ORDER BY seq")
    assert all(WHY in body for _, body in rows)
    return [event for event, _ in rows]


async def companies(db: Database, scope: OperatorScope) -> dict[UUID, Role]:
    return {one.operator_id: one.role for one in await identity.operators_of(db, scope)}


async def test_it_takes_two_people_and_the_company_is_told_and_it_ends_by_itself(
    platform: Database, house: House
) -> None:
    asking, agreeing, tenant = house
    request_id = await glass.ask(platform, asking, tenant.operator_id, WHY)
    assert tenant.operator_id not in await companies(platform, asking)
    with pytest.raises(SamePerson):
        await glass.agree(platform, asking, request_id)
    assert tenant.operator_id not in await companies(platform, asking)
    until = await glass.agree(platform, agreeing, request_id)
    assert until - clock.now() <= glass.OPEN_FOR
    assert (await companies(platform, asking))[tenant.operator_id] is Role.VIEWER
    assert tenant.operator_id not in await companies(platform, agreeing)
    assert await events(platform, tenant.operator_id) == ["desk:glass:ask", "desk:glass:open"]
    assert NoticeKind.GLASS_BROKEN in {one.kind for one in await identity.list_notices(platform, tenant, None)}
    assert asking.person_id in {one.person_id for one in await identity.list_people(platform, tenant, None, 10)}
    with pytest.raises(GlassNotFound):
        await glass.agree(platform, agreeing, request_id)
    with clock.fixed_clock(lambda: until):
        assert tenant.operator_id not in await companies(platform, asking)
        [listed] = [one for one in await glass.requests(platform, asking) if one.request_id == request_id]
        assert listed.state == "over"
        await identity.forget_old(platform)
    later = until + timedelta(seconds=1)
    with clock.fixed_clock(lambda: later):
        await identity.forget_old(platform)
        assert asking.person_id not in {one.person_id for one in await identity.list_people(platform, tenant, None, 10)}


async def test_a_session_for_that_company_ends_with_the_hour_and_its_administrator_ends_it_before(
    platform: Database, house: House
) -> None:
    asking, agreeing, tenant = house
    assert asking.person_id
    email = next(
        m.email for m in await identity.everyone(platform, asking.operator_id) if m.person_id == asking.person_id
    )
    session = await identity.create_session(platform, email, PASSWORD, HOME)
    with pytest.raises(NotAMember):
        await identity.switch_operator(platform, asking, session.session_id, tenant.operator_id)
    for ends_early in (False, True):
        until = await glass.agree(platform, agreeing, await glass.ask(platform, asking, tenant.operator_id, WHY))
        await identity.switch_operator(platform, asking, session.session_id, tenant.operator_id)
        seen = (await identity.session_scope(platform, session.cookie)).scope
        assert (seen.operator_id, seen.role, seen.may_edit) == (tenant.operator_id, Role.VIEWER, False)
        if ends_early:
            await identity.remove_member(platform, tenant, asking.person_id)
            with pytest.raises(Exception, match="token_invalid"):
                await identity.session_scope(platform, session.cookie)
        else:
            with clock.fixed_clock(lambda until=until: until), pytest.raises(Exception, match="token_invalid"):
                await identity.session_scope(platform, session.cookie)
            await identity.switch_operator(platform, asking, session.session_id, asking.operator_id)


async def test_without_a_reason_a_company_or_the_role_nothing_opens(platform: Database, house: House) -> None:
    asking, agreeing, tenant = house
    for reason in ("", "fault", " " * 40, "\x00" * 40):
        with pytest.raises(ReasonTooShort):
            await glass.ask(platform, asking, tenant.operator_id, reason)
    with pytest.raises(CompanyNotFound):
        await glass.ask(platform, asking, new_id(), WHY)
    for stranger in (tenant, OperatorScope(tenant.operator_id, "key:1", Role.ADMIN, PlatformRole.PLATFORM_OPERATOR)):
        with pytest.raises(NotFound):
            await glass.ask(platform, stranger, tenant.operator_id, WHY)
        with pytest.raises(NotFound):
            await glass.requests(platform, stranger)
    request_id = await glass.ask(platform, asking, tenant.operator_id, WHY)
    tomorrow = clock.now() + timedelta(days=1, seconds=1)
    with clock.fixed_clock(lambda: tomorrow), pytest.raises(GlassNotFound):
        await glass.agree(platform, agreeing, request_id)


async def test_who_belongs_to_the_company_anyway_is_not_made_less_by_it(platform: Database, house: House) -> None:
    asking, agreeing, _ = house
    request_id = await glass.ask(platform, asking, asking.operator_id, WHY)
    with pytest.raises(AlreadyMember):
        await glass.agree(platform, agreeing, request_id)
    assert (await companies(platform, asking))[asking.operator_id] is Role.ADMIN

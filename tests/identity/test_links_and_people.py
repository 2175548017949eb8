"""Joining by a link, roles, removal: nobody gets in twice, nobody is taken over, somebody always administers."""

import asyncio
from datetime import timedelta

import pytest

from meguri.identity import service
from meguri.identity.errors import (
    AlreadyMember,
    BadEmail,
    LastAdmin,
    LinkInvalid,
    PersonNotFound,
    SignInRefused,
    TokenInvalid,
    WeakPassword,
)
from meguri.identity.rules import identity_rules
from meguri.kernel import clock
from meguri.kernel.errors import Forbidden
from meguri.kernel.scope import PlatformRole, Role

from .conftest import HOME, PASSWORD, House

pytestmark = pytest.mark.anyio


async def test_a_link_works_once(house: House) -> None:
    link = await service.add_operator_admin(house.db, house.a, "ann@a.example", "Ann")
    await service.accept_link(house.db, link.token, PASSWORD, HOME)
    with pytest.raises(LinkInvalid):
        await service.accept_link(house.db, link.token, PASSWORD, HOME)


async def test_ten_uses_of_one_link_at_once_make_one_member(house: House) -> None:
    link = await service.add_operator_admin(house.db, house.a, "ann@a.example", "Ann")

    async def use() -> bool:
        try:
            await service.accept_link(house.db, link.token, PASSWORD, HOME)
        except (LinkInvalid, SignInRefused):
            return False
        return True

    assert sum(await asyncio.gather(*(use() for _ in range(10)))) == 1


async def test_a_link_ends_when_its_time_is_over_or_it_is_withdrawn_or_made_anew(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    first = await service.invite(house.db, ann, "new@a.example", "New", Role.VIEWER)
    second = await service.invite(house.db, ann, "new@a.example", "New", Role.VIEWER)
    with pytest.raises(LinkInvalid):
        await service.look_at_link(house.db, first.token)
    await service.withdraw_invitation(house.db, ann, second.link_id)
    with pytest.raises(LinkInvalid):
        await service.look_at_link(house.db, second.token)
    third = await service.invite(house.db, ann, "new@a.example", "New", Role.VIEWER)
    later = clock.now() + timedelta(seconds=identity_rules().link.invitation_s)
    with clock.fixed_clock(lambda: later), pytest.raises(LinkInvalid):
        await service.look_at_link(house.db, third.token)


async def test_inviting_somebody_does_not_open_the_account_that_they_have_already(house: House) -> None:
    """An administrator of A who invites a person of B holds the link; it must not give them that person's account."""
    ann = await house.person("ann@a.example", house.a)
    await house.person("bob@b.example", house.b)
    link = await service.invite(house.db, ann, "bob@b.example", "Bob", Role.VIEWER)
    with pytest.raises(SignInRefused):
        await service.accept_link(house.db, link.token, "a-password-of-anns-own-choice", HOME)
    await service.sign_in(house.db, "bob@b.example", PASSWORD, HOME)
    with pytest.raises(SignInRefused):
        await service.sign_in(house.db, "bob@b.example", "a-password-of-anns-own-choice", HOME)
    bob = await service.accept_link(house.db, link.token, PASSWORD, HOME)
    assert {row.operator_id for row in await service.operators_of(house.db, _scope(house, bob.person_id))} == {
        house.a,
        house.b,
    }


def _scope(house: House, person_id: object) -> object:
    from meguri.kernel.scope import OperatorScope

    return OperatorScope(house.a, f"person:{person_id}", Role.VIEWER, person_id=person_id)


async def test_a_password_link_is_only_made_for_people_of_this_company_alone(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    vic = await house.person("vic@a.example", house.a, Role.VIEWER)
    assert vic.person_id
    link = await service.new_password_link(house.db, ann, vic.person_id)
    token = (await house.sign_in("vic@a.example")).access_token
    await service.accept_link(house.db, link.token, "ganz-neues-kennwort-99", HOME)
    with pytest.raises(TokenInvalid):
        await service.scope_of_token(house.db, token)
    await service.sign_in(house.db, "vic@a.example", "ganz-neues-kennwort-99", HOME)

    late = await service.new_password_link(house.db, ann, vic.person_id)
    other = await service.add_operator_admin(house.db, house.b, "vic@a.example", "Vic")
    await service.accept_link(house.db, other.token, "ganz-neues-kennwort-99", HOME)
    with pytest.raises(Forbidden):
        await service.new_password_link(house.db, ann, vic.person_id)
    with pytest.raises(Forbidden):
        await service.accept_link(house.db, late.token, "ein-drittes-kennwort-77", HOME)


async def test_a_password_link_is_never_made_for_people_of_the_platform(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    pat = await house.person("pat@a.example", house.a, Role.VIEWER)
    assert pat.person_id
    await service.set_platform_role(house.db, "pat@a.example", PlatformRole.AUDITOR)
    with pytest.raises(Forbidden):
        await service.new_password_link(house.db, ann, pat.person_id)


@pytest.mark.parametrize("password", ["short", "password123456", "aaaaaaaaaaaaaaaaaa", "ann@a.example", "x" * 129])
async def test_a_password_that_is_easily_guessed_is_refused_and_the_link_still_holds(
    house: House, password: str
) -> None:
    link = await service.add_operator_admin(house.db, house.a, "ann@a.example", "Ann")
    with pytest.raises(WeakPassword):
        await service.accept_link(house.db, link.token, password, HOME)
    await service.accept_link(house.db, link.token, PASSWORD, HOME)


async def test_the_last_administrator_stays(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    assert ann.person_id
    with pytest.raises(LastAdmin):
        await service.change_role(house.db, ann, ann.person_id, Role.EDITOR)
    with pytest.raises(LastAdmin):
        await service.remove_member(house.db, ann, ann.person_id)


async def test_two_administrators_who_remove_each_other_at_once_leave_one(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    eve = await house.person("eve@a.example", house.a)
    assert ann.person_id
    assert eve.person_id
    results = await asyncio.gather(
        service.remove_member(house.db, ann, eve.person_id),
        service.remove_member(house.db, eve, ann.person_id),
        return_exceptions=True,
    )
    assert sum(isinstance(result, LastAdmin | Forbidden | PersonNotFound) for result in results) == 1
    async with house.db.identity() as tx:
        left = await tx.value("SELECT count(*) FROM membership WHERE operator_id = %(a)s AND role = 'admin'", a=house.a)
    assert left == 1


async def test_people_of_another_company_cannot_be_seen_or_changed(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    bob = await house.person("bob@b.example", house.b)
    assert bob.person_id
    assert [member.email for member in await service.list_people(house.db, ann, None, 10)] == ["ann@a.example"]
    with pytest.raises(PersonNotFound):
        await service.change_role(house.db, ann, bob.person_id, Role.VIEWER)
    with pytest.raises(PersonNotFound):
        await service.remove_member(house.db, ann, bob.person_id)
    with pytest.raises(PersonNotFound):
        await service.new_password_link(house.db, ann, bob.person_id)


async def test_editors_and_viewers_manage_nobody(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    assert ann.person_id
    for role in (Role.EDITOR, Role.VIEWER):
        scope = await house.person(f"{role}@a.example", house.a, role)
        for attempt in (
            service.list_people(house.db, scope, None, 10),
            service.invite(house.db, scope, "x@a.example", "X", Role.ADMIN),
            service.list_invitations(house.db, scope),
            service.change_role(house.db, scope, scope.person_id, Role.ADMIN),  # type: ignore[arg-type]
            service.remove_member(house.db, scope, ann.person_id),
            service.list_api_keys(house.db, scope, None, 10),
        ):
            with pytest.raises(Forbidden):
                await attempt


@pytest.mark.parametrize("email", ["", "ann", "ann@", "@a.example", "ann@a", "a nn@a.example", "ann@a..b", "a\x00@b.c"])
async def test_what_is_no_address_is_refused(house: House, email: str) -> None:
    ann = await house.person("ann@a.example", house.a)
    with pytest.raises(BadEmail):
        await service.invite(house.db, ann, email, "X", Role.VIEWER)


async def test_a_member_is_not_invited_again(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    with pytest.raises(AlreadyMember):
        await service.invite(house.db, ann, "ANN@a.example", "Ann", Role.VIEWER)


async def test_what_was_done_stands_in_the_audit_of_the_company_with_who_did_it(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    vic = await house.person("vic@a.example", house.a, Role.VIEWER)
    assert vic.person_id
    await service.change_role(house.db, ann, vic.person_id, Role.EDITOR)
    await service.remove_member(house.db, ann, vic.person_id)
    for tag, times in (
        ("identity:access:change", 1),
        ("identity:member:invite", 2),
        ("identity:member:join", 2),
        ("identity:member:role", 1),
        ("identity:member:remove", 1),
    ):
        assert await house.events(house.a, tag) == times, tag
    assert await house.events(house.b, "identity:member:join") == 0


async def test_old_records_are_forgotten_and_those_in_use_are_kept(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    tokens = await house.sign_in("ann@a.example")
    ended = await house.sign_in("ann@a.example")
    claims = await service.claims_of_token(house.db, ended.access_token)
    assert claims.sign_in_id
    await service.end_session(house.db, ann, claims.sign_in_id)
    later = clock.now() + timedelta(days=34)
    with clock.fixed_clock(lambda: later):
        assert await service.forget_old(house.db) > 0
    async with house.db.identity() as tx:
        assert await tx.value("SELECT count(*) FROM refresh_family") == 1
        assert await tx.value("SELECT count(*) FROM one_time_link") == 0
    await service.refresh_native(house.db, tokens.refresh_token or "")

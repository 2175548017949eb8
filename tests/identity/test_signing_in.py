"""Signing in, refreshing, changing the password."""

import contextlib
from datetime import timedelta

import jwt
import pytest

from meguri.identity import service
from meguri.identity.errors import (
    AccessSuspended,
    NotAMember,
    RefreshRefused,
    SignInRefused,
    TokenExpired,
    TokenInvalid,
    WeakPassword,
)
from meguri.identity.model import AccessState, RefreshKind
from meguri.identity.service import proof
from meguri.kernel import clock
from meguri.kernel.scope import Role

from .conftest import HOME, PASSWORD, House

pytestmark = pytest.mark.anyio


async def test_a_person_signs_in_and_acts_for_the_operator(house: House) -> None:
    person = await house.person("ann@a.example", house.a)
    tokens = await house.sign_in("  Ann@A.example ")
    scope = await service.scope_of_token(house.db, tokens.access_token)
    assert scope == person
    assert tokens.operator_id == house.a


async def test_the_access_token_says_what_the_contract_asks(house: House) -> None:
    await house.person("ann@a.example", house.a)
    token = (await house.sign_in("ann@a.example")).access_token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert {"operator_id", "sub", "email", "iat", "exp", "iss", "aud"} <= claims.keys()
    assert claims["operator_id"] == str(house.a)
    assert claims["exp"] == claims["iat"] + 3600
    assert isinstance(claims["exp"], int)
    head = jwt.get_unverified_header(token)
    assert head["alg"] == "ES256"
    assert head["kid"] in [key["kid"] for key in (await house.gate.jwks(house.db))["keys"]]


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(house: House) -> None:
    await house.person("ann@a.example", house.a)
    for account, password in (("ann@a.example", "wrong"), ("nobody@a.example", PASSWORD), ("\x00\ud800", "x" * 9999)):
        with pytest.raises(SignInRefused) as refused:
            await service.sign_in(house.db, account, password, HOME)
        assert not refused.value.values


async def test_a_token_ends_when_its_time_is_over(house: House) -> None:
    await house.person("ann@a.example", house.a)
    token = (await house.sign_in("ann@a.example")).access_token
    await service.scope_of_token(house.db, token)
    later = clock.now() + timedelta(seconds=3601)
    with clock.fixed_clock(lambda: later), pytest.raises(TokenExpired):
        await service.scope_of_token(house.db, token)


async def test_a_suspended_operators_tokens_are_refused_on_the_next_request(house: House) -> None:
    await house.person("ann@a.example", house.a)
    tokens = await house.sign_in("ann@a.example")
    async with house.gate.listening():
        house.gate.memory.trust(60)
        await service.scope_of_token(house.db, tokens.access_token)
        await service.change_access(house.db, house.a, AccessState.SUSPENDED, "unpaid")
        with pytest.raises(AccessSuspended):
            await service.scope_of_token(house.db, tokens.access_token)
    with pytest.raises(AccessSuspended):
        await house.sign_in("ann@a.example")
    with pytest.raises(RefreshRefused):
        await service.refresh_native(house.db, tokens.refresh_token or "")
    await service.change_access(house.db, house.a, AccessState.ACTIVE, "")
    await service.scope_of_token(house.db, tokens.access_token)


async def test_a_refresh_whose_reply_was_lost_can_be_repeated(house: House) -> None:
    await house.person("ann@a.example", house.a)
    first = (await house.sign_in("ann@a.example")).refresh_token or ""
    await service.refresh_native(house.db, first)
    second = (await service.refresh_native(house.db, first)).refresh_token or ""
    third = await service.refresh_native(house.db, second)
    assert third.refresh_token not in (first, second)


async def test_an_older_refresh_token_that_comes_back_ends_the_whole_sign_in(house: House) -> None:
    await house.person("ann@a.example", house.a)
    start = await house.sign_in("ann@a.example")
    first = start.refresh_token or ""
    second = (await service.refresh_native(house.db, first)).refresh_token or ""
    third = (await service.refresh_native(house.db, second)).refresh_token or ""
    with pytest.raises(RefreshRefused):
        await service.refresh_native(house.db, first)
    with pytest.raises(RefreshRefused):
        await service.refresh_native(house.db, third)
    with pytest.raises(TokenInvalid):
        await service.scope_of_token(house.db, start.access_token)


async def test_a_plain_refresh_token_never_changes(house: House) -> None:
    await house.person("ann@a.example", house.a)
    plain = (await house.sign_in("ann@a.example", kind=RefreshKind.PLAIN)).refresh_token or ""
    for _ in range(3):
        renewed = await service.refresh_plain(house.db, plain)
        assert renewed.refresh_token is None
        await service.scope_of_token(house.db, renewed.access_token)
    with pytest.raises(RefreshRefused):
        await service.refresh_native(house.db, plain)


async def test_changing_the_password_ends_refresh_tokens_and_other_sessions(house: House) -> None:
    person = await house.person("ann@a.example", house.a)
    plain = (await house.sign_in("ann@a.example", kind=RefreshKind.PLAIN)).refresh_token or ""
    kept = await service.create_session(house.db, "ann@a.example", PASSWORD, HOME)
    other = await service.create_session(house.db, "ann@a.example", PASSWORD, HOME)
    with pytest.raises(WeakPassword):
        await service.change_password(house.db, person, "password123")
    await service.change_password(house.db, person, "a-new-and-better-phrase-7", kept_session=kept.session_id)
    with pytest.raises(RefreshRefused):
        await service.refresh_plain(house.db, plain)
    with pytest.raises(TokenInvalid):
        await service.session_scope(house.db, other.cookie)
    assert (await service.session_scope(house.db, kept.cookie)).scope == person
    with pytest.raises(SignInRefused):
        await house.sign_in("ann@a.example")


async def test_one_person_acts_for_several_operators_and_never_for_a_foreign_one(house: House) -> None:
    person = await house.person("ann@a.example", house.a)
    await house.person("bob@b.example", house.b)
    with pytest.raises(NotAMember):
        await house.sign_in("ann@a.example", operator_id=house.b)
    link = await service.add_operator_admin(house.db, house.b, "ann@a.example", "Ann")
    await service.accept_link(house.db, link.token, PASSWORD, HOME)
    tokens = await house.sign_in("ann@a.example", operator_id=house.b)
    scope = await service.scope_of_token(house.db, tokens.access_token)
    assert (scope.operator_id, scope.person_id) == (house.b, person.person_id)


async def test_a_role_that_changes_holds_on_the_next_request(house: House) -> None:
    admin = await house.person("ann@a.example", house.a)
    viewer = await house.person("vic@a.example", house.a, Role.VIEWER)
    token = (await house.sign_in("vic@a.example")).access_token
    async with house.gate.listening():
        house.gate.memory.trust(60)
        assert not (await service.scope_of_token(house.db, token)).may_edit
        assert viewer.person_id
        await service.change_role(house.db, admin, viewer.person_id, Role.EDITOR)
        assert (await service.scope_of_token(house.db, token)).may_edit
        await service.remove_member(house.db, admin, viewer.person_id)
        with pytest.raises(AccessSuspended):
            await service.scope_of_token(house.db, token)


async def test_an_unknown_a_locked_and_a_public_account_cost_one_hash_like_any_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of an answer tells nothing: each way hashes once, and an unknown account against a hash of nobody."""
    await house.person("ann@a.example", house.a)
    hashed: list[bool] = []
    cheap = proof.hasher()
    verify = cheap._verify

    def counted(known: str | None, password: str) -> bool:
        hashed.append(known is not None)
        return verify(known, password)

    monkeypatch.setattr(cheap, "_verify", counted)
    for account, password in (
        ("ann@a.example", PASSWORD),
        ("ann@a.example", "wrong"),
        ("nobody@a.example", "wrong"),
        ("ann@a.example", "x" * 5000),
        *(("ann@a.example", "wrong"),) * 4,
        ("ann@a.example", PASSWORD),
    ):
        with contextlib.suppress(SignInRefused):
            await service.sign_in(house.db, account, password, HOME)
    assert hashed == [True, True, False, False, True, True, True, False, False]

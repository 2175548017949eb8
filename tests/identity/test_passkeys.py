"""Passkeys: made, used, counted, removed; and every way in which an answer does not hold."""

from datetime import timedelta
from typing import Any

import pytest

from meguri.identity import service
from meguri.identity.errors import LastProof, PasskeyNotFound, PasskeyRefused, SessionNotFound, TooManyPasskeys
from meguri.identity.model import NoticeKind, PasskeyView
from meguri.identity.rules import identity_rules
from meguri.identity.service import passkeys
from meguri.identity.steps import StepOver
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.web.principal import Principal

from .conftest import HOME, PASSWORD, House
from .softkey import PRESENT, SoftKey

pytestmark = pytest.mark.anyio
HERE = "https://meguri.example"
ANN = "ann@a.example"


async def enrol(house: House, who: OperatorScope, key: SoftKey, name: str = "laptop") -> PasskeyView:
    asked = await passkeys.ask_new(house.db, who, HERE)
    return await passkeys.add(house.db, who, HERE, asked.step, key.make(asked.options, HERE), name)


async def test_a_person_signs_in_by_a_passkey_alone_and_sees_when_it_was_used(house: House) -> None:
    ann, key = await house.person(ANN, house.a), SoftKey()
    made = await enrol(house, ann, key)
    assert (made.name, made.last_used_at) == ("laptop", None)
    asked = passkeys.ask_anybody(house.db, HERE)
    person = await passkeys.sign_in(house.db, HERE, asked.step, key.use(asked.options, HERE), HOME)
    assert person.person_id == ann.person_id
    [seen] = (await service.proofs_of(house.db, ann)).passkeys
    assert seen.last_used_at is not None
    assert NoticeKind.PASSKEY_ADDED in {each.kind for each in await service.list_notices(house.db, ann, None)}
    assert await house.events(house.a, "identity:passkey:add") == 1


async def test_several_passkeys_are_told_apart_and_one_that_is_removed_opens_nothing(house: House) -> None:
    ann, first, second = await house.person(ANN, house.a), SoftKey(), SoftKey()
    laptop, phone = await enrol(house, ann, first), await enrol(house, ann, second, "phone\x00\n")
    assert phone.name == "phone"
    await passkeys.remove(house.db, ann, laptop.passkey_id)
    asked = passkeys.ask_anybody(house.db, HERE)
    with pytest.raises(PasskeyRefused):
        await passkeys.sign_in(house.db, HERE, asked.step, first.use(asked.options, HERE), HOME)
    again = passkeys.ask_anybody(house.db, HERE)
    await passkeys.sign_in(house.db, HERE, again.step, second.use(again.options, HERE), HOME)
    with pytest.raises(PasskeyNotFound):
        await passkeys.remove(house.db, ann, laptop.passkey_id)


@pytest.mark.parametrize(
    "origin, changed",
    [
        ("https://meguri.example.evil", {}),
        (HERE, {"rp": "evil.example"}),
        (HERE, {"challenge": "AAAA"}),
        (HERE, {"owner": b"somebody else..."}),
    ],
)
async def test_an_answer_for_another_site_question_or_person_is_refused(
    house: House, origin: str, changed: dict[str, Any]
) -> None:
    ann, key = await house.person(ANN, house.a), SoftKey()
    await enrol(house, ann, key)
    asked = passkeys.ask_anybody(house.db, HERE)
    with pytest.raises(PasskeyRefused):
        await passkeys.sign_in(house.db, HERE, asked.step, key.use(asked.options, origin, **changed), HOME)


async def test_an_answer_counts_once_and_in_time(house: House) -> None:
    ann, key = await house.person(ANN, house.a), SoftKey()
    await enrol(house, ann, key)
    asked = passkeys.ask_anybody(house.db, HERE)
    answer = key.use(asked.options, HERE)
    await passkeys.sign_in(house.db, HERE, asked.step, answer, HOME)
    with pytest.raises(StepOver):
        await passkeys.sign_in(house.db, HERE, asked.step, answer, HOME)
    late = passkeys.ask_anybody(house.db, HERE)
    later = clock.now() + timedelta(seconds=identity_rules().passkey.challenge_s)
    with clock.fixed_clock(lambda: later), pytest.raises(StepOver):
        await passkeys.sign_in(house.db, HERE, late.step, key.use(late.options, HERE), HOME)


async def test_a_device_that_did_not_recognise_its_owner_lets_nobody_in(house: House) -> None:
    ann, key = await house.person(ANN, house.a), SoftKey()
    await enrol(house, ann, key)
    key.flags = PRESENT
    asked = passkeys.ask_anybody(house.db, HERE)
    with pytest.raises(PasskeyRefused):
        await passkeys.sign_in(house.db, HERE, asked.step, key.use(asked.options, HERE), HOME)
    with pytest.raises(PasskeyRefused):
        await enrol(house, ann, SoftKey(flags=PRESENT))


async def test_a_copied_key_is_found_out_by_its_counter(house: House) -> None:
    ann, key = await house.person(ANN, house.a), SoftKey(counter=5)
    await enrol(house, ann, key)
    asked = passkeys.ask_anybody(house.db, HERE)
    await passkeys.sign_in(house.db, HERE, asked.step, key.use(asked.options, HERE), HOME)
    key.counter = 3
    again = passkeys.ask_anybody(house.db, HERE)
    with pytest.raises(PasskeyRefused):
        await passkeys.sign_in(house.db, HERE, again.step, key.use(again.options, HERE), HOME)


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", "{}", '{"rawId": 5}', "\ud800", '{"rawId":"AA","response":[]}', "x" * 30_000]
)
async def test_an_answer_of_no_form_is_refused(house: House, answer: str) -> None:
    asked = passkeys.ask_anybody(house.db, HERE)
    with pytest.raises(PasskeyRefused):
        await passkeys.sign_in(house.db, HERE, asked.step, answer, HOME)


async def test_a_question_for_one_use_or_person_is_not_taken_for_another(house: House) -> None:
    ann, bob, key = await house.person(ANN, house.a), await house.person("bob@a.example", house.a), SoftKey()
    await enrol(house, ann, key)
    asked = await passkeys.ask_new(house.db, bob, HERE)
    with pytest.raises(StepOver):
        await passkeys.add(house.db, ann, HERE, asked.step, SoftKey().make(asked.options, HERE), "x")
    anybody = passkeys.ask_anybody(house.db, HERE)
    session = await service.create_session(house.db, "bob@a.example", PASSWORD, HOME)
    principal = Principal(scope=bob, kind="session", session_id=session.session_id)
    with pytest.raises(StepOver):
        await passkeys.prove_again(house.db, principal, HERE, anybody.step, key.use(anybody.options, HERE))
    assert await passkeys.ask_again(house.db, bob, HERE) is None


async def test_a_session_is_proved_anew_by_its_own_persons_passkey_alone(house: House) -> None:
    ann, bob = await house.person(ANN, house.a), await house.person("bob@a.example", house.a)
    key, foreign = SoftKey(), SoftKey()
    await enrol(house, ann, key)
    await enrol(house, bob, foreign)
    session = await service.create_session(house.db, ANN, PASSWORD, HOME)
    later = clock.now() + timedelta(minutes=20)
    principal = Principal(scope=ann, kind="session", session_id=session.session_id)
    with clock.fixed_clock(lambda: later):
        asked = await passkeys.ask_again(house.db, ann, HERE)
        assert asked is not None
        with pytest.raises(PasskeyRefused):
            await passkeys.prove_again(house.db, principal, HERE, asked.step, foreign.use(asked.options, HERE))
        asked = await passkeys.ask_again(house.db, ann, HERE)
        assert asked is not None
        await passkeys.prove_again(house.db, principal, HERE, asked.step, key.use(asked.options, HERE))
        assert (await service.session_scope(house.db, session.cookie)).proved_at == later
        with pytest.raises(SessionNotFound):
            await passkeys.prove_again(house.db, Principal(scope=ann, kind="token"), HERE, "", "")


async def test_nobody_gathers_passkeys_without_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await house.person(ANN, house.a)
    key = SoftKey()
    for _ in range(identity_rules().passkey.most):
        await enrol(house, ann, SoftKey(private=key.private))
    with pytest.raises(TooManyPasskeys):
        await enrol(house, ann, SoftKey(private=key.private))


async def test_the_only_way_in_is_not_removed(house: House) -> None:
    ann = await house.person(ANN, house.a)
    made = await enrol(house, ann, SoftKey())
    async with house.db.identity() as tx:
        await tx.run("UPDATE person SET password_hash = '' WHERE person_id = %(id)s", id=ann.person_id)
    with pytest.raises(LastProof):
        await passkeys.remove(house.db, ann, made.passkey_id)
    for password in ("", "the password of nobody", new_id().hex):
        with pytest.raises(Exception, match="sign_in_refused"):
            await service.create_session(house.db, ANN, password, HOME)

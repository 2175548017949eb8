"""A code beside the password: needed once it is set up, taken once, sealed at rest, and no way to lock others out."""

from datetime import timedelta

import pyotp
import pytest

from meguri.dataspaces.ouranos.identity_door import IdentityDoor
from meguri.identity import service
from meguri.identity.errors import AppExists, CodeWrong, NoApp, SecondStepNeeded, SignInRefused
from meguri.identity.model import NoticeKind
from meguri.identity.rules import identity_rules
from meguri.identity.service.proof import code_ticket, prove, prove_code
from meguri.identity.steps import StepOver
from meguri.kernel import clock
from meguri.kernel.errors import Forbidden
from meguri.kernel.scope import OperatorScope, Role

from .conftest import ELSEWHERE, HOME, PASSWORD, House

pytestmark = pytest.mark.anyio
ANN = "ann@a.example"


async def with_app(house: House) -> tuple[OperatorScope, pyotp.TOTP, list[str]]:
    """Ann with an authenticator app: who she is, the app, her recovery codes."""
    ann = await house.person(ANN, house.a)
    app = pyotp.TOTP((await service.begin_app(house.db, ann)).secret)
    earlier = clock.now() - timedelta(seconds=120)
    with clock.fixed_clock(lambda: earlier):
        codes = await service.confirm_app(house.db, ann, app.at(earlier))
    return ann, app, codes


async def test_a_password_alone_does_not_suffice_any_more_and_a_code_beside_it_does(house: House) -> None:
    ann, app, _ = await with_app(house)
    with pytest.raises(SecondStepNeeded):
        await house.sign_in(ANN)
    tokens = await house.sign_in(ANN, code=app.at(clock.now()))
    assert await service.scope_of_token(house.db, tokens.access_token) == ann
    with pytest.raises(SignInRefused) as refused:
        await service.sign_in(house.db, ANN, "wrong", HOME, code=app.at(clock.now()))
    assert type(refused.value) is SignInRefused  # nothing says whether the code was right


async def test_a_code_is_taken_once_and_none_before_it_afterwards(house: House) -> None:
    _, app, _ = await with_app(house)
    code, before = app.at(clock.now()), app.at(clock.now() - timedelta(seconds=30))
    await house.sign_in(ANN, code=code)
    for old in (code, before):
        with pytest.raises(CodeWrong):
            await house.sign_in(ANN, code=old)


async def test_the_façade_that_knows_no_codes_lets_nobody_in_by_the_password_alone(house: House) -> None:
    await with_app(house)
    with pytest.raises(SignInRefused):
        await IdentityDoor(house.db).sign_in(ANN, PASSWORD, HOME)


async def test_the_ticket_between_the_steps_is_taken_once_and_ends(house: House) -> None:
    ann, app, codes = await with_app(house)
    assert ann.person_id
    ticket = code_ticket(house.db, ann.person_id)
    person = await prove_code(house.db, ticket, app.at(clock.now()), HOME)
    assert person.person_id == ann.person_id
    with pytest.raises(StepOver):
        await prove_code(house.db, ticket, codes[0], HOME)
    with pytest.raises(StepOver):
        await prove_code(house.db, ticket + "=", codes[1], HOME)
    other = code_ticket(house.db, ann.person_id)
    later = clock.now() + timedelta(seconds=identity_rules().second_step.ticket_s)
    with clock.fixed_clock(lambda: later), pytest.raises(StepOver):
        await prove_code(house.db, other, codes[0], HOME)
    for forged in ("", "x", other[:-4] + "AAAA", "A" * 9000, "ä"):
        with pytest.raises(StepOver):
            await prove_code(house.db, forged, codes[0], HOME)


async def test_a_recovery_code_works_once_and_its_owner_is_told(house: House) -> None:
    ann, _, codes = await with_app(house)
    assert len(set(codes)) == identity_rules().second_step.recovery_codes
    await house.sign_in(ANN, code=codes[0].upper())
    with pytest.raises(CodeWrong):
        await house.sign_in(ANN, code=codes[0])
    assert (await service.proofs_of(house.db, ann)).codes_left == len(codes) - 1
    assert NoticeKind.RECOVERY_USED in {each.kind for each in await service.list_notices(house.db, ann, None)}
    renewed = await service.renew_codes(house.db, ann)
    with pytest.raises(CodeWrong):
        await house.sign_in(ANN, code=codes[1])
    await house.sign_in(ANN, code=renewed[0])


async def test_five_wrong_codes_lock_the_pair_as_wrong_passwords_do_and_others_are_not_locked(house: House) -> None:
    ann, app, _ = await with_app(house)
    assert ann.person_id
    ticket = code_ticket(house.db, ann.person_id)
    for _ in range(5):
        with pytest.raises(CodeWrong):
            await prove_code(house.db, ticket, "000000", HOME)
    with pytest.raises(CodeWrong):
        await prove_code(house.db, ticket, app.at(clock.now()), HOME)
    with pytest.raises(SignInRefused):
        await prove(house.db, ANN, PASSWORD, HOME)
    assert (await prove_code(house.db, ticket, app.at(clock.now()), ELSEWHERE)).person_id == ann.person_id
    assert await house.events(house.a, "identity:account:lock") == 1


async def test_a_right_password_does_not_wipe_out_wrong_codes(house: House) -> None:
    _, app, _ = await with_app(house)
    for _ in range(5):
        with pytest.raises(SecondStepNeeded):
            await prove(house.db, ANN, PASSWORD, HOME)
        with pytest.raises(CodeWrong):
            await prove(house.db, ANN, PASSWORD, HOME, code="000000")
    with pytest.raises(SignInRefused):
        await prove(house.db, ANN, PASSWORD, HOME, code=app.at(clock.now()))


async def test_wrong_codes_from_ever_new_addresses_close_the_way_by_code_but_not_that_by_recovery_code(
    house: House,
) -> None:
    ann, app, codes = await with_app(house)
    for number in range(identity_rules().second_step.failures):
        with pytest.raises(CodeWrong):
            await prove(house.db, ANN, PASSWORD, f"192.0.2.{number}", code="000000")
    with pytest.raises(CodeWrong):
        await prove(house.db, ANN, PASSWORD, HOME, code=app.at(clock.now()))
    assert (await prove(house.db, ANN, PASSWORD, HOME, code=codes[0])).person_id == ann.person_id


async def test_secret_and_recovery_codes_cannot_be_read_from_the_database(house: House) -> None:
    ann = await house.person(ANN, house.a)
    secret = (await service.begin_app(house.db, ann)).secret
    codes = await service.confirm_app(house.db, ann, pyotp.TOTP(secret).at(clock.now()))
    async with house.db.identity() as tx:
        kept = str(await tx.all("SELECT app::text, code::text FROM authenticator_app app, recovery_code code"))
    assert len(kept) > 500
    plain = [secret, *codes, *(code.replace("-", "") for code in codes)]
    assert not [each for each in plain if each in kept or each.encode().hex() in kept]


async def test_an_app_counts_only_once_its_first_code_has_come(house: House) -> None:
    ann = await house.person(ANN, house.a)
    await service.begin_app(house.db, ann)
    await house.sign_in(ANN)
    with pytest.raises(CodeWrong):
        await service.confirm_app(house.db, ann, "000000")
    secret = (await service.begin_app(house.db, ann)).secret  # begun anew: only the new secret counts
    await service.confirm_app(house.db, ann, pyotp.TOTP(secret).at(clock.now()))
    with pytest.raises(AppExists):
        await service.begin_app(house.db, ann)
    with pytest.raises(NoApp):
        await service.confirm_app(house.db, ann, pyotp.TOTP(secret).at(clock.now()))
    await service.remove_app(house.db, ann)
    await house.sign_in(ANN)


async def test_an_administrator_frees_only_people_of_their_company_alone(house: House) -> None:
    ann, _, _ = await with_app(house)
    bob = await house.person("bob@a.example", house.a)
    eve = await house.person("eve@b.example", house.b)
    viewer = await house.person("vic@a.example", house.a, Role.VIEWER)
    assert ann.person_id
    assert bob.person_id
    for who in (eve, viewer):
        with pytest.raises(Exception) as refused:
            await service.free_member(house.db, who, ann.person_id)
        assert refused.value.status in (403, 404)  # type: ignore[attr-defined]
    with pytest.raises(NoApp):
        await service.free_member(house.db, bob, bob.person_id)
    await service.free_member(house.db, bob, ann.person_id)
    await house.sign_in(ANN)
    assert NoticeKind.APP_REMOVED in {each.kind for each in await service.list_notices(house.db, ann, None)}
    app = pyotp.TOTP((await service.begin_app(house.db, ann)).secret)
    await service.confirm_app(house.db, ann, app.at(clock.now()))
    link = await service.add_operator_admin(house.db, house.b, ANN, "Ann")
    await service.accept_link(house.db, link.token, PASSWORD, HOME, code=app.at(clock.now() + timedelta(seconds=30)))
    with pytest.raises(Forbidden):
        await service.free_member(house.db, bob, ann.person_id)

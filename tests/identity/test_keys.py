"""API keys: where they come from, what they open, how they end."""

import pytest

from meguri.identity import service
from meguri.identity.errors import AccessSuspended, BadAddressRange, KeyInvalid, KeyNotFound
from meguri.identity.model import AccessState, KeyAttribute
from meguri.identity.service.rights import address_allowed
from meguri.kernel.errors import Forbidden, Invalid, TooMany
from meguri.kernel.scope import Role

from .conftest import ELSEWHERE, HOME, House

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("ranges", "address", "allowed"),
    [
        (("192.0.2.0/24",), "192.0.2.255", True),
        (("192.0.2.0/24",), "192.0.3.0", False),
        (("192.0.2.7/32",), "::ffff:192.0.2.7", True),
        (("0.0.0.0/0",), "203.0.113.1", True),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("2001:db8::/32",), "2001:db8:ffff::1", True),
        ((), "192.0.2.1", False),
        (("0.0.0.0/0", "::/0"), "", False),
        (("0.0.0.0/0", "::/0"), "192.0.2.1, 10.0.0.1", False),
    ],
)
def test_an_address_is_within_its_ranges_or_it_is_not(ranges: tuple[str, ...], address: str, allowed: bool) -> None:
    assert address_allowed(ranges, address) is allowed


async def test_known_and_allowed_are_answered_independently(house: House) -> None:
    await service.install_key(house.db, "system-key", "X", KeyAttribute.DATA_SPACE, (house.a,), [f"{HOME}/32"])
    here = await service.check_api_key(house.db, "system-key", HOME)
    assert (here.known, here.address_ok, here.attribute, here.operator_ids) == (
        True,
        True,
        KeyAttribute.DATA_SPACE,
        (house.a,),
    )
    away = await service.check_api_key(house.db, "system-key", ELSEWHERE)
    assert (away.known, away.address_ok) == (True, False)
    unknown = await service.check_api_key(house.db, "another-key", HOME)
    assert (unknown.known, unknown.address_ok, unknown.attribute) == (False, False, None)


async def test_a_key_that_only_opens_a_facade_never_acts_alone(house: House) -> None:
    await service.install_key(house.db, "system-key", "X", KeyAttribute.APPLICATION, (house.a,), ["0.0.0.0/0"])
    with pytest.raises(KeyInvalid):
        await service.scope_of_key(house.db, "system-key", HOME)


async def test_an_own_key_acts_as_its_role_and_never_as_an_administrator(house: House) -> None:
    admin = await house.person("ann@a.example", house.a)
    made = await service.create_api_key(house.db, admin, "ERP", Role.VIEWER, [f"{HOME}/32"])
    scope = await service.scope_of_key(house.db, made.secret, HOME)
    assert (scope.operator_id, scope.role, scope.actor) == (house.a, Role.VIEWER, f"key:{made.key_id}")
    with pytest.raises(KeyInvalid):
        await service.scope_of_key(house.db, made.secret, ELSEWHERE)
    with pytest.raises(Invalid):
        await service.create_api_key(house.db, admin, "ERP", Role.ADMIN, [f"{HOME}/32"])
    with pytest.raises(BadAddressRange):
        await service.create_api_key(house.db, admin, "ERP", Role.EDITOR, ["home"])
    with pytest.raises(Forbidden):
        await service.create_api_key(house.db, scope, "more", Role.EDITOR, ["0.0.0.0/0"])


async def test_a_revoked_key_and_a_suspended_owner_are_refused_on_the_next_request(house: House) -> None:
    admin = await house.person("ann@a.example", house.a)
    first = await service.create_api_key(house.db, admin, "one", Role.EDITOR, ["0.0.0.0/0"])
    second = await service.create_api_key(house.db, admin, "two", Role.EDITOR, ["0.0.0.0/0"])
    async with house.gate.listening():
        house.gate.memory.trust(60)
        await service.scope_of_key(house.db, first.secret, HOME)
        await service.scope_of_key(house.db, second.secret, HOME)
        await service.revoke_api_key(house.db, admin, first.key_id)
        with pytest.raises(KeyInvalid):
            await service.scope_of_key(house.db, first.secret, HOME)
        await service.change_access(house.db, house.a, AccessState.SUSPENDED, "")
        with pytest.raises(AccessSuspended):
            await service.scope_of_key(house.db, second.secret, HOME)


async def test_a_foreign_key_cannot_be_seen_or_revoked(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    bob = await house.person("bob@b.example", house.b)
    made = await service.create_api_key(house.db, ann, "ERP", Role.EDITOR, ["0.0.0.0/0"])
    with pytest.raises(KeyNotFound):
        await service.revoke_api_key(house.db, bob, made.key_id)
    assert await service.list_api_keys(house.db, bob, None, 10) == []
    assert (await service.scope_of_key(house.db, made.secret, HOME)).operator_id == house.a


async def test_no_secret_is_kept_as_it_is(house: House) -> None:
    admin = await house.person("ann@a.example", house.a)
    made = await service.create_api_key(house.db, admin, "ERP", Role.EDITOR, ["0.0.0.0/0"])
    tokens = await house.sign_in("ann@a.example")
    session = await service.create_session(house.db, "ann@a.example", "correct-horse-巡り-staple", HOME)
    link = await service.invite(house.db, admin, "new@a.example", "New", Role.VIEWER)
    secrets = [made.secret, tokens.refresh_token or "", session.cookie, link.token, "correct-horse-巡り-staple"]
    async with house.db.identity() as tx:
        for table in ("api_key", "refresh_token", "refresh_family", "page_session", "one_time_link", "person"):
            for row in await tx.all(f"SELECT row_to_json({table})::text FROM {table}"):
                for secret in secrets:
                    assert secret not in row[0]
                    assert secret.encode().hex() not in row[0]


async def test_a_key_past_its_limit_is_told_when_to_come_back(house: House) -> None:
    await service.install_key(house.db, "system-key", "X", KeyAttribute.APPLICATION, (house.a,), ["0.0.0.0/0"])
    house.gate.by_key._burst = 3
    house.gate.by_key._per_s = 0.5
    for _ in range(3):
        await service.check_api_key(house.db, "system-key", HOME)
    with pytest.raises(TooMany) as refused:
        await service.check_api_key(house.db, "system-key", HOME)
    assert refused.value.values["retry_after"] in (1, 2)

"""From where people sign in, and when they are told."""

from datetime import timedelta

import pytest

from meguri.identity import service
from meguri.identity.errors import TokenInvalid
from meguri.identity.model import NoticeKind
from meguri.identity.places import device_of, is_new, place_of
from meguri.identity.rules import identity_rules
from meguri.identity.store_proofs import Place
from meguri.kernel import clock

from .conftest import ELSEWHERE, HOME, PASSWORD, House

pytestmark = pytest.mark.anyio
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    "agent, device",
    [
        (CHROME, "Chrome · Windows"),
        (CHROME + " Edg/140.0.0.0", "Edge · Windows"),
        (PHONE, "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox · Linux"),
        ("python-requests/2.32", "python-requests"),
        ("", "—"),
    ],
)
def test_a_device_is_known_by_browser_and_system_without_versions(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_neighbouring_addresses_are_one_place() -> None:
    rule = identity_rules().place
    assert (
        place_of("198.51.100.7", "", rule)
        == place_of("198.51.100.200", "", rule)
        == place_of("::ffff:198.51.100.9", "", rule)
    )
    assert place_of("2001:db8:1:2::1", "", rule).network == "2001:db8:1::/48"
    assert place_of("", "", rule).network == ""


def test_the_first_place_is_nothing_new_and_a_new_network_or_device_is() -> None:
    home = Place("a", "x")
    assert not is_new(home, [])
    assert not is_new(home, [home])
    assert not is_new(Place("a", "y"), [home, Place("b", "y")])
    assert is_new(Place("a", "z"), [home])
    assert is_new(Place("c", "x"), [home])


async def test_a_sign_in_from_elsewhere_is_told_once_and_stands_in_the_audit(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    here = await service.create_session(house.db, "ann@a.example", PASSWORD, HOME, user_agent=CHROME)
    assert await service.list_notices(house.db, ann, here.session_id) == []
    away = await service.create_session(house.db, "ann@a.example", PASSWORD, ELSEWHERE, user_agent=PHONE)
    [told] = await service.list_notices(house.db, ann, here.session_id)
    assert (told.kind, told.client_address, told.device) == (NoticeKind.NEW_PLACE, ELSEWHERE, "Safari · iPhone")
    assert (await service.session_scope(house.db, here.cookie)).noticed
    assert not (await service.session_scope(house.db, away.cookie)).noticed
    assert await service.list_notices(house.db, ann, away.session_id) == []
    assert await house.events(house.a, "identity:sign_in:new_place") == 1
    await service.create_session(house.db, "ann@a.example", PASSWORD, ELSEWHERE, user_agent=PHONE)
    assert len(await service.list_notices(house.db, ann, here.session_id)) == 1


async def test_who_says_that_it_was_not_them_ends_that_sign_in_at_once(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    here = await service.create_session(house.db, "ann@a.example", PASSWORD, HOME, user_agent=CHROME)
    thief = await house.sign_in("ann@a.example", user_agent="curl/8")
    [told] = await service.list_notices(house.db, ann, here.session_id)
    await service.answer_notice(house.db, ann, here.session_id, told.notice_id, mine=False)
    assert await service.list_notices(house.db, ann, here.session_id) == []
    with pytest.raises(TokenInvalid):
        await service.scope_of_token(house.db, thief.access_token)
    assert (await service.session_scope(house.db, here.cookie)).scope == ann


async def test_a_place_not_seen_for_half_a_year_is_new_again(house: House) -> None:
    ann = await house.person("ann@a.example", house.a)
    await service.create_session(house.db, "ann@a.example", PASSWORD, HOME, user_agent=CHROME)
    later = clock.now() + timedelta(seconds=identity_rules().place.known_s + 1)
    with clock.fixed_clock(lambda: later):
        await service.create_session(house.db, "ann@a.example", PASSWORD, ELSEWHERE, user_agent=CHROME)
        assert await service.list_notices(house.db, ann, None) == []  # all places are forgotten: this is a first one
        await service.forget_old(house.db)
        await service.create_session(house.db, "ann@a.example", PASSWORD, HOME, user_agent=CHROME)
        assert len(await service.list_notices(house.db, ann, None)) == 1

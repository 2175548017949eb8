"""Signing in with an OpenID provider that runs beside us as a process of its own."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from tests.serving import free_port

from meguri.identity import service
from meguri.identity.errors import (
    LastProof,
    LinkedElsewhere,
    ProviderAway,
    ProviderRefused,
    ProviderStranger,
    SignInRefused,
)
from meguri.identity.oidc import Provider, ProviderSettings
from meguri.identity.rules import identity_rules
from meguri.identity.service import outside
from meguri.identity.service.outside import Came
from meguri.identity.steps import StepOver
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import Role
from meguri.web.principal import Principal

from . import provider as small
from .conftest import HOME, PASSWORD, House

pytestmark = pytest.mark.anyio
HERE = "https://meguri.example"
ANN = "ann@a.example"
NOBODY = Principal()


@dataclass
class Elsewhere:
    """The provider, and a browser at it."""

    issuer: str

    def set(self, sub: str, *, wrong: str | None = None, userinfo: str | None = None, **claims: Any) -> None:
        """Who signs in there next: the claims of the token, what is wrong with it, the mail that userinfo tells."""
        body = json.dumps({"claims": {"sub": sub, **claims}, "wrong": wrong, "email": userinfo}).encode()
        urllib.request.urlopen(urllib.request.Request(self.issuer + "/next", body)).close()

    def visit(self, address: str) -> dict[str, str]:
        """What the browser brings back."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                return None

        try:
            urllib.request.build_opener(Stay).open(address).close()
        except urllib.error.HTTPError as answer:
            return dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        raise AssertionError("the provider sent nobody back")

    def settings(self, **more: Any) -> ProviderSettings:
        return ProviderSettings(
            issuer=self.issuer, client_id=small.CLIENT, client_secret=small.SECRET, name="会社の認証", **more
        )


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(Path(small.__file__)), str(port)])
    made = Elsewhere(f"http://127.0.0.1:{port}")
    try:
        for _ in range(200):
            try:
                made.set("u")
                break
            except OSError:
                time.sleep(0.05)
        yield made
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def at(house: House, elsewhere: Elsewhere) -> Elsewhere:
    """The provider, known to the house; it manages nobody."""
    manage(house, elsewhere)
    return elsewhere


def manage(house: House, elsewhere: Elsewhere, **more: Any) -> None:
    house.gate.provider = Provider(elsewhere.settings(**more), identity_rules().provider)


def managed(house: House, elsewhere: Elsewhere) -> None:
    """The provider manages the people of A."""
    roles = {"bat-admins": Role.ADMIN, "bat-editors": Role.EDITOR}
    manage(house, elsewhere, role_claim="realm.groups", roles=roles, operator_id=house.a)


async def round_trip(house: House, elsewhere: Elsewhere, principal: Principal = NOBODY, **begun: Any) -> Came:
    address, ticket = await outside.begin(house.db, HERE, "/parts", **begun)
    return await outside.come_back(house.db, HERE, ticket, elsewhere.visit(address), principal)


async def test_the_first_time_the_accounts_owner_agrees_and_from_then_on_comes_in(house: House, at: Elsewhere) -> None:
    ann = await house.person(ANN, house.a)
    at.set("u-1", email=ANN, email_verified=True)
    came = await round_trip(house, at)
    assert (came.person, came.email) == (None, ANN)
    assert came.link is not None
    with pytest.raises(SignInRefused):
        await outside.link(house.db, came.link, "not her password", HOME)
    person, back = await outside.link(house.db, came.link, PASSWORD, HOME)
    assert (person.person_id, back) == (ann.person_id, "/parts")
    with pytest.raises(StepOver):
        await outside.link(house.db, came.link, PASSWORD, HOME)
    again = await round_trip(house, at)
    assert again.person is not None
    assert again.person.person_id == ann.person_id
    assert await house.events(house.a, "identity:outside_account:link") == 1


async def test_mail_that_was_not_verified_opens_nothing(house: House, at: Elsewhere) -> None:
    await house.person(ANN, house.a)
    for verified in ({}, {"email_verified": False}, {"email_verified": "no"}):
        at.set("u-2", email=ANN, **verified)
        with pytest.raises(ProviderStranger):
            await round_trip(house, at)


async def test_a_stranger_gets_no_account_from_a_provider_that_manages_nobody(house: House, at: Elsewhere) -> None:
    at.set("u-3", email="new@a.example", email_verified=True, realm={"groups": ["bat-admins"]})
    with pytest.raises(ProviderStranger):
        await round_trip(house, at)


async def test_a_managed_companys_people_come_with_the_highest_of_their_roles(house: House, at: Elsewhere) -> None:
    await house.person(ANN, house.a)
    managed(house, at)
    groups = {"realm": {"groups": ["x", "bat-editors", "bat-admins"]}}
    at.set("u-4", email="Kei@A.example", email_verified=True, name="森 圭", **groups)
    came = await round_trip(house, at)
    assert came.person is not None
    assert (came.person.email, came.person.name) == ("kei@a.example", "森 圭")
    assert await role_of(house, came.person.person_id) is Role.ADMIN
    at.set("u-4", email="kei@a.example", email_verified=True, realm={"groups": "bat-editors"})
    assert (await round_trip(house, at)).person is not None
    assert await role_of(house, came.person.person_id) is Role.EDITOR
    at.set("u-4", email="kei@a.example", email_verified=True, realm={"groups": ["gone"]})
    with pytest.raises(ProviderStranger):
        await round_trip(house, at)
    for password in ("", "the password of nobody"):
        with pytest.raises(SignInRefused):
            await service.create_session(house.db, "kei@a.example", password, HOME)
    kei = await service.session_of(house.db, came.person, HOME)
    scope = (await service.session_scope(house.db, kei.cookie)).scope
    [linked] = (await service.proofs_of(house.db, scope)).outside
    with pytest.raises(LastProof):
        await outside.unlink(house.db, scope, linked.link_id)


async def role_of(house: House, person_id: UUID) -> Role:
    async with house.db.identity() as tx:
        sql = "SELECT role FROM membership WHERE person_id = %(person_id)s AND operator_id = %(a)s"
        return Role(await tx.value(sql, person_id=person_id, a=house.a))


async def test_the_word_of_a_provider_of_one_company_opens_no_account_of_another(house: House, at: Elsewhere) -> None:
    await house.person("eve@b.example", house.b)
    managed(house, at)
    at.set("u-5", email="eve@b.example", email_verified=True, realm={"groups": ["bat-admins"]})
    came = await round_trip(house, at)
    assert came.person is None  # she is asked first; nothing was linked, nobody joined
    async with house.db.identity() as tx:
        assert await tx.value("SELECT count(*) FROM outside_account") == 0
        assert await tx.value("SELECT count(*) FROM membership WHERE operator_id = %(a)s", a=house.a) == 0


async def test_the_last_administrator_stays_one_whatever_the_provider_says(house: House, at: Elsewhere) -> None:
    managed(house, at)
    at.set("u-6", email="kei@a.example", email_verified=True, realm={"groups": ["bat-admins"]})
    first = (await round_trip(house, at)).person
    assert first is not None
    at.set("u-6", email="kei@a.example", email_verified=True, realm={"groups": ["bat-editors"]})
    await round_trip(house, at)
    assert await role_of(house, first.person_id) is Role.ADMIN


@pytest.mark.parametrize("wrong", ["nonce", "aud", "key", "alg", "expired", "issuer", "denied"])
async def test_what_is_wrong_with_the_providers_word_is_refused(house: House, at: Elsewhere, wrong: str) -> None:
    await house.person(ANN, house.a)
    at.set("u-7", email=ANN, email_verified=True, wrong=wrong)
    with pytest.raises(ProviderRefused):
        await round_trip(house, at)


async def test_mail_that_the_token_lacks_is_asked_for_of_the_same_person(house: House, at: Elsewhere) -> None:
    await house.person(ANN, house.a)
    at.set("u-8", userinfo=ANN)
    assert (await round_trip(house, at)).email == ANN
    at.set("u-8", userinfo=ANN, wrong="userinfo")
    with pytest.raises(ProviderRefused):
        await round_trip(house, at)


async def test_an_answer_counts_once_and_only_in_the_browser_that_began(house: House, at: Elsewhere) -> None:
    await house.person(ANN, house.a)
    at.set("u-9", email=ANN, email_verified=True)
    address, ticket = await outside.begin(house.db, HERE, "/")
    said = at.visit(address)
    _, others = await outside.begin(house.db, HERE, "/")
    for wrong_ticket, answer in ((others, said), ("", said), (ticket, said | {"state": ""}), (ticket, {})):
        with pytest.raises(StepOver):
            await outside.come_back(house.db, HERE, wrong_ticket, answer, NOBODY)
    await outside.come_back(house.db, HERE, ticket, said, NOBODY)
    with pytest.raises(StepOver):
        await outside.come_back(house.db, HERE, ticket, said, NOBODY)


async def test_a_session_is_proved_anew_only_by_a_provider_that_asked_just_now(house: House, at: Elsewhere) -> None:
    ann = await house.person(ANN, house.a)
    at.set("u-10", email=ANN, email_verified=True)
    came = await round_trip(house, at)
    await outside.link(house.db, came.link or "", PASSWORD, HOME)
    session = await service.create_session(house.db, ANN, PASSWORD, HOME)
    before = (await service.session_scope(house.db, session.cookie)).proved_at
    principal = Principal(scope=ann, kind="session", session_id=session.session_id)
    again = {"session_id": session.session_id, "fresh": True}
    at.set("u-10", auth_time=int(clock.now().timestamp()) - 3600)
    with pytest.raises(ProviderRefused):
        await round_trip(house, at, principal, **again)
    at.set("u-other")
    with pytest.raises(ProviderRefused):
        await round_trip(house, at, principal, **again)
    at.set("u-10")
    with pytest.raises(Exception, match="session_not_found"):
        await round_trip(house, at, NOBODY, **again)
    assert (await round_trip(house, at, principal, **again)).back == "/parts"
    assert (await service.session_scope(house.db, session.cookie)).proved_at > before


async def test_one_account_elsewhere_stands_for_one_person(house: House, at: Elsewhere) -> None:
    ann, bob = await house.person(ANN, house.a), await house.person("bob@a.example", house.a)
    sessions = {}
    for who, email in ((ann, ANN), (bob, "bob@a.example")):
        session = await service.create_session(house.db, email, PASSWORD, HOME)
        principal = Principal(scope=who, kind="session", session_id=session.session_id)
        at.set("u-11")
        came = await round_trip(house, at, principal, session_id=session.session_id)
        sessions[email] = came.link or ""
    await outside.link(house.db, sessions[ANN], PASSWORD, HOME)
    with pytest.raises(LinkedElsewhere):
        await outside.link(house.db, sessions["bob@a.example"], PASSWORD, HOME)


async def test_a_provider_that_is_away_or_lies_about_its_name_is_no_failure_of_ours(
    house: House, at: Elsewhere
) -> None:
    for issuer in ("http://127.0.0.1:9", at.issuer + "/", at.issuer.replace("127.0.0.1", "localhost") + "/x"):
        settings = ProviderSettings(issuer=issuer, client_id="x")
        house.gate.provider = Provider(settings, identity_rules().provider)
        with pytest.raises(ProviderAway):
            await outside.begin(house.db, HERE, "/")
    house.gate.provider = None
    with pytest.raises(NotFound):
        await outside.begin(house.db, HERE, "/")

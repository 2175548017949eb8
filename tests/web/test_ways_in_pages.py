"""Signing in by pages in more than one step: the code after the password, step-up, news of one's account, a provider."""

import re
from datetime import timedelta

import pyotp
import pytest
from tests.identity.softkey import SoftKey

from meguri.identity import service
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role

from .conftest import PASSWORD, Site
from .test_pages import BROWSER, enter, token_in

pytestmark = pytest.mark.anyio
ANN = "ann@a.example"
HERE = "http://meguri.test"


def hidden(html: str, name: str, action: str) -> str:
    form = html[html.index(f'action="{action}"') :]
    found = re.search(rf'name="{name}" value="([^"]*)"', form)
    assert found, name
    return found[1]


def options_in(html: str) -> str:
    found = re.search(r'data-options="([^"]+)"', html)
    assert found
    return found[1].replace("&#34;", '"').replace("&quot;", '"')


async def app_of(site: Site, email: str) -> pyotp.TOTP:
    """An authenticator app, set up a while ago through the service."""
    person_id = await site.person(email, site.a)
    scope = OperatorScope(site.a, f"person:{person_id}", Role.ADMIN, person_id=person_id)
    app = pyotp.TOTP((await service.begin_app(site.db, scope)).secret)
    earlier = clock.now() - timedelta(seconds=120)
    with clock.fixed_clock(lambda: earlier):
        await service.confirm_app(site.db, scope, app.at(earlier))
    return app


async def test_the_code_follows_the_password_and_then_the_page_that_was_asked_for(site: Site) -> None:
    app = await app_of(site, ANN)
    async with site.client(**BROWSER) as client:
        asked = await client.post("/sign-in", data={"account": ANN, "password": PASSWORD, "next": "/people"})
        assert asked.status_code == 200
        assert "set-cookie" not in asked.headers
        step = hidden(asked.text, "step", "/sign-in/code")
        wrong = await client.post("/sign-in/code", data={"step": step, "next": "/people", "code": "000000"})
        assert (wrong.status_code, hidden(wrong.text, "step", "/sign-in/code")) == (422, step)
        right = {"step": step, "next": "/people", "code": app.at(clock.now())}
        entered = await client.post("/sign-in/code", data=right)
        assert (entered.status_code, entered.headers["location"]) == (303, "/people")
        assert (await client.get("/people")).status_code == 200
    async with site.client(**BROWSER) as thief:
        assert (await thief.post("/sign-in/code", data=right)).status_code == 422


async def test_the_api_asks_for_the_code_by_a_code_of_its_own(site: Site) -> None:
    app = await app_of(site, ANN)
    async with site.client() as client:
        body = {"account": ANN, "password": PASSWORD}
        needed = await client.post("/api/v1/session", json=body)
        assert (needed.status_code, needed.json()["code"]) == (401, "identity.second_step_needed")
        wrong = await client.post("/api/v1/session", json=body | {"code": "000000"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "identity.code_wrong")
        right = await client.post("/api/v1/session", json=body | {"code": app.at(clock.now())})
        assert right.status_code == 201


async def test_a_passkey_is_added_and_opens_the_door(site: Site) -> None:
    await site.person(ANN, site.a)
    key = SoftKey()
    async with enter(site, ANN) as ann:
        html = (await ann.get("/account/security")).text
        given = {"csrf_token": token_in(html), "step": hidden(html, "step", "/account/passkeys"), "name": "<laptop>"}
        added = await ann.post("/account/passkeys", data={**given, "credential": key.make(options_in(html), HERE)})
        assert (added.status_code, added.headers["location"]) == (303, "/account/security")
        assert "&lt;laptop&gt;" in (await ann.get("/account/security")).text
    async with site.client(**BROWSER) as client:
        html = (await client.get("/sign-in?next=/people")).text
        step = hidden(html, "step", "/sign-in/passkey")
        assert hidden(html, "next", "/sign-in/passkey") == "/people"
        answer = {"step": step, "credential": key.use(options_in(html), HERE), "next": "/people"}
        entered = await client.post("/sign-in/passkey", data=answer)
        assert (entered.status_code, entered.headers["location"]) == (303, "/people")
        assert (await client.get("/people")).status_code == 200
        refused = await client.post("/sign-in/passkey", data=answer)
        assert refused.status_code == 422
        assert "Please begin again" in refused.text


async def test_ways_to_sign_in_change_only_after_a_fresh_proof(site: Site) -> None:
    await site.person(ANN, site.a)
    async with enter(site, ANN) as ann:
        token = token_in((await ann.get("/account")).text)
        later = clock.now() + timedelta(minutes=16)
        with clock.fixed_clock(lambda: later):
            for path in ("/account/app", "/account/passkeys", "/account/app/remove", "/account/recovery-codes"):
                led = await ann.post(path, data={"csrf_token": token})
                assert led.headers["location"].startswith("/prove"), path
            assert (await ann.get("/account/security")).headers["location"] == "/prove?next=%2Faccount%2Fsecurity"
            proved = await ann.post(
                "/prove", data={"csrf_token": token, "password": PASSWORD, "next": "/account/security"}
            )
            assert proved.headers["location"] == "/account/security"
            shown = await ann.post("/account/app", data={"csrf_token": token})
            assert "data:image/svg+xml" in shown.text


async def test_an_app_is_set_up_by_its_first_code_and_recovery_codes_are_shown_once(site: Site) -> None:
    await site.person(ANN, site.a)
    async with enter(site, ANN) as ann:
        token = {"csrf_token": token_in((await ann.get("/account")).text)}
        shown = (await ann.post("/account/app", data=token)).text
        secret = re.search(r"<dd><code>([A-Z2-7 ]+)</code>", shown)
        assert secret
        app = pyotp.TOTP(secret[1].replace(" ", ""))
        assert (await ann.post("/account/app/confirm", data={**token, "code": "000000"})).status_code == 422
        done = await ann.post("/account/app/confirm", data={**token, "code": app.at(clock.now())})
        codes = re.findall(r"<li><code>([a-z2-7-]{19})</code>", done.text)
        assert len(codes) == 10
        security = (await ann.get("/account/security")).text
        assert "Recovery codes left: 10" in security
        assert not [code for code in codes if code in security]
        later = clock.now() + timedelta(minutes=16)
        with clock.fixed_clock(lambda: later):
            form = {**token, "password": PASSWORD, "next": "/people"}
            assert (await ann.post("/prove", data=form)).status_code == 422
            proved = await ann.post("/prove", data=form | {"code": codes[0]})
            assert (proved.status_code, proved.headers["location"]) == (303, "/people")


async def test_a_sign_in_from_elsewhere_is_shown_on_every_page_and_ended_by_its_owner(site: Site) -> None:
    await site.person(ANN, site.a)
    async with enter(site, ANN) as ann:
        assert "news of your own account" not in (await ann.get("/people")).text
        async with site.client("203.0.113.9", **BROWSER) as thief:
            await thief.post("/sign-in", data={"account": ANN, "password": PASSWORD})
            assert "news of your own account" not in (await thief.get("/people")).text
            assert "news of your own account" in (await ann.get("/people")).text
            account = (await ann.get("/account")).text
            not_me = re.search(r'action="(/account/notices/[0-9a-f-]+/not-mine)"', account)
            assert not_me
            assert "203.0.113.9" in account
            assert (
                await thief.post(not_me[1], data={"csrf_token": token_in((await thief.get("/account")).text)})
            ).status_code == 404
            await ann.post(not_me[1], data={"csrf_token": token_in(account)})
            assert (await thief.get("/people")).headers["location"].startswith("/sign-in")
        assert "news of your own account" not in (await ann.get("/people")).text


async def test_an_administrator_frees_a_colleague_who_lost_the_app(site: Site) -> None:
    await app_of(site, ANN)
    await site.person("bob@a.example", site.a)
    ann = next(m for m in await service.everyone(site.db, site.a) if m.email == ANN)
    async with enter(site, "bob@a.example") as bob:
        token = {"csrf_token": token_in((await bob.get(f"/people/{ann.person_id}")).text)}
        freed = await bob.post(f"/people/{ann.person_id}/second-step/remove", data=token)
        assert (freed.status_code, freed.headers["location"]) == (303, "/people")
        again = await bob.post(f"/people/{ann.person_id}/second-step/remove", data=token)
        assert again.status_code == 422
        assert "has not set up a second step" in again.text
    async with enter(site, ANN):
        pass


async def test_without_a_provider_its_doors_lead_nowhere(site: Site) -> None:
    async with site.client(**BROWSER) as client:
        assert (await client.get("/sign-in/provider")).status_code == 404
        assert (await client.get("/sign-in/provider/back?code=x&state=y")).status_code == 404
        assert "/sign-in/provider?" not in (await client.get("/sign-in")).text
        assert (await client.post("/sign-in/provider/link", data={"step": "x"})).status_code == 422

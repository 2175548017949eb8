"""The pages of identity, used as a browser does: forms, cookies, redirects."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from meguri.identity import service
from meguri.kernel.scope import Role

from .conftest import PASSWORD, Site

pytestmark = pytest.mark.anyio
BROWSER = {"accept": "text/html", "accept-language": "en"}


def token_in(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', html)
    assert found, "no form with a token"
    return found[1]


@asynccontextmanager
async def enter(site: Site, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which this person has signed in."""
    async with site.client(**BROWSER) as client:
        answer = await client.post("/sign-in", data={"account": email, "password": PASSWORD, "next": "/people"})
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == "/people"
        yield client


async def test_a_stranger_is_led_to_the_sign_in_page_and_back(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with site.client(**BROWSER) as client:
        refused = await client.get("/people?limit=5")
        assert refused.status_code == 303
        assert refused.headers["location"] == "/sign-in?next=%2Fpeople%3Flimit%3D5"
        form = await client.get(refused.headers["location"])
        assert 'value="/people?limit=5"' in form.text


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with site.client(**BROWSER) as client:
        answer = await client.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD})
        [cookie] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("meguri=")]
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_a_wrong_password_keeps_the_account_and_says_what_to_do(site: Site) -> None:
    async with site.client(**BROWSER) as client:
        answer = await client.post("/sign-in", data={"account": "ann@a.example", "password": "wrong", "next": "//evil"})
        assert answer.status_code == 422
        assert 'value="ann@a.example"' in answer.text
        assert "The e-mail address or the password is not right" in answer.text
        assert 'name="next" value="/"' in answer.text


async def test_an_admin_invites_somebody_who_joins_by_the_link_once(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        people = (await ann.get("/people")).text
        shown = await ann.post(
            "/people/invitations",
            data={"csrf_token": token_in(people), "email": "new@a.example", "name": "Nora", "role": "editor"},
        )
        assert shown.status_code == 200, shown.text
        link = re.search(r"http://meguri\.test(/join/[\w-]+)", shown.text)
        assert link
        assert "Nora" in (await ann.get("/people")).text
    async with site.client(**BROWSER) as nora:
        assert "Nora" in (await nora.get(link[1])).text
        weak = await nora.post(link[1], data={"password": "password"})
        assert weak.status_code == 422
        joined = await nora.post(link[1], data={"password": "ein-guter-langer-satz-42"})
        assert (joined.status_code, joined.headers["location"]) == (303, "/")
        assert (await nora.get("/account")).status_code == 200
        assert (await nora.get("/people")).status_code == 403
    async with site.client(**BROWSER) as again:
        assert (await again.get(link[1])).status_code == 401
        assert (await again.post(link[1], data={"password": "ein-guter-langer-satz-43"})).status_code == 401


async def test_a_form_without_this_sessions_token_changes_nothing(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    await site.person("eve@a.example", site.a)
    async with enter(site, "ann@a.example") as ann, enter(site, "eve@a.example") as eve:
        foreign = token_in((await eve.get("/people")).text)
        data = {"email": "x@a.example", "name": "X", "role": "viewer"}
        for token in ({}, {"csrf_token": ""}, {"csrf_token": foreign}):
            refused = await ann.post("/people/invitations", data={**data, **token})
            assert refused.status_code == 403
        from_api = await ann.post("/api/v1/people/invitations", json=data)
        assert (from_api.status_code, from_api.json()["code"]) == (403, "web.foreign_form")
        assert "x@a.example" not in (await ann.get("/people")).text


async def test_another_sites_page_cannot_ask_for_changes_even_without_a_session(site: Site) -> None:
    async with site.client(**BROWSER) as client:
        data = {"account": "ann@a.example", "password": PASSWORD}
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            assert (await client.post("/sign-in", data=data, headers=headers)).status_code == 403


async def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        kept = dict(ann.cookies)
        out = await ann.post("/sign-out", data={"csrf_token": token_in((await ann.get("/people")).text)})
        assert out.headers["location"] == "/sign-in"
    async with site.client(**BROWSER) as thief:
        thief.cookies.update(kept)
        assert (await thief.get("/people")).status_code == 303


async def test_a_role_can_be_changed_and_a_person_removed_by_naming_them(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    vic = await site.person("vic@a.example", site.a, Role.VIEWER)
    async with enter(site, "ann@a.example") as ann:
        token = token_in((await ann.get(f"/people/{vic}")).text)
        changed = await ann.post(f"/people/{vic}/role", data={"csrf_token": token, "role": "admin"})
        assert changed.status_code == 303
        wrong = await ann.post(f"/people/{vic}/remove", data={"csrf_token": token, "confirm": "vic"})
        assert wrong.status_code == 422
        gone = await ann.post(f"/people/{vic}/remove", data={"csrf_token": token, "confirm": "vic@a.example"})
        assert gone.status_code == 303
        assert (await ann.get(f"/people/{vic}")).status_code == 404


async def test_a_key_is_shown_once_and_can_be_revoked(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        token = token_in((await ann.get("/keys")).text)
        bad = await ann.post(
            "/keys", data={"csrf_token": token, "name": "ERP", "role": "editor", "address_ranges": "x"}
        )
        assert bad.status_code == 422
        data = {"csrf_token": token, "name": "ERP", "role": "editor", "address_ranges": "192.0.2.0/24\n2001:db8::/32"}
        made = await ann.post("/keys", data=data)
        secret = re.search(r"mgk_[\w-]{43}", made.text)
        assert secret
        listed = (await ann.get("/keys")).text
        assert secret[0] not in listed
        revoke = re.search(r'action="(/keys/[^"]+/revoke)"', listed)
        assert revoke
        assert (await ann.post(revoke[1], data={"csrf_token": token})).status_code == 303
        assert "revoke" not in re.findall(r'action="([^"]+)"', (await ann.get("/keys")).text)


async def test_an_old_proof_leads_to_the_password_and_back(site: Site) -> None:
    vic = await site.person("vic@a.example", site.a, Role.VIEWER)
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann:
        token = token_in((await ann.get(f"/people/{vic}")).text)
        async with site.db.identity() as tx:
            await tx.run("UPDATE page_session SET proved_at = proved_at - interval '16 minutes'")
        service.gate_of(site.db).memory.forget()
        data = {"csrf_token": token, "role": "admin"}
        page = f"http://meguri.test/people/{vic}"
        led = await ann.post(f"/people/{vic}/role", data=data, headers={"referer": page})
        assert led.headers["location"] == f"/prove?next=%2Fpeople%2F{vic}"
        wrong = await ann.post("/prove", data={"csrf_token": token, "password": "x", "next": f"/people/{vic}"})
        assert wrong.status_code == 422
        proved = await ann.post("/prove", data={"csrf_token": token, "password": PASSWORD, "next": f"/people/{vic}"})
        assert proved.headers["location"] == f"/people/{vic}"
        assert (await ann.post(f"/people/{vic}/role", data=data)).headers["location"] == "/people"


async def test_a_person_sees_their_sign_ins_and_ends_one(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    token = await site.token("ann@a.example")
    async with enter(site, "ann@a.example") as ann:
        account = (await ann.get("/account")).text
        end = re.findall(r'action="(/account/sign-ins/[^"]+/end)"', account)
        assert len(end) == 1
        assert "A社" in account
        assert (await ann.post(end[0], data={"csrf_token": token_in(account)})).status_code == 303
    async with site.client(authorization=f"Bearer {token}") as program:
        assert (await program.get("/api/v1/session")).status_code == 401


async def test_changing_the_password_on_the_page_keeps_this_session_alone(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with enter(site, "ann@a.example") as ann, enter(site, "ann@a.example") as other:
        token = token_in((await ann.get("/account")).text)
        data = {"csrf_token": token, "password": PASSWORD, "new_password": "noch-ein-guter-satz-7"}
        assert (await ann.post("/account/password", data=data)).status_code == 303
        assert (await ann.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303


async def test_a_person_of_two_companies_changes_between_them(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    link = await service.add_operator_admin(site.db, site.b, "ann@a.example", "Ann")
    await service.accept_link(site.db, link.token, PASSWORD, "198.51.100.7")
    async with enter(site, "ann@a.example") as ann:
        token = token_in((await ann.get("/account")).text)
        moved = await ann.post("/account/company", data={"csrf_token": token, "operator_id": str(site.b)})
        assert moved.status_code == 303
        assert (await ann.get("/api/v1/session")).json()["operator_id"] == str(site.b)


async def test_the_api_page_lists_what_the_document_describes(site: Site) -> None:
    async with site.client(**BROWSER) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        html = (await client.get("/api/v1/docs")).text
        assert "/api/v1/session" in document["paths"]
        assert "/people" not in document["paths"]
        for path in document["paths"]:
            assert f"<code>{path}</code>" in html

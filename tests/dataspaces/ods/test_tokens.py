"""The token flows of L3 over HTTP: code with PKCE, client, password, refresh, revoke — and everything that they refuse."""

import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import jwt
import msgspec
import pytest
from tests.web.conftest import HOME, PASSWORD, Site, cheap_hashes, client_of, site

from meguri.dataspaces.ods import room
from meguri.identity import service
from meguri.identity.clients import answers, redirect_uris
from meguri.identity.errors import BadRedirectUri
from meguri.identity.model import AccessState
from meguri.identity.tokens import content
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.web.house import FacadeHouse

pytestmark = pytest.mark.anyio
assert site
assert cheap_hashes

BACK = "https://app.example.jp/back?tenant=1"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
L3_PASSWORD = "Batt3ry!Chain#9"


@dataclass
class App:
    """A program of company A, with a key."""

    site: Site
    client_id: str
    client_secret: str

    @property
    def proof(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.client_secret}

    async def ask(self, path: str, body: dict[str, Any] | None = None, *, proof: bool = True) -> httpx.Response:
        sent = {**(self.proof if proof else {}), **(body or {})}
        async with self.site.client() as client:
            return await client.post(path, json=sent)

    async def url(self, **changes: str) -> str:
        asked = {"client_id": self.client_id, "redirect_uri": BACK, "code_challenge": CHALLENGE, **changes}
        answer = await self.ask("/auth/url", asked, proof=False)
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["data"]["url"]
        return found

    async def code(self, browser: httpx.AsyncClient) -> str:
        """What our page sends back once the person of `browser` has agreed."""
        answer = await agreed(browser, await self.url())
        [code] = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        return code

    def exchanging(self, code: str, **changes: str) -> dict[str, str]:
        return {"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, **changes}


async def app_of(site: Site, email: str = "ann@a.example", **more: Any) -> App:
    async with await site.signed_in(email) as client:
        said = {"name": "作業アプリ", "address_ranges": ["0.0.0.0/0"], "redirect_uris": [BACK], **more}
        answer = await client.post("/api/v1/keys", json=said)
    assert answer.status_code == 201, answer.text
    return App(site, answer.json()["key_id"], answer.json()["secret"])


@pytest.fixture
async def app(site: Site) -> App:
    await site.person("ann@a.example", site.a)
    await site.person("bob@b.example", site.b)
    return await app_of(site)


async def browser_of(site: Site, email: str = "ann@a.example") -> httpx.AsyncClient:
    browser = site.client()
    answer = await browser.post("/sign-in", data={"account": email, "password": PASSWORD})
    assert answer.status_code == 303
    return browser


async def agreed(browser: httpx.AsyncClient, url: str, answer: str = "yes") -> httpx.Response:
    page = await browser.get(url)
    assert page.status_code == 200, page.text
    fields = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page.text.replace("&amp;", "&")))
    return await browser.post("/authorize", data={**fields, "agreed": answer})


async def who(site: Site, token: str) -> httpx.Response:
    async with site.client(authorization=f"Bearer {token}") as client:
        return await client.get("/api/v1/session")


async def test_a_person_signs_in_to_an_app_by_a_code_that_holds_once(app: App) -> None:
    url = await app.url()
    stranger = app.site.client()
    turned = await stranger.get(url)
    assert turned.status_code == 303
    signing_in = urlsplit(turned.headers["location"])
    assert signing_in.path == "/sign-in"
    [back] = parse_qs(signing_in.query)["next"]
    entered = await stranger.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD, "next": back})
    assert entered.headers["location"] == back, "signing in leads back to what the app asked for"

    browser = await browser_of(app.site)
    page = await browser.get(url)
    assert "作業アプリ" in page.text
    assert "form-action 'self' https://app.example.jp;" in page.headers["content-security-policy"]
    sent_back = await agreed(browser, f"{url}&state=s%261")
    assert sent_back.status_code == 303
    address = urlsplit(sent_back.headers["location"])
    told = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://app.example.jp/back"
    assert (told["tenant"], told["state"]) == (["1"], ["s&1"])

    answer = await app.ask("/auth/token", app.exchanging(told["code"][0]))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    envelope = answer.json()
    assert envelope.keys() == {"type", "title", "status", "detail", "data"}
    data = envelope["data"]
    assert data.keys() == {
        "access_token", "expires_in", "token_type", "not_before_policy", "scope", "refresh_token", "refresh_expires_in",
        "id_token",
    }  # fmt: skip
    assert (data["token_type"], data["not_before_policy"]) == ("Bearer", 0)
    claims = content(data["access_token"])
    assert claims.keys() >= {"iss", "aud", "exp", "iat", "sub", "azp", "operator_id"}
    assert (claims["operator_id"], claims["azp"]) == (str(app.site.a), app.client_id)
    identity = jwt.decode(data["id_token"], options={"verify_signature": False})
    assert (identity["aud"], identity["email"]) == (app.client_id, "ann@a.example")
    assert (await who(app.site, data["access_token"])).json()["operator_id"] == str(app.site.a)
    assert (await who(app.site, data["id_token"])).status_code == 401, "who somebody is opens nothing"

    again = await app.ask("/auth/token", app.exchanging(told["code"][0]))
    assert (again.status_code, again.json()["data"]) == (400, None)
    assert (await who(app.site, data["access_token"])).status_code == 401, "a code that comes twice was copied"
    assert (await app.ask("/auth/token/refresh", {"refresh_token": data["refresh_token"]})).status_code == 400


async def test_a_code_is_refused_to_whoever_did_not_ask_for_it(app: App) -> None:
    other = await app_of(app.site)
    browser = await browser_of(app.site)
    code = await app.code(browser)
    refused = [
        await other.ask("/auth/token", other.exchanging(code)),
        await app.ask("/auth/token", app.exchanging(code, code_verifier="w" * 43)),
        await app.ask("/auth/token", app.exchanging(code, redirect_uri="https://app.example.jp/back")),
        await app.ask("/auth/token", app.exchanging("x" + code)),
    ]
    assert {(one.status_code, one.json()["detail"]) for one in refused} == {
        (400, "The code or refresh token is not valid: over, used, or another client's. Please sign in again.")
    }
    wrong = await app.ask("/auth/token", {**app.exchanging(code), "client_secret": other.client_secret})
    assert wrong.status_code == 401
    later = clock.now() + timedelta(seconds=61)
    with clock.fixed_clock(lambda: later):
        assert (await app.ask("/auth/token", app.exchanging(code))).status_code == 400
    assert (await app.ask("/auth/token", app.exchanging(code))).status_code == 200, "none of these took the code"


async def test_a_person_may_refuse_and_nobody_is_sent_to_an_address_that_is_not_registered(app: App) -> None:
    browser = await browser_of(app.site)
    refused = await agreed(browser, f"{await app.url()}&state=7", answer="no")
    assert refused.headers["location"] == f"{BACK}&error=access_denied&state=7"
    url = await app.url()
    for wrong in (
        url.replace("app.example.jp", "evil.example"),
        url.replace(app.client_id, str(new_id())),
        url.replace(CHALLENGE, "short"),
        url.replace("S256", "plain"),
        url.replace("response_type=code", "response_type=token"),
    ):
        answer = await browser.get(wrong)
        assert (answer.status_code, answer.headers.get("location")) == (422, None), wrong
    strange = await (await browser_of(app.site, "bob@b.example")).get(url)
    assert "/account" in strange.text
    assert 'name="agreed"' not in strange.text, "an app of another company gets nobody's tokens"


async def test_no_program_agrees_in_a_persons_name(app: App) -> None:
    async with await app.site.signed_in("ann@a.example") as program:
        sent = {"client_id": app.client_id, "redirect_uri": BACK, "code_challenge": CHALLENGE, "agreed": "yes"}
        assert (await program.post("/authorize", data=sent)).status_code == 403


async def test_what_an_app_got_for_a_person_is_no_fresh_proof_and_ends_with_the_person_or_the_key(app: App) -> None:
    browser = await browser_of(app.site)
    first = (await app.ask("/auth/token", app.exchanging(await app.code(browser)))).json()["data"]
    async with app.site.client(authorization=f"Bearer {first['access_token']}") as program:
        made = await program.post("/api/v1/keys", json={"name": "k", "address_ranges": ["0.0.0.0/0"]})
        assert (made.status_code, made.json()["code"]) == (403, "web.proof_needed")
    assert "作業アプリ" in (await browser.get("/account")).text
    second = (await app.ask("/auth/token", app.exchanging(await app.code(browser)))).json()["data"]
    async with await app.site.signed_in("ann@a.example") as ann:
        assert (await ann.delete(f"/api/v1/sessions/{content(first['access_token'])['sid']}")).status_code == 204
        assert (await who(app.site, first["access_token"])).status_code == 401
        assert (await who(app.site, second["access_token"])).status_code == 200
        assert (await ann.delete(f"/api/v1/keys/{app.client_id}")).status_code == 204
    assert (await who(app.site, second["access_token"])).status_code == 401
    assert (await app.ask("/auth/token/refresh", {"refresh_token": second["refresh_token"]})).status_code == 401


async def test_a_system_gets_a_token_with_which_it_acts_as_its_key_does_until_the_key_is_revoked(app: App) -> None:
    answer = await app.ask("/auth/token/client")
    data = answer.json()["data"]
    assert (answer.status_code, data.keys()) == (200, {"access_token", "expires_in", "token_type", "scope"})
    mine = (await who(app.site, data["access_token"])).json()
    assert (mine["operator_id"], mine["role"], mine["person_id"]) == (str(app.site.a), "editor", None)
    told = await app.ask("/auth/token/introspect", {"access_token": data["access_token"]})
    assert told.json()["data"]["active"] is True
    assert told.json()["data"]["token_info"] == content(data["access_token"])
    wrong = {"access_token": data["access_token"], "client_secret": "x"}
    assert (await app.ask("/auth/token/introspect", wrong)).status_code == 401
    unproved = await app.ask("/auth/token/introspect", {"access_token": "x"}, proof=False)
    assert (unproved.status_code, unproved.json()["status"]) == (401, 401)
    await service.change_access(app.site.db, app.site.a, AccessState.SUSPENDED, "unpaid")
    assert (await who(app.site, data["access_token"])).status_code == 401
    assert (await app.ask("/auth/token/client")).status_code == 401
    await service.change_access(app.site.db, app.site.a, AccessState.ACTIVE, "paid")
    assert (await who(app.site, data["access_token"])).status_code == 200
    async with await app.site.signed_in("ann@a.example") as ann:
        await ann.delete(f"/api/v1/keys/{app.client_id}")
    assert (await who(app.site, data["access_token"])).status_code == 401
    assert (await app.ask("/auth/token/client")).status_code == 401


async def test_a_client_proves_itself_from_its_own_addresses_alone(app: App) -> None:
    elsewhere = await app_of(app.site, address_ranges=["203.0.113.0/24"])
    answers = [
        await elsewhere.ask("/auth/token/client"),
        await app.ask("/auth/token/client", {"client_id": elsewhere.client_id}),
        await app.ask("/auth/token/client", {"client_id": "nobody"}),
        await app.ask("/auth/token/client", {"client_secret": "mgk_" + "A" * 43}),
    ]
    assert {(one.status_code, one.json()["detail"]) for one in answers} == {
        (401, "client_id and client_secret do not go together, or may not be used from this address.")
    }
    assert HOME.startswith("198.")


async def test_behind_a_trusted_proxy_a_client_is_judged_by_its_own_address(app: App) -> None:
    elsewhere = await app_of(app.site, address_ranges=["203.0.113.0/24"])
    settings = msgspec.structs.replace(app.site.settings, trusted_proxies=(f"{HOME}/32",))
    doors = room.facade(app.site.app, cast(FacadeHouse, SimpleNamespace(db=app.site.db, settings=settings)))
    async with client_of(doors) as client:
        for forwarded, status in (("203.0.113.9", 200), ("192.0.2.1", 401), ("203.0.113.9, 192.0.2.1", 401)):
            headers = {"x-forwarded-for": forwarded}
            answer = await client.post("/auth/token/client", json=elsewhere.proof, headers=headers)
            assert answer.status_code == status, forwarded


async def with_l3_password(site: Site, email: str, operator_id: UUID) -> None:
    link = await service.add_operator_admin(site.db, operator_id, email, "L3")
    await service.accept_link(site.db, link.token, L3_PASSWORD, HOME)


async def test_a_password_gets_tokens_for_people_of_the_clients_company_alone(app: App) -> None:
    await with_l3_password(app.site, "amy@a.example", app.site.a)
    await with_l3_password(app.site, "ben@b.example", app.site.b)
    mine = await app.ask("/auth/token/password", {"login_user_id": "amy@a.example", "password": L3_PASSWORD})
    assert mine.status_code == 200, mine.text
    assert content(mine.json()["data"]["access_token"])["operator_id"] == str(app.site.a)
    refused = [
        await app.ask("/auth/token/password", {"login_user_id": "ben@b.example", "password": L3_PASSWORD}),
        await app.ask("/auth/token/password", {"login_user_id": "amy@a.example", "password": "Wr0ng!Word"}),
        await app.ask("/auth/token/password", {"login_user_id": "nobody@a.example", "password": L3_PASSWORD}),
    ]
    assert {one.status_code for one in refused} == {401}
    assert len({one.json()["detail"] for one in refused}) == 1


async def test_a_refresh_token_belongs_to_its_client_and_ends_when_it_is_revoked(app: App) -> None:
    other = await app_of(app.site)
    browser = await browser_of(app.site)
    first = (await app.ask("/auth/token", app.exchanging(await app.code(browser)))).json()["data"]
    given = {"refresh_token": first["refresh_token"]}
    assert (await other.ask("/auth/token/refresh", given)).status_code == 400
    async with app.site.client() as client:
        assert (await client.post("/api/v1/session/refresh", json=given)).status_code == 401
    renewed = await app.ask("/auth/token/refresh", given)
    assert (renewed.status_code, renewed.json()["data"].keys()) == (200, first.keys())
    second = renewed.json()["data"]
    assert second["refresh_token"] != first["refresh_token"]
    assert (await other.ask("/auth/token/revoke", {"refresh_token": second["refresh_token"]})).json()["data"] == {
        "active": False
    }
    assert (await who(app.site, second["access_token"])).status_code == 200, "another client's word ends nothing"
    ended = await app.ask("/auth/token/revoke", {"refresh_token": second["refresh_token"]})
    assert (ended.status_code, ended.json()["data"]) == (200, {"active": False})
    assert (await who(app.site, second["access_token"])).status_code == 401
    assert (await app.ask("/auth/token/refresh", {"refresh_token": second["refresh_token"]})).status_code == 400
    assert (await app.ask("/auth/token/revoke", {"refresh_token": "unknown"})).status_code == 200
    told = await app.ask("/auth/token/introspect", {"access_token": second["access_token"]})
    assert told.json()["data"] == {"active": False, "token_info": None}


async def test_a_refresh_token_that_comes_back_after_its_successor_was_used_ends_the_sign_in(app: App) -> None:
    browser = await browser_of(app.site)
    first = (await app.ask("/auth/token", app.exchanging(await app.code(browser)))).json()["data"]
    second = (await app.ask("/auth/token/refresh", {"refresh_token": first["refresh_token"]})).json()["data"]
    third = (await app.ask("/auth/token/refresh", {"refresh_token": second["refresh_token"]})).json()["data"]
    assert (await app.ask("/auth/token/refresh", {"refresh_token": first["refresh_token"]})).status_code == 400
    assert (await who(app.site, third["access_token"])).status_code == 401


async def test_what_a_flow_cannot_use_is_refused_with_its_reason(app: App) -> None:
    good = {"/auth/url": {"redirect_uri": BACK, "code_challenge": CHALLENGE}, "/auth/token": app.exchanging("x"),
            "/auth/token/refresh": {"refresh_token": "x"}, "/auth/token/revoke": {"refresh_token": "x"},
            "/auth/token/client": {}, "/auth/token/introspect": {"access_token": "x"},
            "/auth/apikey/verify": {"verify_apikey": "x"},
            "/auth/token/password": {"login_user_id": "amy@a.example", "password": L3_PASSWORD}}  # fmt: skip
    bad: list[tuple[str, dict[str, Any]]] = [
        ("/auth/url", {"redirect_uri": "https://evil.example/"}),
        ("/auth/url", {"client_id": str(new_id())}),
        ("/auth/url", {"code_challenge": "x" * 42}),
        ("/auth/url", {"code_challenge": "+" * 43}),
        ("/auth/token/password", {"login_user_id": "ab"}),
        ("/auth/token/password", {"login_user_id": "Amy@a.example"}),
        ("/auth/token/password", {"login_user_id": "a" * 256}),
        *(("/auth/token/password", {"password": one})
          for one in ("Ab1!567", "Ab1!" * 5 + "x", "ab1!abcd", "AB1!ABCD", "Abc!abcd", "Abc1abcd", "Ab1!漢字漢字")),
        *((path, {"client_id": one}) for path in good for one in ("", 7, None, "a b", "x" * 256)),
        *((path, {name: one}) for path, body in good.items() for name in body for one in ("", 7, None, [], "x" * 20_000)),
        *((path, {"client_secret": one}) for path in good if path != "/auth/url" for one in ("", 7, None)),
    ]  # fmt: skip
    for path, wrong in bad:
        answer = await app.ask(path, {**good[path], **wrong})
        envelope = answer.json()
        assert (answer.status_code, envelope["status"], envelope["data"]) == (400, 400, None), (path, wrong)
        assert envelope["detail"], (path, wrong)
    async with app.site.client() as client:
        for path in good:
            wrong_method = await client.get(path)
            assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "POST")
            assert (await client.post(path, content=b"{}", headers={"content-type": "text/plain"})).status_code == 415
            for raw in (b"", b"[]", b"{", b'{"code": NaN}', b'{"a":1,"a":2}', b"\xff"):
                sent = await client.post(path, content=raw, headers={"content-type": "application/json"})
                assert sent.status_code == 400, (path, raw)
            long = json.dumps({"code": "x" * 70_000}).encode()
            assert (
                await client.post(path, content=long, headers={"content-type": "application/json"})
            ).status_code == 413


async def test_the_form_of_pact_and_the_json_of_l3_share_a_path(app: App) -> None:
    async with app.site.client() as client:
        form = await client.post("/auth/token", data={"grant_type": "client_credentials", "client_id": "x"})
        assert (form.status_code, form.json()["error"]) == (401, "invalid_client")
        said = await client.post("/auth/token", json={})
        assert (said.status_code, said.json()["title"]) == (400, "Bad Request")


@pytest.mark.parametrize(
    "uri",
    ["http://app.example.jp/", "https://", "https://u@app.example.jp/", "https://app.example.jp/#x", "javascript:alert(1)",
     "https://app.example.jp;script-src *", "https://app.example.jp/ x", "//app.example.jp", "https://[::1]/",
     "https://app.example.jp:port/", "https://x/" + "x" * 500, "https://日本.example/"],
)  # fmt: skip
def test_no_such_address_is_one_to_return_to(uri: str) -> None:
    with pytest.raises(BadRedirectUri):
        redirect_uris([uri])


def test_addresses_to_return_to_are_kept_as_they_are_written_each_once() -> None:
    given = ["https://app.example.jp:8443/a?b=c", "http://127.0.0.1:5000/x", "http://localhost/"]
    assert redirect_uris([*given, given[0]]) == tuple(given)
    with pytest.raises(BadRedirectUri):
        redirect_uris([f"https://app.example.jp/{n}" for n in range(11)])


def test_the_worked_example_of_rfc_7636_appendix_b() -> None:
    assert answers("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")

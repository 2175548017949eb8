"""The application starts, answers, and lets people in."""

import re

import pytest

from meguri.kernel.scope import Role

from .conftest import PASSWORD, Site

pytestmark = pytest.mark.anyio


async def test_it_is_alive_and_ready(site: Site) -> None:
    async with site.client() as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_the_api_describes_itself(site: Site) -> None:
    async with site.client() as client:
        said = await client.get("/api/v1/openapi.json")
        assert said.status_code == 200, said.text
        assert len(said.json()["paths"]) > 300
        assert (await client.get("/api/v1/docs")).status_code == 200


async def test_a_person_signs_in_refreshes_and_signs_out(site: Site) -> None:
    person = await site.person("ann@a.example", site.a)
    async with site.client() as client:
        signed = await client.post("/api/v1/session", json={"account": "ann@a.example", "password": PASSWORD})
        assert signed.status_code == 201
        assert signed.headers["cache-control"] == "no-store"
        tokens = signed.json()
        client.headers["authorization"] = f"Bearer {tokens['access_token']}"
        who = (await client.get("/api/v1/session")).json()
        assert who == {
            "operator_id": str(site.a),
            "role": "admin",
            "kind": "token",
            "person_id": str(person),
            "platform_role": None,
        }
        renewed = await client.post("/api/v1/session/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert renewed.status_code == 201
        assert (await client.delete("/api/v1/session")).status_code == 204
        assert (await client.get("/api/v1/session")).status_code == 401
        again = {"refresh_token": renewed.json()["refresh_token"]}
        assert (await client.post("/api/v1/session/refresh", json=again)).status_code == 401


async def test_an_operators_own_key_acts_from_its_addresses_until_it_is_revoked(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with await site.signed_in("ann@a.example") as ann:
        made = await ann.post("/api/v1/keys", json={"name": "ERP", "address_ranges": ["192.0.2.0/24"]})
        assert made.status_code == 201, made.text
        key = made.json()
        async with site.client("192.0.2.9", **{"x-api-key": key["secret"]}) as erp:
            who = (await erp.get("/api/v1/session")).json()
            assert (who["operator_id"], who["role"], who["kind"]) == (str(site.a), "editor", "key")
            assert (await erp.get("/api/v1/keys")).status_code == 403
        async with site.client("192.0.2.9", authorization=f"Bearer {key['secret']}") as erp:
            assert (await erp.get("/api/v1/session")).status_code == 200
            assert (await ann.delete(f"/api/v1/keys/{key['key_id']}")).status_code == 204
            assert (await erp.get("/api/v1/session")).status_code == 401
        async with site.client("203.0.113.1", **{"x-api-key": key["secret"]}) as elsewhere:
            assert (await elsewhere.get("/api/v1/session")).status_code == 401


async def test_a_viewer_may_not_manage_people(site: Site) -> None:
    await site.person("vic@a.example", site.a, Role.VIEWER)
    async with await site.signed_in("vic@a.example") as vic:
        refused = await vic.get("/api/v1/people")
        assert refused.status_code == 403
        assert refused.json()["code"] == "forbidden"


async def test_the_published_keys_verify_what_was_signed(site: Site) -> None:
    import jwt

    await site.person("ann@a.example", site.a)
    token = await site.token("ann@a.example")
    async with site.client() as client:
        published = (await client.get("/.well-known/jwks.json")).json()
    keys = jwt.PyJWKSet.from_dict(published)
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(token, keys[kid].key, ["ES256"], audience="meguri", issuer="meguri")
    assert claims["operator_id"] == str(site.a)


async def test_a_company_says_on_its_page_whom_it_discloses_to(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with site.client() as browser:
        await browser.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD})
        page = await browser.get("/company")
        assert "開示する相手の本人確認の下限" in page.text
        found = re.search(
            r'action="/company/settings/least-proof".*?name="(csrf_token)" value="([^"]+)"', page.text, re.DOTALL
        )
        assert found
        form = {found[1]: found[2], "least_proof": "representative"}
        answer = await browser.post("/company/settings/least-proof", data=form)
        assert answer.status_code == 303, answer.text
        assert "本人確認の下限を保存しました" in (await browser.get("/company")).text
        wrong = await browser.post("/company/settings/least-proof", data={**form, "least_proof": "hearsay"})
        assert wrong.status_code == 404
    async with await site.signed_in("ann@a.example") as client:
        kept = (await client.get("/api/v1/operators/me/settings")).json()
        assert (kept["least_proof"], kept["auto_disclose"]) == ("representative", False)

"""A request for due diligence on its way up and its answer on the way down, as people on each side see it."""

from datetime import timedelta

import httpx
import pytest
from tests.chain import Company, company

from meguri.identity import service as identity
from meguri.kernel import clock

from .conftest import Site
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio


async def joined(site: Site, name: str, email: str) -> Company:
    one = await company(site.db, name)
    await identity.open_access(site.db, one.id)
    await site.person(email, one.id)
    return one


async def csrf(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    return {"csrf_token": token_in((await client.get(path)).text)}


async def test_from_the_asker_through_the_forwarder_to_the_supplier(site: Site) -> None:
    a = await joined(site, "甲自動車", "ann@a1.example")
    b = await joined(site, "乙電池", "bob@b1.example")
    c = await joined(site, "丙正極材", "cho@c1.example")
    await a.part("pack", [("cell", 2)])
    await b.part("cell-b", [("cathode", 3), ("can", 1)])
    await c.part("cathode-c", ends=True)
    await b.link(await a.ask(b, "cell"), "cell-b")
    await c.link(await b.ask(c, "cathode"), "cathode-c")
    cell = await a.part_id("cell")
    due = clock.today() + timedelta(days=30)
    async with enter(site, "ann@a1.example") as client:
        client.headers["accept-language"] = "ja"
        form = f"/diligence/parts/{cell}/ask"
        shown = (await client.get(form)).text
        assert "乙電池に、「cell」の人権・環境デュー・ディリジェンスの結果を依頼します" in shown
        said = {
            **await csrf(client, form),
            "due": due.isoformat(),
            "message": "内密の言葉",
            "materials": ["cobalt", "nonsense"],
            "forwarding": "named",
        }
        wrong = await client.post(form, data={**said, "due": "来月"})
        assert wrong.status_code == 422
        assert "内密の言葉" in wrong.text  # what was typed stays
        sent = await client.post(form, data=said)
        assert sent.status_code == 303, sent.text[:500]
        page = sent.headers["location"]
        mine = (await client.get(page)).text
        assert "乙電池へのDD依頼" in mine
        assert "取引先は、まだ上流へ転送していません" in mine
        assert (await client.get(f"{page}/forward")).status_code in (404, 405)
        native = page.replace("/diligence/", "/api/v1/dd/")
        assert (await client.get(f"{native}/forward")).status_code == 403  # the supplier's step
        assert "求められている内容（DD）を見る" in (await client.get(page.replace("/diligence", ""))).text
    async with enter(site, "bob@b1.example") as client:
        client.headers["accept-language"] = "ja"
        assert page in (await client.get("/diligence")).text
        before = (await client.get(page)).text
        assert "甲自動車からのDD依頼" in before
        assert "依頼元の名前を伝えて、上流へ転送してよい" in before
        assert "コバルト" in before
        linked = await client.post(page, data=await csrf(client, page))
        assert linked.status_code == 303
        ready = (await client.get(page)).text
        assert "丙正極材" in ready
        assert "リンクで依頼" in ready
        token = await csrf(client, page)
        none = await client.post(f"{page}/forward", data=token)
        assert none.status_code == 422
        assert "1つ以上選んでください" in none.text
        part = str(await b.part_id("cathode"))
        late = {**token, "parts": part, "due": (due + timedelta(days=1)).isoformat()}
        refused = await client.post(f"{page}/forward", data=late)
        assert refused.status_code == 422
        assert "までにしてください" in refused.text
        forwarded = await client.post(f"{page}/forward", data={**token, "parts": part, "message": "お願いします"})
        assert forwarded.status_code == 303, forwarded.text[:500]
        assert "転送済み" in (await client.get(page)).text
        plan = (await client.get(f"{native}/forward")).json()
        assert {line["name"]: line["state"] for line in plan["lines"]} == {"can": "no_supplier", "cathode": "asked"}
        invite = {"downstream_trace_id": str(await b.part_id("can")), "company": "缶製作所", "email": "can@example.jp"}
        async with await site.signed_in("bob@b1.example") as by_token:
            asking = {"invite": {**invite, "email": "no address"}, "passes_on": page[-36:]}
            assert (await by_token.post("/api/v1/dd/guest-requests", json=asking)).status_code == 422
            late = {**invite, "due_date": (due + timedelta(days=1)).isoformat()}
            refused = await by_token.post(
                "/api/v1/dd/guest-requests", json={"invite": late, "passes_on": page[-36:], "name_customer": True}
            )
            assert (refused.status_code, refused.json()["code"]) == (422, "diligence.forwarding_too_late")
        guest = (await client.get(f"/diligence/parts/{await b.part_id('can')}/guest?passes_on={page[-36:]}")).text
        assert "お客様からの依頼を転送します" in guest
        assert (due - timedelta(days=7)).isoformat() in guest
        async with await site.signed_in("bob@b1.example") as by_token:
            asking = {"invite": invite, "passes_on": page[-36:], "name_customer": True}
            made = await by_token.post("/api/v1/dd/guest-requests", json=asking)
            assert made.status_code == 201, made.text
        async with site.client() as guest_browser:
            link = made.json()["path"]
            opened = await guest_browser.post(link, data={"email": "can@example.jp"})
            assert opened.status_code == 303, opened.text[:300]
            form_shown = await guest_browser.get(opened.headers["location"], headers={"accept-language": "ja"})
            if form_shown.status_code == 303:
                form_shown = await guest_browser.get(form_shown.headers["location"], headers={"accept-language": "ja"})
            assert "甲自動車" in form_shown.text  # named by the forwarder, as the customer consents
            assert "内密の言葉" not in form_shown.text
        plan = (await client.get(f"{native}/forward")).json()
        assert {line["name"]: line["state"] for line in plan["lines"]} == {"can": "asked", "cathode": "asked"}
        english = (await client.get(page, headers={"accept-language": "en"})).text
        assert "Due-diligence request from 甲自動車" in english
        assert "It may be passed on, naming the customer" in english
    async with enter(site, "cho@c1.example") as client:
        client.headers["accept-language"] = "ja"
        (asked,) = (await client.get("/api/v1/dd/requests")).json()["items"]
        theirs = f"/diligence/requests/{asked['trade']['request_id']}"
        seen = (await client.get(theirs)).text
        assert "取引先のお客様（名前は伏せられています）" in seen  # the forwarder chose not to name it
        assert "お願いします" in seen
        for word in ("甲自動車", "内密の言葉"):
            assert word not in seen
        assert (await client.get(page)).status_code == 404
        assert (await client.get(native)).status_code == 404
        async with await site.signed_in("cho@c1.example") as by_token:
            assert (await by_token.post(f"{native}/forward", json={})).status_code == 404
    async with enter(site, "ann@a1.example") as client:
        client.headers["accept-language"] = "ja"
        after = (await client.get(page)).text
        assert "取引先が上流へ転送しました" in after
        assert "0/3" in after
        for word in ("丙正極材", "cathode", "缶製作所"):
            assert word not in after
        changed = await client.post(f"{page}/consent", data={**await csrf(client, page), "forwarding": "none"})
        assert changed.status_code == 303
        async with await site.signed_in("ann@a1.example") as by_token:
            assert (await by_token.put(f"{native}/forwarding", json={"forwarding": "everything"})).status_code == 422
            kept = (await by_token.put(f"{native}/forwarding", json={"forwarding": "none"})).json()
            assert kept["wanted"]["forwarding"] == "none"
    async with enter(site, "bob@b1.example") as client:
        assert "It may not be passed on" in (await client.get(page)).text
        async with await site.signed_in("bob@b1.example") as by_token:
            refused = await by_token.post(f"{native}/forward", json={"trace_ids": [part]})
        assert (refused.status_code, refused.json()["code"]) == (409, "DD_FORWARDING_NOT_ALLOWED")

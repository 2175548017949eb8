"""The public page and the resolver: what everyone sees, in both languages, from the real database."""

import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from tests.conftest import Fresh
from tests.passport.conftest import BASE, House

from meguri.dataspaces.resolver import facade, room
from meguri.dataspaces.resolver.facade import Resolver
from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.passport.credentials import reactions
from meguri.storage.database import Database
from meguri.storage.installation import installation

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"inner"})


@pytest.fixture(scope="module")
async def house(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[House]:
    made = fresh()
    both = {kind: [*reactions.get(kind, ()), *room.reactions.get(kind, ())] for kind in {*reactions, *room.reactions}}
    async with Database(
        made.login, pool_size=6, installation=installation(BASE, b"s" * 32), reactions=both
    ) as database:
        yield House(database, scope)
    fresh.drop(made)


@pytest.fixture(scope="module")
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    app = Resolver(nobody, house.db, production=False)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def test_a_plain_request_gets_the_public_document_of_the_requested_battery(
    house: House, web: httpx.AsyncClient
) -> None:
    battery = await house.battery(await house.company())
    for accept in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
        found = await web.get(battery.product_id, headers=accept)
        assert found.status_code == 200
        assert found.headers["content-type"] == "application/json"
        assert found.json()["uniqueProductIdentifier"] == battery.product_id
        assert "Accept" in found.headers["vary"]
        assert 'rel="linkset"' in found.headers["link"]
    assert "battery_status" not in found.text


async def test_each_form_is_given_to_whom_it_suits(house: House, web: httpx.AsyncClient) -> None:
    battery = await house.battery(await house.company())
    page = await web.get(battery.product_id, headers=HTML)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in page.headers["content-security-policy"]
    ld = await web.get(battery.product_id, headers={"accept": "application/ld+json"})
    assert ld.json()["id"] == battery.product_id
    credential = await web.get(battery.product_id, headers={"accept": "application/vc"})
    assert credential.json()["credentialSubject"]["version_hash"] == battery.version_hash
    assert (await web.get(battery.product_id, headers={"accept": "image/png"})).status_code == 406


async def test_the_link_set_names_all_links_and_a_link_type_leads_to_its_own(
    house: House, web: httpx.AsyncClient
) -> None:
    battery = await house.battery(await house.company())
    for query in ("linkset", "all"):
        found = await web.get(f"{battery.product_id}?linkType={query}")
        assert found.headers["content-type"] == "application/linkset+json"
        context = found.json()["linkset"][0]
        assert context["anchor"] == battery.product_id
        assert {
            "https://ref.gs1.org/voc/dpp",
            "https://ref.gs1.org/voc/pip",
            "https://ref.gs1.org/voc/defaultLink",
        } <= set(context)
        assert set(context["https://ref.gs1.org/voc/dpp"][0]) == {"href", "title", "type", "hreflang"}
    for name in ("gs1:pip", "https://ref.gs1.org/voc/pip"):
        led = await web.get(battery.product_id, params={"linkType": name}, headers={"accept-language": "ja"})
        assert (led.status_code, led.headers["location"]) == (307, f"{battery.product_id}?lang=ja")
    assert (await web.get(f"{battery.product_id}?linkType=gs1:hasRetailers")).status_code == 404


async def test_the_page_is_in_the_reader_s_language_and_small(house: House, web: httpx.AsyncClient) -> None:
    battery = await house.battery(await house.company())
    english = await web.get(battery.product_id, headers=HTML)
    japanese = await web.get(battery.product_id, headers={**HTML, "accept-language": "ja,en;q=0.5"})
    asked = await web.get(f"{battery.product_id}?lang=ja", headers={**HTML, "accept-language": "en"})
    assert '<html lang="en">' in english.text
    assert '<html lang="ja">' in japanese.text
    assert '<html lang="ja">' in asked.text
    assert "カーボンフットプリント" in japanese.text
    assert 'hreflang="ja"' in english.text
    assert len(japanese.content) < 90_000
    assert not re.findall(
        r'(?:src|href)="https?://(?!id\.example\.jp|docs\.example\.jp|[a-z]+\.example)', japanese.text
    )


async def test_the_page_tells_nothing_that_the_public_may_not_see(house: House, web: httpx.AsyncClient) -> None:
    battery = await house.battery(await house.company())
    page = await web.get(f"{battery.product_id}?lang=en", headers=HTML)
    for secret in ("original", "Dismantling information", "State of certified energy", "dismantling_information"):
        assert secret not in page.text


async def test_an_unchanged_page_is_not_sent_again_and_a_change_is_seen_at_once(
    house: House, web: httpx.AsyncClient
) -> None:
    company = await house.company()
    battery = await house.battery(company)
    first = await web.get(battery.product_id, headers=HTML)
    again = await web.get(battery.product_id, headers={**HTML, "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await house.run(company, service.change, str(battery.passport_id), {"battery_mass": 411})
    changed = await web.get(battery.product_id, headers={**HTML, "if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert "411" in changed.text


async def test_a_wrong_number_an_unknown_one_and_a_draft_are_said_plainly(house: House, web: httpx.AsyncClient) -> None:
    draft = await house.battery(await house.company(), publish=False)
    unknown = f"{BASE}/01/09521234567899/21/NOSUCH"
    for address in (unknown, draft.product_id):
        page = await web.get(address, headers={**HTML, "accept-language": "ja"})
        assert page.status_code == 404
        assert "パスポートが見つかりません" in page.text
        assert (await web.get(address)).json()["code"] == "DPP_NOT_FOUND"
    wrong = await web.get(f"{BASE}/01/09521234567898/21/A")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_GTIN_CHECK_DIGIT")
    assert (await web.get(f"{BASE}/01/9521234567899/21/A")).json()["code"] == "INVALID_GTIN_LENGTH"


async def test_another_spelling_leads_to_the_canonical_address(web: httpx.AsyncClient) -> None:
    found = await web.get(f"{BASE}/01/09521234567899/21/A%2dB?lang=ja")
    assert (found.status_code, found.headers["location"]) == (308, f"{BASE}/01/09521234567899/21/A-B?lang=ja")


async def test_a_ceased_passport_says_so(house: House, web: httpx.AsyncClient) -> None:
    company = await house.company()
    battery = await house.battery(company)
    await house.run(company, service.declare_waste, str(battery.passport_id), not_determined=_open())
    await house.run(company, service.recycle, str(battery.passport_id), recycling_record_id="R-1")
    page = await web.get(battery.product_id, headers={**HTML, "accept-language": "ja"})
    assert page.status_code == 404
    assert "電池のリサイクル完了により失効しました。" in page.text
    told = (await web.get(battery.product_id)).json()
    assert told["code"] == "PASSPORT_CEASED"
    assert told["ceased_at"]


def _open() -> dict[str, str]:
    from meguri.passport.kinds import battery

    return {key: "waste" for key, one in battery().attributes.items() if one.trigger == "status_change"}


async def test_strangers_who_flood_are_limited_and_one_scan_never_is(house: House) -> None:
    battery = await house.battery(await house.company())
    app = Resolver(nobody, house.db, production=True)
    app._buckets = facade.Buckets(per_minute=60, burst=3)
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        answers = [await client.get(battery.product_id) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 403, 403]
    assert answers[-1].json()["code"] == "RATE_LIMITED"


async def test_what_is_no_digital_link_goes_further_in(web: httpx.AsyncClient) -> None:
    assert (await web.get(f"{BASE}/anything")).text == "inner"
    assert (await web.post(f"{BASE}/01/09521234567899")).status_code == 405


async def test_the_answer_may_be_packed(house: House, web: httpx.AsyncClient) -> None:
    battery = await house.battery(await house.company())
    plain = await web.get(battery.product_id, headers={**HTML, "accept-encoding": "identity"})
    packed = await web.get(battery.product_id, headers={**HTML, "accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert json.dumps(1)

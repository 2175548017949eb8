"""Sites (414) and companies (417) by their GLN: public where a published passport names them, unknown otherwise."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from tests.conftest import Fresh
from tests.passport.batteries import complete
from tests.passport.conftest import BASE, House

from meguri.dataspaces.resolver.facade import Resolver
from meguri.kernel.identifiers import gs1_check_digit
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import service
from meguri.passport.errors import PassportInvalid
from meguri.passport.identifiers import InvalidIdentifier
from meguri.passport.lifecycle import Happening
from meguri.passport.model import NewPassport
from meguri.storage.database import Database
from meguri.storage.installation import installation

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VOC = "https://ref.gs1.org/voc/"


def gln(number: int) -> str:
    body = f"9521234{number:05d}"
    return f"{body}{gs1_check_digit(body)}"


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"inner"})


@pytest.fixture(scope="module")
async def house(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[House]:
    made = fresh()
    async with Database(made.login, pool_size=6, installation=installation(BASE, b"s" * 32)) as database:
        yield House(database, scope)
    fresh.drop(made)


@pytest.fixture(scope="module")
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Resolver(nobody, house.db, production=False), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
def company(house: House, scope: Callable[..., OperatorScope]) -> Callable[[str], Any]:
    async def joined(number: str) -> OperatorScope:
        mine = scope()
        new = NewOperator(name="社内名", address="愛知県豊田市1-1", open_operator_id=f"G-{number}", gln=number)
        await house.db.run(mine, operators.register, new)
        return mine

    return joined


def test_the_worked_number_has_its_check_digit() -> None:
    assert gln(0) == "9521234000006"


@pytest.mark.parametrize("spelt", ["{gln}", "https://id.example.jp/414/{gln}", "https://id.maker.example/x/414/{gln}"])
async def test_a_site_is_answered_from_the_published_passport_that_names_it(
    house: House, web: httpx.AsyncClient, spelt: str
) -> None:
    number = gln(100 + len(spelt))
    await house.battery(await house.company(), values={"facility_id": spelt.format(gln=number)})
    found = await web.get(f"/414/{number}")
    assert found.status_code == 200
    assert found.headers["content-type"] == "application/json"
    body = found.json()
    assert (body["id"], body["gln"]) == (f"{BASE}/414/{number}", number)
    assert body["manufacturing_place"] == complete("ev")["manufacturing_place"]
    assert body["manufacturer_name"]["ja"] == "環パックシステム株式会社"
    assert set(body) == {"id", "gln", "facilityId", "manufacturing_place", "manufacturer_name", "manufacturer_id"}
    assert (await web.get(f"/417/{number}")).status_code == 404  # a site's number is no company's


async def test_a_company_is_answered_once_it_answers_for_a_published_passport(
    house: House, web: httpx.AsyncClient, company: Callable[[str], Any]
) -> None:
    number = gln(1)
    mine = await company(number)
    unknown, confidential = await web.get(f"/417/{gln(99)}"), await web.get(f"/417/{number}")
    assert (confidential.status_code, confidential.text) == (404, unknown.text)
    draft = await house.battery(mine, publish=False)
    assert (await web.get(f"/417/{number}")).text == unknown.text
    await house.run(mine, service.publish, draft.product_id)
    found = (await web.get(f"/417/{number}")).json()
    assert set(found) == {"id", "gln", "economicOperatorId", "operator_information", "operator_role"}
    assert found["operator_information"]["name"]["en"] == "Tamaki Pack Systems"
    assert "社内名" not in str(found)  # the directory is not public; what the passport says is


async def test_what_is_no_longer_published_is_no_longer_answered(
    house: House, web: httpx.AsyncClient, company: Callable[[str], Any]
) -> None:
    number = gln(2)
    mine = await company(number)
    battery = await house.battery(mine, values={"facility_id": number})
    assert {(await web.get(f"/{ai}/{number}")).status_code for ai in ("414", "417")} == {200}
    await house.run(mine, service.set_state, battery.product_id, Happening.INVALIDATE, reason="issued in error")
    assert {(await web.get(f"/{ai}/{number}")).status_code for ai in ("414", "417")} == {404}


async def test_each_form_and_link_type_of_a_site(house: House, web: httpx.AsyncClient) -> None:
    number = gln(3)
    uri = f"{BASE}/414/{number}"
    await house.battery(await house.company(), values={"facility_id": number})
    page = await web.get(f"{uri}?lang=ja", headers=HTML)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in page.headers["content-security-policy"]
    assert all(word in page.text for word in ("<h1>事業所</h1>", number, "環パックシステム株式会社", "豊田市"))
    assert "<h1>Site</h1>" in (await web.get(uri, headers=HTML)).text
    ld = (await web.get(uri, headers={"accept": "application/ld+json"})).json()
    assert (ld["@id"], ld["@type"], ld["schema:globalLocationNumber"]) == (uri, "schema:Place", number)
    assert ld["schema:address"]["schema:addressLocality"] == "豊田市"
    links = (await web.get(f"{uri}?linkType=linkset")).json()["linkset"][0]
    assert set(links) == {"anchor", f"{VOC}locationInfo", f"{VOC}masterData", f"{VOC}defaultLink"}
    assert 'rel="linkset"' in page.headers["link"]
    for name in ("gs1:locationInfo", f"{VOC}locationInfo", "gs1:defaultLink"):
        led = await web.get(uri, params={"linkType": name}, headers={"accept-language": "ja"})
        assert (led.status_code, led.headers["location"]) == (307, f"{uri}?lang=ja")
    for refused in ("?linkType=gs1:pip", "/254/GATE"):
        assert (await web.get(f"{uri}{refused}")).status_code == 404
    assert (await web.get(uri, headers={"accept": "application/vc"})).status_code == 404
    assert (await web.get(uri, headers={"accept": "image/png"})).status_code == 406
    assert (await web.post(uri)).status_code == 405


async def test_each_form_of_a_company(house: House, web: httpx.AsyncClient, company: Callable[[str], Any]) -> None:
    number = gln(4)
    uri = f"{BASE}/417/{number}"
    await house.battery(await company(number))
    assert "<h1>事業者</h1>" in (await web.get(f"{uri}?lang=ja", headers=HTML)).text
    ld = (await web.get(uri, headers={"accept": "application/ld+json"})).json()
    assert ld["@type"] == "schema:Organization"
    assert {"@language": "en", "@value": "Tamaki Pack Systems"} in ld["schema:name"]
    links = (await web.get(uri, headers={"accept": "application/linkset+json"})).json()["linkset"][0]
    assert set(links) == {"anchor", f"{VOC}masterData", f"{VOC}defaultLink"}
    moved = await web.get(f"{uri}/")
    assert (moved.status_code, moved.headers["location"]) == (308, uri)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/414/9521234000007", "INVALID_GLN"),
        ("/417/952123400000", "INVALID_GLN"),
        ("/417/95212340000Ａ6", "INVALID_GLN"),
        ("/414/", "INVALID_IDENTIFIER"),
        ("/417/9521234000006/254/X", "INVALID_QUALIFIER_SEQUENCE"),
        ("/414/9521234000006/254", "EMPTY_IDENTIFIER"),
    ],
)
async def test_a_wrong_number_is_refused_and_says_why(web: httpx.AsyncClient, path: str, code: str) -> None:
    found = await web.get(path)
    assert (found.status_code, found.json()["code"]) == (400, code)
    page = await web.get(path, headers={**HTML, "accept-language": "ja"})
    assert page.status_code == 400
    assert "番号が正しくありません" in page.text


async def test_nothing_published_says_so_in_the_reader_s_language(web: httpx.AsyncClient) -> None:
    found = await web.get("/414/9521234000006")
    assert (found.status_code, found.json()["code"]) == (404, "PLACE_NOT_FOUND")
    page = await web.get("/414/9521234000006", headers={**HTML, "accept-language": "ja"})
    assert page.status_code == 404
    assert "このGLNの事業所・事業者は公開されていません。" in page.text


@pytest.mark.parametrize("ai", ["414", "417"])
async def test_no_passport_is_issued_for_the_key_of_a_site_or_a_company(house: House, ai: str) -> None:
    new = NewPassport(product_id=f"{BASE}/{ai}/9521234000006", granularity="model", values=complete("ev"))
    with pytest.raises((InvalidIdentifier, PassportInvalid)) as refused:
        await house.run(await house.company(), service.issue, new, base=BASE)
    assert refused.value.code == "INVALID_IDENTIFIER"


async def test_a_site_is_found_by_its_index(house: House) -> None:
    async def plan(tx: Any, _: OperatorScope) -> str:
        async with tx.across():
            await tx.run("SET LOCAL enable_seqscan = off")
            rows = await tx.all(
                "EXPLAIN SELECT * FROM passport WHERE right(own ->> 'facility_id', 13) = %(gln)s"
                " AND own ->> 'facility_id' IS NOT NULL AND live AND state IN ('Active', 'Inactive')"
                " ORDER BY published_at LIMIT 1",
                gln="9521234000006",
            )
        return "\n".join(row[0] for row in rows)

    assert "passport_by_site" in await house.run(await house.company(), plan)

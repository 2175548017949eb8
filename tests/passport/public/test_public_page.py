"""The public page and the resolver: what everyone sees, in both languages, from the real database."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import Fresh
from tests.passport.batteries import complete
from tests.passport.conftest import BASE, House
from tests.ui.templates import uses_in

from meguri.dataspaces.resolver import facade, room
from meguri.dataspaces.resolver.facade import Resolver
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, kinds, service
from meguri.passport.credentials import reactions
from meguri.passport.identifiers import InvalidIdentifier
from meguri.passport.lifecycle import Happening
from meguri.passport.public.plan import plan_of
from meguri.passport.public.showing import WAYS
from meguri.proof.verifying import GOOD
from meguri.storage.database import Database
from meguri.storage.installation import installation
from meguri.ui.words import ROOT, catalogue

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
    for accepted, ending in (("text/html", "?lang=en"), ("application/ld+json", "document.jsonld"), ("*/*", ".json")):
        led = await web.get(battery.product_id, params={"linkType": "gs1:dpp"}, headers={"accept": accepted})
        assert led.headers["location"].endswith(ending), accepted
    assert (await web.get(f"{battery.product_id}?linkType=gs1:hasRetailers")).status_code == 404
    asked = {"linkType": "gs1:dpp", "mediaType": "application/ld+json"}
    led = await web.get(battery.product_id, params=asked, headers={"accept": "text/html"})
    assert led.headers["location"].endswith("document.jsonld")


async def test_gs1_tools_know_it_as_a_resolver(house: House, web: httpx.AsyncClient) -> None:
    """What GS1's own test suite for resolvers asks beside the links themselves."""
    battery = await house.battery(await house.company())
    found = await web.get(f"{battery.product_id}?linkType=linkset")
    assert found.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in found.headers["link"]
    default = found.json()["linkset"][0]["https://ref.gs1.org/voc/defaultLink"]
    assert default == [{"href": f"{battery.product_id}?lang=en", "title": "Battery passport"}]
    asked = await web.options(battery.product_id)
    assert asked.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    for led in (f"{battery.product_id}?linkType=gs1:pip", f"{battery.product_id}/"):
        away = await web.get(led)
        assert away.status_code in (307, 308)
        assert f'<{battery.product_id}?linkType=linkset>; rel="linkset"' in away.headers["link"]


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


async def test_the_first_screen_answers_what_how_good_how_clean_how_round_and_where_to(
    house: House, web: httpx.AsyncClient
) -> None:
    contact = {**complete("ev")["operator_information"], "email": "return@maker.example", "phone": "+81-3-0000-0000"}
    battery = await house.battery(await house.company(), values={"operator_information": contact})
    for language, words in (
        (
            "en",
            [
                "Tamaki Pack 70",
                "Active",
                "Signature verified",
                "70\xa0kWh",
                "200\xa0Ah",
                "class </span>B",
                "State of health",
            ],
        ),
        (
            "ja",
            [
                "環パック70",
                "有効",
                "電子署名を確認済み",
                "70\xa0kWh",
                "200\xa0Ah",
                "性能クラス </span>B",
                "健全度（SoH）",
            ],
        ),
    ):
        page = (await web.get(f"{battery.product_id}?lang={language}", headers=HTML)).text
        first = page[page.index("<h1>") : page.index('id="contents"')]
        more = ["16%", "6.5%", 'href="mailto:return@maker.example"', 'href="tel:+81-3-0000-0000"', battery.product_id]
        assert [word for word in [*words, *more] if word not in first] == []
        assert "original" not in page
        assert page.count(battery.product_id) > 2  # on the page, in its data, and at the foot of every printed sheet
        assert 'class="passport-foot"' in page


def test_every_code_of_the_catalogue_has_words_in_both_languages() -> None:
    plan, known = plan_of(kinds.battery()), {one.code for one in kinds.battery().head.categories}
    bare = {
        code
        for attribute in kinds.battery().attributes.values()
        for code in attribute.enum
        if code not in plan.codes and code not in known and attribute.key not in ("dpp_status", "cf_performance_class")
    }
    assert bare == set()
    assert {attribute.type for attribute in kinds.battery().attributes.values()} - WAYS.keys() == {"object"}


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


@pytest.mark.parametrize(
    "path",
    [
        "/01/04512345678906",
        "/01/04512345678906/10/L1",
        "/01/04512345678906/21/S1",
        "/8004/9521234ABC",
        "/25S/UN123456789ABC",
    ],
)
async def test_identifiers_of_every_form_are_answered_here_also_when_they_are_unknown(
    web: httpx.AsyncClient, path: str
) -> None:
    found = await web.get(path, headers={"accept": "application/json"})
    assert (found.status_code, found.json()["code"]) == (404, "DPP_NOT_FOUND")


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
    slashed = await web.get(f"{BASE}/01/09521234567899/21/A-B/")
    assert (slashed.status_code, slashed.headers["location"]) == (308, f"{BASE}/01/09521234567899/21/A-B")
    wrong = (await web.get(f"{BASE}/01/09521234567898/21/A", headers={"accept-language": "en"})).json()
    assert "{" not in wrong["title"]
    assert "09521234567898" in wrong["detail"]


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


def said_by(pages: list[Path]) -> set[str]:
    """The words that templates say, those with a computed end included."""
    keys: set[str] = set()
    for file in pages:
        uses = uses_in(file)
        keys |= uses.keys | {key for key in catalogue() if any(key.startswith(start) for start in uses.beginnings)}
    return keys


def test_all_that_a_stranger_meets_of_a_battery_is_also_in_german() -> None:
    pages = ("public.html", "public_base.html", "public_none.html", "public_parts.html", "public_place.html")
    files = [ROOT / "passport" / "pages" / name for name in (*pages, "verify.html", "scan.html")]
    layouts = [ROOT / "ui" / "pages" / "layouts" / name for name in ("base.html", "public.html")]
    keys = said_by([*files, *layouts]) | {f"passport.public.{name}" for name in ("site", "party", "amount", "share")}
    keys |= {key for key in catalogue() if re.match(r"passport\.public\.(unknown|ceased|invalid|place)", key)}
    assert sorted(key for key in keys if not catalogue()[key].de) == []
    kind, plan = kinds.battery(), plan_of(kinds.battery())
    texts = [
        *(each.name for each in kind.attributes.values() if each.access == "P1"),
        *(each.name for each in (*kind.head.sections, *kind.head.categories, *plan.sections)),
        *plan.codes.values(),
        *plan.substances.values(),
        *(each.metal for each in plan.recycled),
        *(each.name for each in plan.figures if each.name),
        *(plan.stages.names if plan.stages else ()),
        *(each.text for each in plan.warnings),
        *GOOD.values(),
        *(each.say for each in (errors.PlaceNotFound, *InvalidIdentifier.__subclasses__()[:7], InvalidIdentifier)),
    ]
    assert [text.en for text in texts if not text.de] == []


async def test_a_german_reader_is_answered_in_german_with_german_figures(house: House, web: httpx.AsyncClient) -> None:
    battery = await house.battery(await house.company())
    page = await web.get(battery.product_id, headers={**HTML, "accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de">' in page.text
    assert page.headers["content-language"] == "de"
    assert "0,05" in page.text
    assert "Rezyklatanteil" in page.text
    assert "4.500" in page.text
    other = await web.get(battery.product_id, headers={**HTML, "accept-language": "fr"})
    assert '<html lang="en">' in other.text
    led = await web.get(battery.product_id, params={"linkType": "gs1:pip"}, headers={"accept-language": "de"})
    assert led.headers["location"] == f"{battery.product_id}?lang=de"
    gone = await web.get(f"{BASE}/01/09521234567899/21/NONE?lang=de", headers=HTML)
    assert "Kein Pass gefunden" in gone.text
    wrong = await web.get(f"{BASE}/01/09521234567890/21/NONE?lang=de", headers=HTML)
    assert "Prüfziffer" in wrong.text


async def test_a_link_type_that_is_not_there_is_named_and_events_are_linked_for_members_only(
    house: House, web: httpx.AsyncClient
) -> None:
    battery = await house.battery(await house.company())
    missing = await web.get(f"{battery.product_id}?linkType=gs1:hasRetailers")
    assert (missing.status_code, missing.json()["code"]) == (404, "LINK_TYPE_NOT_FOUND")
    assert "https://ref.gs1.org/voc/epcis" not in (await web.get(f"{battery.product_id}?linkType=all")).text


async def test_a_sulfide_battery_warns_everyone_of_hydrogen_sulfide_on_the_first_screen(
    house: House, web: httpx.AsyncClient
) -> None:
    company = await house.company()
    sulfide = await house.battery(company, values={"electrolyte_kind": "sulfide"})
    liquid = await house.battery(company, values={"electrolyte_kind": "liquid"})
    for language, word in (("ja", "硫化水素"), ("en", "hydrogen sulfide"), ("de", "Schwefelwasserstoff")):
        page = (await web.get(f"{sulfide.product_id}?lang={language}", headers=HTML)).text
        assert word in page.partition("passport-number")[0]
        assert word not in (await web.get(f"{liquid.product_id}?lang={language}", headers=HTML)).text


async def test_whoever_scans_a_passport_that_was_issued_in_error_is_told_so_and_of_a_draft_nothing(
    house: House, web: httpx.AsyncClient
) -> None:
    company = await house.company()
    published, draft = await house.battery(company), await house.battery(company, publish=False)
    page = {"accept": "text/html", "accept-language": "en"}
    for made in (published, draft):
        await house.run(company, service.set_state, made.dpp_id, Happening.INVALIDATE, reason="issued twice")
    told, nothing, never = [
        await web.get(uri, headers=page) for uri in (published.product_id, draft.product_id, f"{draft.product_id}0")
    ]
    assert {one.status_code for one in (told, nothing, never)} == {404}
    assert "issued in error" in told.text
    assert "issued in error" not in nothing.text
    assert nothing.text.replace(draft.product_id, "") == never.text.replace(f"{draft.product_id}0", "")
    assert (await web.get(published.product_id)).json()["code"] == "DPP_NOT_FOUND"

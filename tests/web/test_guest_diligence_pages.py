"""Pages of a due-diligence request to a supplier without an account, in both languages, used as a browser does."""

import html
import re

import pytest
from tests.chain import company

from meguri.diligence.service import responses
from meguri.identity import service as identity
from meguri.ui.words import say

from .conftest import Site
from .test_pages import BROWSER, enter, token_in

pytestmark = pytest.mark.anyio
MAIL = "tanaka@mill.example"


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_guest_answers_keeps_a_copy_and_joins(site: Site, language: str) -> None:
    one = await company(site.db, "依頼する会社")
    await identity.open_access(site.db, one.id)
    await site.person("ann@dd.example", one.id)
    await one.part("pack", [("隠し部品", 1)])
    part = f"/diligence/parts/{await one.part_id('隠し部品')}"
    async with enter(site, "ann@dd.example") as ann:
        assert f'href="{part}/guest"' in (await ann.get(part)).text
        form = {"csrf_token": token_in((await ann.get(f"{part}/guest")).text), "company": "", "email": MAIL}
        assert (await ann.post(f"{part}/guest", data=form)).status_code == 422
        made = await ann.post(f"{part}/guest", data={**form, "company": "田中製作所", "language": language})
        link = re.search(r"(/answer/[\w-]{20,})", made.text)
        assert link, made.text
        assert f"{part}/guest" not in (await ann.get(part)).text  # asked once

    async with site.client(**{**BROWSER, "accept-language": language}) as guest:
        for path in ("/answer/diligence", "/answer/diligence/copy"):
            assert (await guest.get(path)).status_code == 404
        assert "隠し部品" not in (await guest.get(link[1])).text
        assert (await guest.post(link[1], data={"email": "other@mill.example"})).status_code == 422
        opened = await guest.post(link[1], data={"email": MAIL})
        assert opened.headers["location"] == "/answer"
        assert (await guest.get("/answer")).headers["location"] == "/answer/diligence"
        shown = await guest.get("/answer/diligence")
        assert say("diligence.guest.lead", language) in html.unescape(shown.text)
        assert shown.headers["cache-control"] == "no-store"
        typed = {"band": "medium", "assessed_on": "2026-06-01", "verified": "self"}
        wrong = await guest.post("/answer/diligence", data={**typed, "cahra_cobalt": "no", "share_cobalt": "120"})
        assert wrong.status_code == 422
        assert 'value="120"' in wrong.text
        assert say("diligence.guest.wrong_share", language) in wrong.text
        assert (await guest.post("/answer", data={**typed, "main_production": "1"})).status_code == 404
        given = await guest.post("/answer/diligence", data={**typed, "cahra_cobalt": "no", "share_cobalt": "90"})
        assert given.status_code == 303, given.text
        done = (await guest.get("/answer/diligence")).text
        assert say("diligence.guest.done_title", language) in done
        assert say("guests.answer.once", language) in html.unescape(done)  # no mail is set up here
        again = await guest.post("/answer/diligence", data={**typed, "band": "low"})
        assert again.status_code == 409
        copy = (await guest.get("/answer/diligence/copy")).content.decode("utf-8-sig")
        assert say("diligence.band.medium", language) in copy
        assert re.search(r",90\b", copy)
        bad = await guest.post("/answer/diligence/join", data={"corporate_number": "7123456789013"})
        assert bad.status_code == 422
        joined = await guest.post("/answer/diligence/join", data={"corporate_number": "7123456789012"})
        assert joined.headers["location"].startswith("/join/")

    async with enter(site, "ann@dd.example") as ann:
        assert say("diligence.answer.response", "en") in html.unescape((await ann.get(part)).text)


QUESTIONS = {
    "id": "SAQ-9",
    "version": "1",
    "title": {"ja": "取引先質問票", "en": "Supplier questionnaire"},
    "sections": [
        {
            "key": "policy",
            "ja": "方針",
            "en": "Policy",
            "questions": [
                {
                    "key": "has_policy",
                    "ja": "人権方針がありますか。",
                    "en": "Is there a policy?",
                    "type": "bool",
                    "map": ["OECD1"],
                },
                {"key": "share", "ja": "再生材の割合", "en": "Recycled share", "type": "pct", "map": ["OECD1"]},
            ],
        }
    ],
}


async def test_a_guest_answers_the_customers_own_questionnaire_about_its_materials(site: Site) -> None:
    one = await company(site.db, "依頼する会社")
    await identity.open_access(site.db, one.id)
    await site.person("ann@dd.example", one.id)
    await one.part("pack", [("部材", 1)])
    await one.run(responses.add_template, QUESTIONS)
    part = f"/diligence/parts/{await one.part_id('部材')}"
    async with enter(site, "ann@dd.example") as ann:
        page = (await ann.get(f"{part}/guest")).text
        assert "SAQ-9 1" in page
        form = {"csrf_token": token_in(page), "company": "田中製作所", "email": MAIL, "template": "SAQ-9 1"}
        strange = await ann.post(f"{part}/guest", data={**form, "template": "SAQ-8 1"})
        assert strange.status_code == 422
        made = await ann.post(f"{part}/guest", data={**form, "materials": ["manganese", "nonsense"]})
        link = re.search(r"(/answer/[\w-]{20,})", made.text)
        assert link, made.text

    async with site.client(**BROWSER) as guest:
        await guest.post(link[1], data={"email": MAIL})
        shown = (await guest.get("/answer/diligence")).text
        assert "Supplier questionnaire" in shown
        before, _, after = shown.partition("<details")
        assert 'name="cahra_manganese"' in before
        assert 'name="cahra_cobalt"' in after
        typed = {"band": "low", "assessed_on": "2026-06-01", "verified": "self", "q-has_policy": "yes"}
        wrong = await guest.post("/answer/diligence", data={**typed, "q-share": "much"})
        assert wrong.status_code == 422
        assert 'value="much"' in wrong.text
        assert (await guest.post("/answer/diligence", data={**typed, "q-share": "12.5"})).status_code == 303
        done = html.unescape((await guest.get("/answer/diligence")).text)
        assert "Is there a policy?" in done
        copy = (await guest.get("/answer/diligence/copy")).content.decode("utf-8-sig")
        assert "Recycled share,12.5" in copy

    async with enter(site, "ann@dd.example") as ann:
        seen = html.unescape((await ann.get(part)).text)
        assert "Is there a policy?" in seen
        assert "12.5" in seen

"""A member answers the questionnaire that a customer's request names, and that customer alone reads the answers."""

import html

import pytest
from tests.chain import company

from meguri.diligence.errors import BadAnswer, NothingFound
from meguri.diligence.service import answers_to, requests, responses
from meguri.diligence.service.requests import AskInput, WantedInput
from meguri.identity import service as identity
from meguri.kernel.ids import new_id
from meguri.traceability.errors import WrongSide

from .conftest import Site
from .test_guest_diligence_pages import QUESTIONS
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio


async def test_answers_are_seen_by_the_customer_that_asked_once_they_are_sent(site: Site) -> None:
    one, two, third = [await company(site.db, name) for name in ("依頼する会社", "答える会社", "関係のない会社")]
    for who, mail in ((one, "ann@dd.example"), (two, "bea@dd.example"), (third, "eve@dd.example")):
        await identity.open_access(site.db, who.id)
        await site.person(mail, who.id)
    await one.part("pack", [("部材", 1)])
    await one.run(responses.add_template, QUESTIONS)
    part = await one.part_id("部材")
    wanted = WantedInput(template_id="SAQ-9", template_version="1")
    asked = await one.run(requests.ask, AskInput(upstream_operator_id=two.id, downstream_trace_id=part, scope=wanted))
    request_id = asked.trade.request_id
    here, api = f"/diligence/requests/{request_id}", f"/api/v1/dd/requests/{request_id}/answers"
    sheet = "/diligence/questions?template=SAQ-9&edition=1"

    with pytest.raises(NothingFound):
        await two.run(answers_to.hand_over, request_id)  # nothing is signed yet
    with pytest.raises(WrongSide):
        await one.run(answers_to.hand_over, request_id)
    async with enter(site, "bea@dd.example") as bea:
        shown = html.unescape((await bea.get(here)).text)
        assert f'action="{here}/answers"' not in shown
        form = {"csrf_token": token_in(shown), "has_policy": "yes", "share": "37.25"}
        assert (await bea.post(f"{here}/questionnaire", data=form)).status_code == 303
        assert (await bea.post(sheet, data=form)).status_code == 303
        offered = html.unescape((await bea.get(here)).text)
        assert f'action="{here}/answers"' in offered
        assert "依頼する会社" in offered
    async with enter(site, "ann@dd.example") as ann:
        assert "37.25" not in (await ann.get(f"/diligence/parts/{part}")).text  # signed, and not sent
    async with enter(site, "bea@dd.example") as bea:
        token = token_in((await bea.get(here)).text)
        assert (await bea.post(f"{here}/answers", data={"csrf_token": token})).status_code == 303
        assert f'action="{here}/answers"' not in html.unescape((await bea.get(here)).text)
    async with enter(site, "ann@dd.example") as ann:
        seen = html.unescape((await ann.get(f"/diligence/parts/{part}")).text)
        assert "Is there a policy?" in seen
        assert "37.25" in seen
    async with enter(site, "eve@dd.example") as eve:
        token = token_in((await eve.get("/diligence/questionnaires")).text)
        assert (await eve.post(f"{here}/answers", data={"csrf_token": token})).status_code == 404

    with pytest.raises(BadAnswer):
        await two.run(answers_to.answer, request_id, {"share": "much"})
    async with site.client(authorization=f"Bearer {await site.token('bea@dd.example')}") as program:
        later = await program.post(api, json={"answers": {"has_policy": False, "share": "41.75"}})
        assert later.status_code == 201, later.text
        assert (await program.post(f"/api/v1/dd/requests/{new_id()}/answers", json={"answers": {}})).status_code == 404
    async with enter(site, "ann@dd.example") as ann:
        seen = html.unescape((await ann.get(f"/diligence/parts/{part}")).text)
        assert ("41.75" in seen, "37.25" in seen) == (True, False)  # the later answers have taken their place

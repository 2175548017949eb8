"""A customer's request is passed on upstream as it consents: what goes along, what never does, and what comes back."""

from datetime import timedelta

import msgspec
import pytest
from tests.chain import Company, company

from meguri.diligence import service
from meguri.diligence.errors import (
    ForwardingNotAllowed,
    ForwardingNothing,
    ForwardingTooLate,
    NoTemplate,
    TemplatePublished,
)
from meguri.diligence.model import ResultInput
from meguri.diligence.questionnaire import Template
from meguri.diligence.service import forwarding, guest_answers, records, requests, responses
from meguri.diligence.service.forwarding import ConsentInput, ForwardInput, ForwardPlan, PassedOn
from meguri.diligence.service.requests import Asked, AskInput, Wanted, WantedInput
from meguri.diligence.taxonomy import Band
from meguri.guests.model import Invite
from meguri.kernel import clock
from meguri.storage.database import Database
from meguri.traceability.errors import UnknownRequest, WrongSide
from meguri.traceability.model import RequestType, Side, State

pytestmark = pytest.mark.anyio
SECRET = "この言葉は上流に伝わらない"


async def four(db: Database) -> tuple[Company, Company, Company, Company]:
    """An OEM, its cell maker, that one's cathode maker and the refiner behind; each asked for its footprint by the next."""
    a, b, c, e = [await company(db, name) for name in ("甲自動車", "乙電池", "丙正極材", "丁製錬")]
    await a.part("pack", [("cell", 2)])
    await b.part("cell-b", [("electrode", 1), ("can", 1)])
    await b.part("electrode", [("cathode", 3)])
    await c.part("cathode-c", [("sulfate", 4)])
    await e.part("sulfate-e", ends=True)
    await c.link(await b.ask(c, "cathode"), "cathode-c")
    await e.link(await c.ask(e, "sulfate"), "sulfate-e")
    return a, b, c, e


async def asks(one: Company, supplier: Company, part: str, consent: str, **more: object) -> Asked:
    scope = WantedInput(materials=["cobalt", "nickel"], forwarding=consent, **more)  # type: ignore[arg-type]
    said = AskInput(
        upstream_operator_id=supplier.id,
        downstream_trace_id=await one.part_id(part),
        message=SECRET,
        due_date=clock.today() + timedelta(days=30),
        scope=scope,
    )
    asked: Asked = await one.run(requests.ask, said)
    return asked


async def received(one: Company) -> Asked:
    (found,) = await one.run(requests.listed, Side.UP)
    return found  # type: ignore[no-any-return]


async def plan(one: Company, asked: Asked) -> ForwardPlan:
    return await one.run(forwarding.plan, asked.trade.request_id)  # type: ignore[no-any-return]


async def forward(one: Company, asked: Asked, **said: object) -> ForwardPlan:
    return await one.run(forwarding.forward, asked.trade.request_id, ForwardInput(**said))  # type: ignore[arg-type, no-any-return]


def lines(found: ForwardPlan) -> dict[str, str]:
    return {line.name: line.state for line in found.lines}


async def test_a_request_goes_up_unnamed_and_totals_come_down(chain: Database) -> None:
    a, b, c, e = await four(chain)
    asked = await asks(a, b, "cell", "anonymous")
    here = await received(b)
    assert here.wanted == Wanted(materials=["cobalt", "nickel"], forwarding="anonymous")
    assert lines(await plan(b, here)) == {}
    with pytest.raises(ForwardingNothing):  # which part answers is not said yet
        await forward(b, here)
    await b.link(here.trade, "cell-b")
    before = await plan(b, here)
    assert lines(before) == {"can": "no_supplier", "cathode": "ready"}
    assert (before.consent, before.customer) == ("anonymous", None)
    assert before.due_date == clock.today() + timedelta(days=23)
    with pytest.raises(ForwardingTooLate):
        await forward(b, here, due_date=clock.today() + timedelta(days=31))
    with pytest.raises(ForwardingNotAllowed):  # it does not consent to be named
        await forward(b, here, name_customer=True)
    with pytest.raises(ForwardingNothing):
        await forward(b, here, trace_ids=[await b.part_id("can")])
    for one, refusal in ((a, WrongSide), (c, UnknownRequest), (e, UnknownRequest)):
        with pytest.raises(refusal):
            await forward(one, here)
    assert await c.run(requests.listed, Side.UP) == []
    assert (await a.run(requests.one, asked.trade.request_id)).forwarded_on is None

    after = await forward(b, here)
    assert lines(after) == {"can": "no_supplier", "cathode": "asked"}
    assert [line.passed_on for line in after.lines] == [False, True]
    with pytest.raises(ForwardingNothing):  # once is enough
        await forward(b, here)
    at_c = await received(c)
    assert (at_c.partner, at_c.part) == ("乙電池", "cathode")
    assert at_c.trade.message is None
    assert at_c.trade.due_date == clock.today() + timedelta(days=23)
    assert at_c.wanted == Wanted(materials=["cobalt", "nickel"], forwarding="anonymous", on_behalf=True)
    for word in (SECRET, "甲自動車", str(a.id)):
        assert word not in msgspec.json.encode(at_c).decode()
    seen = await a.run(requests.one, asked.trade.request_id)
    assert seen.forwarded_on == clock.today()
    assert (seen.trade.completed_count, seen.trade.trades_count) == (0, 2)
    for word in ("丙正極材", "cathode", str(c.id)):
        assert word not in msgspec.json.encode(seen).decode()
    # The same one tier further; the refiner reads that somebody stands behind, and who asks it.
    await c.link(at_c.trade, "cathode-c")
    await forward(c, at_c)
    at_e = await received(e)
    assert (at_e.partner, at_e.wanted and at_e.wanted.on_behalf, at_e.wanted and at_e.wanted.on_behalf_of) == (
        "丙正極材",
        True,
        None,
    )
    await e.link(at_e.trade, "sulfate-e")
    for one, part, band in ((e, "sulfate-e", Band.HIGH), (c, "cathode-c", Band.LOW), (b, "cell-b", Band.LOW)):
        said = ResultInput(assessment_date=clock.today(), overall_band=band)
        await one.run(service.state_result, await one.part_id(part), said)
    for one, part, reader in ((e, "sulfate-e", c), (c, "cathode-c", b), (b, "cell-b", a)):
        await one.disclose(part, reader, DDRESULT=True)
    response = (await a.run(service.shown_one, await a.part_id("cell"))).response
    assert response is not None
    assert response.overall_band is Band.HIGH
    seen = await a.run(requests.one, asked.trade.request_id)
    assert (seen.trade.state, seen.trade.completed_count, seen.trade.trades_count) == (State.COMPLETED, 3, 3)
    assert lines(await plan(b, here))["cathode"] == "answered"


async def test_a_name_goes_along_by_consent_and_vanishes_when_that_is_taken_back(chain: Database) -> None:
    a, b, c, e = await four(chain)
    asked = await asks(a, b, "cell", "named", detail="CHAIN")
    here = await received(b)
    await b.link(here.trade, "cell-b")
    assert (await plan(b, here)).customer == "甲自動車"
    await forward(b, here, name_customer=True, message="ご協力ください")
    at_c = await received(c)
    assert at_c.trade.message == "ご協力ください"
    assert at_c.wanted is not None
    assert (at_c.wanted.on_behalf_of, at_c.wanted.forwarding, at_c.wanted.detail) == ("甲自動車", "named", "CHAIN")
    await c.link(at_c.trade, "cathode-c")
    assert (await plan(c, at_c)).customer == "甲自動車"  # who stands behind, not who asks
    await forward(c, at_c, name_customer=True)
    at_e = await received(e)
    assert at_e.wanted is not None
    assert at_e.wanted.on_behalf_of == "甲自動車"
    assert "乙電池" not in msgspec.json.encode(at_e).decode()
    with pytest.raises(WrongSide):
        await b.run(forwarding.consent, here.trade.request_id, ConsentInput(forwarding="none"))
    changed = await a.run(forwarding.consent, asked.trade.request_id, ConsentInput(forwarding="anonymous"))
    assert changed.wanted.forwarding == "anonymous"
    for one in (c, e):
        wanted = (await received(one)).wanted
        assert wanted is not None
        assert (wanted.on_behalf, wanted.on_behalf_of, wanted.forwarding) == (True, None, "anonymous")
    sent = (await c.run(requests.listed, Side.DOWN))[0].wanted
    assert sent.on_behalf_of is None
    await a.run(forwarding.consent, asked.trade.request_id, ConsentInput(forwarding="none"))
    assert (await plan(b, here)).consent == "none"
    await b.part("can", ends=False)
    with pytest.raises(ForwardingNotAllowed):
        await forward(b, here)
    assert (await received(c)).trade.live  # what went on stays


async def test_without_consent_or_from_systems_without_a_word_for_it_nothing_goes_on(chain: Database) -> None:
    a, b, c, _ = await four(chain)
    trade = await a.ask(b, "cell", RequestType.DD)
    here = await received(b)
    assert here.wanted is None
    await b.link(trade, "cell-b")
    assert (await plan(b, here)).consent == "none"
    with pytest.raises(ForwardingNotAllowed):
        await forward(b, here)
    assert await c.run(requests.listed, Side.UP) == []
    await a.run(forwarding.consent, here.trade.request_id, ConsentInput(forwarding="anonymous"))
    assert lines(await forward(b, here))["cathode"] == "asked"


async def test_a_customers_questionnaire_is_taken_over_and_goes_along(chain: Database) -> None:
    a, b, c, _ = await four(chain)
    question = {"key": "policy", "ja": "方針は？", "en": "A policy?", "type": "bool"}
    section = {"key": "s", "ja": "方針", "en": "Policy", "questions": [question]}
    saq = {"id": "SAQ-1", "version": "1", "title": {"ja": "質問票", "en": "Questionnaire"}, "sections": [section]}
    await a.run(responses.add_template, saq)
    await asks(a, b, "cell", "anonymous", template_id="SAQ-1", template_version="1")
    here = await received(b)
    await b.link(here.trade, "cell-b")
    await forward(b, here)
    assert (await b.run(responses.template, "SAQ-1", "1")).title.ja == "質問票"
    at_c = await received(c)
    assert at_c.wanted is not None
    assert (at_c.wanted.template_id, at_c.wanted.template_version) == ("SAQ-1", "1")
    with pytest.raises(NoTemplate):
        await c.run(responses.template, "SAQ-1", "1")
    assert (await c.run(forwarding.adopt, at_c.trade.request_id)).id == "SAQ-1"
    assert (await c.run(forwarding.adopt, at_c.trade.request_id)).id == "SAQ-1"
    assert len(await c.run(records.listed, "template", Template)) == 1
    with pytest.raises(WrongSide):
        await b.run(forwarding.adopt, at_c.trade.request_id)
    # Another questionnaire of that name: it is not overwritten, and suppliers are asked by the one that all have.
    a2, b2, c2, _ = await four(chain)
    await a2.run(responses.add_template, saq)
    await b2.run(responses.add_template, {**saq, "title": {"ja": "別の質問票", "en": "Another"}})
    await asks(a2, b2, "cell", "anonymous", template_id="SAQ-1", template_version="1")
    other = await received(b2)
    await b2.link(other.trade, "cell-b")
    with pytest.raises(TemplatePublished):
        await b2.run(forwarding.adopt, other.trade.request_id)
    await forward(b2, other)
    wanted = (await received(c2)).wanted
    assert wanted is not None
    assert wanted.template_id == "MEGURI-DD-1"


async def test_a_supplier_without_an_account_is_asked_on_behalf_by_a_link(doors: Database) -> None:
    a, b, _, _ = await four(doors)
    asked = await asks(a, b, "cell", "named")
    here = await received(b)
    await b.link(here.trade, "cell-b")
    can = await b.part_id("can")
    invited = Invite(downstream_trace_id=can, company="缶製作所", email="can@example.jp", language="ja")
    by = PassedOn(request_id=here.trade.request_id, name_customer=True)
    late = msgspec.structs.replace(invited, due_date=clock.today() + timedelta(days=40))
    with pytest.raises(ForwardingTooLate):
        await guest_answers.invite(doors, b.scope, late, passed_on=by)
    wrong = msgspec.structs.replace(invited, downstream_trace_id=await b.part_id("cathode"))
    with pytest.raises(ForwardingNothing):
        await guest_answers.invite(doors, b.scope, wrong, passed_on=by)
    await guest_answers.invite(doors, b.scope, invited, passed_on=by)
    found = {line.name: line for line in (await plan(b, here)).lines}
    assert (found["can"].state, found["can"].supplier, found["can"].passed_on) == ("asked", "缶製作所", True)
    sent = next(one for one in await b.run(requests.listed, Side.DOWN) if one.part == "can")
    assert sent.wanted == Wanted(
        materials=["cobalt", "nickel"], forwarding="named", on_behalf=True, on_behalf_of="甲自動車"
    )
    assert (await a.run(requests.one, asked.trade.request_id)).forwarded_on == clock.today()


async def test_requests_are_paged_and_those_that_wait_come_by_their_due_date(chain: Database) -> None:
    a, b = await company(chain, "甲"), await company(chain, "乙")
    await a.part("pack", [(f"cell-{n}", 1) for n in range(5)])
    days = (30, 10, None, 20, 5)
    for n, day in enumerate(days):
        said = AskInput(
            upstream_operator_id=b.id,
            downstream_trace_id=await a.part_id(f"cell-{n}"),
            due_date=clock.today() + timedelta(days=day) if day else None,
            scope=WantedInput(materials=["cobalt"] if n % 2 else []),
        )
        await a.run(requests.ask, said)
    seen: list[str] = []
    after, pages = None, 0
    while True:
        found, after = await a.run(requests.listed_page, Side.DOWN, after=after, limit=2)
        seen += [one.part for one in found]
        pages += 1
        assert all((one.wanted.materials == ["cobalt"]) is (int(one.part[-1]) % 2 == 1) for one in found)
        if after is None:
            break
    assert (seen, pages) == ([f"cell-{n}" for n in (4, 3, 2, 1, 0)], 3)
    assert [one.part[-1] for one in await b.run(requests.waiting)] == ["4", "1", "3", "0", "2"]

"""Every kind of dataset from its offer to its data: results and certificates that come whole, interfaces that are called."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from tests.reuse.conftest import diagnosis
from tests.reuse.samples import good_evidence

from meguri.dataspaces.aas import reading
from meguri.dataspaces.aas import store as shells
from meguri.dataspaces.aas.view import OWN, PUBLIC, Viewer
from meguri.dataspaces.catenax.notices import sending
from meguri.dataspaces.catenax.notices import store as notices
from meguri.dataspaces.catenax.notices.model import Quality
from meguri.dataspaces.dsp import calling, offering, plane, store
from meguri.dataspaces.dsp.errors import NothingToOffer, NumberMissing, TooWide
from meguri.dataspaces.dsp.kinds import KINDS
from meguri.dataspaces.dsp.offering import PartnerInput, Terms
from meguri.dataspaces.epcis import capturing
from meguri.dataspaces.node import node
from meguri.diligence import service as diligence
from meguri.diligence.model import Band, ResultInput
from meguri.health.model import Chemistry
from meguri.kernel import clock
from meguri.passport.model import NewPassport
from meguri.passport.service.issuing import issue
from meguri.proof import jcs
from meguri.reuse.records import BatteryFacts, NewEvidence
from meguri.reuse.service import batteries, certificates
from meguri.traceability.errors import PartNotOwn

from .conftest import World

pytestmark = pytest.mark.anyio
A_BPN, B_BPN = "BPNL00000000AAAA", "BPNL00000000BBBB"
EPC = "https://id.gs1.org/01/04512345678906/21/"


async def fetched(world: World, dataset_id: str) -> Any:
    """The content that the other company gets under a contract."""
    agreement_id = await world.b.agreed(world.a, dataset_id)
    done = await world.consumer.fetch(world.b.scope, agreement_id, "HttpData-PULL")
    await world.b.until(done.pid, "COMPLETED")
    (copy,) = await world.b.run(store.copies, done.pid)
    assert copy.content_hash == jcs.sha256_hex(copy.envelope["content"])
    return copy.envelope["content"]


async def opened(world: World, kind: str, about: str = "", terms: Terms | None = None) -> tuple[str, calling.Access]:
    """An interface that the other company may call now: our pid and how."""
    said = terms or Terms(purposes=(KINDS[kind].purpose,))
    dataset_id, _ = await world.a.run(offering.offer_known, kind, about, world.b.did, said)
    agreement_id = await world.b.agreed(world.a, dataset_id)
    asked = await world.consumer.fetch(world.b.scope, agreement_id, "HttpData-PULL")
    started = await world.b.until(asked.pid, "STARTED")
    assert (await world.a.until(started.peer_pid, "STARTED")).state == "STARTED"
    return str(started.peer_pid), await calling.access(world.node.db, world.b.scope, asked.pid)


async def call(world: World, to: calling.Access, path: str, body: Any = None, **headers: str) -> Any:
    raw = b"" if body is None else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    sent = {"authorization": f"Bearer {to.token}", "content-type": "application/json", **headers}
    return await world.client.request(method, to.endpoint + path, content=raw, headers=sent)


async def test_a_due_diligence_result_is_handed_over_without_what_is_the_companys_own(world: World) -> None:
    part = await world.a.company.part_id("cell")
    with pytest.raises(NothingToOffer):
        await world.a.offer("cell", world.b.did, kind="dd-result")
    said = ResultInput(assessment_date=date(2026, 10, 1), valid_until=clock.today(), overall_band=Band.LOW)
    await world.a.run(diligence.state_result, part, said)
    content = await fetched(world, await world.a.offer("cell", world.b.did, kind="dd-result"))
    assert (content["responderTraceId"], content["version"]) == (str(part), 1)
    assert content["result"]["overall_band"] == "low"
    assert not {"trace_id", "dd_id", "source"} & set(content["result"])
    over = replace(said, valid_until=clock.today() - timedelta(days=1))
    await world.a.run(diligence.state_result, part, over)
    with pytest.raises(NothingToOffer):
        await world.a.offer("cell", world.b.did, kind="dd-result")
    with pytest.raises(PartNotOwn):
        await world.b.run(offering.offer_known, "dd-result", str(part), world.a.did, Terms())


async def test_a_diagnosis_is_handed_over_as_it_was_certified_and_no_revoked_one(world: World) -> None:
    named = NewPassport(gtin="09521234567899", serial="MG-9", values={"battery_category": "ev"})
    passport = await world.a.run(issue, named)
    facts = BatteryFacts(serial="MG-9", passport_id=passport.passport_id, dpp_id=passport.dpp_id,
                         model="EV-40", maker="巡り電池", chemistry=Chemistry.NMC, rated_energy_kwh=40.0,
                         rated_capacity_ah=114.0, mass_kg=300.0, max_voltage_v=400.0, cell_voltage_max=4.2)  # fmt: skip
    battery = await world.a.run(batteries.register, facts)
    findings = tuple(replace(item, at=clock.today()) for item in good_evidence(without=()))
    await world.a.run(batteries.add_evidence, battery.battery_id, NewEvidence(findings=findings))
    made = await world.a.run(certificates.issue, battery.battery_id, diagnosis())
    about, terms = str(made.certificate_id), Terms(purposes=("reuse.valuation",))
    dataset_id, _ = await world.a.run(offering.offer_known, "soh-valuation", about, world.b.did, terms)
    content = await fetched(world, dataset_id)
    assert content["credential"]["id"] == f"urn:uuid:{made.certificate_id}"
    assert content["credential"]["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    await under_its_shell(world, passport.passport_id, str(made.certificate_id))
    await world.a.run(certificates.revoke, made.certificate_id, "測定の誤り")
    for wrong in (about, str(uuid4()), "x"):
        with pytest.raises(NothingToOffer):
            await world.a.run(offering.offer_known, "soh-valuation", wrong, world.b.did, terms)
    with pytest.raises(NothingToOffer):
        await world.a.run(offering.offer_known, "recycling-certificate", "urn:nothing", world.b.did, terms)


async def under_its_shell(world: World, passport_id: Any, certificate_id: str) -> None:
    """Who has the contract finds the diagnosis as a submodel of the battery; nobody else does, and no more of it."""
    shell = await world.a.run(shells.shell, (OWN,), f"{world.node.settings.public_url}/aas/{passport_id}")
    agreed = await world.a.run(plane.agreed_on, world.b.did)
    assert ("soh-valuation", str(passport_id)) in agreed
    partner = Viewer(audiences=(PUBLIC, world.b.did), did=world.b.did, agreed=agreed)
    (one,) = [
        each for each in await world.a.run(reading.submodels_of, partner, shell) if each["idShort"] == "SohValuation"
    ]
    values = {each["idShort"]: each.get("value") for each in one["submodelElements"]}
    assert values["certificateId"] == f"urn:uuid:{certificate_id}"
    first = {each["idShort"]: each.get("value") for each in values["results"][0]["value"]}
    assert (first["quantity"], first["value"], first["lower"], first["upper"]) == (
        "soh_capacity",
        "82.0",
        "78.9",
        "85.1",
    )
    stranger = Viewer(audiences=(PUBLIC,), did="did:web:x.example")
    assert [
        each for each in await world.a.run(reading.submodels_of, stranger, shell) if each["idShort"] == "SohValuation"
    ] == []


@pytest.mark.parametrize("about", ["", "*", "https://*", "https://id.gs1.org/*", "urn:uuid:*", "x", "a b:cdefgh", "\n"])
async def test_events_are_never_opened_altogether(world: World, about: str) -> None:
    with pytest.raises(TooWide):
        await world.a.run(offering.offer_known, "epcis-query", about, world.b.did, Terms())


async def test_events_are_queried_within_the_reach_of_the_agreement(world: World) -> None:
    inside, outside = uuid4().hex[:10], uuid4().hex[:10]
    for serial in (inside, outside):
        said = {
            "@context": [], "type": "ObjectEvent", "eventTime": "2026-11-20T09:30:00Z", "eventTimeZoneOffset": "+09:00",
            "action": "OBSERVE", "bizStep": "inspecting", "epcList": [EPC + serial],
            "sourceList": [{"type": "owning_party", "source": "did:web:secret.example"}],
        }  # fmt: skip
        await world.a.run(capturing.one, world.a.did, True, said)
    pid, to = await opened(world, "epcis-query", f"{EPC}{inside[:6]}*")
    answer = await call(world, to, "/events")
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [one["epcList"] for one in events] == [[EPC + inside]]
    assert "secret.example" not in answer.text
    assert (await call(world, to, f"/events/{events[0]['eventID'].replace('/', '%2F')}")).status_code == 200
    assert (await call(world, to, "/events?EQ_nothing=1")).status_code == 400
    for closed in ("/capture", "/queries", "/nothing"):
        assert (await call(world, to, closed)).status_code == 404, closed
    assert (await call(world, to, "/events", {})).status_code == 404  # nothing is told through it
    # the same token is no way to events that the agreement does not reach
    direct = f"{world.node.settings.public_url}/t/{world.a.company.id}/epcis/v2/events"
    held = await world.client.get(direct, headers={"authorization": f"Bearer {to.token}"})
    assert held.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
    await world.a.run(offering.end_process, pid, "TERMINATED")
    assert (await call(world, to, "/events")).status_code in (401, 410)


async def test_calls_are_counted_and_a_failed_one_is_not(world: World) -> None:
    pid, to = await opened(world, "epcis-query", f"{EPC}none", Terms(purposes=("quality",), most_calls=2))
    process = await world.a.process(pid)
    for path, wanted in (("/events", 200), ("/events?x=1", 400), ("/events", 200), ("/events", 403)):
        assert (await call(world, to, path)).status_code == wanted, path
    assert (await world.a.run(store.agreement, process.agreement_id)).uses == 2
    refused = await call(world, to, "/events")
    assert refused.json() == {"code": "POLICY_NOT_SATISFIED", "message": "Not satisfied: count"}
    direct = f"{world.node.settings.public_url}/t/{world.a.company.id}/epcis/v2/events"
    assert (await world.client.get(direct, headers={"authorization": f"Bearer {to.token}"})).status_code == 403
    assert (await call(world, to, "/events", **{"x-meguri-purpose": "audit"})).status_code == 403
    nobody = replace(to, token="mgt_x")
    assert (await call(world, nobody, "/events")).status_code == 401
    assert (await call(world, nobody, "/events", {})).status_code == 405  # as for data that come whole


async def test_the_registry_and_a_parts_submodels_are_read_under_their_own_contracts(world: World) -> None:
    _, registry = await opened(world, "aas-registry")
    assert (await call(world, registry, "/shell-descriptors")).json()["result"] == []  # it knows of no part of ours
    for closed in ("/shells", "/submodels", ""):
        assert (await call(world, registry, closed)).status_code == 404, closed
    assert (await call(world, registry, "/lookup/shellsByAssetLink", [])).status_code == 200
    part = await world.a.company.part_id("pack")
    _, bundle = await opened(world, "aas-submodels", str(part))
    found = {one["idShort"]: one["id"] for one in (await call(world, bundle, "/submodels")).json()["result"]}
    assert set(found) >= {"SerialPart", "SingleLevelBomAsBuilt"}
    from meguri.dataspaces.aas.parameters import encoded

    one = await call(world, bundle, f"/submodels/{encoded(found['SingleLevelBomAsBuilt'])}/$value")
    assert "cell" in one.text
    other = await world.a.company.part_id("cell")
    elsewhere = f"{node().url}/sm/{other}/SerialPart"
    assert (await call(world, bundle, f"/submodels/{encoded(elsewhere)}")).status_code == 404
    assert (await call(world, bundle, "/submodels", {})).status_code == 405
    assert (await call(world, bundle, "/shells")).status_code == 404


@pytest.fixture
async def numbered(world: World) -> World:
    for mine, other, own, theirs in ((world.a, world.b, A_BPN, B_BPN), (world.b, world.a, B_BPN, A_BPN)):
        await mine.run(offering.set_bpn, own)
        await mine.run(offering.save_partner, PartnerInput(did=other.did, name="相手", bpn=theirs))
    return world


def told(action: str = "ConnectToParent", **header: Any) -> dict[str, Any]:
    made = {
        "messageId": str(uuid4()), "context": f"IndustryCore-DigitalTwinEventAPI-{action}:3.0.0",
        "sentDateTime": "2026-11-30T01:02:03.004Z", "senderBpn": B_BPN, "receiverBpn": A_BPN, "version": "3.0.0",
    }  # fmt: skip
    return {
        "header": {**made, **header},
        "content": {"information": "親とつなぐ", "listOfAffectedItems": ["urn:uuid:1"]},
    }


async def test_notifications_are_taken_once_and_only_between_the_two_sides(numbered: World) -> None:
    world = numbered
    _, to = await opened(world, "notification-inbox")
    good = told()
    assert [(await call(world, to, "/connect-to-parent", good)).status_code for _ in range(2)] == [201, 201]
    urn = told(messageId=f"urn:uuid:{good['header']['messageId']}", context=good["header"]["context"])
    assert (await call(world, to, "/connect-to-parent", urn)).status_code == 409  # the same id for something else
    for path, action in (
        ("connect-to-child", "ConnectToChild"),
        ("submodel-update", "SubmodelUpdate"),
        ("feedback", "Feedback"),
    ):
        assert (await call(world, to, f"/{path}", told(action))).status_code == 201, path
    kept = [one for one in await world.a.run(notices.notices) if one.inbound]
    assert [one.action for one in kept] == ["feedback", "submodel-update", "connect-to-child", "connect-to-parent"]
    assert kept[-1].body == good
    wrong: dict[str, Any] = {
        "senderBpn": A_BPN, "receiverBpn": B_BPN, "messageId": "1", "version": "2.0.0", "sentDateTime": "2026-11-30",
        "context": "IndustryCore-DigitalTwinEventAPI-Feedback:3.0.0", "relatedMessageId": "x", "expectedResponseBy": "soon",
    }  # fmt: skip
    for name, value in wrong.items():
        answer = await call(world, to, "/connect-to-parent", told(**{name: value}))
        assert (answer.status_code, answer.json()["message"].partition(":")[0]) == (400, f"/header/{name}")
    for body in ([], {"header": 1}, {**told(), "content": []}, {**told(), "content": {"listOfAffectedItems": "x"}}):
        assert (await call(world, to, "/connect-to-parent", body)).status_code == 400
    for path in ("", "/nothing", "/connect-to-parent/more"):
        assert (await call(world, to, path, told())).status_code == 404, path
    assert (await call(world, to, "/connect-to-parent")).status_code == 405
    assert len([one for one in await world.a.run(notices.notices) if one.inbound]) == 4
    quality = {
        "header": {"notificationId": "n1", "messageId": str(uuid4()), "senderBPN": B_BPN, "senderAddress": "x",
                   "recipientBPN": A_BPN, "classification": "QM-Alert", "severity": "CRITICAL", "status": "SENT"},
        "content": {"information": "発熱の疑い", "listOfAffectedItems": ["urn:uuid:2"]},
    }  # fmt: skip
    assert (await call(world, to, "", quality)).status_code == 201
    quality["header"] |= {"messageId": str(uuid4()), "severity": "HUGE"}
    assert (await call(world, to, "/qualitynotifications/receive", quality)).status_code == 400


async def test_a_notification_whose_inbox_was_closed_says_so_and_an_inbox_needs_both_numbers(numbered: World) -> None:
    world = numbered
    pid, _ = await opened(world, "notification-inbox")
    notice_id = await world.b.run(_kept)
    for process in await world.b.processes():
        if process.type_iri == KINDS["notification-inbox"].type_iri and process.state == "STARTED":
            await world.b.run(offering.end_process, process.pid, "TERMINATED")
            await world.b.until(process.pid, "TERMINATED")
    await sending.deliver(world.node.db, str(world.b.company.id), str(notice_id))
    after = await world.b.run(notices.notice, notice_id)
    assert (after.told_at, after.trouble) == (None, "NO_INBOX")
    await world.a.until(pid, "TERMINATED")
    await world.a.run(offering.set_bpn, None)
    with pytest.raises(NumberMissing):
        await world.a.run(offering.offer_known, "notification-inbox", "", world.b.did, Terms())


async def _kept(tx: Any, scope: Any) -> Any:
    body = told()
    return await notices.add(tx, scope, inbound=False, peer_did=await _peer(tx, scope), message_id=uuid4(), action="feedback",
                             pid="urn:gone", body=body)  # fmt: skip


async def _peer(tx: Any, scope: Any) -> str:
    return str((await store.partners(tx, scope))[0].did)


async def test_we_tell_a_partner_that_has_opened_its_inbox(numbered: World) -> None:
    world = numbered
    before = len(await world.a.run(notices.notices))
    with pytest.raises(sending.NoInbox):
        await world.a.run(sending.send, world.b.did, "feedback", "x", [])
    with pytest.raises(sending.NoticeUnsound):
        await world.b.run(sending.send, world.a.did, "nonsense", "x", [])
    await opened(world, "notification-inbox")
    notice_id = await world.b.run(sending.send, world.a.did, "connect-to-parent", "シリアル番号 P-1", ["urn:uuid:3"])
    for _ in range(200):
        ours = await world.b.run(notices.notice, notice_id)
        if ours.told_at:
            break
        await asyncio.sleep(0.05)
    assert (ours.told_at is not None, ours.trouble) == (True, None)
    came = await world.a.run(notices.notices)
    assert len(came) == before + 1
    assert (came[0].body, came[0].inbound) == (ours.body, True)


TRACEX = {"notificationId", "senderBPN", "senderAddress", "recipientBPN", "classification", "severity", "status", "targetDate",
          "messageId"}  # fmt: skip
"""What Trace-X's own reader asks of a header."""


@pytest.mark.parametrize("form", ["tracex", "shared"])
async def test_a_partner_is_told_of_a_quality_problem_in_the_form_that_its_record_says(
    numbered: World, form: Any
) -> None:
    world = numbered
    await world.b.run(offering.save_partner, PartnerInput(did=world.a.did, name="相手", bpn=A_BPN, quality_form=form))
    await opened(world, "notification-inbox")
    until = datetime(2026, 12, 24, 15, tzinfo=UTC)
    said = Quality(classification="QM-Alert", severity="CRITICAL", target_date=until)

    async def tell(quality: Quality | None, action: str = "quality") -> Any:
        notice_id = await world.b.run(sending.send, world.a.did, action, "発熱の疑い", ["urn:uuid:2"], quality)
        for _ in range(200):
            ours = await world.b.run(notices.notice, notice_id)
            if ours.told_at:
                break
            await asyncio.sleep(0.05)
        assert (ours.told_at is not None, ours.trouble) == (True, None)
        came = (await world.a.run(notices.notices))[0]
        assert (came.body, came.inbound, came.action) == (ours.body, True, "quality")
        return came.body

    body = await tell(said)
    header, content = body["header"], body["content"]
    assert content["information"] == "発熱の疑い"
    assert content["listOfAffectedItems"] == ["urn:uuid:2"]
    if form == "tracex":
        assert set(header) == TRACEX
        assert (header["senderBPN"], header["recipientBPN"]) == (B_BPN, A_BPN)
        assert (header["classification"], header["severity"], header["status"]) == ("QM-Alert", "CRITICAL", "SENT")
        assert header["targetDate"] == "2026-12-24T15:00:00.000Z"
        assert header["senderAddress"] == world.b.root
        matter = header["notificationId"]
    else:
        assert header["context"] == "Traceability-QualityNotification-Alert:2.0.0"
        assert (header["version"], header["expectedResponseBy"]) == ("3.0.0", "2026-12-24T15:00:00.000Z")
        assert (content["severity"], content["status"]) == ("CRITICAL", "SENT")
        matter = content["notificationId"]
    after = await tell(replace(said, notification_id=matter, status="CLOSED"))
    where = after["header"] if form == "tracex" else after["content"]
    assert (where["notificationId"], where["status"]) == (matter, "CLOSED")
    assert after["header"]["messageId"] != header["messageId"]
    for wrong in (
        replace(said, severity="HUGE"),
        replace(said, classification="x"),
        replace(said, status="x"),
        replace(said, target_date=until.replace(tzinfo=None)),
        replace(said, notification_id=""),
        None,
    ):
        with pytest.raises(sending.NoticeUnsound):
            await world.b.run(sending.send, world.a.did, "quality", "x", [], wrong)
    with pytest.raises(sending.NoticeUnsound):
        await world.b.run(sending.send, world.a.did, "feedback", "x", [], said)


async def test_a_quality_notification_with_the_shared_header_is_judged_by_its_content(numbered: World) -> None:
    _, to = await opened(numbered, "notification-inbox")
    context = "Traceability-QualityNotification-Investigation:2.0.0"

    def said(**content: Any) -> dict[str, Any]:
        made = told(context=context)
        return {**made, "content": {**made["content"], **content}}

    assert (await call(numbered, to, "", said(severity="MAJOR", status="SENT"))).status_code == 201
    assert (await call(numbered, to, "/qualitynotifications/receive", said())).status_code == 201
    for name, value in (("severity", "HUGE"), ("status", "x"), ("severity", 1)):
        answer = await call(numbered, to, "", said(**{name: value}))
        assert (answer.status_code, answer.json()["message"].partition(":")[0]) == (400, f"/content/{name}")

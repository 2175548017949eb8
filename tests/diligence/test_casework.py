"""Records, the map, findings, scores and red flags, on the real database."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from tests.chain import Company, company

from meguri.diligence import errors, service
from meguri.diligence.model import (
    ActionInput,
    ActionStep,
    AttestationInput,
    DecisionInput,
    EdgeInput,
    FacilityInput,
    FindingStep,
    ListInput,
    PartyId,
    PartyInput,
    PartyName,
    PolicyInput,
    RiskDataInput,
)
from meguri.diligence.screening.errors import NameNotDistinctive
from meguri.diligence.service import (
    assessing,
    casework,
    chains,
    evidence,
    records,
    scoring,
    screening,
)
from meguri.diligence.service.red_flags import red_flags
from meguri.diligence.taxonomy import Band, names
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.operators import inbox
from meguri.operators.model import NotificationFilter
from meguri.storage.database import Database
from meguri.traceability.model import RequestType

from .records_of_tests import edge, finding, other_person, party, site

pytestmark = pytest.mark.anyio


async def test_an_identifier_with_a_wrong_check_digit_is_stored_only_as_another_kind(me: Company) -> None:
    for scheme, value in (
        ("lei", "5493001KJTIIGC8Y1R13"),
        ("jp_corporate_number", "1000000000000"),
        ("gln", "4012345000001"),
    ):
        with pytest.raises(errors.IdChecksum):
            await party(me, "Kokkola Refining", ids=[PartyId(scheme=scheme, value=value)])
    await party(me, "Kokkola Refining", ids=[PartyId(scheme="other", value="5493001KJTIIGC8Y1R13")])
    with pytest.raises(NameNotDistinctive):
        await party(me, "株式会社")


async def test_supply_shares_never_run_over_and_never_lead_back(me: Company) -> None:
    refiner, mine = await site(me, "Refiner", "refiner"), await site(me, "Mine", "mine_industrial")
    await edge(me, refiner, None, "60")
    await edge(me, mine, refiner, "100")
    with pytest.raises(errors.ShareOver100):
        await edge(me, mine, None, "41")
    with pytest.raises(errors.EdgeLoop):
        await edge(me, refiner, mine, "10")
    with pytest.raises(errors.EdgeLoop):
        await edge(me, mine, mine, "10", "nickel")
    with pytest.raises(errors.BadPeriod):
        said = EdgeInput(
            source=mine, material="cobalt", share_pct=D(1), valid_from=date(2021, 1, 1), valid_to=date(2020, 1, 1)
        )
        await me.run(records.add, "edge", said)
    with pytest.raises(errors.UnknownWord):
        await site(me, "Moon", "moon_mine")


async def test_the_map_keeps_gaps_with_their_share_and_the_concentration_its_unknown_part(me: Company) -> None:
    one, two = await site(me, "Refiner A", "refiner", "CN"), await site(me, "Refiner B", "refiner", "FI")
    await edge(me, one, None, "60")
    await edge(me, two, None, "20")
    found = await me.run(chains.chain_map, "cobalt")
    gaps = {link.to: link.share_pct for link in found.links if link.confidence == "unknown"}
    assert gaps[chains.ME] == D(20)
    assert gaps[str(one)] == gaps[str(two)] == D(100)
    assert found.coverage["cobalt"].origin_pct == D("0.0")
    measured = await me.run(chains.concentrations)
    (refiners,) = measured.items
    assert (refiners.stage, refiners.unknown_pct, refiners.hhi_low, refiners.hhi_high) == (
        "refiner",
        D(20),
        D(4000),
        D(6800),
    )


async def test_a_finding_closes_only_after_somebody_else_verified(me: Company) -> None:
    kept = await me.run(casework.find, finding())
    assert (kept.content.priority, kept.content.band) == (15, Band.CRITICAL)
    assert kept.content.to_management_by is not None
    kept = await me.run(casework.take_on, kept.record_id, FindingStep(to="confirmed"), kept.version)
    kept = await me.run(casework.take_on, kept.record_id, FindingStep(to="mitigating"), kept.version)
    action = await me.run(
        casework.plan_action, kept.record_id, ActionInput(action="School places", owner="Anna", due=clock.today())
    )
    with pytest.raises(errors.FourEyes):
        await me.run(casework.take_on, kept.record_id, FindingStep(to="closed"), kept.version)
    with pytest.raises(errors.MitigationFirst):
        await me.run(casework.take_on, kept.record_id, FindingStep(to="disengaged", impact_note="x"), kept.version)
    with pytest.raises(errors.ConsultationMissing):
        await me.run(casework.take_on, kept.record_id, FindingStep(to="suspended_trade"), kept.version)
    action = await me.run(casework.progress, action.record_id, ActionStep(to="done"), action.version)
    with pytest.raises(errors.FourEyes):
        await me.run(casework.progress, action.record_id, ActionStep(to="verified"), action.version)
    second = other_person(me)
    await second.run(casework.progress, action.record_id, ActionStep(to="verified", method="onsite"), action.version)
    closed = await me.run(casework.take_on, kept.record_id, FindingStep(to="closed"), kept.version)
    assert closed.state == "closed"
    with pytest.raises(Stale):
        await me.run(casework.take_on, kept.record_id, FindingStep(to="reopened"), kept.version)
    assert [one.state for one in await me.run(records.versions, "finding", kept.record_id)] == [
        "closed",
        "mitigating",
        "confirmed",
        "open",
    ]


async def test_an_open_finding_keeps_the_score_up_and_expired_evidence_counts_no_more(me: Company) -> None:
    csv = (
        "dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence\n"
        f"T,1,{clock.today()},FI,,x,all,8,0,10,higher_is_worse,https://example.com,CC0\n"
    )
    await me.run(scoring.load_risk_data, RiskDataInput(kind="indicators", csv=csv))
    refiner, mine = await site(me, "Refiner", "refiner"), await site(me, "Mine", "mine_industrial")
    await edge(me, refiner, None, "100")
    await edge(me, mine, refiner, "90")
    last = clock.today() + timedelta(days=30)
    audit = AttestationInput(
        standard="RMAP", facility_id=refiner, issuer="Auditor", valid_from=date(2020, 1, 1), valid_to=last
    )
    await me.run(evidence.attest, audit)

    async def of_refiner() -> D:
        found = await me.run(scoring.assess, ["B2"])
        return next(one.score for one in found.scores if one.node == "Refiner")

    assert await of_refiner() == D("32.74")
    with clock.fixed_clock(
        lambda: clock.datetime.combine(last + timedelta(days=1), clock.datetime.min.time(), clock.UTC)
    ):
        assert await of_refiner() > D(70)
    await me.run(casework.find, finding(facility_id=refiner))
    assert await of_refiner() == D(90)


async def test_no_open_finding_is_lost_to_a_score(me: Company) -> None:
    """A true match names a company, a media report perhaps nobody; sites may hold other materials."""

    async def now() -> tuple[str, str, D | None, int]:
        found = await me.run(scoring.assess)
        by = {one.category: one for one in found.categories}
        b3 = by.get("B3")
        return found.band.value, b3.band.value if b3 else "-", found.max_score, b3.open.critical if b3 else 0

    assert await now() == ("not_assessed", "-", None, 0)
    unknown = await me.run(casework.find, finding(category="B3", material="nickel"))
    assert await now() == ("critical", "critical", D(90), 1)
    party = await me.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")]))
    place = FacilityInput(
        party_id=party.record_id, name="Zarvani", stage="recycler", materials=["cobalt"], country="FI"
    )
    await me.run(records.add, "facility", place)
    csv = (
        "dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence\n"
        "t,1,2026-01-01,FI,,x,all,0,0,100,higher_is_worse,https://example.org,CC0\n"
    )
    await me.run(scoring.load_risk_data, RiskDataInput(kind="indicators", csv=csv))
    assert await now() == ("critical", "critical", D(90), 1)  # no site holds nickel
    await me.run(
        casework.take_on, unknown.record_id, FindingStep(to="dismissed", reason="no supplier of ours"), unknown.version
    )
    low = await now()
    assert (low[0], low[1], low[3]) == ("medium", "medium", 0)
    # Of a company: every site of it is held up, whatever controls there are; other categories are not.
    await me.run(casework.find, finding(category="B3", party_id=party.record_id))
    found = await me.run(scoring.assess)
    assert {one.score for one in found.scores if one.category == "B3"} == {D(90)}
    assert all(one.score < 50 for one in found.scores if one.category != "B3")
    assert await now() == ("critical", "critical", D(90), 1)
    # Categories that differ in nothing but their name are worked out once and shown each under its own.
    assert [one.category for one in found.scores] == list(names("categories"))
    draft = await me.run(assessing.draft_result, new_id(), None)
    assert (draft.overall_band.value, draft.max_score) == ("critical", D(90))


async def test_a_site_that_names_no_material_counts_as_the_riskiest_and_says_so(me: Company) -> None:
    owner = await party(me, "Zarvani Refining")
    place = FacilityInput(party_id=owner, name="Silent", stage="recycler", country="FI")
    await me.run(records.add, "facility", place)
    found = await me.run(scoring.assess, ["B2"])
    (score,) = found.scores
    weight = next(one for one in score.inputs if one.name == "mu")
    assert (score.material, weight.value, weight.flags) == ("unknown", D(1), ("unknown",))
    assert found.materials == []


async def test_red_flags_stand_with_their_day_and_source(me: Company) -> None:
    async def up() -> dict[str, list[tuple[str, str]]]:
        found = await me.run(red_flags)
        told: dict[str, list[tuple[str, str]]] = {}
        for one in found.items:
            told.setdefault(one.flag, []).append((one.where, one.source))
        assert set(found.not_checked).isdisjoint(told)
        assert {*told, *found.not_checked} <= names("red_flags").keys()
        return told

    assert await up() == {}
    last = clock.today() - timedelta(days=1)
    refiner, mine = await site(me, "Refiner", "refiner"), await site(me, "Mine", "mine_industrial", "CD")
    transit = await site(me, "Depot", "trader", "CD")
    recycler = await site(me, "Recycler", "recycler")
    await edge(me, refiner, None, "80")
    await edge(me, mine, refiner, "100")
    assert await up() == {
        "contract_without_policy": [("—", "BR 49(1)(a)")],
        "origin_claimed_from_recycling_without_evidence": [("Recycler", "recycler")],
        "undisclosed_smelter": [("cobalt", "20.0 %")],
    }
    csv = "list_id,version,as_of,iso2,admin1,from,to,basis\nEU-CAHRA,1,2026-01-01,CD,,2021-01-01,,law\n"
    await me.run(scoring.load_risk_data, RiskDataInput(kind="cahra", csv=csv))
    policy = PolicyInput(
        title="方針",
        approved_by="社長",
        approved_on=date(2026, 1, 5),
        checklist={"br49_1_e": "partly", "br49_1_a": "met"},
    )
    await me.run(records.add, "policy", policy)
    for proof in (
        AttestationInput(standard="RMAP", facility_id=refiner, issuer="A", valid_from=date(2020, 1, 1), outcome="fail"),
        AttestationInput(
            standard="ISO 14001", facility_id=mine, issuer="B", valid_from=date(2020, 1, 1), valid_to=last
        ),
        AttestationInput(standard="R2", facility_id=recycler, issuer="C", valid_from=date(2020, 1, 1)),
    ):
        await me.run(evidence.attest, proof)
    await me.run(casework.find, finding(source="media", title="In the papers"))
    await me.run(casework.find, finding(source="grievance", title="Told by a neighbour"))
    gone = await me.run(casework.find, finding(source="media", title="Put right"))
    await me.run(casework.take_on, gone.record_id, FindingStep(to="dismissed", reason="not ours"), gone.version)
    assert await up() == {
        "adverse_media": [("In the papers", "media")],
        "cahra_origin": [("Mine", "EU-CAHRA")],
        "cahra_transit": [("Depot", "EU-CAHRA")],
        "contract_without_policy": [("方針", "BR 49(1)(e)")],
        "evidence_expired": [("Mine", "ISO 14001")],
        "grievance_open_critical": [("Told by a neighbour", "grievance")],
        "smelter_not_conformant": [("Refiner", "RMAP")],
        "undisclosed_smelter": [("cobalt", "20.0 %")],
    }
    since = {one.flag: one.since for one in (await me.run(red_flags)).items}
    assert since["cahra_origin"] == date(2021, 1, 1)
    assert since["evidence_expired"] == last
    assert since["contract_without_policy"] == date(2026, 1, 5)
    assert transit


async def test_a_true_match_is_a_red_flag_of_its_lists_kind(me: Company) -> None:
    listed = "list_id,entry_id,schema,name,aliases,country,identifiers,programs,listed_on,delisted_on,url\n"
    for list_id, kind in (("SDN", "sanctions"), ("UFLPA", "forced_labour"), ("OWN", "other")):
        rows = f"{list_id},{list_id}-1,Company,Zarvani Refining,,FI,,,,,\n"
        await me.run(
            screening.load_list,
            ListInput(list_id=list_id, licence="x", licence_confirmed=True, csv=listed + rows, kind=kind),
        )
    one = await party(me, "Zarvani Refining")
    await me.run(screening.screen_party, one)
    other = other_person(me)
    for run in await me.run(screening.queue):
        said = DecisionInput(decision="true_match", reason="same company")
        first = await me.run(screening.decide, run.record_id, said, run.version)
        await other.run(screening.decide, run.record_id, said, first.version)
    found = await me.run(red_flags)
    assert {(item.flag, item.source) for item in found.items if "hit" in item.flag} == {
        ("sanctions_hit", "SDN SDN-1"),
        ("forced_labour_list_hit", "UFLPA UFLPA-1"),
    }


async def test_notices_of_expiry_are_given_once_each(me: Company) -> None:
    end = date(2027, 6, 30)
    said = AttestationInput(standard="RMAP", issuer="Auditor", valid_from=date(2024, 1, 1), valid_to=end)
    kept = await me.run(evidence.attest, said)
    told = []
    for day in ("2027-03-31", "2027-04-01", "2027-04-01", "2027-05-31", "2027-06-30", "2027-07-01"):
        moment = clock.datetime.combine(date.fromisoformat(day), clock.datetime.min.time(), clock.UTC)
        with clock.fixed_clock(lambda moment=moment: moment):
            told.append(await me.run(evidence.tell_of_expiry, kept.record_id))
    assert told == [[], ["2027-04-01"], [], ["2027-05-31"], ["2027-06-30"], ["2027-07-01"]]


async def test_when_evidence_ends_results_that_rest_on_records_are_worked_out_anew_and_customers_told_once(
    me: Company, chain: Database
) -> None:
    customer = await company(chain, "知らされる客")
    await customer.part("pack", [("cell", 1)])
    await me.part("cell", ends=True)
    csv = (
        "dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence\n"
        f"T,1,{clock.today()},FI,,x,all,8,0,10,higher_is_worse,https://example.com,CC0\n"
    )
    await me.run(scoring.load_risk_data, RiskDataInput(kind="indicators", csv=csv))
    mine = await site(me, "Mine", "mine_industrial")
    await edge(me, mine, None, "100")
    last = clock.today() + timedelta(days=10)
    audit = AttestationInput(standard="RMAP", facility_id=mine, issuer="A", valid_from=date(2020, 1, 1), valid_to=last)
    kept = await me.run(evidence.attest, audit)
    await me.link(await customer.ask(me, "cell", RequestType.DD), "cell")
    part = await me.part_id("cell")
    await me.run(assessing.answer_from_records, part, None)
    await me.disclose("cell", customer, DDRESULT=True)

    async def updates() -> int:
        found, _ = await customer.run(inbox.page, NotificationFilter(types=["DD_UPDATED"]))
        return len(found)

    before, told_before = await me.run(service.shown_one, part), await updates()
    morning_after = clock.now() + timedelta(days=11)
    with clock.fixed_clock(lambda: morning_after):
        for _ in range(2):
            await me.run(evidence.tell_of_expiry, kept.record_id)
            await me.run(assessing.answer_anew)
        after = await me.run(service.shown_one, part)
    assert before.own is not None
    assert after.own is not None
    assert (before.own.overall_band, after.own.overall_band) == (Band.MEDIUM, Band.CRITICAL)
    assert after.version == before.version + 1
    assert await updates() == told_before + 1

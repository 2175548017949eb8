"""Records, findings, screening, evidence, grievances, chains and reports, on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest
from tests.chain import Company, company
from tests.conftest import Ground

from meguri.diligence import errors, files, service
from meguri.diligence.chain_record import ChainRecord, Origin
from meguri.diligence.model import (
    ActionInput,
    ActionStep,
    AttestationInput,
    CaseStep,
    ChainInput,
    DecisionInput,
    EdgeInput,
    FacilityInput,
    FindingInput,
    FindingStep,
    GrievanceInput,
    ListInput,
    PartyId,
    PartyInput,
    PartyName,
    PlanInput,
    PolicyInput,
    ResponseInput,
    ResultInput,
    RiskDataInput,
    SeverityInput,
    VerificationInput,
)
from meguri.diligence.report import hash_of
from meguri.diligence.screening.errors import NameNotDistinctive
from meguri.diligence.screening.lists import entries_of
from meguri.diligence.service import (
    assessing,
    casework,
    chains,
    evidence,
    grievances,
    records,
    reports,
    responses,
    scoring,
    screening,
)
from meguri.diligence.taxonomy import Band
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import inbox
from meguri.operators.model import NotificationFilter
from meguri.storage.database import Database
from meguri.storage.files import FolderStore, WrongFileKind
from meguri.traceability.model import RequestType

pytestmark = pytest.mark.anyio


def other_person(one: Company) -> Company:
    return Company(one.db, OperatorScope(one.id, f"person:{new_id()}", Role.ADMIN), one.plant_id)


async def party(one: Company, name: str, country: str = "FI", ids: list[PartyId] | None = None) -> UUID:
    said = PartyInput(names=[PartyName(value=name)], country=country, ids=ids or [])
    return (await one.run(records.add, "party", said)).record_id


async def site(one: Company, name: str, stage: str, country: str | None = "FI", material: str = "cobalt") -> UUID:
    owner = await party(one, f"{name} Holding Company", country or "FI")
    said = FacilityInput(party_id=owner, name=name, stage=stage, materials=[material], country=country)
    return (await one.run(records.add, "facility", said)).record_id


async def edge(one: Company, source: UUID, to: UUID | None, share: str, material: str = "cobalt") -> None:
    said = EdgeInput(source=source, to=to, material=material, share_pct=D(share), valid_from=date(2020, 1, 1))
    await one.run(records.add, "edge", said)


def finding(**more: object) -> FindingInput:
    base = FindingInput(
        title="Children at the washing place", category="B2", severity=SeverityInput(scale=4, scope=2, irremediability=3),
        likelihood=3, detected_on=clock.today(),
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


@pytest.fixture
async def me(chain: Database) -> Company:
    return await company(chain, "調べる会社")


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


LIST = "entry_id,schema,name,aliases,country,identifiers,programs,listed_on,delisted_on\n"


def listed(*rows: str, **more: object) -> ListInput:
    base = ListInput(
        list_id="TEST-LIST", licence="synthetic", licence_confirmed=True, csv=LIST + "".join(f"{row}\n" for row in rows)
    )
    return msgspec.structs.replace(base, **more)


ENTRY = "E1,Company,Zarvani Refining Oy,Zarvani Kokkola,FI,lei:549300EXAMPLE0000012,T,2026-01-01,"
OTHERS = [f"X{n},Company,Entry{n}ville Works,,US,,T,2026-01-01," for n in range(5)]


async def test_a_hit_is_decided_by_two_people_and_becomes_a_finding(me: Company) -> None:
    await party(me, "Zarvani Refining")
    await party(me, "Unrelated Lumber")
    loaded = await me.run(screening.load_list, listed(ENTRY, *OTHERS))
    assert (loaded.added, loaded.screened) == (6, 1)
    (waiting,) = await me.run(screening.queue)
    assert waiting.content.entry_id == "E1"
    yes = DecisionInput(decision="true_match", reason="the register says so")
    first = await me.run(screening.decide, waiting.record_id, yes, waiting.version)
    assert first.state == "first_review"
    with pytest.raises(errors.FourEyes):
        await me.run(screening.decide, waiting.record_id, yes, first.version)
    second = await other_person(me).run(screening.decide, waiting.record_id, yes, first.version)
    assert second.state == "true_match"
    (opened,) = await me.run(casework.open_findings)
    assert (opened.content.source, opened.content.band) == ("screening", Band.CRITICAL)


async def test_a_false_positive_is_remembered_until_its_entry_changes_and_an_equal_list_runs_nothing(
    me: Company,
) -> None:
    await party(me, "Zarvani Refining")
    await me.run(screening.load_list, listed(ENTRY, *OTHERS))
    (waiting,) = await me.run(screening.queue)
    no = DecisionInput(decision="false_positive", reason="another country")
    await me.run(screening.decide, waiting.record_id, no, waiting.version)
    assert (await me.run(screening.load_list, listed(ENTRY, *OTHERS))).same
    more = await me.run(screening.load_list, listed(ENTRY, *OTHERS, "E2,Company,Somebody Else Ltd,,GB,,T,2026-01-01,"))
    assert (more.added, more.screened) == (1, 0)
    assert await me.run(screening.queue) == []
    changed = await me.run(
        screening.load_list,
        listed(ENTRY.replace("Kokkola", "Raahe"), *OTHERS, "E2,Company,Somebody Else Ltd,,GB,,T,2026-01-01,"),
    )
    assert (changed.changed, changed.screened) == (1, 1)
    assert [one.content.entry_id for one in await me.run(screening.queue)] == ["E1"]


async def test_a_list_that_shrinks_is_held_and_one_that_is_cut_off_or_without_licence_is_refused(me: Company) -> None:
    await me.run(screening.load_list, listed(ENTRY, *OTHERS))
    with pytest.raises(errors.HeldList):
        await me.run(screening.load_list, listed(*OTHERS[:3]))
    with pytest.raises(errors.HeldList):
        await me.run(screening.load_list, listed())
    with pytest.raises(errors.BadFile):
        await me.run(screening.load_list, listed("E9,Company,Cut"))
    with pytest.raises(errors.BadFile):
        await me.run(screening.load_list, listed(ENTRY, licence_confirmed=False))
    again = await me.run(screening.load_list, listed(*OTHERS[:3]), confirmed=True)
    assert (again.version, again.removed) == (2, 3)


async def test_entity_lines_and_sdn_files_are_read() -> None:
    (entity,) = entries_of(
        '{"id":"Q1","schema":"Company","properties":{"name":["Zarvani Oy"],"alias":["Zarvani"],"country":["fi"]},"datasets":["t"]}'
    )
    assert (entity.id, entity.name, entity.aliases, entity.country, entity.programme) == (
        "Q1",
        "Zarvani Oy",
        ("Zarvani",),
        "FI",
        "t",
    )
    (sdn,) = entries_of('36,"ZARVANI LINES",-0- ,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"remark"\n\x1a\n')
    assert (sdn.id, sdn.name, sdn.programme) == ("36", "ZARVANI LINES", "TEST")


TOLD = GrievanceInput(
    what="At the washing place children carry ore at night.", contact="neighbour@example.com", retaliation=True
)


async def test_an_anonymous_case_is_followed_only_with_its_code(me: Company, chain_ground: Ground) -> None:
    opened = await me.run(grievances.open_case, TOLD)
    status = await me.run(grievances.by_code, opened.code)
    assert status.state == "received"
    for wrong in ("AAAAA-AAAAA-AAAAA-AAAAA", opened.code[:-1], ""):
        with pytest.raises(errors.NothingFound):
            await me.run(grievances.by_code, wrong)
    with psycopg.connect(chain_ground.owner) as connection:
        rows = connection.execute(
            "SELECT diligence_case::text FROM diligence_case WHERE operator_id = %s", [me.id]
        ).fetchall()
        columns = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name LIKE 'diligence_case%%'"
        ).fetchall()
        audit = connection.execute("SELECT body FROM audit_entry WHERE operator_id = %s", [me.id]).fetchall()
    everything = str(rows) + str(audit)
    assert all(word not in everything for word in (opened.code, "washing", "neighbour"))
    assert not {column for (column,) in columns} & {"address", "ip", "user_agent", "agent"}


async def test_handlers_take_a_case_on_and_the_reporter_reads_what_they_say(me: Company) -> None:
    opened = await me.run(grievances.open_case, TOLD)
    (case,) = await me.run(grievances.listed)
    assert (case.what, case.retaliation) == (TOLD.what, True)
    case = await me.run(
        grievances.take_on, case.case_id, CaseStep(to="acknowledged", message="Thank you."), case.version
    )
    status = await me.run(grievances.say_more, opened.code, "It happened again.")
    assert [(one.by, one.text) for one in status.messages] == [
        ("handler", "Thank you."),
        ("reporter", "It happened again."),
    ]
    with pytest.raises(errors.IllegalStep):
        await me.run(grievances.take_on, case.case_id, CaseStep(to="closed"), case.version)
    await me.run(grievances.erase, case.case_id)
    (after,) = await me.run(grievances.listed)
    assert (after.contact, after.state) == ("", "acknowledged")


async def test_a_case_is_overdue_on_the_eighth_day_and_three_of_one_site_open_a_finding(me: Company) -> None:
    place = await site(me, "Washing place", "mine_artisanal", "CD")
    for _ in range(3):
        await me.run(grievances.open_case, TOLD)
    later = clock.now() + timedelta(days=8)
    with clock.fixed_clock(lambda: later):
        assert all("acknowledge" in case.overdue for case in await me.run(grievances.listed))
    for case in await me.run(grievances.listed):
        acknowledged = await me.run(grievances.take_on, case.case_id, CaseStep(to="acknowledged"), case.version)
        await me.run(
            grievances.take_on,
            case.case_id,
            CaseStep(to="admissible", facility_id=place, category="B2"),
            acknowledged.version,
        )
    found = await me.run(casework.open_findings)
    assert [one.content.source for one in found] == ["grievance"]


async def test_evidence_is_read_by_a_customer_only_when_released(me: Company, chain: Database, tmp_path: Path) -> None:
    files.place(FolderStore(tmp_path / "files"))
    supplier = await company(chain, "証拠のある供給者")
    await me.part("pack", [("cell", 1)])
    await supplier.part("cell", ends=True)
    await supplier.link(await me.ask(supplier, "cell", RequestType.DD), "cell")
    today = clock.today()
    await supplier.run(
        service.state_result, await supplier.part_id("cell"), ResultInput(assessment_date=today, overall_band=Band.LOW)
    )
    kept = await supplier.run(evidence.attest, AttestationInput(standard="RMAP", issuer="Auditor", valid_from=today))

    async def pieces(content: bytes) -> AsyncIterator[bytes]:
        yield content

    kept = await evidence.add_file(
        supplier.db, supplier.scope, kept.record_id, "report.pdf", pieces(b"%PDF-1.7 x"), kept.version
    )
    for name, content in (("run.exe", b"MZ"), ("macro.xlsm", b"PK\x03\x04"), ("fake.pdf", b"MZ\x90")):
        with pytest.raises(WrongFileKind):
            await evidence.add_file(supplier.db, supplier.scope, kept.record_id, name, pieces(content), kept.version)
    macros = pieces(b"PK\x03\x04 xl/vbaProject.bin")
    with pytest.raises(errors.BadFile):
        await evidence.add_file(supplier.db, supplier.scope, kept.record_id, "clean.xlsx", macros, kept.version)
    part = await me.part_id("cell")
    with pytest.raises(errors.EvidenceNotReleased):
        await me.run(evidence.of_supplier, part)
    await supplier.disclose("cell", me, DDEVIDENCE=True)
    (shown,) = await me.run(evidence.of_supplier, part)
    assert shown.content.standard == "RMAP"
    _, stream = await evidence.supplier_file(me.db, me.scope, part, kept.record_id)
    assert b"".join([piece async for piece in stream]) == b"%PDF-1.7 x"
    with pytest.raises(errors.EvidenceNotReleased):
        await me.run(evidence.of_supplier, await me.part_id("pack"))


async def test_upstream_parties_are_opaque_until_they_and_their_customer_release_the_chain(chain: Database) -> None:
    a1, a2 = await company(chain, "客一"), await company(chain, "客二")
    b, c = await company(chain, "中間材料"), await company(chain, "秘密の精製所")
    for one in (a1, a2):
        await one.part("pack", [("cell", 1)])
    await b.part("cell", [("powder", 1)])
    await c.part("powder", ends=True)
    await c.link(await b.ask(c, "powder", RequestType.DD), "powder")
    for one in (a1, a2):
        await b.link(await one.ask(b, "cell", RequestType.DD), "cell")

    async def seen(one: Company) -> chains.Upstream:
        (direct,) = await one.run(chains.upstream, await one.part_id("pack"))
        return direct

    assert (await seen(a1)).name == "中間材料"
    assert (await seen(a1)).suppliers == []
    for one in (a1, a2):
        await b.disclose("cell", one, DDCHAIN=True)
    first, second = (await seen(a1)).suppliers[0], (await seen(a2)).suppliers[0]
    assert first.name is second.name is None
    assert first.reference != second.reference
    assert (await seen(a1)).suppliers[0].reference == first.reference
    await c.disclose("powder", b, DDCHAIN=True)
    assert (await seen(a1)).suppliers[0].name == "秘密の精製所"


async def test_a_questionnaire_is_signed_scored_and_evidence_counts_while_it_is_valid(me: Company) -> None:
    kept = await me.run(evidence.attest, AttestationInput(standard="policy", issuer="me", valid_from=clock.today()))
    said = ResponseInput(
        template_id="MEGURI-DD-1", version="1", effective_date=clock.today(), answers={"policy_public": True}
    )
    half = await me.run(responses.explain, said)
    whole = await me.run(responses.explain, msgspec.structs.replace(said, evidence={"policy_public": kept.record_id}))
    assert half.sections[0].lines[0].score == D("0.5")
    assert whole.sections[0].lines[0].score == D(1)
    signed = await me.run(responses.sign, said)
    assert signed.content.response_hash
    with pytest.raises(errors.BadAnswer):
        await me.run(responses.sign, msgspec.structs.replace(said, answers={"policy_public": "perhaps"}))
    with pytest.raises(errors.BadPeriod):
        await me.run(responses.sign, msgspec.structs.replace(said, effective_date=clock.today() + timedelta(days=3)))


async def test_a_retired_version_is_answered_until_its_due_date_only(me: Company) -> None:
    question = {"key": "q", "ja": "問", "en": "Q", "type": "bool"}
    data = {
        "id": "SAQ",
        "version": "1",
        "title": {"ja": "題", "en": "T"},
        "sections": [{"key": "s", "ja": "節", "en": "S", "questions": [question]}],
    }
    kept = await me.run(responses.add_template, data)
    with pytest.raises(errors.TemplatePublished):
        await me.run(responses.add_template, data)
    await me.run(responses.retire_template, kept.record_id, kept.version)
    said = ResponseInput(
        template_id="SAQ", version="1", effective_date=clock.today(), due_date=clock.today(), answers={"q": True}
    )
    await me.run(responses.sign, said)
    with pytest.raises(errors.TemplateRetired):
        await me.run(responses.sign, msgspec.structs.replace(said, due_date=clock.today() - timedelta(days=1)))


async def test_point_f_of_a_chain_record_follows_the_lists_that_are_loaded(me: Company) -> None:
    said = ChainInput(record=ChainRecord(model_id="M", material="cobalt", c=Origin(countries=("CD",))))
    assert "f" not in (await me.run(chains.chain_completeness, said)).required
    csv = "list_id,version,as_of,iso2,admin1,from,to,basis\nL,1,2026-01-01,CD,,2020-01-01,,test\n"
    await me.run(scoring.load_risk_data, RiskDataInput(kind="cahra", csv=csv))
    assert "f" in (await me.run(chains.chain_completeness, said)).required


async def test_the_five_steps_are_missing_in_an_empty_company_and_then_at_least_partly_there(me: Company) -> None:
    assert {line.status for line in await me.run(reports.steps)} == {"missing"}
    await me.run(records.add, "policy", PolicyInput(title="Policy", approved_by="Board", approved_on=clock.today()))
    await site(me, "Refiner", "refiner")
    await me.run(records.add, "plan", PlanInput(title="Plan", period="2026", owner="me"))
    await me.run(evidence.attest, AttestationInput(standard="RMAP", issuer="Auditor", valid_from=clock.today()))
    await me.run(reports.publish, 2026)
    lines = await me.run(reports.steps)
    assert [line.step for line in lines] == [1, 2, 3, 4, 5]
    assert all(line.status in ("done", "partly") for line in lines)


async def test_a_report_has_eleven_sections_counts_what_is_withheld_and_carries_its_own_hash(me: Company) -> None:
    refiner = await site(me, "Secret refiner of ours", "refiner")
    await edge(me, refiner, None, "100")
    await me.run(
        records.add,
        "verification",
        VerificationInput(body_name="Notified Body Test", body_number="0123", outcome="approval_decision"),
    )
    for _ in range(2):
        await me.run(grievances.open_case, TOLD)
    made = await me.run(reports.make_report, clock.today().year)
    assert [section.number for section in made.sections] == list(range(1, 12))
    assert all(section.title.ja and section.title.en and section.lines for section in made.sections)
    text = msgspec.json.encode([msgspec.to_builtins(made, enc_hook=lambda v: [v.ja, v.en])]).decode()
    assert "Notified Body Test" in text
    assert "Secret refiner of ours" not in text
    assert made.withheld == text.count("[withheld: ") == 2
    assert made.sha256 == hash_of(made)
    first = await me.run(reports.publish, 2026)
    second = await me.run(reports.publish, 2026)
    assert (first.content.version, second.content.version) == (1, 2)
    section = await me.run(reports.passport_section, "https://meguri.example")
    assert section.report_url == f"https://meguri.example/public/dd/{me.id}/reports/{second.record_id}"
    assert section.verified_by == "Notified Body Test"


async def test_records_of_another_company_are_not_there(me: Company, chain: Database) -> None:
    theirs = await party(me, "Zarvani Refining")
    stranger = await company(chain, "よその会社")
    with pytest.raises(errors.NothingFound):
        await stranger.run(records.get, "party", PartyInput, theirs)
    with pytest.raises(errors.NothingFound):
        await stranger.run(records.change, "party", theirs, PartyInput(names=[PartyName(value="Mine now")]), 1)
    assert await stranger.run(records.listed, "party", PartyInput) == []

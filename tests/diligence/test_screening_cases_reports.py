"""Screening, grievances, evidence, questionnaires, the five steps and reports, on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.chain import Company, company
from tests.conftest import Ground

from meguri.diligence import errors, files, service
from meguri.diligence.chain_record import ChainRecord, Origin
from meguri.diligence.model import (
    ActionInput,
    AttestationInput,
    CaseStep,
    ChainInput,
    DecisionInput,
    FindingStep,
    PartyInput,
    PartyName,
    PlanInput,
    PolicyInput,
    ResponseInput,
    ResultInput,
    RiskDataInput,
    VerificationInput,
)
from meguri.diligence.printing import report_pdf
from meguri.diligence.report import hash_of
from meguri.diligence.screening.lists import entries_of
from meguri.diligence.service import (
    casework,
    chains,
    evidence,
    five_steps,
    grievances,
    records,
    reports,
    responses,
    scoring,
    screening,
)
from meguri.diligence.taxonomy import Band
from meguri.kernel import clock
from meguri.storage.database import Database
from meguri.storage.files import FolderStore, WrongFileKind
from meguri.traceability.model import RequestType

from .records_of_tests import ENTRY, OTHERS, TOLD, edge, finding, listed, other_person, party, site

pytestmark = pytest.mark.anyio


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
    assert {line.status for line in await me.run(five_steps.steps)} == {"missing"}
    await me.run(records.add, "policy", PolicyInput(title="Policy", approved_by="Board", approved_on=clock.today()))
    await site(me, "Refiner", "refiner")
    await me.run(records.add, "plan", PlanInput(title="Plan", period="2026", owner="me"))
    await me.run(evidence.attest, AttestationInput(standard="RMAP", issuer="Auditor", valid_from=clock.today()))
    await me.run(reports.publish, 2026)
    lines = await me.run(five_steps.steps)
    assert [line.step for line in lines] == [1, 2, 3, 4, 5]
    assert [line.status for line in lines] == ["partly", "partly", "done", "done", "done"]


async def test_a_step_is_done_only_while_what_it_stands_on_holds(me: Company) -> None:
    today = clock.today()

    async def status(step: int) -> str:
        return (await me.run(five_steps.steps))[step - 1].status

    policy = PolicyInput(title="Policy", approved_by="Board", approved_on=today, public_from=today)
    await me.run(records.add, "policy", policy)
    assert await status(1) == "partly"  # nobody has said that the points of Art. 49(1) are met
    met = dict.fromkeys((f"br49_1_{point}" for point in "abcdef"), "met")
    await me.run(records.add, "policy", msgspec.structs.replace(policy, checklist=met | {"br49_1_e": "partly"}))
    assert await status(1) == "partly"
    await me.run(records.add, "policy", msgspec.structs.replace(policy, checklist=met | {"br49_1_e": "n_a"}))
    assert await status(1) == "done"
    ended = AttestationInput(
        standard="RMAP", issuer="Auditor", valid_from=date(2020, 1, 1), valid_to=today - timedelta(days=1)
    )
    await me.run(evidence.attest, ended)
    assert await status(4) == "partly"
    await me.run(records.add, "verification", VerificationInput(body_name="Body", outcome="pending"))
    assert await status(4) == "partly"
    await me.run(records.add, "verification", VerificationInput(body_name="Body", outcome="approval_decision"))
    assert await status(4) == "done"
    await me.run(reports.publish, today.year - 2)
    assert await status(5) == "partly"
    await me.run(reports.publish, today.year - 1)
    assert await status(5) == "done"


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


async def test_a_years_report_tells_of_that_years_findings_and_how_they_are_addressed(me: Company) -> None:
    async def lines(year: int, number: int) -> list[tuple[str, str, str]]:
        made = await me.run(reports.make_report, year)
        return [(one.label.ja, one.value.ja, one.value.en) for one in made.sections[number - 1].lines]

    this = clock.today().year
    assert ("方針", "まだ採択していません。", "None adopted yet.") in await lines(this, 2)
    assert "まだありません" in {label: ja for label, ja, _ in await lines(this, 1)}["対象の電池モデル"]
    place = await site(me, "Refiner", "refiner")
    await edge(me, place, None, "100")
    for model in ("M-2", "M-1"):
        record = ChainRecord(model_id=model, material="cobalt", c=Origin(countries=("FI",)))
        await me.run(records.add, "chain", ChainInput(record=record))
    assert {label: ja for label, ja, _ in await lines(this, 1)}["対象の電池モデル"] == "M-1、M-2（2 件）"
    assert ("コバルト: 紛争・高リスク地域", "不明", "unknown") in await lines(this, 4)
    now = await me.run(casework.find, finding(facility_id=place, material="cobalt"))
    before = await me.run(casework.find, finding(detected_on=date(this - 2, 5, 1), category="A1"))
    gone = await me.run(casework.find, finding(detected_on=date(this - 2, 6, 1), category="A2"))
    await me.run(casework.take_on, gone.record_id, FindingStep(to="dismissed", reason="no supplier"), gone.version)
    for said in (now, gone):
        plan = ActionInput(action="Stop it", owner="person:x", due=date(2099, 1, 1), kpi="dust below 1 mg")
        await me.run(casework.plan_action, said.record_id, plan)
    told = await lines(this, 5)
    assert [label for label, _, _ in told] == [
        "児童労働（重大）",
        "大気（重大）",
    ]  # dismissed two years ago: not this year's
    assert told[0][1:] == (
        "確認待ち、コバルト、是正措置 0/1 件を確認済み",
        "to be confirmed, Cobalt, 0 of 1 corrective actions verified",
    )
    assert {label for label, _, _ in await lines(this - 2, 5)} == {"大気（重大）", "水（重大）"}
    assert {label for label, _, _ in await lines(this - 1, 5)} == {"大気（重大）"}
    assert await lines(this, 6) == [
        ("未着手", "1 件", "1"),
        ("指標「dust below 1 mg」", "未着手", "open"),
    ]
    assert (before.state, len(await lines(this - 1, 6))) == ("open", 1)
    printed = report_pdf(await me.run(reports.make_report, this), "ja")
    assert b"<pdfaid:part>2</pdfaid:part>" in printed
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in printed


async def test_records_of_another_company_are_not_there(me: Company, chain: Database) -> None:
    theirs = await party(me, "Zarvani Refining")
    stranger = await company(chain, "よその会社")
    with pytest.raises(errors.NothingFound):
        await stranger.run(records.get, "party", PartyInput, theirs)
    with pytest.raises(errors.NothingFound):
        await stranger.run(records.change, "party", theirs, PartyInput(names=[PartyName(value="Mine now")]), 1)
    assert await stranger.run(records.listed, "party", PartyInput) == []

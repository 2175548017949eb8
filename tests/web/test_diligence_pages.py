"""Pages of due diligence, used as a browser does; and of the public ones, without an account."""

import re
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from tests.chain import Company, company
from tests.diligence.rmi.workbooks import head, layout_of, workbook

from meguri.diligence.limiting import NetworkLimit
from meguri.diligence.model import (
    AttestationInput,
    EdgeInput,
    FacilityInput,
    FindingInput,
    PartyInput,
    PartyName,
    SeverityInput,
)
from meguri.diligence.report import hash_of, read_json
from meguri.diligence.service import casework, evidence, records, reports
from meguri.identity import service as identity
from meguri.kernel import clock
from meguri.kernel.errors import TooMany

from .conftest import Site
from .test_pages import BROWSER, enter, token_in

pytestmark = pytest.mark.anyio


async def furnished(site: Site) -> tuple[Company, str, str]:
    """A company with something on every page, a part and a finding."""
    one = await company(site.db, "頁を見る会社")
    await identity.open_access(site.db, one.id)
    await site.person("ann@dd.example", one.id)
    await one.part("pack", [("cell", 1)])
    party = await one.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")], country="FI"))
    site_said = FacilityInput(
        party_id=party.record_id, name="Kokkola", stage="refiner", materials=["cobalt"], country="FI"
    )
    facility = await one.run(records.add, "facility", site_said)
    edge = EdgeInput(source=facility.record_id, material="cobalt", share_pct=Decimal(80), valid_from=date(2020, 1, 1))
    await one.run(records.add, "edge", edge)
    await one.run(
        evidence.attest,
        AttestationInput(standard="RMAP", issuer="A", valid_from=date(2020, 1, 1), valid_to=clock.today()),
    )
    said = FindingInput(
        title="Dust at the mill",
        category="A1",
        severity=SeverityInput(scale=3, scope=2, irremediability=1),
        likelihood=2,
        detected_on=clock.today(),
    )
    finding = await one.run(casework.find, said)
    return one, str(await one.part_id("pack")), str(finding.record_id)


async def test_every_page_shows_what_there_is_in_both_languages(site: Site) -> None:
    _, part, finding = await furnished(site)
    seen = {
        "/diligence": ("RMAP", "OECD"),
        "/diligence/map": ("Kokkola", "<svg"),
        "/diligence/map?material=cobalt": ("Zarvani", "80"),
        "/diligence/scores": ("Kokkola", "dd-score/1"),
        "/diligence/findings": ("Dust at the mill",),
        "/diligence/findings/new": ("<form",),
        f"/diligence/findings/{finding}": ("Dust at the mill",),
        "/diligence/screening": ("<form",),
        f"/diligence/parts/{part}": ("pack",),
        "/diligence/questions": ("<form",),
        "/diligence/workbook": ("<form",),
        "/diligence/cases": ("/grievance",),
        "/diligence/report": ("SHA-256",),
    }
    async with enter(site, "ann@dd.example") as client:
        for language in ("ja", "en"):
            for path, words in seen.items():
                answer = await client.get(path, headers={"accept-language": language})
                assert answer.status_code == 200, (path, answer.text[:500])
                assert all(word in answer.text for word in words), path
                assert " style=" not in answer.text
        pdf = await client.get("/diligence/report/2026/pdf")
        assert pdf.content.startswith(b"%PDF-")


async def test_a_finding_is_taken_from_open_to_mitigating_by_forms(site: Site) -> None:
    _, _, finding = await furnished(site)
    async with enter(site, "ann@dd.example") as client:
        path = f"/diligence/findings/{finding}"
        for version, step in ((1, "confirmed"), (2, "mitigating")):
            token = token_in((await client.get(path)).text)
            answer = await client.post(path, data={"csrf_token": token, "version": version, "to": step})
            assert answer.status_code == 303, answer.text[-800:]
        token = token_in((await client.get(path)).text)
        refused = await client.post(path, data={"csrf_token": token, "version": 3, "to": "closed"})
        assert refused.status_code == 422
        assert "Somebody other than the owner" in refused.text
        planned = await client.post(
            path, data={"csrf_token": token, "do": "action", "action": "Filters", "owner": "Ben", "due": "2027-01-31"}
        )
        assert planned.status_code == 303
        assert "Filters" in (await client.get(path)).text


async def test_a_result_is_stated_from_the_records(site: Site) -> None:
    _, part, _ = await furnished(site)
    async with enter(site, "ann@dd.example") as client:
        path = f"/diligence/parts/{part}"
        token = token_in((await client.get(path)).text)
        answer = await client.post(path, data={"csrf_token": token, "valid_until": "2099-12-31"})
        assert answer.status_code == 303
        shown = await client.get(path)
        assert "Own result" in shown.text
        assert "31 Dec 2099" in shown.text


async def test_a_request_is_sent_and_answered_from_the_pages(site: Site) -> None:
    one, _, _ = await furnished(site)
    supplier = await company(site.db, "届く会社")
    await supplier.part("cell", ends=True)
    await supplier.link(await one.ask(supplier, "cell"), "cell")
    await identity.open_access(site.db, supplier.id)
    await site.person("sup@dd.example", supplier.id)
    part = await one.part_id("cell")
    async with enter(site, "ann@dd.example") as client:
        token = token_in((await client.get(f"/diligence/parts/{part}")).text)
        assert (await client.post(f"/diligence/parts/{part}/ask", data={"csrf_token": token})).status_code == 303
        assert "Waiting for the supplier" in (await client.get(f"/diligence/parts/{part}")).text
    async with enter(site, "sup@dd.example") as client:
        shown = (await client.get("/diligence")).text
        action = re.search(r'action="(/diligence/requests/[0-9a-f-]+)"', shown)
        assert action
        linked = await client.post(action[1], data={"csrf_token": token_in(shown)})
        assert linked.status_code == 303, linked.text[-500:]
        assert linked.headers["location"] == f"/diligence/parts/{await supplier.part_id('cell')}"
        stated = await client.post(linked.headers["location"], data={"csrf_token": token_in(shown)})
        assert stated.status_code == 303
    async with enter(site, "ann@dd.example") as client:
        assert "not released" in (await client.get(f"/diligence/parts/{part}")).text


async def test_the_questionnaire_is_signed_and_scored_line_by_line(site: Site) -> None:
    await furnished(site)
    async with enter(site, "ann@dd.example") as client:
        token = token_in((await client.get("/diligence/questions")).text)
        answer = await client.post(
            "/diligence/questions",
            data={"csrf_token": token, "policy_public": "yes", "materials_used": ["cobalt", "lithium"]},
        )
        assert answer.status_code == 303
        assert "score 0.50" in (await client.get("/diligence/questions")).text


async def test_a_workbook_is_read_on_the_page_and_a_bad_one_says_why(site: Site) -> None:
    await furnished(site)
    cells = head(layout_of("CMRT", "6.5"), D26="Yes", D27="No", D28="No", D29="perhaps")
    async with enter(site, "ann@dd.example") as client:
        token = token_in((await client.get("/diligence/workbook")).text)
        good = await client.post(
            "/diligence/workbook",
            data={"csrf_token": token},
            files={"file": ("a.xlsx", workbook("CMRT", "6.5", cells))},
        )
        assert good.status_code == 200, good.text[-600:]
        assert "Declaration!D29" in good.text
        assert "CMRT 6.5" in good.text
        bad = await client.post(
            "/diligence/workbook", data={"csrf_token": token}, files={"file": ("a.xlsx", b"PK\x03\x04broken")}
        )
        assert bad.status_code == 422
        assert "damaged" in bad.text


async def test_anybody_tells_without_an_account_and_follows_with_the_code(site: Site) -> None:
    one, _, _ = await furnished(site)
    here = f"/public/dd/{one.id}/grievance"
    async with site.client(**BROWSER) as client:
        form = await client.get(here)
        assert form.status_code == 200
        assert "set-cookie" not in form.headers
        short = await client.post(here, data={"what": "x"})
        assert short.status_code == 422
        told = await client.post(here, data={"what": "Dust falls on the school every night."})
        found = re.search(r"[A-Z2-9]{5}(-[A-Z2-9]{5}){3}", told.text)
        assert found, told.text[-900:]
        shown = await client.post(f"{here}/follow", data={"code": found[0]})
        assert "Received" in shown.text
        wrong = await client.post(f"{here}/follow", data={"code": "AAAAA-AAAAA-AAAAA-AAAAA"})
        unknown = await client.post(f"/public/dd/{site.a}/grievance/follow", data={"code": found[0]})
        assert wrong.status_code == unknown.status_code == 422
        assert (await client.get(f"/public/dd/{'0' * 8}-0000-7000-8000-{'0' * 12}/grievance")).status_code == 404
    async with enter(site, "ann@dd.example") as client:
        assert "Dust falls on the school" in (await client.get("/diligence/cases")).text


async def test_a_published_report_is_read_by_anybody_and_its_data_have_the_printed_hash(site: Site) -> None:
    one, _, _ = await furnished(site)
    kept = await one.run(reports.publish, 2026)
    here = f"/public/dd/{one.id}/reports/{kept.record_id}"
    async with site.client(**BROWSER) as client:
        shown = await client.get(here)
        assert shown.status_code == 200
        assert kept.content.sha256 in shown.text
        assert "Zarvani" not in shown.text
        data = msgspec.json.decode((await client.get(f"{here}/json")).content)
        assert hash_of(read_json(data)) == data["sha256"] == kept.content.sha256
        assert (await client.get(f"{here}/pdf")).content.startswith(b"%PDF-")
        assert (await client.get(f"/public/dd/{site.b}/reports/{kept.record_id}")).status_code == 404


def test_a_flood_from_one_network_is_slowed_and_no_address_is_kept() -> None:
    limit = NetworkLimit()
    for _ in range(10):
        limit.take("203.0.113.7")
    with pytest.raises(TooMany):
        limit.take("203.0.113.99")
    limit.take("198.51.100.1")
    assert "203.0.113" not in str(vars(limit))

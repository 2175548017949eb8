"""Pages of due diligence, used as a browser does; and of the public ones, without an account."""

import re
from datetime import date
from decimal import Decimal

import httpx
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
        "/diligence/supply": ("<form", "Zarvani Refining Kokkola"),
        "/diligence/map?material=cobalt": ("Zarvani", "80"),
        "/diligence/scores": ("Kokkola", "dd-score/1"),
        "/diligence/red-flags": ("BR 49(1)(a)", "20.0 %"),
        "/diligence/findings": ("Dust at the mill",),
        "/diligence/findings/new": ("<form",),
        f"/diligence/findings/{finding}": ("Dust at the mill",),
        "/diligence/screening": ("<form",),
        f"/diligence/parts/{part}": ("pack",),
        "/diligence/questionnaires": ("MEGURI-DD-1",),
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


async def test_a_supplier_is_added_by_form_and_many_by_table_and_a_share_is_changed(site: Site) -> None:
    await furnished(site)
    given = {"company": "Mutoshi Mining SA", "country": "cd", "site": "Mutoshi mine", "stage": "mine_industrial",
             "material": "cobalt",              "supplies_to": "Kokkola", "share_pct": "75", "confidence": "reported"}  # fmt: skip
    async with enter(site, "ann@dd.example") as client:

        async def send(path: str, data: dict[str, str], **more: object) -> httpx.Response:
            token = token_in((await client.get("/diligence/supply")).text)
            return await client.post(path, data={"csrf_token": token} | data, **more)

        wrong = await send("/diligence/supply", given | {"share_pct": "175", "country": "Congo"})
        assert wrong.status_code == 422
        assert 'id="e-share_pct"' in wrong.text
        assert 'id="e-country"' in wrong.text
        assert "Mutoshi Mining SA" in wrong.text  # what was typed is kept
        nowhere = await send("/diligence/supply", given | {"supplies_to": "Nowhere"})
        assert 'id="e-supplies_to"' in nowhere.text
        assert (await send("/diligence/supply", given)).status_code == 303
        shown = await client.get("/diligence/map")
        assert "Mutoshi mine" in shown.text
        template = await client.get("/diligence/supply/table")
        head = template.content.decode("utf-8-sig").strip()
        row = "Harjavalta Oy,FI,,,,smelter,nickel,,30,," + "\n,FI,,,,smelter,nickel,,30,,"
        file = {"file": ("supply.csv", f"{head}\n{row}\n".encode(), "text/csv")}
        looked = await send("/diligence/supply/table", {"act": "look"}, files=file)
        assert "row 3, company" in looked.text
        refused = await send("/diligence/supply/table", {"act": "send"}, files=file)
        assert refused.status_code == 422
        kept = await send("/diligence/supply/table", {"act": "send", "keep": "yes"}, files=file)
        assert "Harjavalta" in (await client.get("/diligence/map")).text
        assert "row 3, company" in kept.text
        change = re.search(r'href="(/diligence/supply/[0-9a-f-]{36})"', shown.text)
        assert change is not None
        path = change[1]
        token = token_in((await client.get(path)).text)
        said = {"csrf_token": token, "version": "1", "share_pct": "12.5", "confidence": "verified", "valid_to": ""}
        assert (await client.post(path, data=said)).status_code == 303
        assert 'value="12.5"' in (await client.get(path)).text
        assert (await client.post(path, data=said | {"version": "2", "share_pct": "lots"})).status_code == 422


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


async def test_a_customers_questionnaire_is_loaded_from_its_file_and_answered(site: Site) -> None:
    await furnished(site)
    async with enter(site, "ann@dd.example") as client:
        sample = (await client.get("/diligence/questionnaires/sample")).content
        token = token_in((await client.get("/diligence/questionnaires")).text)
        here = "/diligence/questionnaires"
        broken = await client.post(here, data={"csrf_token": token}, files={"file": ("a.yaml", b"id: [")})
        assert broken.status_code == 422
        assert "YAML" in broken.text
        loaded = await client.post(here, data={"csrf_token": token}, files={"file": ("saq.csv", sample)})
        assert loaded.status_code == 303
        link = "/diligence/questions?template=SAQ-1&edition=1"
        assert link.replace("&", "&amp;") in (await client.get(here)).text
        token = token_in((await client.get(link)).text)
        wrong = await client.post(link, data={"csrf_token": token, "has_policy": "yes", "review": "daily"})
        assert wrong.status_code == 422
        signed = await client.post(link, data={"csrf_token": token, "has_policy": "yes", "review": "yearly"})
        assert (signed.status_code, signed.headers["location"]) == (303, link)


async def test_a_company_has_all_its_names_on_one_page_and_keeps_what_the_form_says(site: Site) -> None:
    one, _, _ = await furnished(site)
    [party] = await one.run(records.listed, "party", PartyInput)
    path = f"/diligence/parties/{party.record_id}"
    async with enter(site, "ann@dd.example") as client:
        assert path in (await client.get("/diligence/map")).text
        form = (await client.get(path, headers={"accept-language": "en"})).text
        said = {"csrf_token": token_in(form), "version": party.version, "name-0": "New Name Oy", "kind-0": "legal"}
        more = {
            "name-1": party.content.names[0].value,
            "kind-1": "former",
            "name-2": "新名称",
            "kind-2": "local",
            "lang-2": "ja",
        }
        saved = await client.post(path, data=said | more)
        assert (saved.status_code, saved.headers["location"]) == (303, path)
        seen = (await client.get(path)).text
        assert all(word in seen for word in ("New Name Oy", "新名称", party.content.names[0].value))
        stale = await client.post(path, data=said)
        empty = await client.post(path, data={"csrf_token": token_in(form), "version": 2})
        legal_only = await client.post(path, data=said | {"version": 2, "name-0": "Co., Ltd."})
        assert [stale.status_code, empty.status_code, legal_only.status_code] == [422, 422, 422]
    [after] = await one.run(records.listed, "party", PartyInput)
    assert [name.kind for name in after.content.names] == ["legal", "former", "local"]


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
        other = workbook("CMRT", "6.5", cells | {"D8": "Second Supplier"})
        three = [("file", ("b.xlsx", other)), ("file", ("c.xlsx", b"PK\x03\x04broken")), ("file", ("d.xlsx", other))]
        held = await client.post("/diligence/workbook", data={"csrf_token": token}, files=three)
        assert held.status_code == 200, held.text[-600:]
        assert "Nothing was kept" in held.text
        assert "damaged" in held.text
        assert "Same file again" in held.text
        kept = await client.post("/diligence/workbook", data={"csrf_token": token, "keep_good": "yes"}, files=three)
        assert "1 declarations were kept" in kept.text
        again = await client.post("/diligence/workbook", data={"csrf_token": token, "keep_good": "yes"}, files=three)
        assert "Nothing was kept" in again.text


async def test_anybody_tells_without_an_account_and_follows_with_the_code(site: Site) -> None:
    one, _, _ = await furnished(site)
    here = f"/public/dd/{one.id}/grievance"
    async with site.client(**BROWSER) as client:
        form = await client.get(here)
        assert form.status_code == 200
        assert "set-cookie" not in form.headers
        short = await client.post(here, data={"what": "x"})
        assert short.status_code == 422
        what = {"what": "Dust falls on the school every night."}
        odd = await client.post(here, data=what, files={"files": ("run.exe", b"MZ")})
        assert odd.status_code == 422
        assert 'id="e-files"' in odd.text
        assert what["what"] in odd.text
        told = await client.post(here, data=what, files={"files": ("dust.txt", "粉じん".encode())})
        found = re.search(r"[A-Z2-9]{5}(-[A-Z2-9]{5}){3}", told.text)
        assert found, told.text[-900:]
        shown = await client.post(f"{here}/follow", data={"code": found[0]})
        assert "Received" in shown.text
        more = [("files", ("a.txt", b"more")), ("files", ("b.txt", b"more"))]
        assert (await client.post(f"{here}/follow", data={"code": found[0]}, files=more)).status_code == 200
        many = await client.post(f"{here}/follow", data={"code": found[0]}, files=more)
        assert many.status_code == 422
        wrong = await client.post(f"{here}/follow", data={"code": "AAAAA-AAAAA-AAAAA-AAAAA"})
        unknown = await client.post(f"/public/dd/{site.a}/grievance/follow", data={"code": found[0]})
        assert wrong.status_code == unknown.status_code == 422
        assert (await client.get(f"/public/dd/{'0' * 8}-0000-7000-8000-{'0' * 12}/grievance")).status_code == 404
    async with enter(site, "ann@dd.example") as client:
        cases = await client.get("/diligence/cases")
        assert "Dust falls on the school" in cases.text
        link = re.search(r'href="(/diligence/cases/[^"]+/files/[^"]+)" download>dust.txt', cases.text)
        assert link is not None
        sent = await client.get(link[1])
        assert sent.content.decode() == "粉じん"
        assert sent.headers["content-disposition"].startswith("attachment")


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

"""The table is honest: every claim has a test that exists, every public route and enumeration a row."""

import json
import re
from pathlib import Path

import pytest
from tests.conformance.kits.dsp import configuration
from tests.conformance.kits.results import page_of
from tests.web.conftest import PASSWORD, Site, site
from tests.web.walk import doors_of

from meguri.app import native_doors
from meguri.cli import main
from meguri.dataspaces.conformance.model import HEADINGS, STATES, Row
from meguri.dataspaces.conformance.outside import outside
from meguri.dataspaces.conformance.rows import CONTRACTS, enumerations, walked
from meguri.dataspaces.conformance.table import all_rows, as_data, counts, route_of, table
from meguri.dataspaces.dpp import facade as dpp
from meguri.dataspaces.dsp import facade as dsp
from meguri.dataspaces.dsp import states
from meguri.dataspaces.dsp.kinds import KINDS
from meguri.dataspaces.dsp.policy import PURPOSES
from meguri.dataspaces.dsp.terms import PULL, PUSH
from meguri.dataspaces.epcis.schema import TYPES as EVENTS
from meguri.dataspaces.federation.linking import MOVES
from meguri.dataspaces.federation.payloads import TYPES as MESSAGES
from meguri.dataspaces.ods.tokens import FLOWS
from meguri.dataspaces.ouranos import northbound, southbound, transport
from meguri.dataspaces.ouranos.account import companies
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.rules import trust
from meguri.kernel.units import AmountUnit
from meguri.operators.catalogue import disclosure_rules
from meguri.traceability.model import RequestType, State

assert site
ROOT = Path(__file__).parents[2]


def is_there(test: str) -> bool:
    """Whether a test exists: a function of its file, or of a class in it; and it is not switched off."""
    file, *names = test.split("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    if len(names) == 2:
        found = re.search(rf"^class {names[0]}\b.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        return found is not None and re.search(rf"^    (async )?def {names[1]}\(", found[0], re.MULTILINE) is not None
    found = re.search(rf"((?:^@.*\n)*)^(async )?def {names[0]}\(", text, re.MULTILINE)
    return found is not None and "mark.skip(" not in found[1] and "mark.xfail" not in found[1]


@pytest.mark.parametrize("row", table().row, ids=lambda row: f"{row.heading}:{row.id}")
def test_what_is_implemented_has_a_test_that_exists(row: Row) -> None:
    assert row.heading in HEADINGS
    assert row.state in STATES
    if row.state == "not":
        assert not row.tests
        assert row.note_ja
        assert row.note_en
        return
    assert row.tests
    if row.state == "partly":
        assert row.note_ja
        assert row.note_en
    for test in row.tests:
        assert is_there(test), test
    for kit in row.kits:
        assert outside()[kit].passed > 0
        assert outside()[kit].failed == 0, "a kit that fails is no evidence"


def test_the_page_of_outside_kits_says_what_is_recorded() -> None:
    page = (ROOT / "docs" / "reference" / "outside-kits.md").read_text(encoding="utf-8")
    assert page == page_of(outside()[name] for name in sorted(outside()))


def test_the_protocol_kit_is_told_all_its_scenarios() -> None:
    lines = configuration("http://127.0.0.1:8000", 8083).splitlines()
    assert len({line.partition("=")[0] for line in lines}) == len(lines)
    assert (
        sum("_DATASETID=" in line or "_AGREEMENTID=" in line for line in lines) == 66
    )  # and one of metadata, which has none


def test_every_trust_level_and_value_of_an_enumeration_has_a_row() -> None:
    assert {level.key for level in trust().level} <= {row.id for row in table().row}
    told = {one.id: [value for shown in one.shown for value in shown.values] for one in enumerations()}
    own, moves = limits().words, {**states._TO_PROVIDER, **states._TO_CONSUMER}
    transfers = {
        state for table in (states._TRANSFER,) for (state, _), after in table.items() for state in (state, after)
    }
    assert {name: set(values) for name, values in told.items()} == {
        "amountRequiredUnit": {one.value for one in AmountUnit} | set(own.amount_units),
        "requestType": {one.value for one in RequestType} | set(own.request_types),
        "requestStatus": {one.value for one in State} | set(own.writable_states),
        "tradeTreeStatus": {"TERMINATED", "UNTERMINATED"},
        "statusTarget": set(own.status_targets),
        "cfpType": {*own.cfp_types, *(f"{kind}Total" for kind in own.cfp_types), "preProductionResponse", "mainProductionResponse"},
        "dqrType": {f"{kind}{end}" for kind in own.cfp_types.values() for end in ("", "Total", "Response")},
        "ddResult": set(own.dd_results),
        "itemGroup": set(disclosure_rules().groups) | set(own.acl_groups),
        "dsp.negotiation": {state for (state, _), after in moves.items() for state in (state, after)},
        "dsp.transfer": transfers,
        "dsp.format": {PULL, PUSH},
        "dsp.kind": set(KINDS),
        "dsp.purpose": set(PURPOSES),
        "federation.type": set(MESSAGES),
        "epcis.type": set(EVENTS),
        "epcis.action": {"ADD", "OBSERVE", "DELETE"},
        "notifier.status": {"enabled", "disabled", "deleted"},
    }  # fmt: skip
    assert all(len(values) == len(set(values)) for values in told.values())


def test_every_route_that_a_facade_answers_has_a_row() -> None:
    """What the façades keep as lists is compared; the rest of their routes are named in the contracts one by one."""
    told = [route for one in walked() for route in one.routes]
    assert len(told) == len(set(told))
    names = {
        *(f"{method} /api/v1/datatransport?dataTarget={target}" for method, target in transport.HANDLERS),
        *(f"{method} /api/v1/authInfo?dataTarget={target}" for method, target in companies.HANDLERS),
        *(f"{method} /{name}" for method, name in northbound.HANDLERS),
        *(f"{method} /tms/{name}" for method, name in southbound.HANDLERS),
        *(f"POST {path}" for path in FLOWS),
        *(f"POST /federation/v1/links/{{id}}/{word}" for word in MOVES),
        *(f"POST /dsp/2025-1/negotiations/{{pid}}/{'/'.join(below)}" for below in dsp._NEGOTIATION),
        *(f"POST /dsp/2025-1/transfers/{{pid}}/{'/'.join(below)}" for below in dsp._TRANSFER),
    }
    assert names - set(told) == set()
    calls = {(method, len(parts), parts[0]) for parts, methods in dpp._OPERATIONS.items() for method in methods}
    rows = [route.partition(" ") for route in told if " /v1/dpp" in route or route == "GET /health"]
    assert calls == {(method, path.count("/") - path.startswith("/v1"), path.split("/")[2 if path.startswith("/v1") else 1])
                     for method, _, path in rows}  # fmt: skip
    for one in walked():
        contract = route_of(one.contract)
        assert contract is not None, one.contract
        assert contract.id == one.contract
        assert is_there(one.test), one.test


@pytest.mark.parametrize(
    "path",
    ["/dsp/2025-1/catalog/request", "/t/x/dsp/2025-1/negotiations/request", "/tck/negotiations/requests", "/api/v3.0/shells",
     "/epcis/v2/events", "/federation/v1/inbox", "/access/v1/evaluation", "/authz/stores/x/access/v1/evaluation", "/l4/catalog",
     "/sparql", "/v1/api/query", "/discovery/v1/find", "/api/v1/notifications", "/api/v1/datatransport", "/api/v1/authInfo",
     "/tms/x", "/ods/x", "/auth/login", "/auth/token/introspect", "/auth/url", "/auth/token/client", "/auth/apikey/verify",
     "/3/footprints", "/v1/dpps", "/vc/v1/verify",
     "/operators/x/did.json"],
)  # fmt: skip
def test_every_route_of_a_foreign_contract_has_its_row(path: str) -> None:
    assert route_of(path) is not None


@pytest.mark.anyio
async def test_every_route_of_the_application_that_a_contract_names_is_in_the_table(site: Site) -> None:
    built = {(door.method, door.path) for door in doors_of(site.native) if door.path.startswith(CONTRACTS)}
    assert built == {door for door in native_doors() if door[1].startswith(CONTRACTS)}
    listed = [row for row in all_rows(native_doors()) if row.heading == "routes"]
    rows = {row.id: row for row in listed}
    assert len(rows) == len(listed)
    general = {row.id for row in listed if not row.id.partition(" ")[2].startswith("/api/v1/")} - {
        route for one in walked() for route in one.routes
    }
    assert general == set(), "outside the native API each route names the test that walks it"
    assert {f"{method} {path}" for method, path in built} <= set(rows)
    assert all(row.tests for row in rows.values() if row.state != "not")
    assert len(rows) > 700


@pytest.mark.anyio
async def test_the_page_shows_the_table_and_gives_it_as_data_and_paper(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with site.client() as browser:
        assert (await browser.get("/keys/dataspace/conformance")).status_code == 303
        await browser.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD})
        for language, words in (("ja", "意図した違い"), ("en", "Deliberate deviations")):
            await browser.get(f"/language/{language}?back=/")
            page = await browser.get("/keys/dataspace/conformance")
            assert page.status_code == 200
            assert words in page.text
            assert "POST /dsp/2025-1/catalog/request" in page.text
            data = (await browser.get("/keys/dataspace/conformance/conformance.json")).json()
            assert data == json.loads(json.dumps(as_data(language, native_doors())))
        paper = await browser.get("/keys/dataspace/conformance/conformance.pdf")
        assert paper.content.startswith(b"%PDF-")


def test_the_command_prints_text_json_and_pdf_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", "--language", "en"]) == 0
    text = capsys.readouterr().out
    assert "Deliberate deviations" in text
    assert "guideline version: unverified" in text
    assert main(["conformance", "--format", "json", "--language", "ja", "--output", str(tmp_path / "c.json")]) == 0
    data = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert data["counts"] == counts(all_rows(native_doors()))
    assert data["rows"] == as_data("ja", native_doors())["rows"]
    for language in ("ja", "en"):
        out = tmp_path / f"{language}.pdf"
        assert main(["conformance", "--format", "pdf", "--language", language, "--output", str(out)]) == 0
        assert out.read_bytes().startswith(b"%PDF-")

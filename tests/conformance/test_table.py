"""The table is honest: every claim has a test that exists, every public route and enumeration a row."""

import json
import re
from pathlib import Path

import pytest
from tests.conformance.kits.dsp import configuration
from tests.conformance.kits.results import page_of
from tests.web.conftest import Site, site
from tests.web.walk import doors_of

from meguri.cli import main
from meguri.dataspaces.conformance.outside import outside
from meguri.dataspaces.conformance.table import HEADINGS, STATES, Row, as_data, counts, route_of, table
from meguri.dataspaces.rules import trust
from meguri.kernel.units import AmountUnit
from meguri.traceability.model import RequestType, State

assert site
ROOT = Path(__file__).parents[2]
CONTRACTS = ("/api/", "/v1/", "/vc/", "/operators/", "/envelope/", "/.well-known/", "/3/", "/auth/")


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
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), test
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
    ids = {row.id for row in table().row}
    assert {level.key for level in trust().level} <= ids
    values = [("amountRequiredUnit", AmountUnit), ("requestType", RequestType), ("requestStatus", State)]
    assert {f"{name}={value}" for name, kind in values for value in kind} <= ids


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
    paths = [str(door).partition(" ")[2] for door in doors_of(site.native)]
    under_contract = [path for path in paths if path.startswith(CONTRACTS)]
    assert len(under_contract) > 20
    assert [path for path in under_contract if route_of(path) is None] == []


def test_the_command_prints_text_json_and_pdf_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", "--language", "en"]) == 0
    text = capsys.readouterr().out
    assert "Deliberate deviations" in text
    assert "guideline version: unverified" in text
    assert main(["conformance", "--format", "json", "--language", "ja", "--output", str(tmp_path / "c.json")]) == 0
    data = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert data["counts"] == counts()
    assert data["rows"] == as_data("ja")["rows"]
    for language in ("ja", "en"):
        out = tmp_path / f"{language}.pdf"
        assert main(["conformance", "--format", "pdf", "--language", language, "--output", str(out)]) == 0
        assert out.read_bytes().startswith(b"%PDF-")

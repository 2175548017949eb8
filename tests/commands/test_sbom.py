"""The bill of materials names every locked package with its hashes, and what lies in our sources."""

import re
from pathlib import Path

import pytest

sbom = pytest.importorskip("docs.sbom")
ROOT = Path(__file__).parent.parent.parent


def test_the_bill_names_each_locked_package_and_each_vendored_script() -> None:
    bill = sbom.packages()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    named = {(each["name"].lower(), each["version"]) for each in bill["components"]}
    locked = set(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {(name.replace(".", "-"), version) for name, version in locked} <= {
        (n.replace(".", "-"), v) for n, v in named
    }
    assert len(locked) > 50
    with_hashes = [each for each in bill["components"] if each["externalReferences"][0].get("hashes")]
    assert len(with_hashes) == len(bill["components"])


def test_vendored_scripts_stand_in_it_as_the_notices_say() -> None:
    found = {each["name"]: each["version"] for each in sbom.vendored()}
    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
    assert found.keys() == {"htmx.org", "jsqr"}
    assert f"## htmx {found['htmx.org']}" in notices
    assert {path.name for path in sbom.STATIC.iterdir()} == set(sbom.VENDORED)

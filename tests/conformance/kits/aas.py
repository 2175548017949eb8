"""The IDTA's test engines against the shell interface and our files, and two peers that read the same files."""

import json
import re
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

from tests.conformance.kits.results import result
from tests.conformance.kits.served import done, node
from tests.dataspaces.exchange.sample import passport

from meguri.dataspaces.aas.battery.environment import package
from meguri.dataspaces.conformance.outside import Outside
from meguri.dataspaces.exchange import formats

_PACKAGES = ["aas_test_engines==1.0.3", "aas-core3.0==1.1.4", "basyx-python-sdk==2.2.0"]
_PROFILE = "https://admin-shell.io/aas/API/3/0/{}/SSP-002"
_PEERS = """
import json, sys
from aas_core3 import jsonization, verification
from basyx.aas.adapter.json import read_aas_json_file
read = jsonization.environment_from_jsonable(json.load(open(sys.argv[1], encoding="utf-8")))
print("faults", len(list(verification.verify(read))))
print("objects", len(read_aas_json_file(open(sys.argv[1], encoding="utf-8"), failsafe=False)))
"""


def run(work: Path) -> list[Outside]:
    """Repository, service and file suites; then the peers."""
    folder = work / "aas"
    folder.mkdir(parents=True)
    python = folder / "venv" / "bin" / "python"
    done([sys.executable, "-m", "venv", folder / "venv"], folder)
    done([python, "-m", "pip", "install", "--quiet", *_PACKAGES], folder)
    with node(folder) as address:
        found = [_suite(python, folder, *suite) for suite in _suites(f"{address}/api/v3.0", address)]
    return [*found, *_files(python, folder)]


def _suites(api: str, address: str) -> list[tuple[str, str, str, str]]:
    """(id, suite, address, prefix to take off) for each."""
    shell = urlsafe_b64encode(f"{address}/aas/ExampleOne".encode()).decode().rstrip("=")
    submodel = urlsafe_b64encode(f"{address}/sm/ExampleOne/EveryKind".encode()).decode().rstrip("=")
    return [
        ("aas.shell_repository", "AssetAdministrationShellRepositoryServiceSpecification", api, ""),
        ("aas.submodel_repository", "SubmodelRepositoryServiceSpecification", api, ""),
        ("aas.shell_service", "AssetAdministrationShellServiceSpecification", f"{api}/shells/{shell}", "/aas"),
        ("aas.submodel_service", "SubmodelServiceSpecification", f"{api}/submodels/{submodel}", "/submodel"),
    ]


def _suite(python: Path, folder: Path, kit: str, suite: str, api: str, prefix: str) -> Outside:
    command = [python, "-m", "aas_test_engines", "check_server", api, _PROFILE.format(suite)]
    said = done([*command, *(["--remove-path-prefix", prefix] if prefix else [])], folder, check=False)
    (folder / f"{kit}.log").write_text(said.stdout, encoding="utf-8")
    counts = re.findall(r"(?:Negative|Positive) tests passed: (\d+) / (\d+)", said.stdout)
    passed, all_ = (sum(int(pair[side]) for pair in counts) for side in (0, 1))
    operations = re.findall(r"Checking (\w[\w-]+)\x1b", said.stdout)
    if not prefix:
        failed = all_ - passed if said.returncode == 0 else max(1, all_ - passed)
        return result(
            kit, f"aas_test_engines, {suite}", "1.0.3", passed, failed, 0, "exit code 0" if not failed else ""
        )
    # Below the address of one shell the suite asks for all shells and for the server's description: no server has them there.
    apart = {"GenerateSerializationByIds", "GetDescription"}
    red = set(re.findall(r"\x1b\[91mChecking (\w[\w-]+)\x1b", said.stdout))
    failed = len(red - apart)
    note = (
        "serialization and description not counted: the suite asks for them below the address of one shell or submodel"
    )
    return result(kit, f"aas_test_engines, {suite}", "1.0.3", len(set(operations) - apart) - failed, failed, 2, note)


def _files(python: Path, folder: Path) -> list[Outside]:
    document = formats.export("idta", passport()).document
    (folder / "idta.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    (folder / "idta.aasx").write_bytes(package(document))
    codes = [
        done([python, "-m", "aas_test_engines", "check_file", f"idta.{kind}", "--format", kind], folder, check=False)
        for kind in ("json", "aasx")
    ]
    wrong = sum(one.returncode != 0 for one in codes)
    peers = done([python, "-c", _PEERS, "idta.json"], folder, check=False)
    read = "faults 0" in peers.stdout and f"objects {len(document['submodels']) + 1}" in peers.stdout
    note = "a complete battery passport (IDTA 02035), JSON and AASX"
    return [
        result("aas.files", "aas_test_engines, files", "1.0.3", 2 - wrong, wrong, 0, note),
        result(
            "aas.peers",
            "aas-core3.0 and basyx-python-sdk",
            "1.1.4, 2.2.0",
            2 * read,
            2 * (not read),
            0,
            "the same JSON read and verified",
        ),
    ]

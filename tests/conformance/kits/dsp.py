"""The Eclipse Dataspace TCK for the Dataspace Protocol, from Maven Central, against our provider and our consumer."""

import re
from pathlib import Path

from tests.conformance.kits.results import result
from tests.conformance.kits.served import done, free_port, node

from meguri.dataspaces.conformance.outside import Outside

HERE = Path(__file__).parent / "java"
PACKAGES = [f"org.eclipse.dataspacetck.dsp.verification.{name}" for name in ("metadata", "catalog", "cn", "tp")]
_SCENARIOS = {
    "CN": {1: 4, 2: 7, 3: 4},
    "CN_C": {1: 4, 2: 6, 3: 6},
    "TP": {1: 5, 2: 5, 3: 6},
    "TP_C": {1: 5, 2: 5, 3: 6},
}


def run(work: Path) -> list[Outside]:
    """All scenarios, those included that the kit itself leaves out."""
    folder = work / "dsp"
    folder.mkdir(parents=True)
    done(
        [
            "mvn",
            "-q",
            "-B",
            "-f",
            HERE / "pom.xml",
            "dependency:copy-dependencies",
            f"-DoutputDirectory={folder / 'lib'}",
        ],
        folder,
    )
    with node(folder) as address:
        properties = folder / "kit.properties"
        properties.write_text(configuration(address, free_port()), encoding="utf-8")
        said = done(
            ["java", "-Djunit.jupiter.conditions.deactivate=org.junit.*DisabledCondition", "-cp", f"{folder}/lib/*",
             HERE / "RunKit.java", properties, *PACKAGES], folder, check=False,
        ).stdout  # fmt: skip
    (folder / "kit.log").write_text(said, encoding="utf-8")
    counts = re.search(r"^found (\d+), passed (\d+), failed (\d+), skipped (\d+)$", said, re.MULTILINE)
    if counts is None:
        raise SystemExit(f"the kit did not come to its end; see {folder / 'kit.log'}")
    _, passed, failed, skipped = map(int, counts.groups())
    note = "MET, CAT, CN, CN_C, TP, TP_C; TP:02-04 and TP_C:02-04, which the kit switches off, are among them"
    return [result("dsp.tck", "Eclipse Dataspace TCK, DSP", _version(), passed, failed, skipped, note)]


def configuration(address: str, port: int) -> str:
    """The kit's properties for a node at this address; the kit listens on `port`."""
    root = f"{address}/dsp"
    lines = [
        "dataspacetck.ansi=false",
        "dataspacetck.launcher=org.eclipse.dataspacetck.dsp.system.DspSystemLauncher",
        "dataspacetck.dsp.local.connector=false",
        f"dataspacetck.port={port}",
        f"dataspacetck.callback.address=http://127.0.0.1:{port}",
        "dataspacetck.dsp.connector.agent.id=CONNECTOR_UNDER_TEST",
        f"dataspacetck.dsp.connector.http.base.url={root}",
        f"dataspacetck.dsp.connector.http.url={root}/2025-1",
        "dataspacetck.dsp.connector.http.headers.authorization=any",
        f"dataspacetck.dsp.connector.negotiation.initiate.url={address}/tck/negotiations/requests",
        f"dataspacetck.dsp.connector.transfer.initiate.url={address}/tck/transfers/requests",
        "dataspacetck.dsp.default.wait=15",
        *(f"CAT_01_{number:02d}_DATASETID=CAT01{number:02d}" for number in (1, 2, 3)),
    ]
    for group, parts in _SCENARIOS.items():
        for part, count in parts.items():
            for number in range(1, count + 1):
                lines += _scenario(group, f"{part:02d}", f"{number:02d}")
    return "\n".join(lines) + "\n"


def _scenario(group: str, part: str, number: str) -> list[str]:
    key, name = f"{group}_{part}_{number}", f"A{group.replace('_', '')}{part}{number}"
    if group.startswith("TP"):
        return [f"{key}_AGREEMENTID={name}", f"{key}_FORMAT=HttpData-PULL"]
    offer = f"CD123:{name}:456" if group == "CN" else f"offer{name}"
    return [f"{key}_DATASETID={name}", f"{key}_OFFERID={offer}"]


def _version() -> str:
    found = re.search(r"<kit>(.+)</kit>", (HERE / "pom.xml").read_text(encoding="utf-8"))
    return found.group(1) if found else "?"

"""Writes `dist/meguri-VERSION.cdx.json`: the software bill of materials of this release (CycloneDX 1.6).

The packages come from `requirements.lock` with their hashes; scripts of others that lie in our sources from the notices.
The same sources give the same file.
"""

import json
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "src/meguri/ui/static/vendor"
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"
VENDORED = {"htmx.min.js": ("htmx.org", "htmx", "0BSD"), "jsQR.js": ("jsqr", "jsQR", "Apache-2.0")}
"""File → (name as package, name in the notices, licence)."""


def packages() -> dict[str, Any]:
    """The bill of the lock, as cyclonedx-py makes it."""
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.lock"]
    options = ["--pyproject", "pyproject.toml", "--mc-type", "application", "--sv", "1.6", "--output-reproducible"]
    done = subprocess.run(  # noqa: S603
        [*command, *options, "-o", "-"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def vendored() -> list[dict[str, Any]]:
    """What lies in our sources and was made by others."""
    notices = NOTICES.read_text(encoding="utf-8")
    return [
        {
            "type": "library",
            "bom-ref": f"vendored-{name}",
            "name": package,
            "version": (version := notices.split(f"## {called} ")[1].split()[0]),
            "purl": f"pkg:npm/{package}@{version}",
            "licenses": [{"license": {"id": licence}}],
            "hashes": [{"alg": "SHA-256", "content": sha256((STATIC / name).read_bytes()).hexdigest()}],
        }
        for name, (package, called, licence) in sorted(VENDORED.items())
    ]


def main() -> None:
    """Write the file and say where."""
    bill = packages()
    bill["components"] += vendored()
    root = bill["metadata"]["component"]["bom-ref"]
    bill["dependencies"] = [each for each in bill.get("dependencies", []) if each["ref"] != root]
    bill["dependencies"].append({"ref": root, "dependsOn": sorted(each["bom-ref"] for each in bill["components"])})
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    target = ROOT / "dist" / f"meguri-{version}.cdx.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(bill, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    print(f"{target.relative_to(ROOT)}: {len(bill['components'])} components")  # noqa: T201


if __name__ == "__main__":
    main()

"""Run kits by name, all without one: `python -m tests.conformance.kits [dsp] [aas] [--work DIR]`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.conformance.kits import aas, credentials, dsp, epcis
from tests.conformance.kits.results import keep

KITS = {"dsp": dsp.run, "aas": aas.run, "credentials": credentials.run, "epcis": epcis.run}


def main() -> int:
    """0 when nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kits", nargs="*", choices=[*KITS, []], help="which kits; all when none is named")
    parser.add_argument("--work", type=Path, help="folder for logs and downloads (else a temporary one)")
    parser.add_argument("--no-record", action="store_true", help="leave data and page as they are")
    asked = parser.parse_args()
    work = asked.work or Path(tempfile.mkdtemp(prefix="kits-"))
    found = [one for name in asked.kits or KITS for one in KITS[name](work)]
    for one in found:
        print(one.said(), one.note, sep=" — ")
    if not asked.no_record:
        keep(found)
    print(f"logs: {work}")
    return int(any(one.failed for one in found))


if __name__ == "__main__":
    sys.exit(main())

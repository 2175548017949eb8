"""`make bench`: runs every benchmark in a process of its own and joins their results in docs/benchmarks.md.

`python -m benchmarks exchange` runs only that one; the results of the others stay as they are.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make bench`. Each figure stands beside a peer or a physical bound that was measured in the same run on the same machine
(2 cores). What the design promises and whether it is met is said beside each table.

"""


def main(wanted: list[str]) -> int:
    found = sorted(folder.name for folder in HERE.iterdir() if (folder / "run.py").exists())
    for name in wanted or found:
        print(f"benchmark: {name}", flush=True)
        done = subprocess.run([sys.executable, str(HERE / name / "run.py")], cwd=HERE.parent, check=False)
        if done.returncode:
            return done.returncode
    results = [(HERE / name / "RESULT.md") for name in found]
    PAGE.write_text(HEAD + "\n\n".join(_lower(path) for path in results if path.exists()) + "\n", encoding="utf-8")
    print(f"written: {PAGE.relative_to(HERE.parent)}")
    return 0


def _lower(path: Path) -> str:
    """A result with its headings one level down."""
    return "\n".join(
        f"#{line}" if line.startswith("#") else line for line in path.read_text("utf-8").strip().splitlines()
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The table of journeys with their times by the model: `python -m docs.journeys > docs/reference/journeys.md`.

Runs the walks of tests/journeys/test_first_time.py and …_river.py, which count what a person does.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.journeys.stopwatch import OUT, Counted, Row, pace

WALKS = ("tests/journeys/test_first_time.py", "tests/journeys/test_first_time_river.py")
HEAD = """# Journeys of first-time users

Written by `python -m docs.journeys` from the walks of `tests/journeys/test_first_time.py` (exchange and platform: in Japanese and
English, on 1280 and on 390 pixels) and `…_river.py`; each walk fails when its time is over, and the slowest look is shown.
Times are those of a stated model, not of people: {source}. The costs of each act are in `tests/journeys/pace.toml` ({version}).
*Elsewhere* is what happens away from the page, as the walk says: signing in, a code scanned, a table filled in, papers read.

| person | wants | presses | characters | lists, files | pages | read | elsewhere | by the model | promised |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"""

TAIL = """An auditor comes as a company that has joined and is invited to one declaration: the statement is signed for that company.
One walk is shorter than its row: a guarantee ends when its holder has taken it, for a claim comes years later."""


def walked(folder: Path) -> None:
    """Walk all journeys; what was counted is left in `folder`."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", *WALKS]
    subprocess.run(command, env={**os.environ, OUT: str(folder)}, check=True, stdout=sys.stderr)  # noqa: S603 - our own words


def line(row: Row, kept: dict[str, float]) -> str:
    """One row of the table."""
    done = Counted(**{name: kept[name] for name in Counted.__dataclass_fields__})  # type: ignore[arg-type]
    cells = [
        f"{row.ja}<br>{row.en}",
        row.wants,
        str(done.clicks),
        str(done.keys),
        str(done.choices + done.files),
        str(done.pages),
        str(done.read),
        duration(done.outside),
        f"**{duration(kept['seconds'])}**",
        duration(row.minutes * 60),
    ]
    return "| " + " | ".join(cells) + " |"


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s".removesuffix(" 0 s") if minutes else f"{rest} s"


def main() -> int:
    """Print the page."""
    given = os.environ.get(OUT)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(given or folder)
        if not given:
            walked(place)
        lines = [HEAD.format(source=pace().source, version=f"version {pace().version}, {pace().status}")]
        for row in pace().journey:
            file = place / f"{row.key}.json"
            lines.append(
                line(row, json.loads(file.read_text())) if file.exists() else f"| {row.en} | {row.wants} | not walked |"
            )
        sys.stdout.write("\n".join([*lines, "", TAIL, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

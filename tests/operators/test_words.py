"""This room knows companies, not what they make: another product could stand on it."""

import re
from pathlib import Path

import pytest

import meguri

ROOT = Path(meguri.__file__).parent
FILES = [
    *(path for path in (ROOT / "operators").rglob("*") if path.suffix in {".py", ".sql", ".html", ".toml"}),
    *(ROOT / "storage" / "migrations").glob("02??_operators_*.sql"),
    ROOT / "rules" / "notifications.toml",
    ROOT / "rules" / "disclosure.toml",
]
WORDS = re.compile(
    r"batter|\bcells?\b|\bpacks?\b|cathode|anode|electrolyte|lithium|cobalt|nickel|passport|recycl"
    r"|\bso[ch]\b|state of health|black mass"
    r"|\bkwh\b|電池|バッテリ|セル|パック|正極|負極|電解液|リチウム|充電|放電|健全度",
    re.IGNORECASE,
)


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_of_this_room_names_what_companies_make(path: Path) -> None:
    found = [line for line in path.read_text("utf-8").splitlines() if WORDS.search(line)]
    assert found == []

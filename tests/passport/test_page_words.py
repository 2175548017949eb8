"""Whatever happens to a passport has a word on its pages: in the list of versions, and in the access register."""

import re
import tomllib
from pathlib import Path

import meguri.passport
from meguri.passport.lifecycle import Happening

ROOM = Path(meguri.passport.__file__).parent


def told(pattern: str) -> set[str]:
    return {name for file in ROOM.rglob("*.py") for name in re.findall(pattern, file.read_text("utf-8"))}


def test_every_happening_and_every_entry_of_the_register_has_its_word() -> None:
    words = tomllib.loads((ROOM / "pages" / "words.toml").read_text("utf-8"))
    versions = told(r'Change\(\s*event="(\w+)"') | {one.value for one in Happening}
    entries = told(r'action="passport\.(\w+)"')
    assert {"redact", "taken_in", "measurement"} <= versions
    assert "erase" in entries
    assert versions <= words["event"].keys()
    assert versions | entries <= words["did"].keys()

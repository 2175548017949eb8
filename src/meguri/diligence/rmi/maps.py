"""Cell maps and options of the templates (rule data `rmi-maps`, `rmi-options`)."""

import re
import tomllib
import unicodedata
from functools import cache
from typing import Any

import msgspec

from meguri.diligence.data import rule_text

FIELDS = {"language": "D3", "company": "D8", "scope": "D9", "scope_text": "D10"}
PARTS = ("Declaration", "Smelter List", "Product List")
LOOK_UP_COLUMNS = {
    "cid": "A", "metal": "B", "look_up": "C", "name": "D", "country": "E", "smelter_id": "F", "id_source": "G", "street": "H",
    "city": "I", "state": "J", "contact": "K", "email": "L", "next_steps": "M", "mines": "N", "mine_countries": "O",
    "recycled": "P", "comment": "Q",
}  # fmt: skip
PLAIN_COLUMNS = {
    "metal": "A", "name": "B", "country": "C", "smelter_id": "D", "id_source": "E", "street": "F", "city": "G", "state": "H",
    "contact": "I", "email": "J", "next_steps": "K", "mines": "L", "mine_countries": "M", "recycled": "N", "comment": "O",
}  # fmt: skip
MINE_COLUMNS = {
    "metal": "A", "smelter": "B", "mine": "C", "mine_id": "D", "id_source": "E", "country": "F", "street": "G", "city": "H",
    "state": "I", "contact": "J", "email": "K", "next_steps": "L", "comment": "M",
}  # fmt: skip
FIRST_SMELTER = FIRST_MINE = 5
FIRST_PRODUCT = 6
FROM_FORMULAS = ("B", "C", "E", "F", "G", "H", "I", "J")


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """One layout of the Declaration sheet and its lists."""

    key: str
    family: str
    versions: tuple[str, ...]
    fields: dict[str, str]
    questions: dict[str, int]
    company: dict[str, int]
    smelter_layout: str
    last_smelter: int | dict[str, int]
    last_product: int | dict[str, int]
    requester_columns: bool | dict[str, bool]
    last_mine: int = 0
    fixed: tuple[str, ...] = ()
    cells: dict[str, str] = {}
    free: tuple[str, ...] = ()
    other_text_rows: int = 0
    without: dict[str, tuple[str, ...]] = {}
    company_c: int = 0

    def at(self, value: Any, version: str) -> Any:
        """A value that may differ by version; an unknown version takes the newest."""
        return value.get(version, value[max(value)]) if isinstance(value, dict) else value

    @property
    def rows_per_question(self) -> int:
        """How many rows each question has: one for each mineral."""
        return len(self.fixed) or 10

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the smelter list."""
        return LOOK_UP_COLUMNS if self.smelter_layout == "look_up" else PLAIN_COLUMNS

    def asks(self, mineral: str, question: str) -> bool:
        """Whether the question exists for the mineral."""
        return question not in self.without.get(mineral, ())


@cache
def maps() -> dict[str, Map]:
    """Every layout by its key."""
    data = tomllib.loads(rule_text("rmi/maps.toml"))
    return {key: msgspec.convert({"key": key, **value}, Map) for key, value in data.items() if isinstance(value, dict)}


@cache
def options() -> dict[str, Any]:
    """Every option text."""
    return tomllib.loads(rule_text("rmi/options.toml"))


def options_of(key: str, question: str) -> tuple[str, ...]:
    """The exact answers that a question of a layout takes; () if any text is one."""
    listed: list[str] = options()[key].get(question, [])
    return tuple(one for text in listed for one in (options()["percent"] if text == "%" else [text]))


def plain(text: str) -> str:
    """How texts are compared: NFKC, small, single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


@cache
def _said() -> dict[str, str]:
    table = {plain(word): answer for answer, words in options()["said"].items() for word in words}
    return table | {plain(answer): answer for answer in options()["said"]}


def understood(text: str, allowed: tuple[str, ...]) -> str | None:
    """The option that a text is, in any language of the interface; None if it is none."""
    said = plain(text)
    for option in allowed:
        if plain(option) == said:
            return option
    if any("%" in option for option in allowed) and said in ("1", "1.0", "100"):
        return "100%"
    answer = _said().get(said)
    return answer if answer in allowed else None


def yes_or_no(text: str) -> str | None:
    """Yes, No or Unknown in any language of the interface."""
    return _said().get(plain(text))

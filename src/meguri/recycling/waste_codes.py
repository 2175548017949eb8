"""The European list of waste, as far as batteries go: which code is valid on which day, and which one fits a lot."""

import csv
import re
from datetime import date
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.recycling.errors import WasteCodeUnknown
from meguri.recycling.model import LotKind

SINCE, BLACK_MASS = date(2026, 11, 9), "19 14 02*"
_SHAPE = re.compile(r"^\d{2} \d{2} \d{2}\*?$")


class WasteCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code with the days on which it holds; `*` marks hazardous waste. `instead`: what follows it."""

    code: str
    list: str
    valid_from: date
    valid_to: date | None
    ja: str
    en: str
    instead: str | None

    def holds(self, day: date) -> bool:
        """Whether the code is of that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@cache
def codes() -> dict[str, WasteCode]:
    """Every code that is known."""
    text = files("meguri.rules").joinpath("recycling", "waste_codes.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        values = {key: value or None for key, value in row.items()}
        made = msgspec.convert(values, WasteCode)
        found[made.code] = made
    return found


def check(code: str | None, kind: LotKind, day: date, *, listed: bool = False, lithium: bool = True) -> list[str]:
    """Warnings about a lot's waste code. Raises WasteCodeUnknown for what was never on the list.

    listed   the lot needs a code of this list: it is declared waste, or lies in the Union
    lithium  it comes from lithium-based batteries, as far as is known
    A code without its asterisk, one that changed, and lithium black mass under a general code are pointed out.
    """
    black = kind is LotKind.BLACK_MASS and lithium and day >= SINCE
    if code is None:
        return [f"WASTE_CODE_SUSPECT: — → {BLACK_MASS}"] if black and listed else []
    text = " ".join(code.split())
    if not _SHAPE.match(text):
        raise WasteCodeUnknown(given=code, day=day.isoformat())
    found = codes().get(text)
    warnings = []
    if found is None:
        starred = codes().get(f"{text}*")
        if starred is None or not starred.holds(day):
            raise WasteCodeUnknown(given=code, day=day.isoformat())
        found = starred
        warnings.append(f"WASTE_CODE_ASTERISK_MISSING: {starred.code}")
    if not found.holds(day):
        warnings.append(f"WASTE_CODE_CHANGED: {found.code} → {found.instead or '?'}")
    if black and found.code != BLACK_MASS:
        warnings.append(f"WASTE_CODE_SUSPECT: {found.code} → {BLACK_MASS}")
    return warnings

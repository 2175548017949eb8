"""From suppliers' declarations to one's own: what n suppliers said, as one answer for each question."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from meguri.diligence.rmi.maps import plain
from meguri.diligence.rmi.model import Answer, Mineral, MineralDeclaration, Smelter

_WORST = ("Yes", "Unknown", "No")
# Which question of each family asks what.
_RISK = {"CMRT": ("q3", "q4"), "EMRT": ("q3",), "AMRT": ()}
_RECYCLED = {"CMRT": "q5", "EMRT": "q4", "AMRT": ""}
_PERCENT = {"CMRT": "q6", "EMRT": "q5", "AMRT": "q2"}
_ALL = {"CMRT": ("q7", "q8"), "EMRT": ("q6", "q7"), "AMRT": ()}


class Merged(NamedTuple):
    """The merged minerals and smelters, ready to stand in one's own declaration."""

    minerals: list[Mineral]
    smelters: list[Smelter]


def percent_band(answered: int, asked: int) -> str:
    """Answered of asked as the template's option."""
    share = 100 * answered / asked if asked else 0
    if asked and answered >= asked:
        return "100%"
    for least, text in ((90, "Greater than 90%"), (75, "Greater than 75%"), (50, "Greater than 50%")):
        if share > least:
            return text
    return "50% or less" if share > 0 else "None"


def worst_case(answers: Sequence[str | None]) -> str | None:
    """Yes before Unknown before No; other options (such as `DRC only`) count as Yes."""
    said = [answer if answer in _WORST else "Yes" for answer in answers if answer]
    return min(said, key=_WORST.index, default=None)


def all_yes(answers: Sequence[str | None]) -> str | None:
    """Yes only if every answer is Yes."""
    said = [answer for answer in answers if answer]
    if not said:
        return None
    return "Yes" if all(answer == "Yes" for answer in said) else "No"


def merge(family: str, declarations: Sequence[MineralDeclaration], asked: int) -> Merged:
    """What the declarations say together. `asked`: how many suppliers were asked, answered or not."""
    every = sorted({mineral.name for one in declarations for mineral in one.minerals})
    minerals = [_mineral(family, name, declarations, asked) for name in every]
    return Merged(minerals, _smelters(declarations))


def _mineral(family: str, name: str, declarations: Sequence[MineralDeclaration], asked: int) -> Mineral:
    mine = [mineral for one in declarations for mineral in one.minerals if mineral.name == name]

    def said(question: str) -> list[str | None]:
        return [mineral.answers[question].value for mineral in mine if question in mineral.answers]

    found: dict[str, str | None] = {"q1": worst_case(said("q1")), "q2": worst_case(said("q2"))}
    if family == "AMRT":
        del found["q2"]
    found |= {question: worst_case(said(question)) for question in _RISK[family]}
    if recycled := _RECYCLED[family]:
        found[recycled] = all_yes(said(recycled))
    answered = sum(
        any(m.name == name and m.answers.get("q1", Answer()).value for m in one.minerals) for one in declarations
    )
    found[_PERCENT[family]] = percent_band(answered, asked)
    found |= {question: all_yes(said(question)) for question in _ALL[family]}
    return Mineral(name=name, answers={key: Answer(value=value) for key, value in found.items() if value})


def _smelters(declarations: Sequence[MineralDeclaration]) -> list[Smelter]:
    """One row for each (metal, CID); unresolved ones by name and country; with how many suppliers named it."""
    found: dict[tuple[str, str], Smelter] = {}
    for one in declarations:
        broad = one.respondent.get("scope", "").startswith("A.")
        seen: set[tuple[str, str]] = set()
        for row in one.smelters:
            key = (plain(row.metal), row.cid or f"{plain(row.name)}|{plain(row.country)}")
            if key in seen:
                continue
            seen.add(key)
            known = found.get(key)
            if known is None:
                found[key] = msgspec.structs.replace(row, count=1, over_broad=broad)
            else:
                found[key] = msgspec.structs.replace(
                    known, count=known.count + 1, over_broad=known.over_broad and broad
                )
    return [found[key] for key in sorted(found)]

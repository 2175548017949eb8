"""From suppliers' declarations to one's own: what n suppliers said, as one answer for each question."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from meguri.diligence.rmi.errors import unsupported
from meguri.diligence.rmi.maps import plain
from meguri.diligence.rmi.model import Answer, Mineral, MineralDeclaration, Smelter
from meguri.diligence.screening.countries import country_code
from meguri.diligence.screening.names import forms_of

_WORST = ("Yes", "Unknown", "No")
_SILENT = ("Not declaring", "Not applicable for this declaration")  # says nothing about the mineral, neither way
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
    """Yes before Unknown before No; other options (such as `DRC only`) count as Yes, `Not declaring` as nothing said."""
    said = [answer if answer in _WORST else "Yes" for answer in answers if answer and answer not in _SILENT]
    return min(said, key=_WORST.index, default=None)


def all_yes(answers: Sequence[str | None]) -> str | None:
    """Yes only if every answer is Yes."""
    said = [answer for answer in answers if answer]
    if not said:
        return None
    return "Yes" if all(answer == "Yes" for answer in said) else "No"


def merge(family: str, declarations: Sequence[MineralDeclaration], asked: int) -> Merged:
    """What the declarations say together. `asked`: how many suppliers were asked, answered or not.

    Raises TemplateUnsupported where one is of another family: its questions mean something else.
    """
    if strange := next((one for one in declarations if one.family != family), None):
        raise unsupported("other_family", f"{strange.respondent.get('company', '')} {strange.family}".strip())
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
    answered = sum(
        any(m.name == name and m.answers.get("q1", Answer()).value not in (None, *_SILENT) for m in one.minerals)
        for one in declarations
    )
    found[_PERCENT[family]] = percent_band(answered, asked)
    # Of suppliers that did not answer nobody knows: what holds of all must not be said while some are silent.
    silent = answered < asked
    if recycled := _RECYCLED[family]:
        known = all_yes(said(recycled))
        found[recycled] = "Unknown" if silent and known == "Yes" else known
    for question in _ALL[family]:
        known = all_yes(said(question))
        found[question] = "No" if silent and known == "Yes" else known
    return Mineral(name=name, answers={key: Answer(value=value) for key, value in found.items() if value})


def unresolved(name: str, country: str) -> str:
    """What a smelter without CID is known by: the words of its name without legal forms, and its country."""
    words = forms_of(name)
    key = " ".join(words[0].key) if words else plain(name)
    return f"{key}|{country_code(country) or plain(country)}"


def _smelters(declarations: Sequence[MineralDeclaration]) -> list[Smelter]:
    """One row for each (metal, CID); unresolved ones by name and country; with how many suppliers named it."""
    found: dict[tuple[str, str], Smelter] = {}
    for one in declarations:
        broad = one.respondent.get("scope", "").startswith("A.")
        seen: set[tuple[str, str]] = set()
        for row in one.smelters:
            key = (plain(row.metal), row.cid or unresolved(row.name, row.country))
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

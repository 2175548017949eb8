"""Which smelter or refiner a given name is: identifier, alias, candidates, and a decision that would rather ask.

Accepted by itself only where name and words agree strongly, the second-best is far behind, and the country is the same.
The look-up list is the user's own (from their template); none is shipped.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

import msgspec
from rapidfuzz import fuzz

from meguri.diligence.screening.countries import country_code
from meguri.diligence.screening.names import forms_of
from meguri.diligence.screening.score import compare

_CID = re.compile(r"CID[-\s]?0*(\d{1,6})", re.IGNORECASE)


class LookUp(msgspec.Struct, frozen=True, kw_only=True):
    """One alias of the look-up list."""

    metal: str
    alias: str
    name: str
    country: str
    cid: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A smelter that may be meant. logic: 0–1; token_set: 0–100; s = ½·logic + ½·token_set/100."""

    cid: str
    name: str
    country: str
    logic: float
    token_set: float

    @property
    def s(self) -> float:
        """The joint score."""
        return 0.5 * self.logic + 0.5 * self.token_set / 100


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """From where on a candidate is accepted by itself."""

    logic: float = 0.70
    token_set: float = 80.0
    margin: float = 0.15


USUAL = Limits()


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What a given smelter was taken for, how, and with which warnings."""

    state: Literal["accepted", "review", "unresolved"]
    cid: str | None
    how: Literal["cid", "alias", "score", "none"]
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()


def normal_cid(text: str) -> str | None:
    """`CID003225` of `CID-003225`, `cid 3225`; None where the digits are too few to be sure, or too many."""
    found = _CID.fullmatch(text.strip())
    if not found:
        return None
    digits = re.sub(r"\D", "", text)
    return f"CID{digits}" if len(digits) == 6 else None


def _country(said: str) -> str:
    """A country for comparison: its code where it is known (JP and JAPAN are one), else the words."""
    return country_code(said) or said.strip().casefold()


def plain_name(text: str) -> str:
    """A name for exact comparison: one form of signs, small letters, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def decide(candidates: Sequence[Candidate], country: str, limits: Limits = USUAL) -> Resolved:
    """Accept the best candidate, or leave it to a person. Candidates: best first, one for each smelter."""
    if not candidates:
        return Resolved(state="unresolved", cid=None, how="none")
    best = candidates[0]
    second = candidates[1].s if len(candidates) > 1 else 0.0
    sure = (
        best.logic >= limits.logic
        and best.token_set >= limits.token_set
        and best.s - second >= limits.margin
        and _country(country) == _country(best.country) != ""
    )
    state: Literal["accepted", "review"] = "accepted" if sure else "review"
    return Resolved(state=state, cid=best.cid if sure else None, how="score", candidates=tuple(candidates))


def resolve(
    metal: str, name: str, country: str, cid: str, look_up: Sequence[LookUp], limits: Limits = USUAL
) -> Resolved:
    """Which smelter of the look-up list is meant."""
    listed = [one for one in look_up if one.metal == metal]
    if given := normal_cid(cid):
        return _by_cid(given, metal, name, country, look_up)
    wanted = plain_name(name)
    exact = {one.cid: one for one in listed if wanted and plain_name(one.alias) == wanted}
    if len(exact) == 1:
        only = next(iter(exact.values()))
        if not country or not only.country or _country(only.country) == _country(country):
            return Resolved(state="accepted", cid=only.cid, how="alias")
    return decide(_candidates(name, listed), country, limits)


def _by_cid(cid: str, metal: str, name: str, country: str, look_up: Sequence[LookUp]) -> Resolved:
    of_id = [one for one in look_up if one.cid == cid]
    fitting = [one for one in of_id if one.metal == metal]
    if not fitting:
        warning = "cid belongs to another metal" if of_id else "cid is not in the look-up list"
        return Resolved(state="review", cid=None, how="cid", warnings=(warning,))
    warnings = []
    if name and not any(plain_name(name) in (plain_name(one.alias), plain_name(one.name)) for one in fitting):
        warnings.append("name differs from the look-up list")
    if country and all(_country(one.country) != _country(country) for one in fitting):
        warnings.append("country differs from the look-up list")
    return Resolved(state="accepted", cid=cid, how="cid", warnings=tuple(warnings))


def _candidates(name: str, listed: Sequence[LookUp]) -> list[Candidate]:
    wanted = plain_name(name)
    best: dict[str, tuple[float, LookUp]] = {}
    for one in listed:
        ratio = fuzz.token_set_ratio(wanted, plain_name(one.alias))
        if ratio > best.get(one.cid, (0.0, one))[0]:
            best[one.cid] = (ratio, one)
    top = sorted(best.values(), key=lambda found: -found[0])[:5]
    given = forms_of(name)
    found = [
        Candidate(
            cid=one.cid,
            name=one.name,
            country=one.country,
            logic=max((compare(a, b).score for a in given for b in forms_of(one.alias)), default=0.0),
            token_set=ratio,
        )
        for ratio, one in top
    ]
    return sorted(found, key=lambda one: (-one.s, one.cid))

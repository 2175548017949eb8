"""Parameters of the name screening (rule data `name-screening`): weights, likenesses, thresholds."""

import tomllib
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How much a word of each kind says about which company is meant, 0–1."""

    distinctive: float
    number: float
    weak: float
    generic: float
    place: float
    group: float
    legal: float


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """How alike two words count that are written differently, 0–1; below `least` they are other words."""

    same_meaning: float
    reading: float
    sound: float
    skeleton: float
    prefix: float
    joined: float
    least: float
    read_words: frozenset[str]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, rename={"weak_from": "weak"}):
    """Scores from which a hit is potential or weak; what a file screening calls yes."""

    potential: float
    weak_from: float
    yes: float
    sole_word_yes: float
    rare_share: float
    candidates: int


class Legal(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of legal forms that no company has both of."""

    exclude: frozenset[str]


class ScreeningRules(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the screening's parameters."""

    id: str
    version: str
    status: str
    source: str
    valid_from: str
    words: str
    places: str
    weights: Weights
    alike: Alike
    decision: Thresholds
    legal: Legal

    @property
    def name(self) -> str:
        """`id/version`, as results record it."""
        return f"{self.id}/{self.version}"


def rule_text(name: str) -> str:
    """A file of the room's rule data."""
    return (files("meguri.rules") / "diligence" / name).read_text(encoding="utf-8")


@cache
def screening_rules() -> ScreeningRules:
    """The parameters in force."""
    data = tomllib.loads(rule_text("screening.toml"))
    return msgspec.convert(data | {"valid_from": str(data["valid_from"])}, ScreeningRules)

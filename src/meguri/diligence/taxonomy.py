"""The words of due diligence: materials, stages, risk categories, bands (rule data `dd-taxonomy`)."""

from enum import StrEnum
from functools import cache

from meguri.diligence.data import rule_data, words
from meguri.diligence.errors import UnknownWord
from meguri.kernel.text import Text


class Band(StrEnum):
    """How grave a risk is. `not_assessed`: no assessment exists."""

    LOW = "low"
    MEDIUM = "medium"
    NOT_ASSESSED = "not_assessed"
    HIGH = "high"
    CRITICAL = "critical"


ORDER = tuple(Band)  # from best to worst: an unknown part is worse than a medium one


def worst(bands: "list[Band]") -> Band:
    """The worst of these bands; of none, `not_assessed`."""
    return max(bands, key=ORDER.index, default=Band.NOT_ASSESSED)


@cache
def names(kind: str) -> dict[str, Text]:
    """Names of `materials`, `stages`, `categories`, `bands`, `annex_ii` or `red_flags`, in both languages."""
    return words("taxonomy", kind)


def check_word(kind: str, word: str) -> str:
    """`word`, if it is one of `kind`. Raises UnknownWord, which lists the words allowed."""
    allowed = names(kind)
    if word not in allowed:
        raise UnknownWord(kind=kind, word=word, allowed=", ".join(allowed))
    return word


def material_code(material: str) -> str:
    """The short code of a material in item codes: cobalt is CO."""
    return str(rule_data("taxonomy")["materials"][material]["code"])

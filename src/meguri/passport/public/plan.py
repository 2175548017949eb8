"""What stands where on a kind's page: rule data beside its catalogue (`page.toml`); without it, its own sections."""

import tomllib
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text
from meguri.passport.kinds import Kind


class Section(msgspec.Struct, frozen=True):
    """A heading and the attributes beneath it."""

    code: str
    name: Text
    keys: tuple[str, ...]


class Stages(msgspec.Struct, frozen=True):
    """Parts of a total that are drawn as bars; `names`: shorter ones than the catalogue's, in the same order."""

    total: str
    keys: tuple[str, ...]
    names: tuple[Text, ...] = ()

    def name(self, key: str) -> Text | None:
        """The short name of a part."""
        return dict(zip(self.keys, self.names, strict=False)).get(key)


class Recycled(msgspec.Struct, frozen=True):
    """Recycled content of a metal and the targets (%) by year."""

    metal: Text
    total: str
    before: str
    after: str
    target_2031: float
    target_2036: float


class Figure(msgspec.Struct, frozen=True):
    """A figure of the first screen.

    name    a plainer name than the catalogue's
    grade   attribute with the class that stands before the figure
    beside  attributes that stand below it, smaller
    """

    key: str
    name: Text | None = None
    grade: str | None = None
    beside: tuple[str, ...] = ()


class Trend(msgspec.Struct, frozen=True):
    """What tells over time how good the product still is: readings of `value`, in per cent of the declared value `of`."""

    value: str
    of: str


class Danger(msgspec.Struct, frozen=True):
    """A sentence for the first screen of products of which attribute `key` has this value."""

    key: str
    value: str
    text: Text


class Plan(msgspec.Struct, frozen=True):
    """The page of a kind.

    maker      attribute with the maker's name, beside the category
    health     attributes that tell how good the product still is, the best first; without them the first screen says who
               may see them by law
    trends     how it went, for those who see it; the first of which there are readings
    elsewhere  attributes that other parts of the page say already
    substances names of substances by CAS number
    warnings   dangers that stand on the first screen
    """

    sections: tuple[Section, ...] = ()
    stages: Stages | None = None
    recycled: tuple[Recycled, ...] = ()
    figures: tuple[Figure, ...] = ()
    maker: str = ""
    health: tuple[str, ...] = ()
    trends: tuple[Trend, ...] = ()
    codes: dict[str, Text] = {}
    elsewhere: tuple[str, ...] = ()
    substances: dict[str, Text] = {}
    warnings: tuple[Danger, ...] = ()

    def word(self, code: str) -> Text:
        """A code in words; the code itself where it has none."""
        return self.codes.get(code, Text(ja=code, en=code))


@cache
def _read(code: str) -> Plan | None:
    file = files("meguri.rules").joinpath("passport", code, "page.toml")
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Plan) if file.is_file() else None


def plan_of(kind: Kind) -> Plan:
    """The plan of the kind's page."""
    known = _read(kind.code)
    if known is not None:
        return known
    sections = tuple(
        Section(code, kind.section_name(code), tuple(one.key for one in attributes))
        for code, attributes in kind.by_section.items()
        if attributes and code != "envelope"
    )
    return Plan(sections=sections)

"""What stands where on a kind's page: rule data beside its catalogue (`page.toml`); without it, its own sections."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from meguri.kernel.text import Text
from meguri.passport.kinds import Kind


class Section(msgspec.Struct, frozen=True):
    """A heading and the attributes beneath it."""

    code: str
    name: Text
    keys: tuple[str, ...]


class Stages(msgspec.Struct, frozen=True):
    """Parts of a total that are drawn as bars."""

    total: str
    keys: tuple[str, ...]


class Recycled(msgspec.Struct, frozen=True):
    """Recycled content of a metal and the targets (%) by year."""

    metal: Text
    total: str
    before: str
    after: str
    target_2031: float
    target_2036: float


class Figure(msgspec.Struct, frozen=True):
    """A figure of the first screen."""

    key: str


class Plan(msgspec.Struct, frozen=True):
    """The page of a kind. `elsewhere`: attributes that other parts of the page say already."""

    sections: tuple[Section, ...] = ()
    stages: Stages | None = None
    recycled: tuple[Recycled, ...] = ()
    figures: tuple[Figure, ...] = ()
    codes: dict[str, Text] = {}
    elsewhere: tuple[str, ...] = ()

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

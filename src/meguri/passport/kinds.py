"""Kinds of product, each a folder of rule data: a catalogue, what its categories owe, what follows from what.

A further kind is a further folder (`kind.toml`, `catalogue.csv`, …), in `rules/passport/` or named to `learn`.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Any

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text
from meguri.passport import catalogue
from meguri.passport.catalogue import Attribute, Flag


class Named(msgspec.Struct, frozen=True):
    """A section or a category, with its name."""

    code: str
    name: Text


class Profile(msgspec.Struct, frozen=True):
    """A list of what must be there. `by`: the kind's data points, or a longlist's flags."""

    name: Text
    by: str
    default: bool = False


class Above(msgspec.Struct, frozen=True):
    """Categories whose products need a passport only above an energy."""

    categories: tuple[str, ...]
    kwh: float


class Scope(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """Which products must have a passport, from which day on."""

    since: date
    placed: str
    always: tuple[str, ...] = ()
    above_kwh: Above | None = None
    energy: tuple[str, ...] = ()


class Switches(msgspec.Struct, frozen=True):
    """What applies to a product: defaults by category (conditions), and those that are computed."""

    names: tuple[str, ...] = ()
    defaults: dict[str, dict[str, str]] = {}
    computed: dict[str, str] = {}


class Managed(msgspec.Struct, frozen=True):
    """Attributes that the server alone sets; `at_issue`: those that the first writer gives."""

    keys: tuple[str, ...] = ()
    at_issue: tuple[str, ...] = ()


class Succession(msgspec.Struct, frozen=True):
    """What a successor takes over from the predecessor."""

    copied_sections: tuple[str, ...] = ()
    copied_keys: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()


class Initial(msgspec.Struct, frozen=True):
    """Values of the first day; `by_category` limits a key to some categories."""

    zero: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    by_category: dict[str, tuple[str, ...]] = {}


class HeldBy(msgspec.Struct, frozen=True):
    """Who has a value: by its own key, else by its section."""

    section: dict[str, str] = {}
    key: dict[str, str] = {}


class Check(msgspec.Struct, frozen=True):
    """Facts that must agree. `holds` is a condition; with an input of `keys` missing the check says nothing."""

    code: str
    level: str
    keys: tuple[str, ...]
    holds: str
    ja: str
    en: str


class DataPoint(msgspec.Struct, frozen=True):
    """One point of a profile: what must be there, per category."""

    nr: str
    name: Text
    access: str
    lifecycle: str
    flags: dict[str, Flag]
    condition: str
    keys: str


class Head(msgspec.Struct, frozen=True):
    """`kind.toml`."""

    id: str
    version: str
    status: str
    valid_from: date
    source: str
    kind: str
    name: Text
    namespace: str
    category: str
    sections: tuple[Named, ...]
    categories: tuple[Named, ...]
    model_id: str = ""
    model_name: str = ""
    mass: str = ""
    life_status: str = ""
    made: str = ""
    in_service: str = ""
    chemistry: str = ""
    parties: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    supplied_beside_derived: tuple[str, ...] = ()
    derived_tolerance: float = 0.5
    profiles: dict[str, Profile] = {}
    scope: Scope | None = None
    switches: Switches = Switches()
    derived: dict[str, str] = {}
    collected: dict[str, tuple[str, ...]] = {}
    managed: Managed = Managed()
    succession: Succession = Succession()
    initial: Initial = Initial()
    holders: dict[str, Text] = {}
    held_by: HeldBy = HeldBy()


class Kind:
    """One kind of product with all its rules."""

    def __init__(self, folder: Traversable) -> None:
        """Reads the folder. Raises msgspec.ValidationError, KeyError, ValueError for data that is not whole."""
        self.head = msgspec.convert(tomllib.loads(_text(folder, "kind.toml")), Head)
        self.law = catalogue.read(_text(folder, "catalogue.csv").splitlines())
        further = _text(folder, "extension.csv")
        added = catalogue.read(further.splitlines(), len(self.law)) if further else []
        german = _german(_text(folder, "names_de.csv"))
        self.law = [_in_german(each, german) for each in self.law]
        added = [_in_german(each, german) for each in added]
        self.attributes: dict[str, Attribute] = {each.key: each for each in (*self.law, *added)}
        self.checks = msgspec.convert(tomllib.loads(_text(folder, "checks.toml")).get("checks", []), tuple[Check, ...])
        self.points = tuple(_points(_text(folder, "datapoints.csv")))

    @property
    def code(self) -> str:
        """The kind's own word: `battery`."""
        return self.head.kind

    @property
    def rule_set(self) -> str:
        """What a stored version names: `passport.battery@1.0.0`."""
        return f"{self.head.id}@{self.head.version}"

    @cached_property
    def by_section(self) -> dict[str, list[Attribute]]:
        """The attributes in the order of the sections."""
        found: dict[str, list[Attribute]] = {section.code: [] for section in self.head.sections}
        for attribute in self.attributes.values():
            found.setdefault(attribute.section, []).append(attribute)
        return found

    @cached_property
    def read_only(self) -> frozenset[str]:
        """Attributes that nobody writes: the server's own, and those that are derived and cannot be supplied."""
        head = self.head
        derived = {
            key
            for key in (*head.derived, *head.collected)
            if (found := self.attributes.get(key)) is None or found.section not in head.supplied_beside_derived
        }
        collected = set(head.collected)
        return frozenset(head.managed.keys) | derived | collected

    def holder_of(self, key: str) -> Text | None:
        """Who has the value of an attribute."""
        held = self.head.held_by
        attribute = self.attributes.get(key)
        code = held.key.get(key) or held.section.get(attribute.section if attribute else "", "")
        return self.head.holders.get(code)

    def section_name(self, code: str) -> Text:
        """A section's name; its code where it has none."""
        return next((each.name for each in self.head.sections if each.code == code), Text(ja=code, en=code))

    def category_name(self, code: str | None) -> Text:
        """A category's name; its code where it has none."""
        word = code or "—"
        return next((each.name for each in self.head.categories if each.code == code), Text(ja=word, en=word))

    @property
    def default_profile(self) -> str:
        """The profile by which publishing is judged."""
        return next((name for name, each in self.head.profiles.items() if each.default), "")


def _text(folder: Traversable, name: str) -> str:
    file = folder.joinpath(name)
    return file.read_text(encoding="utf-8-sig") if file.is_file() else ""


def _german(text: str) -> dict[str, str]:
    """German names of what the public sees, by catalogue key; the law's own table has Japanese and English."""
    return {row["key"]: row["name_de"] for row in csv.DictReader(text.splitlines())}


def _in_german(attribute: Attribute, names: Mapping[str, str]) -> Attribute:
    if attribute.key not in names:
        return attribute
    name = Text(ja=attribute.name.ja, en=attribute.name.en, de=names[attribute.key])
    return msgspec.structs.replace(attribute, name=name)


def _points(text: str) -> Iterable[DataPoint]:
    fixed = {"nr", "name_en", "name_ja", "source", "access_class", "audiences", "lifecycle", "condition"}
    fixed |= {"catalogue_keys", "guidance_version", "valid_from", "confidence"}
    for row in csv.DictReader(text.splitlines()):
        yield DataPoint(
            nr=row["nr"],
            name=Text(ja=row["name_ja"], en=row["name_en"]),
            access=row["access_class"],
            lifecycle=row["lifecycle"],
            flags={category: Flag(row[category]) for category in row if category not in fixed},
            condition=row["condition"],
            keys=row["catalogue_keys"],
        )


_known: dict[str, Kind] = {}


def kinds() -> Mapping[str, Kind]:
    """Every kind that is known, by its code."""
    if not _known:
        for folder in files("meguri.rules").joinpath("passport").iterdir():
            if folder.joinpath("kind.toml").is_file():
                learn(folder)
    return _known


def learn(folder: Traversable) -> Kind:
    """A further kind of product from a folder of data."""
    kind = Kind(folder)
    _known[kind.code] = kind
    return kind


def forget(code: str) -> None:
    """Drop a kind that was learnt."""
    _known.pop(code, None)


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises KeyError."""
    return kinds()[code]


def battery() -> Kind:
    """The kind of the battery regulation."""
    return kind_of("battery")


Document = dict[str, Any]
"""The values of a passport by catalogue key."""

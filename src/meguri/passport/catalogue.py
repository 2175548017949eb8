"""The catalogue of a product kind: one row per attribute, as the law's tables have it. Rule data, never code."""

import csv
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from meguri.kernel.text import Text


class AccessClass(StrEnum):
    """Who may see a value: everyone (P1) … the responsible operator alone (OWN). Regulation (EU) 2023/1542 Art. 77(2)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    OWN = "OWN"


class Flag(StrEnum):
    """Duty of an attribute in a category: mandatory, conditional, alternative, optional, pending, not to fill, no rule."""

    MANDATORY = "M"
    CONDITIONAL = "C"
    ALTERNATIVE = "A"
    OPTIONAL = "O"
    PENDING = "P"
    NOT_TO_FILL = "N"
    NONE = "-"


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute.

    minimum, maximum  bounds; `above` makes the minimum exclusive
    several           the value is a list; `most` is the largest count, None = any
    flags             profile prefix ("ec", "ll") → category → flag
    longlist          numbers in the BatteryPass longlist
    paths             names in other models, by model
    """

    key: str
    section: str
    name: Text
    type: str
    unit: str
    enum: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    above: bool
    least: int
    most: int | None
    dynamic: bool
    level: str
    access: AccessClass
    ec_points: tuple[str, ...]
    flags: dict[str, dict[str, Flag]]
    condition: str
    longlist: tuple[int, ...]
    legal: str
    on_label: bool
    trigger: str
    jp_class: str
    derived_from: str
    paths: dict[str, str]
    place: int

    def flag(self, profile: str, category: str | None) -> Flag:
        """The duty under `profile` ("ec" or "ll") in a category."""
        return self.flags.get(profile, {}).get(category or "", Flag.NONE)


def read(lines: Iterable[str], first: int = 0) -> list[Attribute]:
    """The attributes of a catalogue file, in its order; `first` is the place of the first. Raises KeyError, ValueError."""
    return [_attribute(row, first + place) for place, row in enumerate(csv.DictReader(lines))]


def _attribute(row: dict[str, str], place: int) -> Attribute:
    low, high = row["min"], row["max"]
    least, _, most = row["cardinality"].partition("..")
    categories = [name.removeprefix("ec_") for name in row if name.startswith("ec_") and name != "ec_dp"]
    return Attribute(
        key=row["key"],
        section=row["section"],
        name=Text(ja=row["name_ja"], en=row["name_en"]),
        type=row["type"],
        unit=row["unit"],
        enum=tuple(row["enum"].split("|")) if row["enum"] else (),
        minimum=float(low.lstrip(">")) if low else None,
        maximum=float(high) if high else None,
        above=low.startswith(">"),
        least=int(least),
        most=None if most == "*" else int(most or least),
        dynamic=row["static_dynamic"] == "D",
        level=row["level"],
        access=AccessClass(row["access_class"]),
        ec_points=tuple(part for part in row["ec_dp"].split(";") if part),
        flags={
            prefix: {category: Flag(row[f"{prefix}_{category}"]) for category in categories} for prefix in ("ec", "ll")
        },
        condition=row["condition"],
        longlist=_numbers(row["longlist_no"]),
        legal=row["legal_ref"],
        on_label=row["on_label"] == "Y",
        trigger=row["update_trigger"],
        jp_class=row["jp_class"],
        derived_from=row["derived_from"],
        paths={name.removesuffix("_path"): row[name] for name in row if name.endswith("_path") and row[name]}
        | ({"jsonld": row["jsonld_term"]} if row["jsonld_term"] else {}),
        place=place,
    )


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(";"):
        first, _, last = part.partition("-")
        if first:
            found += range(int(first), int(last or first) + 1)
    return tuple(found)

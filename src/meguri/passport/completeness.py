"""What a passport lacks, by profile: which points are filled, which are missing, and who has them."""

from collections.abc import Iterable, Iterator

import msgspec

from meguri.kernel.text import Text
from meguri.passport.catalogue import Attribute, Flag
from meguri.passport.derived import category_of, with_switches
from meguri.passport.expressions import Values, compute, filled, holds, names_in, present
from meguri.passport.kinds import Document, Kind
from meguri.passport.values.shapes import COVERAGE

NOT_YET_MEASURED = "not_yet_measured"
_LEVELS = ("model", "batch", "item")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a report: its number, its name, the attributes that it asks for, and who has them."""

    nr: str
    name_ja: str
    name_en: str
    keys: list[str]
    legal_ref: str = ""
    dynamic: bool = False
    held_by_ja: str | None = None
    held_by_en: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Completeness of one passport under one profile; `score` in per cent, cut to one decimal."""

    profile: str
    category: str | None
    required: int
    filled: int
    partial: list[Point]
    missing: list[Point]
    not_yet_required: list[Point]
    must_not_fill_but_filled: list[Point]
    not_applicable: list[Point]
    optional_filled: list[Point]
    score: float
    voluntary: bool = False


class _Asked(msgspec.Struct, frozen=True):
    """A point as both profiles ask it."""

    nr: str
    name: Text
    flag: Flag
    condition: str
    keys: str
    dynamic: bool


def report(
    kind: Kind, values: Values, profile: str | None = None, *, voluntary: bool = False, level: str = "item"
) -> Report:
    """The report of `profile` (the kind's default). Raises KeyError for a profile that the kind does not have.

    voluntary   no duty holds, so every mandatory point counts as optional
    level       of the record: a model's and a batch's are not asked for what only a single product has
    """
    name = profile or kind.default_profile
    held = with_switches(kind, values)
    category = category_of(kind, values)
    asked = _points(kind, category) if kind.head.profiles[name].by == "datapoints" else _longlist(kind, category)
    found: dict[str, list[Point]] = {"filled": []}
    for point in asked:
        if not _can_have(kind, point, level):
            continue
        found.setdefault(_verdict(kind, held, point, voluntary=voluntary), []).append(_shown(kind, point, held))
    done = found["filled"]
    required = len(done) + len(found.get("missing", [])) + len(found.get("partial", []))
    return Report(
        profile=name,
        category=category,
        required=required,
        filled=len(done),
        partial=found.get("partial", []),
        missing=found.get("missing", []),
        not_yet_required=found.get("pending", []),
        must_not_fill_but_filled=found.get("forbidden", []),
        not_applicable=found.get("not_applicable", []),
        optional_filled=found.get("optional", []),
        score=(1000 * len(done) // required) / 10 if required else 100.0,
        voluntary=voluntary,
    )


def _can_have(kind: Kind, point: _Asked, level: str) -> bool:
    """Whether a record of this level could fill a point: with all that its level can have, the point would be there."""
    if not point.keys or level == _LEVELS[-1]:
        return True
    reach = _LEVELS[: _LEVELS.index(level) + 1]
    had = {key: "had" for key in names_in(point.keys) if key in kind.attributes and kind.attributes[key].level in reach}
    return present(point.keys, had)


def _verdict(kind: Kind, held: Document, point: _Asked, *, voluntary: bool) -> str:
    there = bool(point.keys) and _there(point, held)
    if point.flag is Flag.NOT_TO_FILL:
        return "forbidden" if there and not _asked_elsewhere(kind, point) else "not_applicable"
    if point.flag is Flag.PENDING:
        return "pending"
    if point.flag is Flag.NONE:
        return "optional" if there else "not_applicable"
    if point.flag is Flag.CONDITIONAL and not holds(point.condition, held, kind.attributes):
        return "not_applicable" if not there else "optional"
    if point.flag is Flag.OPTIONAL or voluntary:
        return "optional" if there else "not_applicable"
    if not there:
        return "missing"
    return "partial" if _is_partial(point, held) else "filled"


def _there(point: _Asked, held: Document) -> bool:
    declared = held.get("none_declared") or []
    values = {name: ["none"] if name in declared else held.get(name) for name in names_in(point.keys)}
    return present(point.keys, values)


def _asked_elsewhere(kind: Kind, point: _Asked) -> bool:
    """Points that repeat another (capacity, twice in the law) are not a mistake of whoever fills the other."""
    keys = set(names_in(point.keys))
    return any(keys & set(names_in(other.keys)) for other in kind.points if other.keys and other.nr != point.nr)


def _is_partial(point: _Asked, held: Document) -> bool:
    """Dismantling information has to cover all six subjects of Annex XIII 2 (c)."""
    documents = [each for name in names_in(point.keys) for each in _documents(held.get(name))]
    covering = [each["coverage"] for each in documents if "coverage" in each]
    wanted = "dismantling_information" in names_in(point.keys)
    return wanted and not set(COVERAGE.split("|")) <= {part for coverage in covering for part in coverage}


def _documents(value: object) -> Iterable[Document]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _points(kind: Kind, category: str | None) -> Iterator[_Asked]:
    for point in kind.points:
        flag = point.flags.get(category or "", Flag.NONE)
        yield _Asked(point.nr, point.name, flag, point.condition, point.keys, point.lifecycle == "dynamic")


def _longlist(kind: Kind, category: str | None) -> Iterator[_Asked]:
    by_number: dict[int, list[Attribute]] = {}
    for attribute in kind.law:
        for number in attribute.longlist:
            by_number.setdefault(number, []).append(attribute)
    for number, group in sorted(by_number.items()):
        asked = [each for each in group if each.flag("ll", category) is Flag.MANDATORY]
        flag = Flag.MANDATORY if asked else group[0].flag("ll", category)
        keys = " & ".join(each.key for each in (asked or group))
        name = group[0].name
        yield _Asked(str(number), name, flag, "", keys, group[0].dynamic)


def _shown(kind: Kind, point: _Asked, held: Document) -> Point:
    keys = list(names_in(point.keys)) if point.keys else []
    lacking = [key for key in keys if not filled(held.get(key))]
    holder = kind.holder_of((lacking or keys or [""])[0])
    legal = next((kind.attributes[key].legal for key in keys if key in kind.attributes), "")
    return Point(
        nr=point.nr,
        name_ja=point.name.ja,
        name_en=point.name.en,
        keys=keys,
        legal_ref=legal,
        dynamic=point.dynamic,
        held_by_ja=holder.ja if holder else None,
        held_by_en=holder.en if holder else None,
    )


def scope_status(kind: Kind, values: Values) -> str:
    """`mandatory` or `voluntary`: whether law demands a passport for this product (Art. 77(1)).

    Mandatory: a category named in the rules, or energy above the limit, placed on the market on the day or later.
    """
    scope = kind.head.scope
    if scope is None:
        return "mandatory"
    placed = values.get(scope.placed)
    if not isinstance(placed, str) or placed < scope.since.isoformat():
        return "voluntary"
    category = category_of(kind, values)
    if category in scope.always:
        return "mandatory"
    above = scope.above_kwh
    energy = energy_kwh(kind, values)
    large = above is not None and category in above.categories and energy is not None and energy > above.kwh
    return "mandatory" if large else "voluntary"


def energy_kwh(kind: Kind, values: Values) -> float | None:
    """The energy by the first of the scope's formulas whose inputs are there, in kWh."""
    for formula in kind.head.scope.energy if kind.head.scope else ():
        found = compute(formula, values, kind.attributes)
        if isinstance(found, int | float):
            return float(found)
    return None

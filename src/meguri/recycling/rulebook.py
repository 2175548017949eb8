"""Rule data of recycling: versioned tables that law or practice can change; every result names the version it used."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from meguri.kernel.shipped import files
from meguri.recycling.errors import RuleSetNotValid, RuleSetUnknown

Rules = TypeVar("Rules")
_FOLDER = files("meguri.rules").joinpath("recycling")
DEFAULT_RECOVERY = "EU-RE-2025-606/1"


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules a result used."""

    id: str
    version: str = "1"
    status: str
    valid_from: date
    valid_to: date | None = None
    source: str


class ClassRule(msgspec.Struct, frozen=True):
    """A class of batteries: rows of the form, metals whose recovery is stated, the hazardous metal to balance."""

    rows: tuple[str, ...]
    metals: tuple[str, ...]
    hazardous: str | None = None


class ScopeRule(msgspec.Struct, frozen=True):
    """Where in the battery a metal counts for its recovery."""

    metals: tuple[str, ...]
    locations: tuple[str, ...]
    output: str


class OptionalRule(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """Elements that may or shall be taken into account, in the years `first` to `last`."""

    elements: tuple[str, ...]
    first: int
    mode: str
    last: int | None = None

    def holds(self, year: int) -> bool:
        """Whether the rule is of that year."""
        return self.first <= year and (self.last is None or year <= self.last)


class Territory(msgspec.Struct, frozen=True):
    """Countries whose outputs count without further evidence."""

    reason: str
    countries: frozenset[str]


class Plausibility(msgspec.Struct, frozen=True):
    """A figure above `above` [%] is asked about, never blocked."""

    id: str
    metric: str
    above: Decimal
    re_class: str | None = None
    elements: tuple[str, ...] = ()


class RecoveryRules(Stamp, frozen=True, kw_only=True):
    """How recycling efficiency and recovery of materials are computed."""

    classes: dict[str, ClassRule]
    scope: ScopeRule
    optional: tuple[OptionalRule, ...]
    territory: Territory
    plausibility: tuple[Plausibility, ...]

    def holds(self, year: int) -> bool:
        """Whether the rules are in force at the end of that calendar year."""
        return self.valid_from.year <= year and (self.valid_to is None or year <= self.valid_to.year)


class TargetRule(msgspec.Struct, frozen=True):
    """One row of targets: least percentages by element, class or category; `first_year` None = always tested."""

    rule: str
    metric: str
    least: dict[str, Decimal]
    deadline: date | None = None
    first_year: int | None = None
    classes: tuple[str, ...] = ()


class Targets(Stamp, frozen=True, kw_only=True):
    """All targets that figures are shown beside."""

    targets: tuple[TargetRule, ...]


class Stoichiometry(Stamp, frozen=True, kw_only=True):
    """Mass fraction of each element in pure substances."""

    assay_margin: Decimal
    substances: dict[str, dict[str, Decimal]]


class ConservationRules(Stamp, frozen=True, kw_only=True):
    """How far out may differ from in."""

    soft_sigmas: Decimal
    soft_share: Decimal
    hard_factor: Decimal
    hard_share: Decimal
    receipt_share: Decimal
    default_u_rel: dict[str, Decimal]


class CollectionRules(Stamp, frozen=True, kw_only=True):
    """The window of years of sales that a collection rate looks back on."""

    years: int
    includes_current: bool


class Eligible(msgspec.Struct, frozen=True):
    """Which source classes count as pre- and post-consumer."""

    pre: tuple[str, ...]
    post: tuple[str, ...]


class Minimum(msgspec.Struct, frozen=True, rename={"start": "from"}):
    """From `start` the targets of `rule` hold."""

    start: date
    rule: str


class Duty(msgspec.Struct, frozen=True):
    """What a category of batteries owes, and from when."""

    categories: tuple[str, ...]
    documentation: date
    minima: tuple[Minimum, ...]


class ContentRules(Stamp, frozen=True, kw_only=True):
    """Recycled content by battery model, year and plant."""

    elements: tuple[str, ...]
    denominator_tolerance: Decimal
    eligible: dict[str, Eligible]
    duties: tuple[Duty, ...]


class CreditRules(Stamp, frozen=True, kw_only=True):
    """What a claim may use, and how long credits live."""

    carry_over_months: int
    multi_site: str
    denied_models: tuple[str, ...]
    mass_balanced_models: tuple[str, ...]
    elements: tuple[str, ...]
    not_claimable: tuple[str, ...]
    needs_evidence: tuple[str, ...]


class WhereaboutsRules(Stamp, frozen=True, kw_only=True):
    """When a battery that nobody has heard of counts as unknown."""

    silent_months: int


class Limit(msgspec.Struct, frozen=True):
    """A limit of one analyte: at most or at least."""

    analyte: str
    unit: str
    most: Decimal | None = None
    least: Decimal | None = None


class MaterialGrade(msgspec.Struct, frozen=True):
    """What makes a material battery-grade."""

    element: str
    limits: tuple[Limit, ...]


class GradeRules(Stamp, frozen=True, kw_only=True):
    """Limits by material."""

    materials: dict[str, MaterialGrade]


def parsed(text: str, kind: type[Rules]) -> Rules:
    """Rule data written as TOML; decimals exact; an unknown or missing figure is an error at once."""
    return msgspec.convert(tomllib.loads(text, parse_float=Decimal), kind)


@cache
def _read(name: str, kind: Any) -> Any:
    return parsed(_FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8"), kind)


def rules(name: str, kind: type[Rules]) -> Rules:
    """The rule data `rules/recycling/<name>.toml`."""
    found: Rules = _read(name, cast("Any", kind))
    return found


@cache
def recovery_rule_sets() -> dict[str, RecoveryRules]:
    """Every rule set of recovery, by id."""
    found = [
        parsed(entry.read_text(encoding="utf-8"), RecoveryRules)
        for entry in _FOLDER.joinpath("recovery").iterdir()
        if entry.name.endswith(".toml")
    ]
    return {book.id: book for book in sorted(found, key=lambda book: book.id)}


def recovery_rules(given: str | None, year: int, books: dict[str, RecoveryRules] | None = None) -> RecoveryRules:
    """The rule set named, or the newest one that holds for `year`. Raises RuleSetUnknown, RuleSetNotValid."""
    known = recovery_rule_sets() if books is None else books
    valid = [book for book in known.values() if book.holds(year)]
    choices = ", ".join(book.id for book in valid) or "—"
    if given is None:
        if not valid:
            raise RuleSetNotValid(given=DEFAULT_RECOVERY, year=year, choices=_spans(known))
        return max(valid, key=lambda book: (book.id == DEFAULT_RECOVERY, book.valid_from))
    book = known.get(given)
    if book is None:
        raise RuleSetUnknown(given=given, choices=", ".join(known))
    if not book.holds(year):
        raise RuleSetNotValid(given=given, year=year, choices=choices if valid else _spans(known))
    return book


def _spans(books: dict[str, RecoveryRules]) -> str:
    return ", ".join(f"{b.id} ({b.valid_from.year}–{b.valid_to.year if b.valid_to else ''})" for b in books.values())


def targets() -> Targets:
    """All targets."""
    return rules("targets", Targets)


def stoichiometry() -> Stoichiometry:
    """Mass fractions of pure substances."""
    return rules("stoichiometry", Stoichiometry)


def conservation() -> ConservationRules:
    """Limits of conservation."""
    return rules("conservation", ConservationRules)

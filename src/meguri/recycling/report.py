"""The yearly report of a recycler: what the authority's form asks, with every sum, formula and gap, and a hash of it all.

Part 1 of the form (whole chain, by collecting country) and the element rows of part 2. Sources: Regulation (EU) 2023/1542
Art. 75(5); Delegated Regulation (EU) 2025/606 Annex §5–9; Implementing Regulation (EU) 2025/2289 Annex II.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO
from meguri.proof import jcs
from meguri.recycling.rates import half_up
from meguri.recycling.recovery import Recovery
from meguri.recycling.rulebook import recovery_rule_sets
from meguri.recycling.store import RateInput, RateOutput

TONNE = Decimal(1000)
THIRD = Decimal("0.001")
UNKNOWN = "ZZ"


class ElementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the form, t/a with three decimals; None: left out of the calculation (the form's field stays empty)."""

    element: str
    input_t: Decimal | None
    output_eu_t: Decimal | None
    output_other_t: Decimal | None
    recovery_pct: Decimal | None


class RateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rate beside one target."""

    name: str
    value: Decimal | None
    lower: Decimal | None
    formula: str
    rule: str
    least: Decimal
    gap_pp: Decimal | None
    status: str


class CountryRow(msgspec.Struct, frozen=True, kw_only=True):
    """Input by country of collection [t/a]; `ZZ` is unknown and shown as a gap."""

    country: str
    input_t: Decimal


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The report; `hash`: SHA-256 of its canonical JSON without the hash."""

    company: str
    site: str
    address: str
    year: int
    re_class: str
    rule_set: str
    source: str
    elements: list[ElementRow]
    countries: list[CountryRow]
    rates: list[RateRow]
    included: list[str]
    excluded: list[tuple[str, str, str]]
    warnings: list[str]
    gaps: list[str]
    months: list[tuple[str, str]]
    hash: str = ""


def report(
    *,
    company: str,
    site: str,
    address: str,
    year: int,
    found: Recovery,
    inputs: Sequence[RateInput],
    outputs: Sequence[RateOutput],
    months: Sequence[tuple[str, str]],
) -> Report:
    """The report of one site's year. `months`: (month, who signed it)."""
    book = recovery_rule_sets()[found.ruleSet]
    countries = _countries(inputs)
    made = Report(
        company=company,
        site=site,
        address=address,
        year=year,
        re_class=found.reClass.value,
        rule_set=found.ruleSet,
        source=book.source,
        elements=_elements(found, inputs, outputs),
        countries=countries,
        rates=_rates(found),
        included=list(found.r_re.included or []),
        excluded=[(e.output, e.element, e.reason) for e in found.excluded],
        warnings=[warning.code for warning in found.warnings],
        gaps=_gaps(found, countries, months, year),
        months=list(months),
    )
    return msgspec.structs.replace(made, hash=jcs.sha256_hex(_hashed(made)))


def _hashed(made: Report) -> object:
    """Decimals as text, so that no figure depends on a float."""
    return msgspec.json.decode(msgspec.json.encode(made))


def tonnes(kg: Decimal) -> Decimal:
    """kg as t/a of the form: three decimals, half up."""
    return half_up(kg / TONNE, THIRD)


def _elements(found: Recovery, inputs: Sequence[RateInput], outputs: Sequence[RateOutput]) -> list[ElementRow]:
    book = recovery_rule_sets()[found.ruleSet]
    known = book.classes[found.reClass.value].rows
    union = book.territory.countries
    extra = sorted({row.element for row in inputs} - set(known))
    left_out = {e for rule in book.optional if rule.holds(found.year) for e in rule.elements} - set(
        found.r_re.included or []
    )
    rows = []
    for element in (*known, *extra):
        into = sum((row.kg for row in inputs if row.element == element), ZERO)
        made = [o for o in outputs if o.element == element and o.counting == "recycling"]
        inside = sum((o.fresh_kg for o in made if o.country is None or o.country in union), ZERO)
        outside = sum((o.fresh_kg for o in made if o.country is not None and o.country not in union), ZERO)
        rate = found.r_rm.get(element)
        empty = element in left_out
        rows.append(
            ElementRow(
                element=element,
                input_t=None if empty else tonnes(into),
                output_eu_t=None if empty else tonnes(inside),
                output_other_t=None if empty else tonnes(outside),
                recovery_pct=half_up(rate.value, Decimal("0.01")) if rate and rate.value is not None else None,
            )
        )
    return rows


def _countries(inputs: Sequence[RateInput]) -> list[CountryRow]:
    sums: dict[str, Decimal] = {}
    for row in inputs:
        sums[row.country or UNKNOWN] = sums.get(row.country or UNKNOWN, ZERO) + row.kg
    return [CountryRow(country=country, input_t=tonnes(kg)) for country, kg in sorted(sums.items())]


def _rates(found: Recovery) -> list[RateRow]:
    rows = []
    for name, rate in (("rRE", found.r_re), *((f"rRM {m}", r) for m, r in found.r_rm.items())):
        rows += [
            RateRow(
                name=name,
                value=half_up(rate.value, Decimal("0.01")) if rate.value is not None else None,
                lower=half_up(rate.lower, Decimal("0.01")) if isinstance(rate.lower, Decimal) else None,
                formula=rate.formula,
                rule=target.rule,
                least=target.target,
                gap_pp=half_up(target.gap_pp, Decimal("0.01")) if target.gap_pp is not None else None,
                status=target.status.value,
            )
            for target in rate.targets
        ]
    return rows


def _gaps(found: Recovery, countries: Sequence[CountryRow], months: Sequence[tuple[str, str]], year: int) -> list[str]:
    gaps = [f"{metal}: NOT_DETERMINED" for metal, rate in found.r_rm.items() if rate.value is None]
    if any(row.country == UNKNOWN for row in countries):
        gaps.append("COUNTRY_OF_COLLECTION_UNKNOWN: ZZ")
    closed = {month for month, _ in months}
    open_months = [f"{year}-{n:02d}" for n in range(1, 13) if f"{year}-{n:02d}" not in closed]
    if open_months:
        gaps.append(f"MONTHS_NOT_CLOSED: {', '.join(open_months)}")
    return gaps

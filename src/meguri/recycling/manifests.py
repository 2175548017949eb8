"""Japan's manifests of industrial waste: the yearly summary per kind and contractor, and returns that are late.

Source: 廃棄物処理法 第12条の3 (manifests, yearly report by 30 June for April to March), 施行規則 第8条の28 (days).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from meguri.kernel.numbers import ZERO
from meguri.proof import jcs
from meguri.recycling.rates import half_up
from meguri.recycling.rulebook import Stamp, rules

THIRD = Decimal("0.001")
UNKNOWN = "—"


class ManifestRules(Stamp, frozen=True, kw_only=True):
    """Days, months, kinds of documents."""

    kinds: tuple[str, ...]
    reported_kinds: tuple[str, ...]
    first_month: int
    due_month: int
    due_day: int
    transport_days: int
    disposal_days: int
    special_days: int
    final_days: int
    number_digits: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One manifest. Ends are None until the slip is back (B2, D, E)."""

    kind: str
    number: str
    issued_on: date
    waste_kind: str
    mass_kg: Decimal | None
    carrier: str
    carrier_permit: str
    destination: str
    disposer: str
    disposer_permit: str
    special: bool = False
    transport_ended: date | None = None
    disposal_ended: date | None = None
    final_ended: date | None = None

    @property
    def stage(self) -> str:
        """The last slip that is back: A issued, B2 carried, D disposed of, E finally disposed of."""
        if self.final_ended:
            return "E"
        return "D" if self.disposal_ended else "B2" if self.transport_ended else "A"


class SummaryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the yearly report: one kind of waste with one chain of contractors."""

    waste_kind: str
    tonnes: Decimal
    number: int
    carrier: str
    carrier_permit: str
    destination: str
    disposer: str
    disposer_permit: str


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """A slip that should be back: which, since when, and of which manifest."""

    number: str
    slip: str
    due: date
    days_late: int


class ManifestSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A fiscal year of a site. `electronic`: manifests that the national centre reports itself."""

    company: str
    site: str
    address: str
    year: int
    first: date
    last: date
    due: date
    rows: list[SummaryRow]
    electronic: int
    electronic_t: Decimal
    late: list[Late]
    gaps: list[str]
    rule_set: str
    hash: str = ""


def manifest_rules() -> ManifestRules:
    """The rules in force."""
    return rules("manifests", ManifestRules)


def fiscal_year(year: int) -> tuple[date, date]:
    """The first and last day of a fiscal year (April to March)."""
    month = manifest_rules().first_month
    return date(year, month, 1), date(year + 1, month, 1) - timedelta(days=1)


def manifest(
    kind: str, number: str, facts: dict[str, Any], *, noted: date, mass_kg: Decimal | None, waste: str
) -> Manifest:
    """A manifest from its document's facts; what a fact does not say is taken from the lot that it went with."""

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(str(facts[name])) if facts.get(name) else None
        except ValueError:
            return None

    def text(name: str, otherwise: str = UNKNOWN) -> str:
        return str(facts.get(name) or otherwise)[:200]

    try:
        stated = Decimal(str(facts["mass_kg"])) if facts.get("mass_kg") else mass_kg
    except ArithmeticError:
        stated = mass_kg
    return Manifest(
        kind=kind,
        number=number,
        issued_on=day("issued_on") or noted,
        waste_kind=text("waste_kind", waste),
        mass_kg=stated if stated is not None and stated.is_finite() else mass_kg,
        carrier=text("carrier"),
        carrier_permit=text("carrier_permit"),
        destination=text("destination"),
        disposer=text("disposer"),
        disposer_permit=text("disposer_permit"),
        special=facts.get("special") is True,
        transport_ended=day("transport_ended"),
        disposal_ended=day("disposal_ended"),
        final_ended=day("final_ended"),
    )


def late_slips(found: Manifest, today: date) -> list[Late]:
    """Slips of a manifest that are not back in time: B2 and D after 90 days (60 for specially controlled waste), E after 180."""
    book = manifest_rules()
    first = book.special_days if found.special else book.transport_days
    second = book.special_days if found.special else book.disposal_days
    slips = (
        ("B2", found.transport_ended, first),
        ("D", found.disposal_ended, second),
        ("E", found.final_ended, book.final_days),
    )
    return [
        Late(number=found.number, slip=slip, due=found.issued_on + timedelta(days=days), days_late=over)
        for slip, back, days in slips
        if back is None and (over := (today - found.issued_on).days - days) > 0
    ]


def manifest_summary(
    manifests: Sequence[Manifest], *, company: str, site: str, address: str, year: int, today: date
) -> ManifestSummary:
    """The summary of the fiscal year that begins in `year`."""
    book = manifest_rules()
    first, last = fiscal_year(year)
    within = [one for one in manifests if first <= one.issued_on <= last]
    paper = [one for one in within if one.kind in book.reported_kinds]
    others = [one for one in within if one.kind not in book.reported_kinds]
    made = ManifestSummary(
        company=company,
        site=site,
        address=address,
        year=year,
        first=first,
        last=last,
        due=date(year + 1, book.due_month, book.due_day),
        rows=_rows(paper),
        electronic=len(others),
        electronic_t=_tonnes(others),
        late=sorted(
            (row for one in manifests for row in late_slips(one, today)), key=lambda row: (row.due, row.number)
        ),
        gaps=[gap for one in within for gap in _gaps(one, book)],
        rule_set=book.id,
    )
    return msgspec.structs.replace(made, hash=jcs.sha256_hex(msgspec.json.decode(msgspec.json.encode(made))))


def _rows(manifests: Sequence[Manifest]) -> list[SummaryRow]:
    groups: dict[tuple[str, ...], list[Manifest]] = {}
    for one in manifests:
        key = (one.waste_kind, one.carrier, one.carrier_permit, one.destination, one.disposer, one.disposer_permit)
        groups.setdefault(key, []).append(one)
    return [
        SummaryRow(
            waste_kind=key[0],
            tonnes=_tonnes(held),
            number=len(held),
            carrier=key[1],
            carrier_permit=key[2],
            destination=key[3],
            disposer=key[4],
            disposer_permit=key[5],
        )
        for key, held in sorted(groups.items())
    ]


def _tonnes(manifests: Sequence[Manifest]) -> Decimal:
    return half_up(sum((one.mass_kg or ZERO for one in manifests), ZERO) / 1000, THIRD)


def _gaps(one: Manifest, book: ManifestRules) -> list[str]:
    named = {"carrier": one.carrier, "disposer": one.disposer}
    found = [f"{one.number}: {name}" for name, value in named.items() if value == UNKNOWN]
    if one.mass_kg is None:
        found.append(f"{one.number}: mass_kg")
    if len(one.number) != book.number_digits or not one.number.isdigit():
        found.append(f"{one.number}: number ({book.number_digits})")
    return found

"""Names of products and companies as URNs, and which product id may stand for which own part."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple
from urllib.parse import quote
from uuid import UUID

Kind = Literal["product-id", "buyer-id", "supplier-id"]
_GTIN = re.compile(r"(?i:urn:gtin:)(\d{8}|\d{12,14})\Z")
_NAME = re.compile(r"(?i:urn):[a-z0-9][a-z0-9-]*:.+", re.IGNORECASE)


class Suggestion(NamedTuple):
    """A part that a product id may mean: why (`gtin`, `part_number`, `name`), and how likely, 0–100."""

    trace_id: UUID
    source: str
    score: int


class OwnPart(NamedTuple):
    """An own part with the names by which it may be known."""

    trace_id: UUID
    names: Sequence[str]
    mass_kg: float | None = None


def urn_for(value: str, *, domain: str, kind: Kind = "product-id") -> str:
    """The URN of a product: one that has a URN keeps it, a GTIN becomes `urn:gtin:`, anything else `urn:pact:`."""
    if is_urn(value):
        return value
    digits = value.replace(" ", "").replace("-", "")
    if digits.isdigit() and len(digits) in (8, 12, 13, 14) and gtin_fits(digits):
        return f"urn:gtin:{digits}"
    return f"urn:pact:{domain}:{kind}:{quote(value, safe='')}"


def is_urn(value: str) -> bool:
    """Whether it is a URN by its form."""
    return bool(_NAME.match(value))


def gtin_of(urn: str) -> str | None:
    """The GTIN of a URN, padded to 14 digits; whether its check digit fits is another question (`gtin_fits`)."""
    found = _GTIN.match(urn)
    return found[1].zfill(14) if found else None


def gtin_fits(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (GS1 General Specifications §7.9)."""
    body, check = digits[:-1], int(digits[-1])
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return (10 - weighed % 10) % 10 == check


def plain_number(name: str) -> str:
    """A part number as it is compared: without spaces, dashes and differences of width and case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()


def suggest(urns: Sequence[str], name: str, parts: Sequence[OwnPart], mass_kg: float | None = None) -> list[Suggestion]:
    """Own parts that a partner's product may be, best first; a person confirms one of them."""
    found = [best for part in parts if (best := _fit(urns, name, part, mass_kg))]
    return sorted(found, key=lambda one: (-one.score, str(one.trace_id)))


def _fit(urns: Sequence[str], name: str, part: OwnPart, mass_kg: float | None) -> Suggestion | None:
    gtins = {gtin for urn in urns if (gtin := gtin_of(urn))}
    own = {digits.zfill(14) for each in part.names if (digits := each.replace(" ", "")).isdigit() and len(digits) > 7}
    own |= {gtin for each in part.names if (gtin := gtin_of(each))}
    if gtins & own:
        return Suggestion(part.trace_id, "gtin", 100)
    numbers = {plain_number(urn.rpartition(":")[2]) for urn in urns} | {plain_number(name)}
    if numbers & {plain_number(each) for each in part.names if plain_number(each)}:
        return Suggestion(part.trace_id, "part_number", 80)
    alike = max(
        (SequenceMatcher(None, plain_number(name), plain_number(each)).ratio() for each in part.names), default=0
    )
    masses = mass_kg, part.mass_kg
    near = masses[0] and masses[1] and abs(masses[0] - masses[1]) <= 0.05 * masses[1]
    score = int(alike * 60) + (15 if near else 0)
    return Suggestion(part.trace_id, "name", score) if alike >= 0.75 else None

"""How concentrated a supply is: shares by country, Herfindahl–Hirschman index, sole sources; what is unknown is shown.

HHI = Σ share² with shares in percent (0–10,000). With an unknown part u the index is a range: at least as if that part
came from countless sources, at most as if all of it came from the largest known one (or one of its own, if greater).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from meguri.kernel.numbers import ZERO, plain

HUNDRED = Decimal(100)


class Concentration(msgspec.Struct, frozen=True, kw_only=True):
    """Shares in percent, largest first. `hhi_low == hhi_high` where everything is known."""

    material: str
    stage: str
    shares: tuple[tuple[str, Decimal], ...]
    unknown_pct: Decimal
    largest_pct: Decimal
    hhi_low: Decimal
    hhi_high: Decimal
    sole_source: bool


def concentration(material: str, stage: str, masses: Iterable[tuple[str | None, Decimal]]) -> Concentration:
    """From masses (or shares) by country; None = unknown country."""
    by_country: dict[str, Decimal] = {}
    unknown = ZERO
    for country, mass in masses:
        if country:
            by_country[country] = by_country.get(country, ZERO) + mass
        else:
            unknown += mass
    whole = sum(by_country.values(), ZERO) + unknown
    shares = {country: HUNDRED * mass / whole for country, mass in by_country.items()} if whole else {}
    gap = HUNDRED * unknown / whole if whole else HUNDRED
    ranked = sorted(shares.items(), key=lambda one: (-one[1], one[0]))
    low = sum((share * share for share in shares.values()), ZERO)
    largest = ranked[0][1] if ranked else ZERO
    high = low - largest * largest + (largest + gap) * (largest + gap)
    return Concentration(
        material=material,
        stage=stage,
        shares=tuple((country, _tidy(share)) for country, share in ranked),
        unknown_pct=_tidy(gap),
        largest_pct=_tidy(largest),
        hhi_low=_tidy(low),
        hhi_high=_tidy(high),
        sole_source=len(ranked) == 1 and not gap,
    )


def by_stage(masses: Mapping[tuple[str, str], list[tuple[str | None, Decimal]]]) -> list[Concentration]:
    """One line for each (material, stage)."""
    return [concentration(material, stage, found) for (material, stage), found in sorted(masses.items())]


def _tidy(value: Decimal) -> Decimal:
    return Decimal(plain(value.quantize(Decimal("0.01"))))

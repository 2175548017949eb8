"""Provenance by element: which origin brought how much of each element into a lot.

share_e(j→k) = m_e(j→k) / Σ_j m_e(j→k). A transformation is taken as well mixed (m_e(j→k) = m_e,out(k) · m_e,in(j) /
Σ_j m_e,in(j)); a split copies shares; a merge is the mean weighted by the mass of the element. Shares sum to 1 for each
element with mass. Total mass is the pseudo-element `mass`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import TypeVar

from meguri.kernel.numbers import ZERO
from meguri.recycling.conservation import MASS

Origin = TypeVar("Origin")
Shares = Mapping[str, Mapping[Origin, Decimal]]
Masses = Mapping[str, Decimal]


def mixed(parents: Sequence[tuple[Masses, Shares[Origin]]]) -> dict[str, dict[Origin, Decimal]]:
    """Shares by element of what is made from `parents`, each with the masses that it gives and its own shares."""
    brought: dict[str, dict[Origin, Decimal]] = {}
    with localcontext() as context:
        context.prec = 40
        for masses, shares in parents:
            for element, kg in masses.items():
                if not kg:
                    continue
                row = brought.setdefault(element, {})
                for origin, share in shares.get(element, shares.get(MASS, {})).items():
                    row[origin] = row.get(origin, ZERO) + kg * share
        return {e: _as_shares(row) for e, row in brought.items() if sum(row.values(), ZERO) > 0}


def _as_shares(row: Mapping[Origin, Decimal]) -> dict[Origin, Decimal]:
    whole = sum(row.values(), ZERO)
    return {origin: kg / whole for origin, kg in row.items() if kg}


def own(origin: Origin, elements: Sequence[str]) -> dict[str, dict[Origin, Decimal]]:
    """The shares of a lot that is an origin itself."""
    return {element: {origin: Decimal(1)} for element in (MASS, *elements)}


def held(masses: Masses, shares: Shares[Origin], origin: Origin, element: str) -> Decimal:
    """kg of `element` from `origin` in a lot."""
    with localcontext() as context:
        context.prec = 40
        return masses.get(element, ZERO) * shares.get(element, {}).get(origin, ZERO)


def split(masses: Masses, part: Decimal, whole: Decimal) -> dict[str, Decimal]:
    """The masses of a part of a lot of one composition; what is left is `masses` less these."""
    with localcontext() as context:
        context.prec = 40
        return {element: kg * part / whole for element, kg in masses.items()}

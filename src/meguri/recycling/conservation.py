"""Mass is conserved: what goes in comes out, is lost by name, or stays; else the run is not booked.

R = Σin − Σout − Σlosses − Δstock ;  u_R = √Σu²
soft = max(2·u_R, 0.5 % of Σin) ;  hard = max(2·soft, 2 % of Σin)      (rule data)
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from enum import StrEnum

import msgspec

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.errors import ConservationViolation
from meguri.recycling.rates import half_up
from meguri.recycling.rulebook import ConservationRules, conservation

MASS = "mass"
"""The pseudo-element of total mass."""


class Verdict(StrEnum):
    """How a balance ends."""

    BALANCED = "balanced"
    WARNING = "warning"
    VIOLATED = "violated"


class Residual(msgspec.Struct, frozen=True, kw_only=True):
    """The balance of one element in kg: residual = in − out − lost − stock change."""

    element: str
    in_kg: Decimal
    out_kg: Decimal
    lost_kg: Decimal
    residual_kg: Decimal
    soft_kg: Decimal
    hard_kg: Decimal
    verdict: Verdict


class Measured(msgspec.Struct, frozen=True):
    """A mass [kg] with its standard uncertainty [kg]; 0 = taken as exact."""

    kg: Decimal
    u_kg: Decimal = ZERO


def residual(
    element: str,
    in_kg: Decimal,
    out_kg: Decimal,
    lost_kg: Decimal = ZERO,
    *,
    stock_kg: Decimal = ZERO,
    u_kg: Decimal = ZERO,
    limits: ConservationRules | None = None,
) -> Residual:
    """The balance of one element. `u_kg` is the standard uncertainty of the residual."""
    rules = limits or conservation()
    left = in_kg - out_kg - lost_kg - stock_kg
    soft = max(rules.soft_sigmas * u_kg, rules.soft_share * in_kg)
    hard = max(rules.hard_factor * soft, rules.hard_share * in_kg)
    size = abs(left)
    verdict = Verdict.BALANCED if size <= soft else Verdict.WARNING if size <= hard else Verdict.VIOLATED
    return Residual(
        element=element,
        in_kg=in_kg,
        out_kg=out_kg,
        lost_kg=lost_kg,
        residual_kg=left,
        soft_kg=soft,
        hard_kg=hard,
        verdict=verdict,
    )


def root_sum(*parts: Sequence[Measured]) -> Decimal:
    """Standard uncertainty [kg] of a sum or difference of independent masses."""
    with localcontext() as context:
        context.prec = 40
        return sum((m.u_kg**2 for part in parts for m in part), ZERO).sqrt()


def balances(
    going_in: Mapping[str, Sequence[Measured]],
    coming_out: Mapping[str, Sequence[Measured]],
    lost: Mapping[str, Sequence[Measured]],
) -> dict[str, Residual]:
    """The balance of every element that goes in, comes out or is lost, with their uncertainties combined."""
    found = {}
    for element in sorted({*going_in, *coming_out, *lost}):
        parts = [going_in.get(element, ()), coming_out.get(element, ()), lost.get(element, ())]
        sums = [sum((m.kg for m in part), ZERO) for part in parts]
        found[element] = residual(element, sums[0], sums[1], sums[2], u_kg=root_sum(*parts))
    return found


def require_conserved(found: Mapping[str, Residual]) -> Verdict:
    """The worst verdict of all. Raises ConservationViolation for the first element beyond its hard limit."""
    worst = Verdict.BALANCED
    for balance in found.values():
        if balance.verdict is Verdict.VIOLATED:
            raise ConservationViolation(
                element=balance.element,
                in_kg=plain(balance.in_kg),
                out_kg=plain(balance.out_kg + balance.lost_kg),
                residual_kg=plain(balance.residual_kg),
                limit_kg=plain(half_up(balance.hard_kg)),
            )
        if balance.verdict is Verdict.WARNING:
            worst = Verdict.WARNING
    return worst

"""Totals of a part and their quality (pure, exact).

For part p, side X ∈ {pre, main}, with own figures prod, comp (none = 0) and ratings q (none = 0):

    own_X(p)   = prod_X + comp_X
    sum_X(p)   = Σ over components  amount · E_X(c)
    total_X(p) = own_X + sum_X;  a purchased part passes on its supplier's answer instead, as soon as there is one
    E_X(c)     = total_X(c) for a part ended or made here; a purchased part brings its supplier's answer, 0 if none
    DQR_r(p)   = (own_X·q_r + Σ amount·E_X(c)·q_r(c)) / total_X;  0 if total_X is 0;  r = TeR, GeR, TiR

A `Vector` carries for both sides the emission and the three products emission × rating, all of them additive:
(pre, pre·TeR, pre·GeR, pre·TiR, main, main·TeR, main·GeR, main·TiR). Nothing is rounded inside a company;
what goes to a customer is rounded once, away from zero, at the fifth decimal.
Source: CFP arithmetic of the Ouranos API, profile ouranos-3.0.0.
"""

from decimal import ROUND_UP, Context, Decimal, Inexact

from meguri.footprint.model import Figures, FootprintInput, Quality, Totals
from meguri.kernel.numbers import FIFTH, ZERO

Vector = tuple[Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal]
NOTHING: Vector = (ZERO,) * 8
_EXACT = Context(prec=100_000, traps=[Inexact])
added, multiplied = _EXACT.add, _EXACT.multiply  # a + b and a · b, exactly
_ROUNDING = Context(prec=100_000, rounding=ROUND_UP)
_DIVISION = Context(prec=80, rounding=ROUND_UP)


def rounded(figure: Decimal) -> Decimal:
    """Rounded away from zero at the fifth decimal."""
    return figure.quantize(FIFTH, context=_ROUNDING)


def plus(a: Vector, b: Vector) -> Vector:
    """a + b, exactly."""
    return tuple(map(added, a, b))  # type: ignore[return-value]


def minus(a: Vector, b: Vector) -> Vector:
    """a − b, exactly."""
    return tuple(map(_EXACT.subtract, a, b))  # type: ignore[return-value]


def times(amount: Decimal, a: Vector) -> Vector:
    """amount · a, exactly."""
    return tuple([multiplied(amount, x) for x in a])  # type: ignore[return-value]


def weighted(emission: Decimal, quality: Quality) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """An emission with its three products; no rating counts as 0."""
    multiply = _EXACT.multiply
    return (
        emission,
        multiply(emission, quality.ter or ZERO),
        multiply(emission, quality.ger or ZERO),
        multiply(emission, quality.tir or ZERO),
    )


def own_vector(own: FootprintInput | None) -> Vector:
    """What the maker declares of one unit; nothing if there is no declaration."""
    if own is None:
        return NOTHING
    pre = _EXACT.add(own.pre_production or ZERO, own.pre_component or ZERO)
    main = _EXACT.add(own.main_production or ZERO, own.main_component or ZERO)
    return (*weighted(pre, own.pre_quality), *weighted(main, own.main_quality))


def answer_vector(answer: Figures | None) -> Vector:
    """What a supplier's answer brings per unit; nothing while it is missing or not disclosed."""
    if answer is None:
        return NOTHING
    return (
        *weighted(answer.pre or ZERO, answer.pre_quality),
        *weighted(answer.main or ZERO, answer.main_quality),
    )


def quality_of(emission: Decimal, ter: Decimal, ger: Decimal, tir: Decimal) -> Quality:
    """The emission-weighted ratings, rounded up; 0 where there is no emission."""
    if not emission:
        return Quality(ter=ZERO, ger=ZERO, tir=ZERO)
    divide = _DIVISION.divide
    return Quality(
        ter=rounded(divide(ter, emission)), ger=rounded(divide(ger, emission)), tir=rounded(divide(tir, emission))
    )


def mean_rating(quality: Quality) -> Decimal:
    """The data-quality rating: the mean of the three, rounded up."""
    total = (quality.ter or ZERO) + (quality.ger or ZERO) + (quality.tir or ZERO)
    return rounded(_DIVISION.divide(total, Decimal(3)))


def figures_for_customer(total: Vector, *, emissions: bool, quality: bool) -> Figures:
    """The answer that a customer gets of a total: rounded, and only what is disclosed."""
    hidden = Quality()
    return Figures(
        pre=rounded(total[0]) if emissions else None,
        main=rounded(total[4]) if emissions else None,
        pre_quality=quality_of(*total[:4]) if quality else hidden,
        main_quality=quality_of(*total[4:]) if quality else hidden,
    )


def totals_of(own: FootprintInput, sums: Vector) -> Totals:
    """The four totals and the quality of a part with figures of its own, rounded up."""
    total = plus(own_vector(own), sums)
    return Totals(
        pre_production=rounded(own.pre_production or ZERO),
        pre_component=rounded(_EXACT.add(own.pre_component or ZERO, sums[0])),
        main_production=rounded(own.main_production or ZERO),
        main_component=rounded(_EXACT.add(own.main_component or ZERO, sums[4])),
        pre_quality=quality_of(*total[:4]),
        main_quality=quality_of(*total[4:]),
    )


def contribution(*, purchased: bool, own: Vector, sums: Vector, answer: Vector) -> Vector:
    """What one unit of a part brings to the part that it goes into."""
    return answer if purchased else plus(own, sums)

"""No gram is counted twice: which share of a lot was in the input fraction, in an output or at a calculation point before.

A lot carries, for each element, shares (0–1) of its battery-origin mass: `entered` the input fraction (m_input), `based` what
entered this company's processes as a basis of credits, `counted` as an output (m_output), `earned` at a calculation point
(recovery, credits). Shares mix as masses do; the pseudo-element `mass` answers for elements that are not named.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Protocol

from meguri.kernel.numbers import ZERO
from meguri.recycling.conservation import MASS
from meguri.recycling.model import LotKind, SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.records import Lot

ENTERED, BASED, COUNTED, EARNED = "entered", "based", "counted", "earned"
Past = dict[str, dict[str, Decimal]]
ONE = Decimal(1)
_FINE = Decimal("1e-12")
_NO_POINT = frozenset({LotKind.BLACK_MASS, LotKind.SLAG})


class Taken(Protocol):
    """A lot, and what was taken from it."""

    @property
    def lot(self) -> Lot:
        """The lot as it was."""
        ...

    @property
    def elements(self) -> dict[str, Decimal]:
        """kg by element, total mass included."""
        ...


def share(past: Mapping[str, Mapping[str, Decimal]], key: str, element: str, *, origin: bool) -> Decimal:
    """The share of `element` that was counted as `key` before.

    Lots booked before shares were kept have none: then what came from outside was never counted, and what was made here had
    been part of an input.
    """
    if key not in past:
        return ONE if key in (ENTERED, BASED) and not origin else ZERO
    row = past[key]
    return row.get(element, row.get(MASS, ZERO))


def mixed(taken: Iterable[Taken], key: str, of: Callable[[Taken, str], Decimal] | None = None) -> dict[str, Decimal]:
    """Shares of `key` in the mixture of what was taken; `of` says what is otherwise of one taking."""
    whole: dict[str, Decimal] = {}
    part: dict[str, Decimal] = {}
    with localcontext() as context:
        context.prec = 40
        for one in taken:
            for element, kg in one.elements.items():
                primary = one.lot.sources.get(element, {}).get(SourceClass.PRIMARY.value, ZERO)
                own = kg * (1 - primary)
                before = of(one, element) if of else share(one.lot.past, key, element, origin=one.lot.is_origin)
                whole[element] = whole.get(element, ZERO) + own
                part[element] = part.get(element, ZERO) + own * before
        shares = {e: half_up(part[e] / kg, _FINE) for e, kg in whole.items() if kg > 0}
        return shares if any(shares.values()) else {}


def of_input(lot: Lot, elements: Iterable[str]) -> Past:
    """What a line that takes from a lot keeps of its past."""
    names = list(elements)
    return {
        key: {e: found for e in names if (found := share(lot.past, key, e, origin=lot.is_origin))}
        for key in (ENTERED, BASED, EARNED)
    }


def of_output(before: Past, *, recycled: bool, point: bool) -> Past:
    """What a line that makes a lot keeps: the shares that counted before and must not count again."""
    return {**({COUNTED: before[COUNTED]} if recycled else {}), **({EARNED: before[EARNED]} if point else {})}


def of_made(before: Past, elements: Iterable[str], *, recycled: bool, point: bool) -> Past:
    """The past of a lot that a process made."""
    names = [MASS, *elements]
    whole = dict.fromkeys(names, ONE)

    def kept(key: str) -> dict[str, Decimal]:
        return {e: before[key][e] for e in names if e in before[key]}

    return {
        ENTERED: kept(ENTERED),
        BASED: whole,
        COUNTED: whole if recycled else kept(COUNTED),
        EARNED: whole if point else kept(EARNED),
    }


def of_gathered(taken: list[Taken]) -> Past:
    """The past of a lot that others were put together into, or that is a part of another."""
    return {key: mixed(taken, key) for key in (ENTERED, BASED, COUNTED, EARNED)}


def is_point(kind: LotKind, *, calculation_point: bool, substitutes_primary: bool) -> bool:
    """Whether metals of this output are recovered here: never within black mass or slag."""
    return calculation_point and substitutes_primary and kind not in _NO_POINT

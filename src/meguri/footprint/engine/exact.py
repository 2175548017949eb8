"""Exact totals, for audits and for every figure that is published: integers inside, one rounding per part.

Amounts have 9 decimals, own figures and totals 12. A total is own + Σ amount · total, summed exactly and then rounded
once, half to even, to 12 decimals. The order of summing cannot change it, so every machine finds the same digits.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TypeAlias

import numpy as np

from meguri.footprint.engine.arrays import Floats
from meguri.footprint.engine.errors import OutOfRange, PartUnknown, ValueInvalid
from meguri.footprint.engine.structure import Structure, structure_of

AMOUNT_SCALE = 10**9
VALUE_SCALE = 10**12
MOST = 99_999_999_999_999  # billionths
AMOUNT_LIMITS = "0.000000001 … 99999.999999999"

Figures: TypeAlias = Mapping[str, Decimal]


def exact_amounts(amounts: Iterable[Decimal], field: str = "amount") -> list[int]:
    """Amounts in billionths of a unit, rounded half to even. Raises ValueInvalid, OutOfRange.

    More than 99999.999999999, or so little that nothing is left, needs another unit.
    """
    return [_amount(amount, f"{field}[{place}]") for place, amount in enumerate(amounts)]


def exact_values(values: Iterable[Decimal], field: str = "own") -> list[int]:
    """Own figures in units of 10⁻¹², rounded half to even. Raises ValueInvalid."""
    return [_scaled(value, VALUE_SCALE, f"{field}[{place}]") for place, value in enumerate(values)]


def amounts_as_floats(amounts: Sequence[int]) -> Floats:
    """Amounts in billionths for `structure_of`: a float64 holds each of them exactly, as they are below 2⁵³."""
    return np.array(amounts, dtype=np.float64)


def roll_up_exactly(structure: Structure, own: Sequence[int]) -> list[int]:
    """Totals of one figure of every part, in units of 10⁻¹².

    structure  its amounts are in billionths (`exact_amounts`)
    own        units of 10⁻¹², one for each part
    """
    starts = structure.uses.indptr.tolist()
    needed = structure.uses.indices.tolist()
    amounts = structure.uses.data.astype(np.int64).tolist()
    total = list(own)
    for row in _rows_in_order(structure):
        start, stop = starts[row], starts[row + 1]
        if start < stop:
            brought = sum(amounts[edge] * total[needed[edge]] for edge in range(start, stop))
            total[row] = half_even(total[row] * AMOUNT_SCALE + brought, AMOUNT_SCALE)
    return total


def half_even(number: int, scale: int) -> int:
    """`number` / `scale`, rounded half to even."""
    whole, rest = divmod(number, scale)
    return whole + (2 * rest > scale or (2 * rest == scale and whole & 1))


def published_totals(links: Iterable[tuple[str, str, Decimal]], own: Mapping[str, Figures]) -> dict[str, Figures]:
    """Exact totals of a small structure, by part id and by the name of the figure.

    links  (parent, child, amount): units of the child in one unit of the parent; parallel links are added up
    own    every part's own figures; a figure that a part does not name is 0 there
    Raises CycleInStructure, PartUnknown, OutOfRange, ValueInvalid.
    """
    place = {part: row for row, part in enumerate(own)}
    rows = list(links)
    for parent, child, _ in rows:
        for part in (parent, child):
            if part not in place:
                raise PartUnknown(part=part)
    amounts = amounts_as_floats(exact_amounts(amount for *_, amount in rows))
    parents = np.array([place[parent] for parent, *_ in rows], dtype=np.int64)
    children = np.array([place[child] for _, child, _ in rows], dtype=np.int64)
    ids = list(own)
    structure = structure_of(parents, children, amounts, len(ids), ids.__getitem__)
    names = list(dict.fromkeys(name for figures in own.values() for name in figures))
    columns = {
        name: roll_up_exactly(structure, exact_values(figures.get(name, Decimal(0)) for figures in own.values()))
        for name in names
    }
    return {part: {name: as_decimal(columns[name][row]) for name in names} for part, row in place.items()}


def as_decimal(value: int) -> Decimal:
    """A value in units of 10⁻¹² as a Decimal with 12 decimals, however large."""
    return Decimal(f"{value}E-12")


def _amount(amount: Decimal, field: str) -> int:
    scaled = _scaled(amount, AMOUNT_SCALE, field)
    if not 0 < scaled <= MOST:
        raise OutOfRange(field=field, value=amount, limits=AMOUNT_LIMITS)
    return scaled


def _scaled(number: Decimal, scale: int, field: str) -> int:
    if not number.is_finite():
        raise ValueInvalid(field=field, value=number)
    with localcontext() as context:
        context.prec = 100
        return int((number * scale).to_integral_value(rounding=ROUND_HALF_EVEN))


def _rows_in_order(structure: Structure) -> Iterable[int]:
    order = structure.layers.order
    if order is not None:
        return (int(row) for row in order)
    return (row for start, stop in structure.layers.bounds for row in range(start, stop))

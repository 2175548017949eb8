"""Data quality and primary share as sums, so that they roll up like emissions: w = |e|, score·|e|, and e if primary.

Weights are absolute, so that a credit never turns a rating negative.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.figures import HUNDRED, ONE, ZERO, between, precise
from meguri.kernel.text import Text

Formula = Literal["three", "four"]
FIVE = Decimal(5)


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How well data stand for what they are used for, 1 (best) … 5: technology, place, time; and precision."""

    ter: Decimal
    ger: Decimal
    tir: Decimal
    precision: Decimal | None = None


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """Additive columns of one line, part or total.

    emission  kg CO2e;  weight  |emission| of what is rated;  unrated  |emission| of what is not
    ter, ger, tir  score · weight;  primary  emission from primary data
    """

    emission: Decimal = ZERO
    weight: Decimal = ZERO
    unrated: Decimal = ZERO
    ter: Decimal = ZERO
    ger: Decimal = ZERO
    tir: Decimal = ZERO
    primary: Decimal = ZERO

    def times(self, amount: Decimal) -> "Weights":
        """The columns of `amount` units."""
        return Weights(**{field: getattr(self, field) * amount for field in self.__struct_fields__})


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """Emission-weighted mean scores, their mean, and the share of emissions that nobody rated, in percent."""

    ter: Decimal
    ger: Decimal
    tir: Decimal
    dqr: Decimal
    unrated_percent: Decimal


@precise
def weights_of(emission: Decimal, scores: Scores | None, primary_percent: Decimal = ZERO) -> Weights:
    """The columns of one emission. Raises OutOfRange for a score outside 1–5 or a percentage outside 0–100.

    primary_percent  100 or 0 for one's own line; for a received value the share that its sender states
    """
    primary = emission * between("primary_percent", primary_percent, ZERO, HUNDRED) / HUNDRED
    size = abs(emission)
    if scores is None:
        return Weights(emission=emission, unrated=size, primary=primary)
    for field in ("ter", "ger", "tir"):
        between(field, getattr(scores, field), ONE, FIVE)
    return Weights(
        emission=emission,
        weight=size,
        ter=scores.ter * size,
        ger=scores.ger * size,
        tir=scores.tir * size,
        primary=primary,
    )


@precise
def added(weights: Iterable[Weights]) -> Weights:
    """Columns added up."""
    rows = list(weights)
    return Weights(**{field: sum((getattr(row, field) for row in rows), ZERO) for field in Weights.__struct_fields__})


@precise
def rating_of(weights: Weights) -> Rating:
    """Mean scores of a total; 0 where nothing is rated."""
    whole = weights.weight + weights.unrated
    unrated = weights.unrated / whole * HUNDRED if whole else ZERO
    if not weights.weight:
        return Rating(ter=ZERO, ger=ZERO, tir=ZERO, dqr=ZERO, unrated_percent=unrated)
    ter, ger, tir = (column / weights.weight for column in (weights.ter, weights.ger, weights.tir))
    return Rating(ter=ter, ger=ger, tir=tir, dqr=(ter + ger + tir) / 3, unrated_percent=unrated)


@precise
def dataset_dqr(scores: Scores, formula: Formula = "three") -> Decimal:
    """(TeR + GeR + TiR) / 3, or with precision / 4 as in the general PEF form. Raises OutOfRange."""
    values = [scores.ter, scores.ger, scores.tir]
    if formula == "four":
        values.append(ZERO if scores.precision is None else scores.precision)
    return sum((between("score", value, ONE, FIVE) for value in values), ZERO) / len(values)


@precise
def share_percent(part: Decimal, whole: Decimal) -> Decimal:
    """100 · part / whole, 0 if the whole is 0: primary-data share, verified share, certified share of a footprint."""
    return HUNDRED * part / whole if whole else ZERO


def level_of(dqr: Decimal) -> tuple[str, Text]:
    """Key and name of the level that a rating reaches."""
    levels: list[Mapping[str, object]] = rule_data("quality")["levels"]
    reached = next((level for level in levels if dqr <= number(level["at_most"])), levels[-1])
    return str(reached["key"]), Text(ja=str(reached["ja"]), en=str(reached["en"]))

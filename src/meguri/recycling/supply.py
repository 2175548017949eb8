"""How much will come back: batteries in use × the chance that they fail in a year, against what plants may take.

returned(year) = Σ_cohort sold · [F(age) − F(age−1)] · collection rate,  F Weibull with shape k and scale λ [years]
monthly: the chance that a battery with remaining life (low, central, high) returns in a month
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from meguri.kernel.numbers import ZERO
from meguri.recycling.rates import ratio


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """Batteries placed in one year [t] with their lifetime distribution and collection rate (0–1)."""

    year: int
    sold_t: float
    shape: float
    scale_years: float
    collected: float = 1.0
    composition: dict[str, float] = {}


class Returning(msgspec.Struct, frozen=True, kw_only=True):
    """A battery that is still in use: dry kg, and the month in which it is expected back (low, central, high)."""

    mass_kg: float
    months_low: float
    months: float
    months_high: float


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Tonnes per month from now with an 80 % interval, and the load on permitted capacity [%]."""

    months: list[str]
    tonnes: list[float]
    low: list[float]
    high: list[float]
    total_t: float
    utilisation_pct: Decimal | None


def failed_by(age: NDArray[np.float64], shape: float, scale: float) -> NDArray[np.float64]:
    """Weibull distribution function at `age` [years]."""
    return np.asarray(1.0 - np.exp(-((np.maximum(age, 0.0) / scale) ** shape)), dtype=np.float64)


def stock_flow(cohorts: Sequence[Cohort], years: Sequence[int]) -> tuple[NDArray[np.float64], dict[str, list[float]]]:
    """Tonnes returned by year, and kg of each element by year."""
    axis = np.asarray(years, dtype=np.float64)
    total = np.zeros(axis.size)
    elements: dict[str, NDArray[np.float64]] = {}
    for cohort in cohorts:
        age = axis - cohort.year
        share = failed_by(age + 1, cohort.shape, cohort.scale_years) - failed_by(age, cohort.shape, cohort.scale_years)
        back = cohort.sold_t * share * cohort.collected
        total += back
        for element, fraction in cohort.composition.items():
            elements[element] = elements.get(element, np.zeros(axis.size)) + back * fraction * 1000
    return total, {element: kg.tolist() for element, kg in elements.items()}


def utilisation(forecast_t: Decimal, permitted_t: Decimal) -> Decimal | None:
    """Forecast against permitted capacity of the same span [%]: 6,200 t against 10,000 t/a shows 62.0 %."""
    return ratio(forecast_t, permitted_t)


def monthly(batteries: Sequence[Returning], start: date, months: int, permitted_t_per_year: Decimal) -> Forecast:
    """Batteries expected back per month. Each one's month is triangular between its bounds; the interval is that of
    the sum of independent returns (normal approximation, 80 %)."""
    mean, variance = np.zeros(months), np.zeros(months)
    edges = np.arange(months + 1, dtype=np.float64)
    for battery in batteries:
        chance = np.diff(_triangular(edges, battery))
        mean += battery.mass_kg / 1000 * chance
        variance += (battery.mass_kg / 1000) ** 2 * chance * (1 - chance)
    width = 1.2816 * np.sqrt(variance)
    permitted = permitted_t_per_year * months / 12
    return Forecast(
        months=[_month(start, place) for place in range(months)],
        tonnes=mean.tolist(),
        low=np.maximum(mean - width, 0).tolist(),
        high=(mean + width).tolist(),
        total_t=float(mean.sum()),
        utilisation_pct=utilisation(Decimal(str(round(float(mean.sum()), 6))), permitted) if permitted > ZERO else None,
    )


def _triangular(x: NDArray[np.float64], b: Returning) -> NDArray[np.float64]:
    low, mode, high = b.months_low, b.months, max(b.months_high, b.months_low + 1e-9)
    mode = min(max(mode, low), high)
    rising = (x - low) ** 2 / ((high - low) * max(mode - low, 1e-9))
    falling = 1 - (high - x) ** 2 / ((high - low) * max(high - mode, 1e-9))
    return np.clip(np.where(x < mode, np.where(x < low, 0.0, rising), np.where(x > high, 1.0, falling)), 0.0, 1.0)


def _month(start: date, place: int) -> str:
    year, month = divmod(start.year * 12 + start.month - 1 + place, 12)
    return f"{year:04d}-{month + 1:02d}"


def by_element(tonnes: float, composition: Mapping[str, float]) -> dict[str, float]:
    """kg of each element in `tonnes` of batteries of a composition (mass fractions)."""
    return {element: tonnes * 1000 * fraction for element, fraction in composition.items()}

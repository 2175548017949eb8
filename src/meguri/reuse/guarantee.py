"""Prices of promises: a warranty on the state of health, and a guarantee of residual value.

Equivalence principle: premium = (1 + loading) · expected discounted payout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from statistics import NormalDist
from typing import Annotated

import msgspec
import numpy as np

from meguri.health.arrays import Floats
from meguri.kernel.numbers import Finite
from meguri.kernel.text import Text
from meguri.reuse.draws import generator

_N = NormalDist()
EVENT_WORDS = {
    "accident": Text(ja="事故", en="accident"),
    "flood": Text(ja="水没", en="flood"),
    "fire": Text(ja="火災", en="fire"),
    "misuse": Text(ja="誤った使い方", en="misuse"),
    "bms_manipulation": Text(ja="BMS の改変", en="manipulated BMS"),
}


class GuaranteeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """A residual-value guarantee: G at T years within a cap of km. Money in minor units.

    evidence_days  the certificate at T must not be older than this
    """

    guaranteed: int
    years: Finite
    discount: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.03
    loading: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.25
    km_cap: Annotated[float, msgspec.Meta(ge=0)] | None = None
    excluded_events: tuple[str, ...] = ("accident", "flood", "fire", "misuse", "bms_manipulation")
    evidence_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90


def event_words(code: str) -> Text:
    """An event that a guarantee does not cover; one that the parties named themselves stays as they wrote it."""
    return EVENT_WORDS.get(code, Text(ja=code, en=code))


def events_listed(codes: Sequence[str]) -> Text:
    """Several events in one line."""
    words = [event_words(code) for code in codes]
    return Text(ja="、".join(one.ja for one in words), en=", ".join(one.en for one in words))


class SohPoint(msgspec.Struct, frozen=True):
    """State of health [%] after so many years."""

    years: float
    soh_pct: float


@dataclass(frozen=True, slots=True)
class GuaranteePrice:
    """Premium, E[payout] and the mean of the worst 5 % of payouts, in the units of the value; P(claim) 0–1."""

    premium: float
    expected_payout: float
    p_claim: float
    shortfall_95: float


def warranty_premium(p_claim: Floats, payout: Floats, discount: float, loading: float) -> float:
    """(1+λ)·Σ p_t·payout_t/(1+r)^t; both (year,), t = 1, 2, …"""
    years = np.arange(1, len(p_claim) + 1)
    return float((1 + loading) * (p_claim * payout / (1 + discount) ** years).sum())


def claim_chances(soh: Floats, warranted: float, km_per_year: Floats | None = None, km_cap: float = np.inf) -> Floats:
    """(year,) probability that the state of health falls below `warranted` in that year for the first time.

    soh          (draw, year) trajectories [%] at the end of each year
    km_per_year  (draw,) only what happens within `km_cap` counts
    """
    below = soh < warranted
    first = below & (np.cumsum(below, axis=1) == 1)
    if km_per_year is not None:
        driven = km_per_year[:, None] * np.arange(1, soh.shape[1] + 1)
        first = first & (driven <= km_cap)
    return np.asarray(first.mean(axis=0))


def guarantee_price_of_draws(
    values: Floats, guaranteed: float, years: float, discount: float, loading: float
) -> GuaranteePrice:
    """The price from (draw,) values at the end of the term."""
    payouts = np.sort(np.maximum(guaranteed - values, 0.0))
    worst = payouts[-max(round(0.05 * len(payouts)), 1) :]
    expected = float(payouts.mean())
    return GuaranteePrice(
        premium=(1 + loading) * expected / (1 + discount) ** years,
        expected_payout=expected,
        p_claim=float((payouts > 0).mean()),
        shortfall_95=float(worst.mean()),
    )


def guarantee_price_lognormal(
    median: float, sigma: float, guaranteed: float, years: float, discount: float, loading: float
) -> GuaranteePrice:
    """The price when the value is log-normal, exactly."""
    d = log(guaranteed / median) / sigma
    expected = guaranteed * _N.cdf(d) - median * exp(sigma**2 / 2) * _N.cdf(d - sigma)
    z = _N.inv_cdf(0.05)
    tail = median * exp(sigma**2 / 2) * _N.cdf(min(z, d) - sigma) / 0.05
    covered = guaranteed * _N.cdf(min(z, d)) / 0.05
    return GuaranteePrice(
        premium=(1 + loading) * expected / (1 + discount) ** years,
        expected_payout=expected,
        p_claim=_N.cdf(d),
        shortfall_95=covered - tail,
    )


def future_values(value_now: Floats, kept: Floats, years: float, price_sigma: float, seed: int = 0) -> Floats:
    """(draw,) value after `years`: today's draws, less ageing, moved by a price walk with yearly log-spread `price_sigma`.

    kept  (draw,) state of health then ÷ now
    """
    z = generator(seed, "guarantee").standard_normal(len(value_now))
    return np.asarray(np.maximum(value_now, 0.0) * kept * np.exp(price_sigma * sqrt(years) * z))


def soh_after(soh: Floats, loss_per_year: Floats, years: float) -> Floats:
    """(draw,) state of health [%] after `years`: a share of rated capacity [points] is lost each year, down to nothing."""
    return np.asarray(np.maximum(soh - loss_per_year * years, 0.0))


def guaranteed_curve(soh: Floats, loss_per_year: Floats, years: float) -> tuple[SohPoint, ...]:
    """State of health that nine of ten such batteries keep (P10), at the end of each year and of the term."""
    ends = [float(year) for year in range(1, ceil(years))] + [years]
    return tuple(
        SohPoint(years=end, soh_pct=round(float(np.quantile(soh_after(soh, loss_per_year, end), 0.10)), 2))
        for end in ends
    )


def payout(guaranteed: int, realised: int) -> int:
    """max(0, G − X), minor units."""
    return max(0, guaranteed - realised)

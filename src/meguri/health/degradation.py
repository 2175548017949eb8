"""Ageing by calendar and by cycles as power laws of stress, chained exactly when the stress changes.

The equations are re-implemented from the published models of NREL's BLAST-Lite (BSD-3-Clause; notice in
THIRD_PARTY_NOTICES.md). Coefficients are rule data in `rules/health/degradation.toml`.
Known imprecision: each law holds for its cell and within its stated conditions; beyond them a result is flagged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp

import msgspec
import numpy as np
from scipy.optimize import brentq

from meguri.health.halfcells import graphite_potential
from meguri.health.rulebook import rules

_CELSIUS_ZERO = 273.15


class Calendar(msgspec.Struct, frozen=True):
    """k_cal = factor · e^(a_temperature/T) · e^(a_soc·s/T) · e^(a_potential·U_a(s)/T); L = k · days^power."""

    factor: float
    a_temperature: float
    power: float
    a_soc: float = 0.0
    a_potential: float = 0.0


class Cycling(msgspec.Struct, frozen=True):
    """k_cyc = (constant + by_depth·DoD + by_rate·C) · Σ e^(a/T), the sum 1 without temperature terms; L = k · EFC^power."""

    constant: float
    power: float
    by_depth: float = 0.0
    by_rate: float = 0.0
    a_temperature: tuple[float, ...] = ()


class Validity(msgspec.Struct, frozen=True):
    """Conditions within which a model was fitted."""

    temperature_c: tuple[float, float]
    depth: tuple[float, float]
    most_c_rate: float


class AgeingModel(msgspec.Struct, frozen=True):
    """One model; `of_new` turns its relative capacity into a share of the new capacity."""

    id: str
    chemistry: tuple[str, ...]
    source: str
    of_new: float
    calendar: Calendar
    cycling: Cycling
    valid: Validity


class AgeingRules(msgspec.Struct, frozen=True):
    """`rules/health/degradation.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    models: tuple[AgeingModel, ...]


@dataclass(frozen=True, slots=True)
class Stress:
    """How a battery lives: temperature [K], mean state of charge (0–1), depth of discharge (0–1), rate [C]."""

    temperature_k: float
    soc: float
    depth: float = 0.8
    c_rate: float = 0.5


@dataclass(frozen=True, slots=True)
class Use:
    """A stretch of life under one stress: days, and equivalent full cycles within them."""

    stress: Stress
    days: float
    cycles: float


@cache
def ageing_model(name: str) -> AgeingModel:
    """The model of that id; KeyError when there is none."""
    return {model.id: model for model in rules("health", "degradation", AgeingRules).models}[name]


def calendar_rate(model: AgeingModel, stress: Stress) -> float:
    """k_cal [1/day^p]."""
    law, kelvin = model.calendar, stress.temperature_k
    potential = float(graphite_potential(np.array([0.0085 + 0.7715 * stress.soc]))[0]) if law.a_potential else 0.0
    exponent = law.a_temperature + law.a_soc * stress.soc + law.a_potential * potential
    return law.factor * exp(exponent / kelvin)


def cycle_rate(model: AgeingModel, stress: Stress) -> float:
    """k_cyc [1/EFC^p]."""
    law = model.cycling
    warmth = sum(exp(a / stress.temperature_k) for a in law.a_temperature) if law.a_temperature else 1.0
    return (law.constant + law.by_depth * stress.depth + law.by_rate * stress.c_rate) * warmth


def chain(loss: float, rate: float, step: float, power: float) -> float:
    """The loss after `step` more days or cycles at `rate`: k·((L/k)^(1/p) + Δx)^p, the exact integral of a power law."""
    if rate <= 0:
        return loss
    return float(rate * ((loss / rate) ** (1 / power) + step) ** power)


@dataclass(frozen=True, slots=True)
class State:
    """Losses so far, as fractions, by calendar and by cycles."""

    calendar: float = 0.0
    cycle: float = 0.0

    @property
    def capacity(self) -> float:
        """Relative capacity q = 1 − L_cal − L_cyc."""
        return 1 - self.calendar - self.cycle


def live(
    model: AgeingModel, uses: Sequence[Use], start: State = State(), scale: tuple[float, float] = (1.0, 1.0)
) -> State:
    """The state after `uses`, one after the other; `scale` multiplies k_cal and k_cyc (fitted to the item)."""
    calendar, cycle = start.calendar, start.cycle
    for use in uses:
        calendar = chain(calendar, scale[0] * calendar_rate(model, use.stress), use.days, model.calendar.power)
        cycle = chain(cycle, scale[1] * cycle_rate(model, use.stress), use.cycles, model.cycling.power)
    return State(calendar, cycle)


def day_of(
    model: AgeingModel, stress: Stress, cycles_per_day: float, capacity: float, horizon: float = 36_500
) -> float:
    """The day on which constant use brings relative capacity down to `capacity`; infinite beyond `horizon` days."""

    def above(day: float) -> float:
        return live(model, [Use(stress, day, cycles_per_day * day)]).capacity - capacity

    return float(brentq(above, 0.0, horizon, xtol=1e-9)) if above(horizon) < 0 else float("inf")


def outside_validity(model: AgeingModel, stress: Stress) -> tuple[str, ...]:
    """`EXTRAPOLATION` when a stress lies outside the conditions of the model."""
    valid, celsius = model.valid, stress.temperature_k - _CELSIUS_ZERO
    inside = (
        valid.temperature_c[0] <= celsius <= valid.temperature_c[1]
        and valid.depth[0] <= stress.depth <= valid.depth[1]
        and stress.c_rate <= valid.most_c_rate
    )
    return () if inside else ("EXTRAPOLATION",)

"""Ageing of a battery by its own history: how it came here, and how long it lasts under a use."""

from dataclasses import replace
from math import isfinite
from uuid import UUID

import msgspec
import numpy as np

from meguri.health import store
from meguri.health.degradation import (
    AgeingModel,
    AgeingRules,
    Stress,
    calendar_rate,
    cycle_rate,
    outside_validity,
)
from meguri.health.estimate import NotAssessable
from meguri.health.life import History, fit_rates, outlook
from meguri.health.rulebook import rules
from meguri.health.views import LifeLeft, StoredResult
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry
from meguri.telemetry.model import Level

_DAY = 86_400.0
_KELVIN = 273.15
_DEFAULT_MODEL = "lfp_250ah"
_LIVED = Stress(25.0 + _KELVIN, 0.5)  # how a battery is taken to have lived so far, where nobody knows


async def history(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, quantity: str = "soh_capacity"
) -> list[StoredResult]:
    """Good results of one quantity, oldest first. Raises BatteryUnknown."""
    await telemetry.battery(tx, scope, battery_id)
    return await store.history(tx, scope, battery_id, quantity)


async def life_left(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    *,
    end_of_life_pct: float = 60.0,
    cycles_per_day: float = 0.5,
    temperature_c: float = 25.0,
    soc: float = 0.5,
    depth: float = 0.8,
    c_rate: float = 0.5,
) -> LifeLeft:
    """Life left under a use, relative to the battery's rated capacity. Raises BatteryUnknown, NotAssessable NO_HISTORY.

    The rates are fitted to the battery's own history where that spans half a year; before, the chemistry's model is
    scaled by what there is (`PRIOR_ONLY`).
    """
    battery = await telemetry.battery(tx, scope, battery_id)
    rows = [row for row in await store.history(tx, scope, battery_id, "soh_capacity") if row.value is not None]
    if not rows:
        raise NotAssessable("NO_HISTORY")
    model = ageing_model_of(battery.plate.chemistry.value)
    stress = Stress(temperature_c + _KELVIN, soc, depth, c_rate)
    past = _history(rows, battery.plate.in_service, cycles_per_day)
    powers = (model.calendar.power, model.cycling.power)
    prior = (calendar_rate(model, _LIVED), cycle_rate(model, _LIVED))
    rates = fit_rates(past, powers, prior)
    harder = (calendar_rate(model, stress) / prior[0], cycle_rate(model, stress) / prior[1])
    ahead = outlook(
        _as_if(past, powers, harder),
        replace(rates, k_cal=rates.k_cal * harder[0], k_cyc=rates.k_cyc * harder[1]),
        cycles_per_day,
        end_of_life_pct / 100,
        is_pack=battery.plate.level is not Level.CELL,
    )
    return LifeLeft(
        battery_id=battery_id,
        points=len(rows),
        end_of_life_pct=end_of_life_pct,
        cycles_per_day=cycles_per_day,
        remaining_days=_finite(ahead.remaining),
        days=[float(day) for day in ahead.days - ahead.days[0]],
        p10=[float(value) for value in ahead.capacity[0]],
        p50=[float(value) for value in ahead.capacity[1]],
        p90=[float(value) for value in ahead.capacity[2]],
        flags=tuple(dict.fromkeys((*ahead.flags, *outside_validity(model, stress)))),
    )


class Use(msgspec.Struct, frozen=True):
    """How a battery would live in a next use."""

    use_id: str
    name_ja: str
    name_en: str
    end_of_life_pct: float
    cycles_per_day: float
    temperature_c: float
    soc: float
    depth: float
    c_rate: float


class UseRules(msgspec.Struct, frozen=True):
    """`rules/health/uses.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    uses: tuple[Use, ...]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Life left in one next use."""

    use: Use
    life: LifeLeft


async def scenarios(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Scenario]:
    """Life left in each use of the rule data. Raises BatteryUnknown, NotAssessable NO_HISTORY."""
    found = []
    for use in rules("health", "uses", UseRules).uses:
        life = await life_left(
            tx, scope, battery_id, end_of_life_pct=use.end_of_life_pct, cycles_per_day=use.cycles_per_day,
            temperature_c=use.temperature_c, soc=use.soc, depth=use.depth, c_rate=use.c_rate,
        )  # fmt: skip
        found.append(Scenario(use=use, life=life))
    return found


def _as_if(past: History, powers: tuple[float, float], harder: tuple[float, float]) -> History:
    """The history told in days and cycles of the new use: those that would have cost as much.

    With k' = r·k a loss k·t^p is reached after t / r^(1/p); so what is lost stays lost when the stress changes.
    """
    days = past.days / harder[0] ** (1 / powers[0])
    cycles = past.cycles / harder[1] ** (1 / powers[1])
    return History(days, cycles, past.capacity)


def ageing_model_of(chemistry: str) -> AgeingModel:
    """The ageing model of the rule data that names this chemistry, else the default one."""
    models = rules("health", "degradation", AgeingRules).models
    named = next((model for model in models if chemistry in model.chemistry), None)
    return named or next(model for model in models if model.id == _DEFAULT_MODEL)


def _history(rows: list[StoredResult], in_service: str | None, cycles_per_day: float) -> History:
    """Days since service began where that is known, else since the first measurement; cycles by the given use."""
    moments = np.array([row.measured_at.timestamp() for row in rows])
    start = np.datetime64(in_service[:10]).astype("datetime64[s]").astype(float) if in_service else moments[0]
    days = np.maximum((moments - start) / _DAY, 0.0)
    return History(days, days * cycles_per_day, np.array([(row.value or 0.0) / 100 for row in rows]))


def _finite(remaining: tuple[float, float, float]) -> tuple[float | None, float | None, float | None]:
    p10, p50, p90 = (value if isfinite(value) else None for value in remaining)
    return p10, p50, p90

"""Stationary storage: levelised cost, and the most that the battery may cost in it."""

import msgspec
import numpy as np

from meguri.health.arrays import Floats


class StorageUse(msgspec.Struct, frozen=True, kw_only=True):
    """A storage duty. Money in major units; energy in kWh; shares 0–1.

    soh_eol         the use ends when the state of health (0–1) falls below this
    fade_per_year   share of rated capacity lost each year at the middle of what is expected
    """

    years: int
    depth: float
    cycles_per_year: float
    efficiency: float
    discount: float
    opex_per_year: float
    charge_price: float
    fade_per_year: float
    soh_eol: float = 0.0


def yearly_energy(use: StorageUse, rated_kwh: float, soh: float) -> Floats:
    """(year,) discharged energy [kWh], zero once the state of health is below the use's end of life."""
    state = soh - use.fade_per_year * np.arange(use.years)
    return np.where(state >= use.soh_eol - 1e-12, rated_kwh * state * use.depth * use.cycles_per_year, 0.0)


def _discounts(use: StorageUse) -> Floats:
    return np.asarray((1 + use.discount) ** -np.arange(1.0, use.years + 1))


def levelised_cost(use: StorageUse, rated_kwh: float, soh: float, capex: float) -> tuple[float, float, float]:
    """(present energy [kWh], present running cost, cost per kWh): [capex + Σ(opex + E·p_chg/η)/(1+r)^t] / ΣE/(1+r)^t."""
    energy, discount = yearly_energy(use, rated_kwh, soh), _discounts(use)
    working = energy > 0
    present_energy = float((energy * discount).sum())
    running = np.where(working, use.opex_per_year + energy * use.charge_price / use.efficiency, 0.0)
    present_cost = float((running * discount).sum())
    cost = (capex + present_cost) / present_energy if present_energy else float("inf")
    return present_energy, present_cost, cost


def storage_ceiling(
    use: StorageUse,
    rated_kwh: float,
    soh: Floats,
    fade_factor: Floats,
    price_value: Floats,
    charge_price: Floats,
    integration: Floats,
) -> Floats:
    """The most that the battery is worth: Σ(p_value·E − opex − E·p_chg/η)/(1+r)^t − integration, in major units.

    soh, fade_factor         (…, draw) state of health 0–1 now; factor on the yearly fade
    price_value, charge_price, integration  broadcastable to them
    The years to the end of life follow from each draw; sums over them are looked up, not walked.
    """
    steps = np.arange(use.years + 1)
    discount = np.concatenate([[0.0], _discounts(use)])
    sum_1 = np.cumsum(discount)
    sum_t = np.cumsum(discount * np.maximum(steps - 1, 0))
    fade = np.maximum(use.fade_per_year * fade_factor, 1e-12)
    lasting = np.floor((soh - use.soh_eol) / fade + 1e-9) + 1
    years = np.clip(lasting, 0, use.years).astype(np.int64)
    scale = rated_kwh * use.depth * use.cycles_per_year
    energy = scale * (soh * sum_1[years] - fade * sum_t[years])
    margin = price_value - charge_price / use.efficiency
    return np.asarray(margin * energy - use.opex_per_year * sum_1[years] - integration)

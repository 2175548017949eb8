"""Many batteries as columns, for arithmetic over all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meguri.health.arrays import Floats
from meguri.reuse.draws import COVERAGE, reach_of
from meguri.reuse.floor import default_composition, default_mass, materials
from meguri.reuse.model import Battery, Soh
from meguri.reuse.valuerules import ValueRules


@dataclass(frozen=True, slots=True)
class Lot:
    """Columns (battery, 1). kWh, kg, years; state of health in % with its 90 % bounds, fade as a share of rated capacity per year.

    elements     kg of each element that pays; mass_u its relative uncertainty (0 when the passport says the masses)
    gain         points of SoH (battery) gained by replacing `replaced` modules of `module_kwh` each
    """

    names: tuple[str, ...]
    energy: Floats
    mass: Floats
    age: Floats
    soh: Floats
    lower: Floats
    upper: Floats
    fade: Floats
    fade_sigma: Floats
    elements: dict[str, Floats]
    recovered: dict[str, Floats]
    mass_u: Floats
    gain: Floats
    replaced: Floats
    module_kwh: Floats

    def __len__(self) -> int:
        return len(self.names)


def lot_of(batteries: Sequence[Battery], rules: ValueRules, precision: type = np.float64) -> Lot:
    """The columns of `batteries` in numbers of that precision; intervals of another confidence are carried over to 90 %."""

    def _column(values: Sequence[float]) -> Floats:
        return np.asarray(values, dtype=precision)[:, None]

    composed = [_composition(battery) for battery in batteries]
    fades = [_fade(battery, rules) for battery in batteries]
    renewed = [_renewed(battery, rules.most_modules_replaced) for battery in batteries]
    symbols = [metal.symbol for metal in materials().metals]
    rates = {metal.symbol: metal.recovered for metal in materials().metals}
    return Lot(
        names=tuple(battery.item_id for battery in batteries),
        energy=_column([battery.rated_energy_kwh for battery in batteries]),
        mass=_column([mass_of(battery) for battery in batteries]),
        age=_column([battery.age_years for battery in batteries]),
        soh=_column([battery.soh_energy.value for battery in batteries]),
        lower=_column([_bound(battery.soh_energy, battery.soh_energy.lower) for battery in batteries]),
        upper=_column([_bound(battery.soh_energy, battery.soh_energy.upper) for battery in batteries]),
        fade=_column([fade for fade, _ in fades]),
        fade_sigma=_column([sigma for _, sigma in fades]),
        elements={symbol: _column([masses.get(symbol, 0.0) for masses in composed]) for symbol in symbols},
        recovered={
            symbol: _column([(battery.recovered or {}).get(symbol, rates[symbol]) for battery in batteries])
            for symbol in symbols
        },
        mass_u=_column([0.0 if battery.composition is not None else materials().default_u for battery in batteries]),
        gain=_column([gain for gain, _, _ in renewed]),
        replaced=_column([count for _, count, _ in renewed]),
        module_kwh=_column([size for _, _, size in renewed]),
    )


def _bound(soh: Soh, bound: float) -> float:
    """A bound of the interval as it would be at 90 %."""
    return soh.value + (bound - soh.value) * COVERAGE / reach_of(soh.confidence)


def mass_of(battery: Battery) -> float:
    """Mass [kg]: as stated, else by chemistry."""
    if battery.mass_kg is not None:
        return battery.mass_kg
    return default_mass(battery.chemistry.value, battery.rated_energy_kwh) or 0.0


def _composition(battery: Battery) -> dict[str, float]:
    if battery.composition is not None:
        return battery.composition
    return default_composition(battery.chemistry.value, battery.rated_energy_kwh)


def symbols_in(batteries: Sequence[Battery]) -> set[str]:
    """The elements that pay and that are in at least one of the batteries."""
    usual = {battery.chemistry.value for battery in batteries if battery.composition is None}
    masses = [battery.composition for battery in batteries if battery.composition is not None]
    masses += [default_composition(chemistry, 1.0) for chemistry in usual]
    paid = {metal.symbol for metal in materials().metals}
    return {symbol for each in masses for symbol, kg in each.items() if kg and symbol in paid}


def _fade(battery: Battery, rules: ValueRules) -> tuple[float, float]:
    rule = rules.fade_of(battery.chemistry.value)
    own, sigma = battery.fade_per_year, battery.fade_sigma
    return (rule.per_year if own is None else own, rule.sigma if sigma is None else sigma)


def _renewed(battery: Battery, most: int) -> tuple[float, float, float]:
    """Gain in points, modules replaced, kWh per module: replacing the k worst raises the pack to the next worst.

    The best gain per module among k = 1 … `most`; (0, 0, 0) when the modules are not known one by one.
    """
    modules = sorted(battery.module_soh)
    if len(modules) < 2:
        return 0.0, 0.0, 0.0
    choices = range(1, min(most, len(modules) - 1) + 1)
    best = max(choices, key=lambda k: ((modules[k] - modules[0]) / k, -k))
    return modules[best] - modules[0], float(best), battery.rated_energy_kwh / len(modules)

"""Rate characteristic (レート特性): what a battery still gives at the current and temperature of its next use."""

from dataclasses import dataclass

import numpy as np

from meguri.health.ocv import OcvTable
from meguri.health.resistance import factor_to_25_celsius


@dataclass(frozen=True, slots=True)
class Usable:
    """Charge [Ah] and energy [Wh] until the terminal voltage reaches its lower limit."""

    capacity_ah: float
    energy_wh: float


def resistance_at(r25_ohm: float, temperature_c: float) -> float:
    """Resistance [ohm] at a temperature, from that at 25 °C (Arrhenius)."""
    return r25_ohm / factor_to_25_celsius(temperature_c)


def usable_at(table: OcvTable, capacity_ah: float, resistance_ohm: float, current_a: float, v_min: float) -> Usable:
    """Charge and energy at a constant discharge current, from full down to OCV(s) − r·I = V_min.

    capacity_ah     measured capacity of the aged battery at rest (s from 1 to 0)
    resistance_ohm  aged resistance at the temperature of use
    current_a       discharge current, positive
    """
    drop = resistance_ohm * current_a
    end_voltage = v_min + drop
    if end_voltage >= table.voltage[-1]:
        return Usable(0.0, 0.0)
    lowest = float(np.interp(end_voltage, table.voltage, table.soc)) if end_voltage > table.voltage[0] else 0.0
    lowest = max(lowest, float(table.soc[0]))
    soc = np.union1d(table.soc[table.soc > lowest], [lowest])
    terminal = np.interp(soc, table.soc, table.voltage) - drop
    energy = capacity_ah * float(np.trapezoid(terminal, soc))
    return Usable(capacity_ah * float(soc[-1] - lowest), energy)

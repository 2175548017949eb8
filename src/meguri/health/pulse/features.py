"""What a pulse test tells: open-circuit voltage, resistances and relaxations, from the voltages u1 … u21.

Five pulses of 5 s, +0.5 C, −0.5 C, +1 C, −1 C and +1.5 C, each followed by 75 s of rest. u1 is the end of the rest before
the first pulse; then come begin and end of each pulse and begin and end of each rest. C is rated capacity in ampere, so
volt per C is free of the size of the cell.
"""

import numpy as np

from meguri.health.arrays import Flags, Floats

PULSES_C = (0.5, -0.5, 1.0, -1.0, 1.5)
VOLTAGES = tuple(f"u{number}" for number in range(1, 22))
VOLTMETER = 0.001  # V: what two good field instruments may differ by on the same cell
_LEAST_RESPONSE = 0.001  # V per C
_FLAT = 0.002  # V: how far a slow change may run the wrong way, a little above the noise of a cycler


def describe(u: Floats) -> Floats:
    """The features of each pulse test.

    u        (row, 21) voltages [V]
    returns  (row, 21): u1 [V]; then for each pulse the immediate response, the response that grows within 5 s and the
             immediate relaxation [V per C], and what is left of the pulse after the rest [V]
    """
    columns = [u[:, 0]]
    for begin, rate in zip(range(1, 21, 4), PULSES_C, strict=True):
        columns.append((u[:, begin] - u[:, begin - 1]) / rate)
        columns.append((u[:, begin + 1] - u[:, begin]) / rate)
        columns.append((u[:, begin + 1] - u[:, begin + 2]) / rate)
        columns.append(u[:, begin + 3] - u[:, 0])
    return np.column_stack(columns)


def logarithmic(features: Floats) -> Floats:
    """The features of `describe` with the logarithm of each response: cells age by a factor, not by so many milliohms.

    A response below a millivolt per C says nothing and counts as one.
    """
    seen = features.copy()
    for first in range(1, features.shape[1], 4):
        responses = slice(first, first + 3)
        seen[:, responses] = np.log(np.maximum(features[:, responses], _LEAST_RESPONSE))
    return seen


def instrument_noise(meter: float = VOLTMETER) -> Floats:
    """How far each feature of `describe` may move [its own unit] by a meter of noise `meter` [V] alone: (21,)."""
    difference = meter * np.sqrt(2)
    return np.array([meter, *(step for rate in PULSES_C for step in (*[difference / abs(rate)] * 3, difference))])


def follows_pattern(u: Floats) -> Flags:
    """Whether voltages move as a battery's must: with the pulse while it lasts, back against it in the rest.

    A constant row, a pulse of the wrong sign and swapped columns fail.
    """
    good = np.ones(len(u), dtype=np.bool_)
    for begin, rate in zip(range(1, 21, 4), PULSES_C, strict=True):
        sign = np.sign(rate)
        good &= sign * (u[:, begin] - u[:, begin - 1]) > 0
        good &= sign * (u[:, begin + 1] - u[:, begin]) > -_FLAT
        good &= sign * (u[:, begin + 1] - u[:, begin + 2]) > 0
        good &= sign * (u[:, begin + 2] - u[:, begin + 3]) > -_FLAT
    return good

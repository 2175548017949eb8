"""What a figure of a battery can be at all: bounds that are wide for any battery on earth, so that nothing beyond is computed with.

Meguri's own rule. One gigawatt-hour is more than the largest single storage block on the market.
"""

from collections.abc import Mapping

from meguri.kernel.errors import FieldError
from meguri.kernel.text import Text
from meguri.reuse.errors import FigureImplausible

_BOUNDS: Mapping[str, tuple[float, float]] = {
    "rated_energy_kwh": (1e-6, 1e6),
    "rated_capacity_ah": (1e-6, 1e7),
    "mass_kg": (0.0, 1e8),
    "age_years": (0.0, 200.0),
    "resistance_ratio": (0.0, 1e6),
    "spread_pct": (0.0, 100.0),
    "composition": (0.0, 1e8),
    "recovered": (0.0, 1.0),
    "module_soh": (0.0, 110.0),
    "fade_per_year": (0.0, 1.0),
    "fade_sigma": (0.0, 3.0),
    "footprint_kg_per_kwh": (0.0, 1e5),
    "soh_bound": (-1e3, 1e3),
    "price": (-1e9, 1e9),
    "max_voltage_v": (0.0, 1e5),
    "cell_voltage_max": (0.0, 10.0),
    "initial_resistance_ohm": (0.0, 1e6),
    "guaranteed": (0.0, 1e13),
    "soc": (0.0, 100.0),
    "soh": (0.0, 110.0),
    "usable_kwh": (0.0, 1e6),
    "counter_kwh": (0.0, 1e9),
    "efc": (0.0, 1e6),
    "efc_per_day": (0.0, 1e3),
}
_SAY = Text(
    ja="{value} は電池の値として考えられません({low:g}〜{high:g})。単位と桁を確認してください。",
    en="{value} cannot be a battery's ({low:g}–{high:g}). Please check unit and digits.",
)


def is_plausible(name: str, value: float) -> bool:
    """Whether the figure called `name` can have that value; NaN and infinity never can."""
    low, high = _BOUNDS[name]
    return low <= value <= high


def require_plausible(**figures: float | None) -> None:
    """Refuse figures that no battery has; all are named at once. Raises FigureImplausible."""
    wrong = [
        _wrong(name, name, value)
        for name, value in figures.items()
        if value is not None and not is_plausible(name, value)
    ]
    if wrong:
        raise FigureImplausible(detail=", ".join(one.field for one in wrong), fields=tuple(wrong))


def require_each(name: str, values: Mapping[str, float] | None) -> None:
    """The same for each of several values of one kind. Raises FigureImplausible."""
    for key, value in (values or {}).items():
        if not is_plausible(name, value):
            raise FigureImplausible(detail=f"{name}.{key}", fields=(_wrong(f"{name}.{key}", name, value),))


def _wrong(field: str, name: str, value: float) -> FieldError:
    low, high = _BOUNDS[name]
    shown = f"{value:g}" if abs(value) < 1e300 else f"{str(value)[:12]}…"  # a whole number may be beyond any float
    return FieldError(field, _SAY, {"value": shown, "low": low, "high": high})

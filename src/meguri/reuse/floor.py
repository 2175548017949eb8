"""What a battery is worth as material: element by element, less what processing and logistics cost."""

from collections.abc import Mapping
from functools import cache

import msgspec

from meguri.health.rulebook import RuleSet, rules
from meguri.reuse.errors import UnusableInput


class Element(msgspec.Struct, frozen=True):
    """One element: kg in the battery, share recovered, share of the price that is paid, price per kg."""

    symbol: str
    mass_kg: float
    recovered: float
    payable: float
    price: float

    @property
    def value(self) -> float:
        """Mass · recovery · payable share · price, in major units."""
        return self.mass_kg * self.recovered * self.payable * self.price


def recycling_floor(
    elements: tuple[Element, ...], mass_kg: float, process_per_kg: float, logistics_per_kg: float
) -> float:
    """Σ m·η·payable·P − (process + logistics)·mass, in major units; may be negative."""
    return sum(element.value for element in elements) - (process_per_kg + logistics_per_kg) * mass_kg


class _Metal(msgspec.Struct, frozen=True):
    symbol: str
    recovered: float
    payable: float


class _Composition(msgspec.Struct, frozen=True):
    chemistry: str
    mass_kg_per_kwh: float
    kg_per_kwh: dict[str, float]
    source: str


class Materials(msgspec.Struct, frozen=True):
    """`rules/reuse/materials.toml`: default compositions and recoveries; `default_u` is their relative uncertainty."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    default_u: float
    metals: tuple[_Metal, ...]
    compositions: tuple[_Composition, ...]

    @property
    def name(self) -> RuleSet:
        """Id and version, as results carry them."""
        return RuleSet(self.id, self.version, self.status, self.valid_from, self.source)


@cache
def materials() -> Materials:
    """The rule set in force."""
    return rules("reuse", "materials", Materials)


def default_composition(chemistry: str, rated_energy_kwh: float) -> dict[str, float]:
    """kg of each element by chemistry, for a battery whose passport does not say. Raises UnusableInput."""
    found = next((row for row in materials().compositions if row.chemistry == chemistry), None)
    if found is None:
        raise UnusableInput(detail=f"composition {chemistry}")
    return {symbol: per * rated_energy_kwh for symbol, per in found.kg_per_kwh.items()}


def default_mass(chemistry: str, rated_energy_kwh: float) -> float | None:
    """Pack mass [kg] by chemistry, None when unknown."""
    found = next((row for row in materials().compositions if row.chemistry == chemistry), None)
    return found.mass_kg_per_kwh * rated_energy_kwh if found else None


def elements_of(
    masses: Mapping[str, float], prices: Mapping[str, float], recovered: Mapping[str, float] | None = None
) -> tuple[Element, ...]:
    """Elements that pay; `recovered` are a recycler's own rates of a closed period, else the default rates hold."""
    own = recovered or {}
    return tuple(
        Element(
            metal.symbol,
            masses[metal.symbol],
            own.get(metal.symbol, metal.recovered),
            metal.payable,
            prices[metal.symbol],
        )
        for metal in materials().metals
        if masses.get(metal.symbol)
    )

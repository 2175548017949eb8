"""The rule data of carriers and labels."""

import tomllib
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class CarrierRule(msgspec.Struct, frozen=True):
    """How a symbol is made; sizes in mm."""

    error_correction: str
    module_mm: float
    module_least_mm: float
    module_most_mm: float
    quiet_modules: int
    contrast: float
    warn_above_characters: int


class CollectionRule(msgspec.Struct, frozen=True):
    """How large the symbol of separate collection is; sizes in mm."""

    share_of_side: float
    share_of_cylinder: float
    largest_mm: float
    smallest_mm: float
    on_packaging_mm: float
    metal_share: float


class LabelRule(msgspec.Struct, frozen=True):
    """Smallest letters, and the sizes of labels (width, height) in mm."""

    x_height_mm: float
    sizes: dict[str, tuple[float, float]]


class CarrierRules(msgspec.Struct, frozen=True):
    """All of them."""

    carrier: CarrierRule
    separate_collection: CollectionRule
    label: LabelRule


@cache
def carrier_rules() -> CarrierRules:
    """The rule data in force."""
    text = files("meguri.rules").joinpath("carrier/carrier.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), CarrierRules)

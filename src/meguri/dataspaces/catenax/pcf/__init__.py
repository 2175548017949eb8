"""Product carbon footprints in Catena-X form: `io.catenax.pcf` 9.0.0 and `pcf_for_battery_component_supplier` 1.0.0."""

from meguri.dataspaces.catenax.pcf.aspect import Mapped, from_aspect, to_aspect
from meguri.dataspaces.catenax.pcf.component import Component, from_component, to_component
from meguri.dataspaces.catenax.pcf.errors import NegativeStage, NegativeTotal, OverTenPercent, UnitUnsupported
from meguri.dataspaces.catenax.pcf.metals import Metal, metals_of, written
from meguri.dataspaces.catenax.pcf.shape import shape_faults

__all__ = [
    "Component",
    "Mapped",
    "Metal",
    "NegativeStage",
    "NegativeTotal",
    "OverTenPercent",
    "UnitUnsupported",
    "from_aspect",
    "from_component",
    "metals_of",
    "shape_faults",
    "to_aspect",
    "to_component",
    "written",
]

"""Recycling: words and records that go in and out of this room."""

from enum import StrEnum


class ReClass(StrEnum):
    """Input streams of recycling, Delegated Regulation (EU) 2025/606 Annex §2(2)."""

    LEAD_ACID = "lead_acid"
    LITHIUM_BASED = "lithium_based"
    NICKEL_CADMIUM = "nickel_cadmium"
    OTHER = "other"


class Location(StrEnum):
    """Where in a battery an element lies."""

    ACTIVE_MATERIAL = "active_material"
    CURRENT_COLLECTOR = "current_collector"
    ELECTROLYTE_SALT = "electrolyte_salt"
    ELECTROLYTE_SOLVENT = "electrolyte_solvent"
    CASING = "casing"
    CABLE_BUSBAR = "cable_busbar"
    ELECTRONICS = "electronics"
    OTHER = "other"


class Counting(StrEnum):
    """What becomes of an output of a process."""

    RECYCLING = "recycling"
    INTERMEDIATE = "intermediate"
    REUSE = "reuse"
    ENERGY_RECOVERY = "energy_recovery"
    FUEL = "fuel"
    BACKFILLING = "backfilling"
    LANDFILL_CONSTRUCTION = "landfill_construction"
    LANDFILL = "landfill"
    DISPOSAL = "disposal"
    EMISSION = "emission"
    LOSS = "loss"


class LotKind(StrEnum):
    """What a lot is made of."""

    WASTE_PACK = "waste_pack"
    WASTE_MODULE = "waste_module"
    WASTE_CELL = "waste_cell"
    MANUFACTURING_WASTE = "manufacturing_waste"
    CASING = "casing"
    CABLE = "cable"
    PCB = "pcb"
    ELECTROLYTE = "electrolyte"
    COOLANT = "coolant"
    ELECTRODE_FOIL = "electrode_foil"
    METAL_FRACTION = "metal_fraction"
    PLASTIC_FRACTION = "plastic_fraction"
    BLACK_MASS = "black_mass"
    ALLOY = "alloy"
    SLAG = "slag"
    SALT = "salt"
    METAL = "metal"
    GRAPHITE = "graphite"
    PRECURSOR = "precursor"
    CATHODE_ACTIVE_MATERIAL = "cathode_active_material"
    CELL_LOT = "cell_lot"
    RESIDUE = "residue"
    ENERGY_RECOVERY_FEED = "energy_recovery_feed"


MOISTURE_NEEDED = frozenset({LotKind.BLACK_MASS, LotKind.SLAG, LotKind.SALT})


class LotStatus(StrEnum):
    """Where a lot stands."""

    OPEN = "open"
    BLOCKED = "blocked"
    CONSUMED = "consumed"
    SHIPPED = "shipped"
    DISPOSED = "disposed"
    CLAIMED = "claimed"


class StepType(StrEnum):
    """Steps of the way from waste to a new cell."""

    COLLECTION = "collection"
    SORTING = "sorting"
    STORAGE = "storage"
    DISCHARGE = "discharge"
    DEPOLLUTION = "depollution"
    DISMANTLING = "dismantling"
    SHREDDING = "shredding"
    THERMAL_PRETREATMENT = "thermal_pretreatment"
    MECHANICAL_SEPARATION = "mechanical_separation"
    BLENDING = "blending"
    LEACHING = "leaching"
    SOLVENT_EXTRACTION = "solvent_extraction"
    PRECIPITATION = "precipitation"
    CRYSTALLISATION = "crystallisation"
    SMELTING = "smelting"
    CONVERTING = "converting"
    REFINING = "refining"
    DIRECT_RELITHIATION = "direct_relithiation"
    PRECURSOR_SYNTHESIS = "precursor_synthesis"
    CAM_SYNTHESIS = "cam_synthesis"
    ELECTRODE_COATING = "electrode_coating"
    CELL_ASSEMBLY = "cell_assembly"
    PACK_ASSEMBLY = "pack_assembly"
    RESIDUE_TREATMENT = "residue_treatment"
    DISPOSAL = "disposal"


PREPARATION = frozenset(
    {
        StepType.COLLECTION,
        StepType.SORTING,
        StepType.STORAGE,
        StepType.DISCHARGE,
        StepType.DEPOLLUTION,
        StepType.DISMANTLING,
    }
)
"""Never a recycling process; cannot make a first recycler (Delegated Regulation (EU) 2025/606 Annex §1(2),(7))."""


class SourceClass(StrEnum):
    """Where a material comes from, as far as claims of recycled content go."""

    PRIMARY = "primary"
    BATTERY_MANUFACTURING_WASTE = "battery_manufacturing_waste"
    OTHER_PRE_CONSUMER = "other_pre_consumer"
    POST_CONSUMER_BATTERY = "post_consumer_battery"
    OTHER_POST_CONSUMER = "other_post_consumer"
    REUTILISATION = "reutilisation"


class CustodyModel(StrEnum):
    """How a claim is tied to the material, families of ISO 22095."""

    IDENTITY_PRESERVED = "identity_preserved"
    SEGREGATED = "segregated"
    CONTROLLED_BLENDING = "controlled_blending"
    MASS_BALANCE_ROLLING_AVERAGE = "mass_balance_rolling_average"
    MASS_BALANCE_CREDIT = "mass_balance_credit"
    BOOK_AND_CLAIM = "book_and_claim"


class TargetStatus(StrEnum):
    """How a figure stands against a target."""

    MET = "met"
    MET_NOT_DEMONSTRATED = "met_not_demonstrated"
    MISSED = "missed"
    NOT_YET_APPLICABLE = "not_yet_applicable"
    NOT_DETERMINED = "not_determined"

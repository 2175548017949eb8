"""Structured values, field by field: `name*` is required; `word` an atom or a shape, `[word]` a list, `a|b` a code.

A bound stands behind a number: `decimal 0..100`, `decimal >0.1`.
"""

from typing import Final

_HAZARDS = (
    "AcuteToxicity|SkinCorrosionOrIrritation|EyeDamageOrIrritation|RespiratoryOrSkinSensitization|GermCellMutagenicity"
    "|Carcinogenicity|ReproductiveToxicity|SpecificTargetOrganToxicity|AspirationHazard|HazardousToAquaticEnvironment"
)
_DOCUMENTS = (
    "bill_of_material|model_3d|dismantling_manual|removal_manual|other_manual|drawing|eu_declaration|test_report|cf_study"
    "|cf_declaration|dd_report|label|instructions|safety|certificate|evidence|other"
)
COVERAGE: Final = (
    "exploded_diagram|disassembly_sequence|fastening_techniques|tools|damage_warnings|cell_count_and_layout"
)
NEGATIVE_EVENTS: Final = (
    *("deep_discharge", "overcharge", "short_circuit", "thermal_event", "physical_damage"),
    *("water_ingress", "electrical_fault", "accident", "none_recorded", "other"),
)
_EVENTS = (
    f"{'|'.join(NEGATIVE_EVENTS)}|issue|publish|put_into_service|repair|transfer|measurement|prepare_for_reuse"
    "|prepare_for_repurposing|repurpose|remanufacture|declare_waste|recycle|bms_replaced|counter_reset|recall|notice"
)

SHAPES: Final[dict[str, dict[str, str]]] = {
    "address": {
        "country*": "country",
        "postal_code*": "string",
        "region": "string",
        "city": "string",
        "street*": "string",
        "building": "string",
    },
    "organisation": {
        "name*": "text",
        "id*": "string",
        "trade_name": "text",
        "address*": "address",
        "web": "uri",
        "email": "email",
        "phone": "string",
        "bpnl": "bpnl",
    },
    "quantity_t": {"value*": "bounded", "temp_min": "decimal", "temp_max": "decimal"},
    "document": {
        "id*": "string",
        "title*": "text",
        "doc_type*": _DOCUMENTS,
        "media_type*": "media_type",
        "language*": "string",
        "url": "https",
        "file_id": "string",
        "sha256": "sha256",
        "issued": "date",
        "valid_until": "date",
        "coverage": f"[{COVERAGE}]",
    },
    "agent": {"agent*": "text", "fire_classes*": "[A|B|C|D|K]"},
    "material": {
        "name*": "string",
        "cas": "cas",
        "ec": "string",
        "component_name*": "string",
        "component_id": "string",
        "mass_g": "decimal 0..",
        "mass_fraction_pct": "decimal 0..100",
        "critical*": "boolean",
        "recycled_pct": "decimal 0..100",
    },
    "crm": {"name*": "string", "cas": "cas", "mass_fraction_pct*": "decimal >0.1..100"},
    "hazardous_substance": {
        "name*": "string",
        "cas": "cas",
        "hazard_classes*": f"[{_HAZARDS}]",
        "concentration_pct*": "decimal 0..100",
        "location*": "string",
        "svhc*": "boolean",
        "impacts*": "[string]",
    },
    "heavy_metal": {"metal*": "Hg|Cd|Pb", "concentration_pct*": "decimal 0..100", "location*": "string"},
    "impact": {"substance*": "string", "statement*": "string"},
    "part": {"part_name*": "string", "part_number*": "string", "quantity": "integer 1.."},
    "spare_source": {
        "name*": "string",
        "address*": "address",
        "email*": "email",
        "web*": "uri",
        "bpnl": "bpnl",
        "parts*": "[part]",
    },
    "power_point": {
        "soc_pct*": "decimal 0..100",
        "power_w*": "bounded",
        "duration_s": "decimal >0",
        "temp_min": "decimal",
        "temp_max": "decimal",
    },
    "measured": {
        "measured_at*": "datetime",
        "source*": "string",
        "method": "string",
        "reference_conditions": "any",
        "uncertainty_pct": "decimal 0..",
        "component": "string",
        "flag": "string",
    },
    "bin": {"from*": "decimal", "to*": "decimal", "value*": "decimal 0.."},
    "histogram": {"unit*": "string", "bins*": "[bin]", "measured_at*": "datetime"},
    "event": {
        "id*": "string",
        "at*": "datetime",
        "type*": _EVENTS,
        "severity": "minor|moderate|major|critical",
        "description": "text",
        "document_ids": "[string]",
        "reported_by": "string",
        "url": "https",
    },
    "predecessor": {
        "dpp_id*": "uri",
        "unique_product_identifier*": "uri",
        "operation*": "string",
        "share*": "decimal >0..1",
        "version_hash*": "string",
        "evidence_document_id": "string",
        "carried_over": "any",
    },
    "certificate": {
        "standard*": "string",
        "edition": "string",
        "number*": "string",
        "issuer": "string",
        "holder": "string",
        "scope": "string",
        "issued*": "date",
        "valid_until": "date",
        "document_id": "string",
    },
    "jc_star": {"level*": "integer 1..4", "registration_no*": "string", "valid_until*": "date", "url": "https"},
    "country_share": {"country*": "country", "share_pct*": "decimal 0..100", "kw": "decimal 0.."},
    "soh": {
        "value*": "bounded",
        "definition*": "capacity|energy_soce|power|maker_defined",
        "method*": "bms|lab_test|diagnostic|estimate",
        "interval_low": "decimal 0..",
        "interval_high": "decimal 0..",
        "confidence_pct": "decimal 0..100",
        "reference*": "string",
        "measured_at*": "datetime",
        "source*": "string",
        "flag": "string",
    },
    "index": {"scheme*": "string", "name*": "string", "value*": "decimal", "unit": "string", "year*": "integer"},
    "thermal_test": {
        "outcome*": "no_runaway|warned|failed",
        "warning_to_hazard_s": "decimal 0..",
        "method*": "string",
        "tested_on*": "date",
        "document_id": "string",
    },
}

LISTS: Final = {
    "documents": "document",
    "agents": "agent",
    "materials": "material",
    "crms": "crm",
    "hazardous": "hazardous_substance",
    "heavy_metals": "heavy_metal",
    "impacts": "impact",
    "parts": "part",
    "spare_sources": "spare_source",
    "power_points": "power_point",
    "events": "event",
    "predecessors": "predecessor",
    "country_shares": "country_share",
    "indices": "index",
}
"""Types of the catalogue that are lists of a shape."""

MEASURED: Final = {"dyn_decimal": "decimal", "dyn_integer": "integer", "dyn_power_points": "power_points"}
"""Measured values, by what their `value` is."""

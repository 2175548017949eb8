"""A complete battery of an electric vehicle, in catalogue values: every attribute that some format asks for."""

from typing import Any
from uuid import UUID

from meguri.dataspaces.exchange.model import Passport

ITEM = "https://id.example.jp/01/09521234567899/21/MG26A000001"
MEASURED = "2027-06-01T00:00:00Z"
ALL = frozenset({"OWN", "P1", "P2", "P3", "P4"})


def document(name: str, doc_type: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": {"en": name},
        "doc_type": doc_type,
        "media_type": "application/pdf",
        "language": "en",
        "url": f"https://docs.example.jp/{name}",
        **more,
    }


def dyn(value: Any) -> dict[str, Any]:
    return {"value": value, "measured_at": MEASURED, "source": "import"}


def material(name: str, cas: str, place: str, mass: float, *, critical: bool = False) -> dict[str, Any]:
    return {"name": name, "cas": cas, "component_name": place, "mass_g": mass, "critical": critical}


ADDRESS = {"country": "JP", "postal_code": "571-0050", "street": "1-1 Denchi"}

EV: dict[str, Any] = {
    "dpp_id": ITEM,
    "unique_product_identifier": ITEM,
    "granularity": "item",
    "dpp_schema_version": "EN 18223:2026",
    "dpp_status": "Active",
    "last_updated": "2027-06-01T00:00:00Z",
    "version_no": 3,
    "issued_at": "2027-03-01T00:00:00Z",
    "economic_operator_id": "LEIXG-529900MEGURIBATT0170",
    "facility_id": "BPNA0000000MGR01",
    "backup_url": "https://backup.example.org/01/09521234567899/21/MG26A000001",
    "commodity_code": "8507600090",
    "registration_id": "EU-REG-1",
    "operator_information": {
        "name": {"en": "Meguri Battery Co."},
        "id": "LEIXG-529900MEGURIBATT0170",
        "address": ADDRESS,
        "web": "https://battery.example.jp",
        "bpnl": "BPNL0000000MGR01",
    },
    "operator_role": "manufacturer",
    "manufacturer_id": "LEIXG-529900MEGURIBATT0170",
    "manufacturer_name": {"en": "Meguri Battery Co."},
    "manufacturer_address": ADDRESS,
    "manufacturer_web": "https://battery.example.jp",
    "manufacturer_email": "info@battery.example.jp",
    "battery_category": "ev",
    "battery_model_id": "MG-70",
    "battery_model_name": {"ja": "巡り70", "en": "Meguri 70"},
    "gtin": "09521234567899",
    "batch_id": "B26-07",
    "serial_number": "MG26A000001",
    "manufacturing_place": ADDRESS,
    "manufacturing_date": "2027-02",
    "putting_into_service_date": "2027-04",
    "placed_on_market_date": "2027-03-01",
    "warranty_period": "P96M",
    "battery_mass": 430,
    "pack_length": 1800,
    "pack_width": 1200,
    "pack_height": 150,
    "data_carrier_type": "qr",
    "data_carrier_placement": "upper side of the housing",
    "separate_collection_symbol": document("collection.svg", "label", media_type="image/svg+xml"),
    "carbon_footprint_label": document("cf-label.svg", "label", media_type="image/svg+xml"),
    "labels_meaning": {"ja": "分別回収", "en": "Separate collection"},
    "extinguishing_agents": [{"agent": {"en": "Water"}, "fire_classes": ["A", "B"]}],
    "eu_declaration_of_conformity": document("doc.pdf", "eu_declaration"),
    "eu_doc_id": "DOC-1",
    "test_reports": [document("tests.pdf", "test_report")],
    "cf_declaration": document("cf.pdf", "cf_declaration"),
    "cf_total_per_fu": 0.05,
    "cf_raw_material": 0.024,
    "cf_production": 0.0196,
    "cf_distribution": 0.0012,
    "cf_eol": 0.0052,
    "cf_performance_class": "B",
    "cf_study_url": "https://docs.example.jp/cf-study",
    "cf_absolute": 4500,
    "dd_report": document("dd.pdf", "dd_report"),
    "dd_assurances": [document("rmi.pdf", "certificate")],
    "dd_indices": [{"scheme": "Index", "name": "score", "value": 71, "year": 2026}],
    "battery_chemistry": "Li-ion NMC",
    "battery_chemistry_text": {"en": "NMC 622 with graphite"},
    "critical_raw_materials": [{"name": "Cobalt", "cas": "7440-48-4", "mass_fraction_pct": 1.2}],
    "hazardous_substances": [
        {
            "name": "Lithium hexafluorophosphate",
            "cas": "21324-40-3",
            "hazard_classes": ["AcuteToxicity", "SkinCorrosionOrIrritation"],
            "concentration_pct": 1.1,
            "location": "electrolyte",
            "svhc": False,
            "impacts": ["H301", "H314"],
        }
    ],
    "heavy_metals": [{"metal": "Pb", "concentration_pct": 0.001, "location": "solder"}],
    "cathode_materials": [
        material("Nickel", "7440-02-0", "cathode", 38000, critical=True),
        material("Cobalt", "7440-48-4", "cathode", 12000, critical=True),
    ],
    "anode_materials": [material("Graphite", "7782-42-5", "anode", 61000, critical=True)],
    "electrolyte_materials": [material("Ethylene carbonate", "96-49-1", "electrolyte", 30000)],
    "other_materials": [material("Aluminium", "7429-90-5", "housing", 90000)],
    "dismantling_information": [document("dismantling.pdf", "dismantling_manual")],
    "component_part_numbers": [{"part_name": "BMS", "part_number": "BMS-1"}],
    "spare_part_sources": [
        {
            "name": "Parts Ltd",
            "address": ADDRESS,
            "email": "parts@example.jp",
            "web": "https://parts.example.jp",
            "parts": [{"part_name": "BMS", "part_number": "BMS-1"}],
            "bpnl": "BPNL0000000PRT01",
        }
    ],
    "safety_measures": [document("safety.pdf", "safety")],
    "recycled_pre_nickel": 4.0,
    "recycled_post_nickel": 2.5,
    "recycled_pre_cobalt": 8.0,
    "recycled_post_cobalt": 8.0,
    "recycled_pre_lithium": 1.0,
    "recycled_post_lithium": 5.0,
    "recycled_pre_lead": 0,
    "recycled_post_lead": 0,
    "recycled_total_nickel": 6.5,
    "recycled_total_cobalt": 16.0,
    "recycled_total_lithium": 6.0,
    "recycled_total_lead": 0,
    "renewable_content": 3.5,
    "waste_prevention_info": document("prevention", "instructions"),
    "separate_collection_info": document("collection", "instructions"),
    "second_life_eol_info": document("second-life", "instructions"),
    "rated_capacity": 200,
    "rated_energy": 70,
    "certified_usable_energy": 70,
    "minimum_voltage": {"value": 252},
    "nominal_voltage": {"value": 350},
    "maximum_voltage": {"value": 403},
    "original_power_capability": [{"soc_pct": 80, "power_w": 150000}, {"soc_pct": 20, "power_w": 90000}],
    "max_permitted_power": {"value": 160000},
    "power_energy_ratio": 2.3,
    "recommended_c_rate": 0.5,
    "expected_cycles": 1500,
    "cycle_life_reference_test": document("iec62660.pdf", "test_report"),
    "cycle_test_c_rate_charge": 0.33,
    "cycle_test_c_rate_discharge": 1,
    "cycle_test_dod": 80,
    "cycle_test_temperature": 25,
    "capacity_threshold_exhaustion": 70,
    "idle_temp_min": -30,
    "idle_temp_max": 60,
    "rte_initial": 96.0,
    "rte_half_life": 94.0,
    "resistance_cell_initial": 0.0005,
    "resistance_pack_initial": 0.05,
    "resistance_module_initial": 0.004,
    "self_discharge_initial": 2.0,
    "expected_lifetime_years": dyn(12),
    "capacity_fade": dyn(12.0),
    "power_fade": dyn(7.0),
    "measured_resistance_pack": dyn(0.061),
    "measured_resistance_cell": dyn(0.00061),
    "resistance_increase_pack": dyn(22.0),
    "resistance_increase_cell": dyn(20.0),
    "rte_fade": dyn(2.5),
    "soce": dyn(89.0),
    "remaining_capacity": dyn(176),
    "remaining_usable_energy": dyn(62.3),
    "remaining_power_capability": dyn([{"soc_pct": 80, "power_w": 139500}]),
    "remaining_rte": dyn(93.6),
    "self_discharge_current": dyn(2.6),
    "self_discharge_evolution": dyn(30.0),
    "battery_status": "original",
    "full_cycles": dyn(310),
    "energy_throughput": dyn(21500),
    "capacity_throughput": dyn(61500),
    "state_of_charge": dyn(64),
    "temperature_information": dyn(24),
    "time_above_temp": dyn(120),
    "time_below_temp": dyn(30),
    "time_charging_above_temp": dyn(15),
    "time_charging_below_temp": dyn(0),
    "negative_events": [
        {
            "id": "import-1",
            "at": MEASURED,
            "type": "none_recorded",
            "severity": "minor",
            "description": {"en": "none_recorded"},
            "document_ids": [],
            "reported_by": "import",
        }
    ],
    "accident_information": [document("accidents.pdf", "evidence")],
    "intended_applications": ["traction"],
    "cell_origin_countries": [{"country": "JP", "share_pct": 100}],
}


def passport(values: dict[str, Any] | None = None, classes: frozenset[str] = ALL, *, partial: bool = False) -> Passport:
    return Passport(
        values=EV if values is None else values,
        classes=classes,
        passport_id=UUID("0191d0a0-0000-7000-8000-000000000001"),
        issuer="did:web:id.example.jp",
        origin="https://id.example.jp",
        partial=partial,
    )

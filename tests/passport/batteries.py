"""Complete batteries of each category: every value that law and the longlist ask for. All of it is synthetic."""

from typing import Any

from meguri.kernel.identifiers import gs1_check_digit

GTINS = {
    category: body + str(gs1_check_digit(body))
    for category, body in {
        "ev": "0952123456789",
        "lmt": "0952123400001",
        "industrial": "0952123400002",
        "stationary": "0952123400003",
    }.items()
}
COVERAGE = [
    "exploded_diagram",
    "disassembly_sequence",
    "fastening_techniques",
    "tools",
    "damage_warnings",
    "cell_count_and_layout",
]
ADDRESS = {"country": "JP", "postal_code": "471-0001", "city": "豊田市", "street": "架空町1-1"}


def document(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": {"ja": name, "en": name},
        "doc_type": kind,
        "media_type": "application/pdf",
        "language": "ja",
        "url": f"https://docs.example.jp/{name}.pdf",
        **more,
    }


def material(name: str, component: str, mass: float, cas: str, *, critical: bool = True) -> dict[str, Any]:
    return {"name": name, "cas": cas, "component_name": component, "mass_g": mass, "critical": critical}


def shared(category: str) -> dict[str, Any]:
    """What all batteries of a model have in common."""
    return {
        "battery_category": category,
        "manufacturer_id": "LEIXG-529900MEGURIBATT0170",
        "manufacturer_name": {"ja": "環パックシステム株式会社", "en": "Tamaki Pack Systems"},
        "manufacturer_trade_name": {"ja": "環", "en": "Tamaki"},
        "manufacturer_address": ADDRESS,
        "manufacturer_web": "https://tamaki.example.jp/",
        "manufacturer_email": "battery@tamaki.example.jp",
        "battery_model_id": f"TP-{category.upper()}-70",
        "battery_model_name": {"ja": "環パック70", "en": "Tamaki Pack 70"},
        "manufacturing_place": ADDRESS,
        "warranty_period": "P96M",
        "battery_mass": 430,
        "pack_length": 1800,
        "pack_width": 1200,
        "pack_height": 150,
        "has_bms": True,
        "is_cycle_application": True,
        "rte_applicable": True,
        "durability_values_applicable": True,
        "soh_applicable": category in ("stationary", "industrial", "lmt"),
        "has_commercial_warranty": True,
        "separate_collection_symbol": document("collection", "label", media_type="image/svg+xml"),
        "labels_meaning": {"ja": "分別回収してください", "en": "Collect separately"},
        "eu_declaration_of_conformity": document("declaration", "eu_declaration"),
        "eu_doc_id": "DoC-2027-001",
        "ce_marking": True,
        "test_reports": [document("report", "test_report")],
        "cf_absolute": 4500,
        "cf_lifetime_energy": 90000,
        "cf_total_per_fu": 0.05,
        "cf_raw_material": 0.024,
        "cf_production": 0.0196,
        "cf_distribution": 0.0012,
        "cf_eol": 0.0052,
        "cf_performance_class": "B",
        "cf_study_url": "https://docs.example.jp/cf-study.html",
        "dd_report": document("due-diligence", "dd_report"),
        "battery_chemistry": "Li-ion NMC",
        "electrolyte_kind": "liquid",
        "critical_raw_materials": [{"name": "Cobalt", "cas": "7440-48-4", "mass_fraction_pct": 3.2}],
        "hazardous_substances": [
            {
                "name": "Lithium hexafluorophosphate",
                "cas": "21324-40-3",
                "hazard_classes": ["AcuteToxicity"],
                "concentration_pct": 1.5,
                "location": "electrolyte",
                "svhc": False,
                "impacts": ["H301"],
            }
        ],
        "substance_impacts": [{"substance": "LiPF6", "statement": "H301 飲み込むと有毒"}],
        "cathode_materials": [material("Nickel manganese cobalt oxide", "cathode", 95000, "346417-97-8")],
        "anode_materials": [material("Graphite", "anode", 60000, "7782-42-5")],
        "electrolyte_materials": [material("Ethylene carbonate", "electrolyte", 30000, "96-49-1", critical=False)],
        "dismantling_information": [document("dismantling", "dismantling_manual", coverage=COVERAGE)],
        "component_part_numbers": [{"part_name": "BMS", "part_number": "TP-BMS-1"}],
        "spare_part_sources": [
            {
                "name": "環部品センター",
                "address": ADDRESS,
                "email": "parts@tamaki.example.jp",
                "web": "https://parts.example.jp/",
                "parts": [{"part_name": "BMS", "part_number": "TP-BMS-1"}],
            }
        ],
        "safety_measures": [document("safety", "safety")],
        "recycled_pre_nickel": 4.0,
        "recycled_post_nickel": 2.5,
        "recycled_pre_cobalt": 6.0,
        "recycled_post_cobalt": 10.0,
        "recycled_pre_lithium": 2.0,
        "recycled_post_lithium": 4.0,
        "recycled_pre_lead": 0,
        "recycled_post_lead": 0,
        "renewable_content": 1.0,
        "waste_prevention_info": document("prevention", "other"),
        "separate_collection_info": document("separate", "other"),
        "second_life_eol_info": document("second-life", "other"),
        "waste_handling_safety_info": document("handling", "safety"),
        "rated_capacity": 200,
        "rated_energy": 70,
        "certified_usable_energy": 70.0,
        "minimum_voltage": {"value": 250},
        "nominal_voltage": {"value": 350},
        "maximum_voltage": {"value": 410},
        "original_power_capability": [{"soc_pct": 80, "power_w": 150000}, {"soc_pct": 20, "power_w": 90000}],
        "max_permitted_power": {"value": 160000},
        "expected_cycles": 1500,
        "cycle_life_reference_test": document("cycle-life", "test_report"),
        "cycle_test_c_rate_charge": 0.5,
        "cycle_test_c_rate_discharge": 1.0,
        "cycle_test_dod": 80,
        "cycle_test_temperature": 25,
        "capacity_threshold_exhaustion": 70,
        "idle_temp_min": -30,
        "idle_temp_max": 60,
        "rte_initial": 96.0,
        "rte_half_life": 93.0,
        "resistance_cell_initial": 0.0008,
        "resistance_pack_initial": 0.05,
        "self_discharge_initial": 2.0,
        "intended_applications": {
            "ev": ["traction"],
            "lmt": ["light_mobility"],
            "industrial": ["forklift"],
            "stationary": ["grid_storage"],
        }[category],
    }


def own(category: str) -> dict[str, Any]:
    """What one battery has for itself."""
    return {
        "manufacturing_date": "2026-10",
        "placed_on_market_date": "2027-02-18",
        "operator_information": {
            "name": {"ja": "環パックシステム株式会社", "en": "Tamaki Pack Systems"},
            "id": "LEIXG-529900MEGURIBATT0170",
            "address": ADDRESS,
        },
        "operator_role": "manufacturer",
        "extinguishing_agents": [{"agent": {"ja": "大量の水", "en": "Plenty of water"}, "fire_classes": ["B", "C"]}],
    }


def complete(category: str) -> dict[str, Any]:
    """A battery with everything in its own passport."""
    return {**shared(category), **own(category)}

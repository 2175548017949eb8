"""Performance, conformity and safety of `battery_pass`."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.batterypass.performance import bare
from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing
from meguri.dataspaces.exchange.ways import QUANTITY, measured, sentence, whole
from meguri.dataspaces.tractusx.parts import doc_list, docs, no_way_back, one_doc, record

R, D = "performance.rated", "performance.dynamic"


def _power_out(made: Json, out: Outgoing) -> None:
    points = {one["soc_pct"]: one["power_w"] for one in out.take("original_power_capability") or ()}
    for soc, name in ((20, "at20SoC"), (80, "at80SoC")):
        if soc in points:
            put(made, f"{R}.power.{name}", points.pop(soc))
        else:
            out.missing["original_power_capability"] = None
    if points:
        out.lose("original_power_capability", "the format holds the power at 20 and 80 % only")


def _power_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = ((soc, at(document, f"{R}.power.{name}")) for soc, name in ((80, "at80SoC"), (20, "at20SoC")))
    points = [{"soc_pct": soc, "power_w": power} for soc, power in found if power is not None]
    into.put("original_power_capability", points or None)


def _remaining_power_out(made: Json, out: Outgoing) -> None:
    value = out.take("remaining_power_capability")
    if value is not None:
        points = sorted(value["value"], key=lambda one: abs(one["soc_pct"] - 80))
        put(made, f"{D}.power.remaining", {"value": points[0]["power_w"], "time": value["measured_at"]})
        if len(points) > 1:
            out.lose("remaining_power_capability", "the format holds one point only")


def _remaining_power_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = at(document, f"{D}.power.remaining")
    if found is not None:
        into.put("remaining_power_capability", measured([{"soc_pct": 80, "power_w": found["value"]}], found["time"]))


def _agents_out(made: Json, out: Outgoing) -> None:
    agents = out.take("extinguishing_agents") or ()
    put(
        made,
        "safety.usableExtinguishAgent",
        [{"media": sentence(one["agent"]), "fireClass": ", ".join(one.get("fire_classes", ()))} for one in agents],
    )


def _agents_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = [
        {
            "agent": {"en": one["media"]},
            "fire_classes": [part.strip() for part in str(one["fireClass"]).split(",") if part.strip()],
        }
        for one in at(document, "safety.usableExtinguishAgent") or ()
    ]
    into.put("extinguishing_agents", found or None)


def _self_discharge_out(made: Json, out: Outgoing) -> None:
    value = out.take("self_discharge_current")
    if value is not None:
        put(made, f"{D}.selfDischargingRate", value["value"])
        out.lose("self_discharge_current", "no place for the moment of measuring")


def _meaning_out(made: Json, out: Outgoing) -> None:
    symbol = out.values.get("separate_collection_symbol")
    put(made, "safety.meaningOfLabels", docs(symbol))
    if out.values.get("labels_meaning") is not None:
        out.lose("labels_meaning", "the format holds documents, not texts")


PERFORMANCE: list[Member] = [
    Field("minimum_voltage", f"{R}.voltage.min", QUANTITY),
    Field("maximum_voltage", f"{R}.voltage.max", QUANTITY),
    Field("nominal_voltage", f"{R}.voltage.nominal", QUANTITY),
    Field("cycle_test_dod", f"{R}.roundTripEfficiency.depthOfDischarge"),
    Field("rte_initial", f"{R}.roundTripEfficiency.initial"),
    Field("rte_half_life", f"{R}.roundTripEfficiency.50PercentLife"),
    Field("resistance_cell_initial", f"{R}.resistance.cell"),
    Field("resistance_pack_initial", f"{R}.resistance.pack"),
    Field("resistance_module_initial", f"{R}.resistance.module", required=False),
    Field("max_permitted_power", f"{R}.power.value", QUANTITY),
    Both(_power_out, _power_back),
    Field("rated_capacity", f"{R}.capacity.value"),
    Field("capacity_threshold_exhaustion", f"{R}.capacity.thresholdExhaustion"),
    Field("rated_energy", f"{R}.energy.value", required=False),
    Field("idle_temp_min", f"{R}.temperature.lower"),
    Field("idle_temp_max", f"{R}.temperature.upper"),
    Field("self_discharge_initial", f"{R}.selfDischargingRate"),
    bare("expected_lifetime_years", f"{R}.lifetime.expectedYears", rounded=True),
    Field("cycle_life_reference_test", f"{R}.lifetime.report", one_doc("test_report")),
    Field("cycle_test_temperature", f"{R}.lifetime.cycleLifeTesting.temperature"),
    Field("expected_cycles", f"{R}.lifetime.cycleLifeTesting.cycles"),
    Field("cycle_test_dod", f"{R}.lifetime.cycleLifeTesting.depthOfDischarge"),
    Field("cycle_test_c_rate_charge", f"{R}.lifetime.cycleLifeTesting.appliedChargeRate"),
    Field("cycle_test_c_rate_discharge", f"{R}.lifetime.cycleLifeTesting.appliedDischargeRate"),
    record("state_of_charge", f"{D}.stateOfCharge"),
    record("full_cycles", f"{D}.fullCycles", out_as=whole),
    Both(_self_discharge_out, no_way_back),
    record("power_fade", f"{D}.power.fade"),
    Both(_remaining_power_out, _remaining_power_back),
    record("capacity_fade", f"{D}.capacity.fade"),
    record("capacity_throughput", f"{D}.capacity.throughput"),
    record("remaining_capacity", f"{D}.capacity.capacity"),
    record("rte_fade", f"{D}.roundTripEfficiency.fade"),
    record("remaining_rte", f"{D}.roundTripEfficiency.remaining"),
    record("resistance_increase_pack", f"{D}.resistance.increase.pack"),
    record("resistance_increase_cell", f"{D}.resistance.increase.cell"),
    record("measured_resistance_pack", f"{D}.resistance.remaining.pack"),
    record("measured_resistance_cell", f"{D}.resistance.remaining.cell"),
    record("soce", f"{D}.energy.soce"),
    record("remaining_usable_energy", f"{D}.energy.remaining"),
    record("energy_throughput", f"{D}.energy.throughput", required=False),
    Field("eu_declaration_of_conformity", "conformity.declarationOfConformity", one_doc("eu_declaration")),
    Field("eu_doc_id", "conformity.declarationOfConformityId", required=False),
    Field("test_reports", "conformity.resultOfTestReport", doc_list("test_report")),
    Field("dd_assurances", "conformity.thirdPartyAssurance", doc_list("certificate")),
    Field("dd_report", "conformity.dueDiligencePolicy", one_doc("dd_report")),
    Both(_agents_out, _agents_back),
    Field("safety_measures", "safety.safetyMeasures", doc_list("safety")),
    Both(_meaning_out, no_way_back),
    Field("dismantling_information", "safety.dismantling", doc_list("dismantling_manual")),
]

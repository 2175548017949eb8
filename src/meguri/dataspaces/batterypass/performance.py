"""Aspect PerformanceAndDurability, in its versions 1.2.1 and 1.2.0."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.exchange.lens import Both, Field, Json, Member, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing
from meguri.dataspaces.exchange.ways import QUANTITY, document, latest, measured, number_of, scaled, whole

T, C = "batteryTechicalProperties", "batteryCondition"
COMPONENTS = ("pack", "module", "cell")
TIMES = {
    "time_above_temp": "timeExtremeHighTemp",
    "time_below_temp": "timeExtremeLowTemp",
    "time_charging_above_temp": "timeExtremeHighTempCharging",
    "time_charging_below_temp": "timeExtremeLowTempCharging",
}
STAMPED = {
    "capacity_throughput": "capacityThroughput",
    "full_cycles": "numberOfFullCycles",
    "soce": "stateOfCertifiedEnergy",
    "capacity_fade": "capacityFade",
    "remaining_capacity": "remainingCapacity",
    "remaining_rte": "remainingRoundTripEnergyEfficiency",
    "state_of_charge": "stateOfCharge",
}
RATED: list[Member] = [
    Field("max_permitted_power", f"{T}.ratedMaximumPower", scaled("0.001")),  # theirs is kW
    Field("power_energy_ratio", f"{T}.powerCapabilityRatio"),
    Field("rated_energy", f"{T}.ratedEnergy"),
    Field("expected_cycles", f"{T}.expectedNumberOfCycles"),
    Field("self_discharge_initial", f"{T}.initialSelfDischarge"),
    Field("rte_initial", f"{T}.roundtripEfficiency"),
    Field("rated_capacity", f"{T}.ratedCapacity"),
    Field("recommended_c_rate", f"{T}.cRate", required=False),
    Field("nominal_voltage", f"{T}.nominalVoltage", QUANTITY),
    Field("minimum_voltage", f"{T}.minimumVoltage", QUANTITY),
    Field("maximum_voltage", f"{T}.maximumVoltage", QUANTITY),
    Field("capacity_threshold_exhaustion", f"{T}.capacityThresholdForExhaustion"),
    Field("cycle_life_reference_test", f"{T}.lifetimeReferenceTest", document("test_report")),
    Field("cycle_test_c_rate_charge", f"{T}.cRateLifeCycleTest"),
]


def stamped(key: str, path: str, name: str) -> Both:
    """A measured value as `{name: …, lastUpdate: …}` at `path`."""

    def out(made: Json, out: Outgoing) -> None:
        value = out.take(key)
        if value is not None:
            put(made, path, {name: value["value"], "lastUpdate": value["measured_at"]})

    def back(document: Mapping[str, Any], into: Incoming) -> None:
        found = at(document, path)
        if found is not None:
            into.put(key, measured(found[name], found["lastUpdate"]))

    return Both(out, back)


def bare(key: str, path: str, *, rounded: bool = False) -> Both:
    """A measured value as a number alone; back, it is as old as the youngest moment in the document."""

    def out(made: Json, out: Outgoing) -> None:
        value = number_of(out.take(key))
        if value is not None:
            put(made, path, whole(value) if rounded else value)
            out.lose(key, "no place for the moment of measuring")

    def back(document: Mapping[str, Any], into: Incoming) -> None:
        found = at(document, path)
        if found is not None:
            into.put(key, measured(found, _youngest(document)))

    return Both(out, back)


def _youngest(document: Any) -> str | None:
    if isinstance(document, Mapping):
        moments = [str(value) for name, value in document.items() if name == "lastUpdate"]
        return max([*moments, *filter(None, map(_youngest, document.values()))], default=None)
    if isinstance(document, list):
        return max(filter(None, map(_youngest, document)), default=None)
    return None


def _power_out(made: Json, out: Outgoing) -> None:
    points = out.take("original_power_capability")
    if points:
        found = [{"atSoC": one["soc_pct"], "powerCapabilityAt": one["power_w"]} for one in points]
        put(made, f"{T}.originalPowerCapability", found)


def _power_back(document: Mapping[str, Any], into: Incoming) -> None:
    points = at(document, f"{T}.originalPowerCapability")
    if points:
        found = [{"soc_pct": one["atSoC"], "power_w": one["powerCapabilityAt"]} for one in points]
        into.put("original_power_capability", found)


def _resistance_out(made: Json, out: Outgoing) -> None:
    found = []
    for component in COMPONENTS:
        value = out.take(f"resistance_{component}_initial", required=component != "module")
        if value is not None:
            found.append({"ohmicResistance": value, "batteryComponent": component})
    put(made, f"{T}.initialInternalResistance", found)


def _resistance_back(document: Mapping[str, Any], into: Incoming) -> None:
    for one in at(document, f"{T}.initialInternalResistance") or ():
        into.put(f"resistance_{str(one['batteryComponent']).strip()}_initial", one["ohmicResistance"])


def _increase_out(made: Json, out: Outgoing) -> None:
    found = []
    for component in ("pack", "cell"):
        value = out.take(f"resistance_increase_{component}", required=component == "pack")
        if value is not None:
            stamp = {"internalResistanceIncreaseValue": value["value"], "lastUpdate": value["measured_at"]}
            found.append({**stamp, "batteryComponent": component})
    put(made, f"{C}.internalResistanceIncrease", found)


def _increase_back(document: Mapping[str, Any], into: Incoming) -> None:
    for one in at(document, f"{C}.internalResistanceIncrease") or ():
        component = str(one["batteryComponent"]).strip()
        if component == "module":
            into.warn("internalResistanceIncrease: module")
            continue
        value = measured(one["internalResistanceIncreaseValue"], one["lastUpdate"])
        into.put(f"resistance_increase_{component}", value)


def _events_out(made: Json, out: Outgoing) -> None:
    events = out.take("negative_events")
    if events is not None:
        found = [{"negativeEvent": one["type"], "lastUpdate": one["at"]} for one in events]
        put(made, f"{C}.negativeEvents", found)


def _events_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = at(document, f"{C}.negativeEvents")
    if found is None:
        return
    events = [event_of(number, str(one["negativeEvent"]), one["lastUpdate"]) for number, one in enumerate(found, 1)]
    into.put("negative_events", events)


KINDS = frozenset(
    [
        "deep_discharge",
        "overcharge",
        "short_circuit",
        "thermal_event",
        "physical_damage",
        "water_ingress",
        "electrical_fault",
        "accident",
        "none_recorded",
        "other",
    ]
)


def event_of(number: int, said: str, at: str) -> dict[str, Any]:
    """An event of which little more is known than its name."""
    known = said.strip() in KINDS
    return {
        "id": f"import-{number}",
        "at": at,
        "type": said.strip() if known else "other",
        "severity": "minor",
        "description": {"en": said.strip()},
        "document_ids": [],
        "reported_by": "import",
    }


def _times_out(made: Json, out: Outgoing) -> None:
    found = {theirs: out.take(ours) for ours, theirs in TIMES.items()}
    moment = latest(list(found.values()))
    if moment is not None:
        numbers = {name: value["value"] for name, value in found.items() if value is not None}
        put(made, f"{C}.temperatureInformation", {**numbers, "lastUpdate": moment})


def _times_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = at(document, f"{C}.temperatureInformation")
    for ours, theirs in TIMES.items() if found else ():
        into.put(ours, measured(found[theirs], found["lastUpdate"]))


def _remaining_power(made: Json, out: Outgoing, *, old: bool) -> None:
    value = out.take("remaining_power_capability")
    if value is None:
        return
    moment, points = value["measured_at"], value["value"]
    found = [
        {
            "remainingPowerCapabilityValue": {
                "rPCLastUpdated": moment,
                "atSoC": one["soc_pct"],
                "powerCapabilityAt": one["power_w"],
            },
            "lastUpdate": moment,
        }
        for one in points
    ]
    if len(found) > 1 and not old:
        out.lose("remaining_power_capability", "the form holds one point only")
    put(made, f"{C}.remainingPowerCapability", found if old else found[0])


def _remaining_power_back(document: Mapping[str, Any], into: Incoming) -> None:
    found = at(document, f"{C}.remainingPowerCapability")
    if not found:
        return
    entries = found if isinstance(found, list) else [found]
    values = [one["remainingPowerCapabilityValue"] for one in entries]
    points = [{"soc_pct": one["atSoC"], "power_w": one["powerCapabilityAt"]} for one in values]
    into.put("remaining_power_capability", measured(points, entries[0]["lastUpdate"]))


_COMMON: list[Member] = [
    Both(_power_out, _power_back),
    *RATED,
    Both(_resistance_out, _resistance_back),
    bare("expected_lifetime_years", f"{T}.expectedLifetime", rounded=True),
    *(stamped(key, f"{C}.{name}", f"{name}Value") for key, name in STAMPED.items()),
    Both(_events_out, _events_back),
    Both(_times_out, _times_back),
    Both(_increase_out, _increase_back),
]


def _idle_old_out(made: Json, out: Outgoing) -> None:
    low, high = out.take("idle_temp_min"), out.take("idle_temp_max")
    if high is not None:
        put(made, f"{T}.temperatureRangeIdleState", min(max(high, -20), 60))
    for key, value in (("idle_temp_min", low), ("idle_temp_max", high)):
        if value is not None:
            out.lose(key, "the form holds one number for the range")


PERFORMANCE: list[Member] = [
    *_COMMON,
    Field("idle_temp_min", f"{T}.temperatureRangeIdleState.minimum"),
    Field("idle_temp_max", f"{T}.temperatureRangeIdleState.maximum"),
    Field("rte_half_life", f"{T}.roundTripEfficiencyat50PerCentCycleLife"),
    bare("rte_fade", f"{T}.roundTripEfficiencyFade"),
    bare("power_fade", f"{T}.powerFade"),
    stamped("energy_throughput", f"{C}.energyThroughput", "energyThroughputValue"),
    stamped("remaining_usable_energy", f"{C}.remainingEnergy", "remainingEnergyValue"),
    stamped("self_discharge_evolution", f"{C}.evolutionOfSelfDischarge", "evolutionOfSelfDischargeValue"),
    stamped("self_discharge_current", f"{C}.currentSelfDischargingRate", "currentSelfDischargingRateValue"),
    Both(lambda made, out: _remaining_power(made, out, old=False), _remaining_power_back),
]
OLD_PERFORMANCE: list[Member] = [
    *_COMMON,
    Both(_idle_old_out, lambda _document, _into: None),
    Field("rte_half_life", f"{C}.roundTripEfficiencyat50PerCentCycleLife"),
    bare("rte_fade", f"{C}.roundTripEfficiencyFade"),
    bare("power_fade", f"{C}.powerFade"),
    bare("energy_throughput", f"{C}.energyThroughput"),
    stamped("remaining_usable_energy", f"{C}.remainingEnergy", "remainingEnergyalue"),
    stamped("self_discharge_evolution", f"{C}.evolutionOfSelfDischarge", "evolutionOfSelfDischargeEntityValue"),
    stamped("self_discharge_current", f"{C}.currentSelfDischargingRate", "currentSelfDischargingRateEntity"),
    Both(lambda made, out: _remaining_power(made, out, old=True), _remaining_power_back),
]

"""BatteryPass-Ready 1.0, driven by the catalogue's own paths.

Where several attributes share one place, the format has room for one of them, or for their sum; the rest is a loss.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from meguri.dataspaces.exchange.lens import at, put
from meguri.dataspaces.exchange.model import Fault, Format, Incoming, Outgoing, Passport
from meguri.dataspaces.exchange.ways import number_of, whole
from meguri.passport.catalogue import Attribute
from meguri.passport.kinds import battery

ROOT = "Battery_Passport"
GROUPS = (
    "IdentifiersAndProductData",
    "SymbolsLabelsAndDocumentationOfConformity",
    "BatteryCarbonFootprint",
    "SupplyChainDueDiligence",
    "BatteryMaterialsAndComposition",
    "CircularityAndResourceEfficiency",
    "PerformanceAndDurability",
)
UNITS = {
    "amperehourMiliamperehourValue": ("ampereHourMiliamperehour", "Ah", True),
    "percentageValue": ("percent", "%", False),
    "voltValue": ("volt", "V", False),
    "wattValue": ("watt", "W", False),
    "ohmValue": ("ohm", "Ohm", True),
    "kilowattHourValue": ("kilowattHour", "kWh", False),
    "amperePerAmpereHourValue": ("amperePerAmpereHour", "A/Ah", False),
    "wattPerWattHourValue": ("wattPerWattHour", "W/Wh", False),
    "celsiusValue": ("degreeCelsius", "°C", True),
    "gramKgValue": ("gramKg", "kg", False),
    "kgCO2-equivalentPerKilowattHourValue": ("kgCO2-equivalentPerKilowattHour", "kgCO2-eq/kWh", False),
    "kgCO2-equivalentValue": ("kgCO2-equivalent", "kgCO2-eq", False),
}
"""Last name of a path → name of the unit beside it, the unit, whether the number must be whole."""
CATEGORIES = {
    "ev": "electric vehicle battery",
    "lmt": "LMT battery",
    "industrial": "industrial/non-stationary battery",
    "stationary": "industrial/stationary battery",
}
POWER = "wattValueAt80SoC"
MATERIALS = ("cathode_materials", "anode_materials", "electrolyte_materials")
SECOND = ("resistance_cell_initial", "recycled_post_lead", *MATERIALS)
"""Attributes whose place another one has, or which are put together."""


@cache
def _paths() -> dict[str, str]:
    return {key: one.paths["bpready"] for key, one in battery().attributes.items() if "bpready" in one.paths}


def _write(out: Outgoing, _: Passport) -> dict[str, Any]:
    inner: dict[str, Any] = {group: {} for group in GROUPS}
    for key, path in _paths().items():
        value = out.take(key, required=False)
        if value is not None and key not in SECOND:
            _put(inner, path, battery().attributes[key], value, out)
    _together(inner, out)
    return {ROOT: inner}


def _put(inner: dict[str, Any], path: str, attribute: Attribute, value: Any, out: Outgoing) -> None:
    before, _, last = path.rpartition(".")
    if last in UNITS:
        number = number_of(value)
        if not isinstance(number, int | float):
            return
        unit, sign, is_whole = UNITS[last]
        put(inner, path, whole(number) if is_whole else number)
        put(inner, f"{before}.{'amperehourMiliamperehour' if before.endswith('CapacityThroughput') else unit}", sign)
    elif last == POWER:
        _power(inner, before, value, out, attribute.key)
    elif attribute.key == "battery_category":
        put(inner, path, CATEGORIES.get(str(value), str(value)))
    elif attribute.type.startswith("dyn_"):
        put(inner, path, number_of(value))
    else:
        put(inner, path, value)


def _power(inner: dict[str, Any], before: str, value: Any, out: Outgoing, key: str) -> None:
    listed = value["value"] if isinstance(value, Mapping) else value
    points = {one["soc_pct"]: one["power_w"] for one in listed}
    for soc in (80, 20):
        if soc in points:
            put(inner, f"{before}.wattValueAt{soc}SoC", whole(points.pop(soc)))
    put(inner, f"{before}.watt", "W")
    if points:
        out.lose(key, "the format holds the power at 80 and 20 % only")


def _together(inner: dict[str, Any], out: Outgoing) -> None:
    materials = [one for key in MATERIALS for one in out.values.get(key) or ()]
    if materials:
        put(inner, _paths()["cathode_materials"], materials)
    lead = [out.values.get(key) for key in ("recycled_pre_lead", "recycled_post_lead")]
    if all(isinstance(one, int | float) for one in lead):
        put(inner, _paths()["recycled_pre_lead"], sum(float(one or 0) for one in lead))


def _read(document: Any, into: Incoming) -> None:
    inner = document.get(ROOT) if isinstance(document, Mapping) else None
    if not isinstance(inner, Mapping):
        into.warn(f"{ROOT}: missing")
        return
    for key, path in _paths().items():
        found = at(inner, path)
        attribute = battery().attributes[key]
        if found is None or key in SECOND or key == "recycled_pre_lead":
            continue
        if path.endswith(POWER):
            _power_back(inner, path.rpartition(".")[0], key, into)
        elif not attribute.type.startswith("dyn_"):
            into.put(key, _back(attribute, found))


def _back(attribute: Attribute, found: Any) -> Any:
    if attribute.key == "battery_category":
        return {theirs: ours for ours, theirs in CATEGORIES.items()}.get(str(found).strip())
    return {"value": found} if attribute.type == "quantity_t" else found


def _power_back(inner: Mapping[str, Any], before: str, key: str, into: Incoming) -> None:
    found = ((soc, at(inner, f"{before}.wattValueAt{soc}SoC")) for soc in (80, 20))
    points = [{"soc_pct": soc, "power_w": power} for soc, power in found if power is not None]
    if points and key == "original_power_capability":
        into.put(key, points)


def _power_faults(inner: Mapping[str, Any]) -> Iterator[Fault]:
    for path in _paths().values():
        before, _, last = path.rpartition(".")
        for soc in (80, 20) if last == POWER else ():
            power = at(inner, f"{before}.wattValueAt{soc}SoC")
            if power is not None and (isinstance(power, bool) or not isinstance(power, int)):
                yield Fault(f"/{ROOT}/{before.replace('.', '/')}/wattValueAt{soc}SoC", "a whole number")


def _faults(document: Any) -> list[Fault]:
    inner = document.get(ROOT) if isinstance(document, Mapping) else None
    if not isinstance(inner, Mapping):
        return [Fault(f"/{ROOT}", "the root of the document")]
    found = [Fault(f"/{ROOT}/{group}", "a group is missing") for group in GROUPS if group not in inner]
    for path in _paths().values():
        before, _, last = path.rpartition(".")
        value = at(inner, path)
        if last not in UNITS or value is None:
            continue
        is_whole = UNITS[last][2]
        if isinstance(value, bool) or not isinstance(value, int if is_whole else int | float):
            found.append(Fault(f"/{ROOT}/{path.replace('.', '/')}", "a whole number" if is_whole else "a number"))
        if last == "percentageValue" and isinstance(value, int | float) and not 0 <= value <= 100:
            found.append(Fault(f"/{ROOT}/{path.replace('.', '/')}", "between 0 and 100"))
        if not any(name != last and isinstance(unit, str) for name, unit in (at(inner, before) or {}).items()):
            found.append(Fault(f"/{ROOT}/{before.replace('.', '/')}", "a unit beside the number"))
    return [*found, *_power_faults(inner)]


FORMATS = (
    Format(
        name="bpready",
        title="BatteryPass-Ready 1.0",
        longlist=True,
        needs=frozenset({"P1", "P2", "P3", "P4"}),
        media_type="application/json",
        write=_write,
        read=_read,
        faults=_faults,
        detects=lambda document: isinstance(document, Mapping) and ROOT in document,
    ),
)

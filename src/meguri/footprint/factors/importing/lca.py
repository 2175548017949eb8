"""Data sets of life-cycle databases: EcoSpold 2, ILCD, openLCA JSON-LD. The user has the licence; values stay here.

Forms: EcoSpold 2 (ecoinvent), ILCD data format 1.1 (JRC), openLCA schema (JSON-LD).
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from math import sqrt
from typing import Any

from meguri.footprint.calculation.errors import GasUnknown
from meguri.footprint.calculation.factors import Licence, Source, SystemModel
from meguri.footprint.calculation.gases import potentials
from meguri.footprint.factors.importing.found import Found, no
from meguri.footprint.factors.importing.xml import Element, attribute, each, first, text
from meguri.footprint.factors.model import FactorInput

_WARMING = ("gwp100", "gwp 100", "climate change", "global warming", "gwp100a")
_GASES = {
    "carbon dioxide, fossil": "CO2",
    "carbon dioxide": "CO2",
    "methane, fossil": "CH4_fossil",
    "methane, non-fossil": "CH4_nonfossil",
    "methane": "CH4",
    "dinitrogen monoxide": "N2O",
    "nitrous oxide": "N2O",
    "sulfur hexafluoride": "SF6",
    "nitrogen fluoride": "NF3",
}
_UNITS = {
    "kg": "kg",
    "kWh": "kWh",
    "MJ": "MJ",
    "m3": "m3",
    "metric ton*km": "tkm",
    "t*km": "tkm",
    "m2": "m2",
    "unit": "piece",
    "Item(s)": "piece",
    "p": "piece",
    "l": "L",
    "L": "L",
    "hour": "hour",
    "h": "hour",
}
_NO_UNIT = ("単位「{}」は使えません", "The unit “{}” is not known")


def from_ecospold(file_name: str, root: Element) -> Found:
    """The reference products of EcoSpold 2 activities: a ready-made score, else the gases that are emitted."""
    factors, rejected = [], []
    for number, dataset in enumerate([*each(root, "activityDataset"), *each(root, "childActivityDataset")], start=1):
        product = next((one for one in each(dataset, "intermediateExchange") if text(one, "outputGroup") == "0"), None)
        if product is None:
            rejected.append(no(number, "基準製品がありません", "There is no reference product"))
            continue
        amount, unit = _decimal(attribute(product, "amount")), text(product, "unitName")
        value, method = _score(dataset)
        gases = _emitted(dataset, amount) if amount and value is None else None
        if unit not in _UNITS or not amount:
            rejected.append(no(number, _NO_UNIT[0].format(unit), _NO_UNIT[1].format(unit)))
        elif value is None and not gases:
            rejected.append(no(number, "温暖化の値がありません", "There is no value for climate change"))
        else:
            per_unit = value / amount if value is not None else None
            factors.append((number, _of_activity(dataset, product, per_unit, gases, method, file_name)))
    return Found(factors, rejected)


def _of_activity(
    dataset: Element,
    product: Element,
    value: Decimal | None,
    gases: dict[str, Decimal] | None,
    method: str,
    file_name: str,
) -> FactorInput:
    activity, when = first(dataset, "activity"), first(dataset, "timePeriod")
    version = attribute(first(dataset, "fileAttributes"), "majorRelease") or "1"
    ids = [attribute(activity, "id") or file_name, attribute(product, "intermediateExchangeId")]
    return FactorInput(
        id="-".join(["ES2", *(one for one in ids if one)]),
        version=version,
        name=f"{text(product, 'name')} ({text(activity, 'activityName')})",
        unit=_UNITS[text(product, "unitName")],
        value=value,
        gwp_set=_set_of(method) if value is not None else None,
        by_gas=gases,
        geography=text(first(dataset, "geography"), "shortname") or "GLO",
        valid_from=_day(attribute(when, "startDate")),
        valid_to=_day(attribute(when, "endDate")),
        system_model=_model(text(dataset, "systemModelName")),
        sigma=_sigma(product),
        source=Source(name="ecoinvent", version=version, publisher="ecoinvent", citation=method),
        licence=Licence(code="ecoinvent EULA", redistribute="no"),
    )


def from_ilcd(file_name: str, root: Element) -> Found:
    """A process or LCIA result data set of ILCD, with its climate-change result for the reference flow."""
    name = text(first(root, "name"), "baseName") or text(root, "baseName")
    identity, version = text(root, "UUID"), text(root, "dataSetVersion") or "1"
    quantity = text(root, "functionalUnitOrOther") or text(root, "referenceUnit")
    amount, unit = _amount_and_unit(quantity)
    for result in each(root, "LCIAResult"):
        method = text(result, "shortDescription")
        value = _decimal(text(result, "meanAmount"))
        if not any(word in method.lower() for word in _WARMING) or value is None:
            continue
        if unit not in _UNITS:
            return Found([], [no(1, _NO_UNIT[0].format(unit), _NO_UNIT[1].format(unit))])
        given = FactorInput(
            id=f"ILCD-{identity or file_name}",
            version=version,
            name=name or file_name,
            unit=_UNITS[unit],
            value=value / amount,
            gwp_set=_set_of(method),
            geography=_location(root),
            valid_from=_year(text(root, "referenceYear")),
            valid_to=_year(text(root, "dataSetValidUntil"), last=True),
            system_model="ef31" if "3.1" in method else "n/a",
            source=Source(name="ILCD", version=version, citation=method),
            licence=Licence(code=text(root, "licenseType") or "ILCD", redistribute="no"),
        )
        return Found([(1, given)], [])
    return Found([], [no(1, "温暖化の値がありません", "There is no value for climate change")])


def from_openlca(file_name: str, files: Mapping[str, bytes]) -> Found:
    """Processes of an openLCA JSON-LD archive: the greenhouse gases that each emits for its reference flow."""
    factors, rejected = [], []
    paths = sorted(path for path in files if path.startswith("processes/") and path.endswith(".json"))
    for number, path in enumerate(paths, start=1):
        try:
            process = json.loads(files[path], parse_float=Decimal)
            exchanges = process.get("exchanges") or []
            product = next(
                one for one in exchanges if one.get("isQuantitativeReference") or one.get("quantitativeReference")
            )
            amount, unit = Decimal(product["amount"]), str((product.get("unit") or {}).get("name", ""))
        except (ValueError, KeyError, StopIteration, TypeError, InvalidOperation, AttributeError):
            rejected.append(no(number, "プロセスを読めません", "The process cannot be read"))
            continue
        gases = _gases_of(exchanges, amount) if amount else {}
        if unit not in _UNITS or not gases:
            rejected.append(
                no(number, "単位または温室効果ガスがありません", "It has no known unit or no greenhouse gas")
            )
            continue
        location = process.get("location") or {}
        factors.append(
            (
                number,
                FactorInput(
                    id=f"OLCA-{process.get('@id', path)}",
                    version=str(process.get("version") or "1"),
                    name=str(process.get("name") or path),
                    unit=_UNITS[unit],
                    by_gas=gases,
                    geography=str(location.get("code") or location.get("name") or "GLO"),
                    source=Source(name=file_name, version=str(process.get("version") or "1")),
                    licence=Licence(code="openLCA data", redistribute="no"),
                ),
            )
        )
    return Found(factors, rejected)


def _score(dataset: Element) -> tuple[Decimal | None, str]:
    for indicator in each(dataset, "impactIndicator"):
        words = (
            f"{text(indicator, 'impactMethodName')} {text(indicator, 'impactCategoryName')} {text(indicator, 'name')}"
        )
        if any(word in words.lower() for word in _WARMING) and "kg CO2" in text(indicator, "unitName"):
            return _decimal(attribute(indicator, "amount")), words
    return None, ""


def _emitted(dataset: Element, amount: Decimal) -> dict[str, Decimal]:
    gases: dict[str, Decimal] = {}
    for exchange in each(dataset, "elementaryExchange"):
        gas = _GASES.get(text(exchange, "name").lower()) or _formula(text(exchange, "formula"))
        mass = _decimal(attribute(exchange, "amount"))
        if gas and mass and text(exchange, "outputGroup"):
            gases[gas] = gases.get(gas, Decimal(0)) + mass / amount
    return gases


def _gases_of(exchanges: list[dict[str, Any]], amount: Decimal) -> dict[str, Decimal]:
    gases: dict[str, Decimal] = {}
    for exchange in exchanges:
        flow = exchange.get("flow") or {}
        gas = _GASES.get(str(flow.get("name", "")).lower())
        is_input = exchange.get("isInput", exchange.get("input", False))
        if gas and not is_input:
            gases[gas] = gases.get(gas, Decimal(0)) + Decimal(exchange["amount"]) / amount
    return gases


def _formula(formula: str) -> str | None:
    try:
        return formula if formula in potentials("AR6") else None
    except GasUnknown:
        return None


def _sigma(product: Element) -> float | None:
    """σ of the logarithm: EcoSpold gives the variance of the underlying normal, pedigree included where there is one."""
    lognormal = first(product, "lognormal")
    if lognormal is None:
        return None
    variance = _decimal(attribute(lognormal, "varianceWithPedigreeUncertainty") or attribute(lognormal, "variance"))
    return sqrt(float(variance)) if variance else None


def _set_of(method: str) -> str | None:
    lower = method.lower()
    if "2013" in lower or "ar5" in lower:
        return "AR5"
    if "2021" in lower or "ar6" in lower or "ef v3.1" in lower or "ef 3.1" in lower:
        return "AR6"
    return "AR4" if "2007" in lower or "ar4" in lower else None


def _model(name: str) -> SystemModel:
    lower = name.lower()
    if "cut" in lower:
        return "cut_off"
    if "apos" in lower or "point of substitution" in lower:
        return "apos"
    return "consequential" if "consequential" in lower else "n/a"


def _amount_and_unit(quantity: str) -> tuple[Decimal, str]:
    words = quantity.split()
    amount = _decimal(words[0]) if words else None
    return (amount, words[1]) if amount and len(words) > 1 else (Decimal(1), words[0] if words else "kg")


def _location(root: Element) -> str:
    found = first(root, "locationOfOperationSupplyOrProduction")
    return attribute(found, "location") or "GLO"


def _decimal(value: str | None) -> Decimal | None:
    try:
        found = Decimal(value) if value else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None


def _year(value: str, *, last: bool = False) -> date | None:
    return date(int(value[:4]), 12 if last else 1, 31 if last else 1) if value[:4].isdigit() else None

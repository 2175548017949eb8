"""`io.catenax.pcf_for_battery_component_supplier` 1.0.0: what a component supplier tells a battery maker, by stage.

The model's texts call stage values percentages, its field's text says amounts in the declared unit: amounts are sent, and
what looks like percentages on receipt is flagged and asked about.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from meguri.dataspaces.catenax.pcf.errors import AspectInvalid, NegativeStage
from meguri.dataspaces.catenax.pcf.metals import Metal, metals_of, written
from meguri.dataspaces.misfits import misfit
from meguri.dataspaces.pact.validity import moment
from meguri.footprint.calculation.figures import HUNDRED, ZERO, precise

BPNS, BPNL = re.compile(r"BPNS[a-zA-Z0-9]{12}\Z"), re.compile(r"BPNL[a-zA-Z0-9]{12}\Z")
UNITS = ("CO2KG/KG", "CO2KG/piece")
_STAGES = {
    "raw": "stage1RawMaterialAquisitionPreProcessing",
    "main": "stage2MainProductProduction",
    "dist": "stage3Distribution",
    "eol": "stage4EndOfLifeRecycling",
}
_SCORES = (
    "technologicalRepresentativeness",
    "geographicalRepresentativeness",
    "timerelatedRepresentativeness",
    "dataQualityRating",
)
_HALF, _ONE_PERCENT = Decimal("0.5"), Decimal("0.01")


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A component's footprint by stage, kg CO2e per kg or piece, with who made it where.

    eol_gross, eol_credit  burden and credit of the end of life; a received net value is all burden or all credit
    flags                  `ambiguous_percent`: the stages may be percentages, ask the sender; `pcf_sum_mismatch`: they
                           do not add up to the stated total
    """

    customer_part: str
    maker_part: str
    site: str
    company: str
    unit: Literal["kilogram", "piece"]
    raw: Decimal
    main: Decimal
    dist: Decimal
    eol_gross: Decimal
    eol_credit: Decimal
    ter: Decimal
    ger: Decimal
    tir: Decimal
    primary_share: Decimal | None = None
    sources: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    quality: tuple[str, ...] = ()
    metals: tuple[Metal, ...] = ()
    performance_class: str | None = None
    study_link: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """All four stages."""
        return self.raw + self.main + self.dist + self.eol_gross + self.eol_credit


@precise
def to_component(given: Component, *, end_of_life: Literal["net", "gross"] = "net") -> dict[str, Any]:
    """The aspect. `gross`: without the credit, where the company chose so for this message. Raises NegativeStage."""
    last = given.eol_gross + (given.eol_credit if end_of_life == "net" else ZERO)
    values = {"raw": given.raw, "main": given.main, "dist": given.dist, "eol": last}
    for value in values.values():
        if value < 0:
            raise NegativeStage(value=value)
    shares: dict[str, Any] = {_STAGES[stage]: {"stageValue": value} for stage, value in values.items()}
    shares["absPcfValue"] = {"stageValue": sum(values.values(), ZERO)}
    shares["declaredUnit"] = "CO2KG/KG" if given.unit == "kilogram" else "CO2KG/piece"
    pcf_values: dict[str, Any] = {"sharesPerStage": shares}
    if given.performance_class:
        pcf_values["pcfPerformanceClass"] = given.performance_class
    if given.study_link:
        pcf_values["webLinkToCarbonFootPrintStudy"] = given.study_link
    period = {"validFrom": given.valid_from, "validTo": given.valid_to}
    body = {
        "customerPartId": given.customer_part,
        "manufacturerPartId": given.maker_part,
        "siteIdentifier": given.site,
        "legalidentifier": given.company,
        "technologicalRepresentativeness": given.ter,
        "geographicalRepresentativeness": given.ger,
        "timerelatedRepresentativeness": given.tir,
        "dataQualityRating": (given.ter + given.ger + given.tir) / 3,
        "secondaryEmissionFactorSources": list(given.sources),
        "validityPeriod": {name: value for name, value in period.items() if value},
        "productQualityParameter": list(given.quality),
        "contentC02Metals": [written(given.metals)] if given.metals else [],
        "pcfValues": pcf_values,
    }
    return body if given.primary_share is None else body | {"primaryDataShare": given.primary_share}


@precise
def from_component(body: Mapping[str, Any], *, in_percent: bool = False) -> Component:
    """A component from its aspect. Raises AspectInvalid naming every place that does not fit.

    in_percent  the sender says that its stages are percentages of its total
    """
    faults = component_faults(body)
    if faults:
        fields = tuple(misfit(place, wrong) for place, wrong in faults)
        raise AspectInvalid(fields=fields, count=len(faults))
    values, period = body["pcfValues"], body["validityPeriod"]
    shares = values["sharesPerStage"]
    stage = {name: _decimal(shares[wire]["stageValue"]) for name, wire in _STAGES.items()}
    total = _decimal(shares["absPcfValue"]["stageValue"])
    if in_percent:
        stage = {name: value * total / HUNDRED for name, value in stage.items()}
    return Component(
        customer_part=body["customerPartId"],
        maker_part=body["manufacturerPartId"],
        site=body["siteIdentifier"],
        company=body["legalidentifier"],
        unit="kilogram" if shares["declaredUnit"] == "CO2KG/KG" else "piece",
        raw=stage["raw"],
        main=stage["main"],
        dist=stage["dist"],
        eol_gross=stage["eol"],
        eol_credit=ZERO,
        ter=_decimal(body["technologicalRepresentativeness"]),
        ger=_decimal(body["geographicalRepresentativeness"]),
        tir=_decimal(body["timerelatedRepresentativeness"]),
        primary_share=_decimal(body["primaryDataShare"]) if body.get("primaryDataShare") is not None else None,
        sources=tuple(body["secondaryEmissionFactorSources"]),
        valid_from=period.get("validFrom"),
        valid_to=period.get("validTo"),
        quality=tuple(body["productQualityParameter"]),
        metals=tuple(metals_of(body["contentC02Metals"])),
        performance_class=values.get("pcfPerformanceClass"),
        study_link=values.get("webLinkToCarbonFootPrintStudy"),
        flags=_doubts(stage, total),
    )


def component_faults(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(place, what is wrong) of everything that does not fit the model; empty if it may be sent."""
    faults = [(name, "must be a string") for name in ("customerPartId", "manufacturerPartId") if not _text(body, name)]
    faults += [
        (name, f"must be {kind} and 12 letters or digits") for name, kind, form in _IDS if not _fits(form, body, name)
    ]
    faults += [(name, "must lie between 1 and 5") for name in _SCORES if not _within(body.get(name), 1, 5)]
    if body.get("primaryDataShare") is not None and not _within(body["primaryDataShare"], 0, 100):
        faults.append(("primaryDataShare", "must lie between 0 and 100"))
    lists = ("secondaryEmissionFactorSources", "productQualityParameter", "contentC02Metals")
    faults += [(name, "must be a list of strings") for name in lists if not _strings(body.get(name))]
    faults += _period_faults(body.get("validityPeriod"))
    return faults + _stage_faults(body.get("pcfValues"))


_IDS = (("siteIdentifier", "BPNS", BPNS), ("legalidentifier", "BPNL", BPNL))


def _stage_faults(values: Any) -> list[tuple[str, str]]:
    place = "pcfValues/sharesPerStage"
    shares = values.get("sharesPerStage") if isinstance(values, Mapping) else None
    if not isinstance(shares, Mapping):
        return [(place, "is missing")]
    faults = []
    for name in (*_STAGES.values(), "absPcfValue"):
        share = shares.get(name)
        value = share.get("stageValue") if isinstance(share, Mapping) else None
        if not _within(value, 0, None):
            faults.append((f"{place}/{name}/stageValue", "must be a number of 0 or more"))
    if shares.get("declaredUnit") not in UNITS:
        faults.append((f"{place}/declaredUnit", f"must be one of {', '.join(UNITS)}"))
    return faults


def _doubts(stage: Mapping[str, Decimal], total: Decimal) -> tuple[str, ...]:
    whole = sum(stage.values(), ZERO)
    if abs(whole - total) <= _ONE_PERCENT * abs(total):
        return ()
    return ("ambiguous_percent",) if abs(whole - HUNDRED) <= _HALF else ("pcf_sum_mismatch",)


def _period_faults(period: Any) -> list[tuple[str, str]]:
    if not isinstance(period, Mapping):
        return [("validityPeriod", "is missing")]
    return [
        (f"validityPeriod/{name}", "must be a date, such as 2026-01-31")
        for name in ("validFrom", "validTo")
        if period.get(name) is not None and (not isinstance(period[name], str) or moment(period[name]) is None)
    ]


def _text(body: Mapping[str, Any], name: str) -> bool:
    return isinstance(body.get(name), str)


def _fits(form: re.Pattern[str], body: Mapping[str, Any], name: str) -> bool:
    return isinstance(body.get(name), str) and bool(form.match(body[name]))


def _within(value: Any, least: int, most: int | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return value >= least and (most is None or value <= most)


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))

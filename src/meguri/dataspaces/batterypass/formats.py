"""The seven aspects as formats, and all of them together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.batterypass import schemas
from meguri.dataspaces.batterypass.composition import CIRCULARITY, MATERIALS
from meguri.dataspaces.batterypass.general import CARBON, DILIGENCE, general, labels
from meguri.dataspaces.batterypass.performance import OLD_PERFORMANCE, PERFORMANCE
from meguri.dataspaces.exchange import lens
from meguri.dataspaces.exchange.lens import Member
from meguri.dataspaces.exchange.model import Fault, Format, Incoming, Outgoing, Passport

Members = Callable[[Passport], Sequence[Member]]
MEDIA = "application/json"
NOWHERE = Passport(values={}, classes=frozenset(), passport_id=UUID(int=0), issuer="", origin="")


def _reader(members: Members) -> Callable[[Any, Incoming], None]:
    return lambda document, into: lens.read(members(NOWHERE), document, into)


def _aspect(
    short: str,
    title: str,
    needs: str,
    members: Members,
    faults: Callable[[Any], list[Fault]],
    marks: tuple[str, ...],
) -> Format:
    return Format(
        name=f"batterypass-{short}",
        title=title,
        longlist=True,
        needs=frozenset(needs.split()),
        media_type=MEDIA,
        write=lambda out, passport: lens.write(members(passport), out),
        read=_reader(members),
        faults=faults,
        detects=lambda document: isinstance(document, Mapping) and all(mark in document for mark in marks),
    )


def _looks_old(document: Any) -> bool:
    condition = document.get("batteryCondition", {}) if isinstance(document, Mapping) else {}
    return isinstance(condition, Mapping) and not isinstance(condition.get("energyThroughput", {}), Mapping)


GPI = _aspect(
    "gpi",
    "GeneralProductInformation",
    "P1 P4",
    general,
    schemas.faults_of_general,
    ("productIdentifier", "batteryPassportIdentifier"),
)
CF = _aspect(
    "cf",
    "CarbonFootprintForBatteries",
    "P1",
    lambda _: CARBON,
    schemas.faults_of_carbon,
    ("carbonFootprintPerLifecycleStage",),
)
DD = _aspect(
    "dd",
    "SupplyChainDueDiligence",
    "P1",
    lambda _: DILIGENCE,
    schemas.faults_of_diligence,
    ("supplyChainDueDiligenceReport",),
)
MC = _aspect(
    "mc", "MaterialComposition", "P1 P2", lambda _: MATERIALS, schemas.faults_of_materials, ("batteryMaterials",)
)
CI = _aspect(
    "ci",
    "Circularity",
    "P1 P2",
    lambda _: CIRCULARITY,
    schemas.faults_of_circularity,
    ("dismantlingAndRemovalInformation",),
)
LB = _aspect("lb", "Labeling", "P1 P3", labels, schemas.faults_of_labels, ("labels", "declarationOfConformity"))
OLD_PD = _aspect(
    "pd-1.2.0",
    "PerformanceAndDurability",
    "P1 P4",
    lambda _: OLD_PERFORMANCE,
    schemas.faults_of_old_performance,
    ("batteryTechicalProperties", "batteryCondition"),
)
PD = _aspect(
    "pd",
    "PerformanceAndDurability",
    "P1 P4",
    lambda _: PERFORMANCE,
    schemas.faults_of_performance,
    ("batteryTechicalProperties", "batteryCondition"),
)
OLD_PD = msgspec.structs.replace(OLD_PD, detects=lambda document: PD.detects(document) and _looks_old(document))
ASPECTS = (GPI, CF, DD, MC, CI, LB, PD)


def _write_all(out: Outgoing, passport: Passport) -> dict[str, Any]:
    return {aspect.title: aspect.write(out, passport) for aspect in ASPECTS}


def _read_all(document: Any, into: Incoming) -> None:
    for aspect in ASPECTS:
        if isinstance(document, Mapping) and aspect.title in document:
            held = document[aspect.title]
            (OLD_PD if aspect is PD and _looks_old(held) else aspect).read(held, into)


def _faults_of_all(document: Any) -> list[Fault]:
    found: list[Fault] = []
    for aspect in ASPECTS:
        if not isinstance(document, Mapping) or aspect.title not in document:
            found.append(Fault("/", f"{aspect.title} is missing"))
            continue
        held = document[aspect.title]
        chosen = OLD_PD if aspect is PD and _looks_old(held) else aspect
        found += [Fault(f"/{aspect.title}{fault.path}".rstrip("/"), fault.message) for fault in chosen.faults(held)]
    return found


ALL = Format(
    name="batterypass",
    title="BatteryPass 1.2",
    longlist=True,
    needs=frozenset({"P1", "P2", "P3", "P4"}),
    media_type=MEDIA,
    write=_write_all,
    read=_read_all,
    faults=_faults_of_all,
    detects=lambda document: isinstance(document, Mapping) and sum(a.title in document for a in ASPECTS) > 1,
)
FORMATS = (ALL, *ASPECTS[:-1], OLD_PD, PD)

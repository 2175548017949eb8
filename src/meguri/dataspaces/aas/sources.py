"""Submodels made from the records at the moment of reading; what a viewer may not see is not in them.

A source belongs to one kind of record. A submodel with nothing visible does not exist for the viewer.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from meguri.dataspaces.aas.battery.environment import environment
from meguri.dataspaces.aas.elements import Element, collection, listed, prop, submodel
from meguri.dataspaces.aas.lives import RECYCLED, SOH, of_battery
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.exchange.model import Outgoing, Passport
from meguri.dataspaces.node import node
from meguri.diligence import service as diligence
from meguri.footprint import service as footprint
from meguri.kernel import clock
from meguri.kernel.clock import millis_z
from meguri.kernel.errors import NotFound
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.passport.service.standing import ANONYMOUS
from meguri.storage import Transaction
from meguri.traceability import service as traceability

Source = Callable[[Transaction, OperatorScope, Shell, Viewer], Awaitable[list[Element]]]
SERIAL_PART = "urn:samm:io.catenax.serial_part:4.0.0#SerialPart"
BOM = "urn:samm:io.catenax.single_level_bom_as_built:4.0.0#SingleLevelBomAsBuilt"
PCF = "urn:samm:io.catenax.pcf:9.0.0#Pcf"
DILIGENCE = "urn:meguri:sm:v1:DueDiligence"
CONTRACTED = {
    "cfp-result": "Pcf",
    "parts-structure": "SingleLevelBomAsBuilt",
    "dd-result": "DueDiligence",
    "soh-valuation": "SohValuation",
    "recycling-certificate": "RecyclingResult",
}
"""Which submodel a kind of dataset stands for."""
BUNDLE = "aas-submodels"
"""The kind of dataset that stands for all submodels of a part."""
_SEMANTICS = {
    "Pcf": PCF,
    "SingleLevelBomAsBuilt": BOM,
    "DueDiligence": DILIGENCE,
    "SohValuation": SOH,
    "RecyclingResult": RECYCLED,
}


def submodel_id(shell: Shell, name: str) -> str:
    """The identifier of a submodel of a record."""
    return f"{node().url}/sm/{shell.record_id}/{name}"


def contracted(shell: Shell, name: str) -> Element:
    """A submodel that is offered but not agreed on yet: what it is, and nothing of what is in it."""
    return submodel(submodel_id(shell, name), name, _SEMANTICS[name], [])


async def of_part(tx: Transaction, scope: OperatorScope, shell: Shell, viewer: Viewer) -> list[Element]:
    """What is told of a part: what it is to partners, its composition and footprint to whom it was agreed."""
    known = await traceability.parts_by_id(tx, scope, [shell.record_id])
    if shell.record_id not in known:
        return []
    part = known[shell.record_id]
    found = []
    if viewer.known:
        children = [
            prop("catenaXId", f"urn:uuid:{part.trace_id}"),
            collection(
                "partTypeInformation",
                prop("manufacturerPartId", part.support_name or part.name),
                prop("nameAtManufacturer", part.name),
            ),
            prop("createdOn", millis_z(part.created_at), "xs:dateTime"),
        ]
        found.append(submodel(submodel_id(shell, "SerialPart"), "SerialPart", SERIAL_PART, children))
    everything = viewer.has(BUNDLE, part.trace_id)
    if everything or viewer.has("parts-structure", part.trace_id):
        found += await _composition(tx, scope, shell)
    if everything or viewer.has("cfp-result", part.trace_id):
        found += await _footprint(tx, scope, shell)
    if everything or viewer.has("dd-result", part.trace_id):
        found += await _due_diligence(tx, scope, shell)
    return found


async def _due_diligence(tx: Transaction, scope: OperatorScope, shell: Shell) -> list[Element]:
    """The result alone: band, score, days, and the band of each category."""
    shown = await diligence.shown_one(tx, scope, shell.record_id)
    result = shown.total or shown.own
    if result is None or (result.valid_until is not None and result.valid_until < clock.today()):
        return []
    told = (
        ("templateId", result.template_id, "xs:string"),
        ("assessmentDate", result.assessment_date and result.assessment_date.isoformat(), "xs:date"),
        ("validUntil", result.valid_until and result.valid_until.isoformat(), "xs:date"),
        ("overallBand", str(result.overall_band), "xs:string"),
        ("maxScore", None if result.max_score is None else plain(result.max_score), "xs:decimal"),
        ("verification", result.verification.type, "xs:string"),
        ("version", str(shown.version), "xs:int"),
    )
    children = [prop(name, value, kind) for name, value, kind in told if value]
    return [submodel(submodel_id(shell, "DueDiligence"), "DueDiligence", DILIGENCE, children)]


async def _composition(tx: Transaction, scope: OperatorScope, shell: Shell) -> list[Element]:
    structure = await traceability.structure(tx, scope, shell.record_id)
    if not structure.children:
        return []
    items = [
        collection(
            "",
            collection(
                "quantity",
                prop("value", plain(one.amount), "xs:decimal"),
                prop("unit", f"unit:{one.part.unit or 'piece'}"),
            ),
            prop("nameAtManufacturer", one.part.name),
        )
        for one in structure.children
    ]
    children = [
        prop("catenaXId", f"urn:uuid:{shell.record_id}"),
        listed("childItems", "SubmodelElementCollection", items),
    ]
    name = "SingleLevelBomAsBuilt"
    return [submodel(submodel_id(shell, name), name, BOM, children)]


async def _footprint(tx: Transaction, scope: OperatorScope, shell: Shell) -> list[Element]:
    statements = await footprint.statements(tx, scope, [shell.record_id])
    own = await footprint.footprint(tx, scope, shell.record_id)
    if own is None or not statements:
        return []
    totals = statements[0].totals
    pre = (
        totals.pre_production + totals.pre_component if totals else (own.pre_production or 0) + (own.pre_component or 0)
    )
    main = (
        totals.main_production + totals.main_component
        if totals
        else (own.main_production or 0) + (own.main_component or 0)
    )
    children = [
        prop("id", str(own.footprint_id)),
        prop("version", own.version, "xs:int"),
        prop("declaredUnit", str(own.declared_unit)),
        prop("unitaryProductAmount", "1", "xs:decimal"),
        prop("pcfExcludingBiogenic", _sum(pre, main), "xs:decimal"),
        prop("updated", millis_z(own.updated_at), "xs:dateTime"),
    ]
    return [submodel(submodel_id(shell, "Pcf"), "Pcf", PCF, children)]


def _sum(*amounts: Any) -> str:
    return plain(sum(amounts[1:], amounts[0]))


async def of_passport(tx: Transaction, scope: OperatorScope, shell: Shell, viewer: Viewer) -> list[Element]:
    """The passport's submodels (IDTA 02035), each attribute as the passport's own access lattice decides; and what of the
    battery's later life was agreed on."""
    return [*await _passport(tx, scope, shell, viewer), *await _later(tx, scope, shell, viewer)]


async def _later(tx: Transaction, scope: OperatorScope, shell: Shell, viewer: Viewer) -> list[Element]:
    ids = {name: submodel_id(shell, name) for name in ("SohValuation", "RecyclingResult")}
    return await of_battery(tx, scope, shell, viewer, ids)


async def _passport(tx: Transaction, scope: OperatorScope, shell: Shell, viewer: Viewer) -> list[Element]:
    who = scope if viewer.own else ANONYMOUS
    if not viewer.own and viewer.operator_id is not None:
        who = OperatorScope(viewer.operator_id, "system:aas")
    try:
        if who is ANONYMOUS:
            view = await passports.read_public(tx, who, str(shell.record_id))
        else:
            view = await passports.read(tx, who, str(shell.record_id), what="aas")
    except NotFound:
        return []
    shown = Passport(
        values=view.values,
        classes=frozenset(str(one) for one in view.standing.classes),
        passport_id=shell.record_id,
        issuer="",
        origin=node().url,
        partial=True,
    )
    made = environment(Outgoing(view.values), shown)["submodels"]
    return [one for one in made if one.get("submodelElements")]


SOURCES: dict[str, Source] = {"part": of_part, "passport": of_passport}

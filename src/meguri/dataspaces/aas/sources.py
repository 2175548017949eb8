"""Submodels made from the records at the moment of reading; what a viewer may not see is not in them.

A source belongs to one kind of record. A submodel with nothing visible does not exist for the viewer.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from meguri.dataspaces.aas.battery.environment import environment
from meguri.dataspaces.aas.elements import Element, collection, listed, prop, submodel
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.exchange.model import Outgoing, Passport
from meguri.dataspaces.node import node
from meguri.footprint import service as footprint
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


def submodel_id(shell: Shell, name: str) -> str:
    """The identifier of a submodel of a record."""
    return f"{node().url}/sm/{shell.record_id}/{name}"


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
    if viewer.has("parts-structure", part.trace_id):
        found += await _composition(tx, scope, shell)
    if viewer.has("cfp-result", part.trace_id):
        found += await _footprint(tx, scope, shell)
    return found


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
    """The passport's submodels (IDTA 02035), each attribute as the passport's own access lattice decides."""
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

"""What is told of a battery's later life under an agreement alone: its diagnosis and its recycling, as they were certified."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.aas.elements import Element, collection, listed, prop, submodel
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import Viewer
from meguri.kernel import clock
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.recycling.errors import LotNotFound, StateTransition
from meguri.recycling.service import reporting
from meguri.reuse.certificate import CertificateContents
from meguri.reuse.service import batteries, certificates
from meguri.storage import Transaction

SOH, RECYCLED = "urn:meguri:sm:v1:SohValuation", "urn:meguri:sm:v1:RecyclingResult"


async def of_battery(
    tx: Transaction, scope: OperatorScope, shell: Shell, viewer: Viewer, ids: Mapping[str, str]
) -> list[Element]:
    """The submodels of a battery that the viewer has a contract on. `ids`: the identifier of each by its short name."""
    record, found = str(shell.record_id), []
    if ("soh-valuation", record) in viewer.agreed:
        found += await _diagnosis(tx, scope, record, ids["SohValuation"])
    if ("recycling-certificate", record) in viewer.agreed:
        found += await _recycling(tx, scope, record, ids["RecyclingResult"])
    return found


async def _diagnosis(tx: Transaction, scope: OperatorScope, record: str, identifier: str) -> list[Element]:
    battery = await batteries.find(tx, scope, record)
    newest = (await certificates.page(tx, scope, battery_id=battery.battery_id, limit=1)).items if battery else []
    if not newest or newest[0].state != "valid" or newest[0].valid_until < clock.now():
        return []
    return [submodel(identifier, "SohValuation", SOH, _said(newest[0].contents))]


def _said(one: CertificateContents) -> list[Element]:
    results = [
        collection(
            "",
            prop("quantity", each.quantity),
            _figure("value", each.value),
            _figure("lower", each.lower),
            _figure("upper", each.upper),
            prop("unit", each.unit),
            prop("method", each.method),
            prop("status", str(each.status)),
        )
        for each in one.results
    ]
    return [
        prop("certificateId", f"urn:uuid:{one.certificate_id}"),
        prop("grade", one.grade.value),
        prop("verdict", one.verdict.value),
        prop("testedOn", one.tested_on.isoformat(), "xs:date"),
        prop("validUntil", one.valid_until, "xs:dateTime"),
        prop("issuer", one.issuer),
        listed("results", "SubmodelElementCollection", results),
    ]


def _figure(name: str, value: float | None) -> Element | None:
    return None if value is None else prop(name, repr(float(value)), "xs:double")


async def _recycling(tx: Transaction, scope: OperatorScope, record: str, identifier: str) -> list[Element]:
    known = await passports.known(tx, record)
    try:
        found = await reporting.certificate(tx, scope, known.dpp_id) if known else None
    except (LotNotFound, StateTransition):
        found = None
    if found is None or not found.signed_by:
        return []
    metals: list[Any] = [
        collection(
            "",
            prop("element", one.element),
            prop("heldKg", plain(one.held_kg), "xs:decimal"),
            prop("recoveredKg", plain(one.recovered_kg), "xs:decimal"),
        )
        for one in found.metals
    ]
    children = [
        prop("certificateNumber", found.number),
        prop("contentHash", found.hash),
        prop("recycledAt", clock.seconds_z(found.recycled_at), "xs:dateTime"),
        prop("massKg", plain(found.mass_kg), "xs:decimal"),
        prop("ruleSet", found.rule_set),
        listed("metals", "SubmodelElementCollection", metals),
    ]
    return [submodel(identifier, "RecyclingResult", RECYCLED, children)]

"""The profile `conformance`: two shells with a submodel that has every kind of element, readable by everyone."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from meguri.dataspaces.aas import store
from meguri.dataspaces.aas.elements import Element, collection, listed, prop, reference, submodel, texts
from meguri.dataspaces.aas.parameters import AssetId
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import OWN, PUBLIC
from meguri.dataspaces.dsp.seeding import OPERATOR_ID
from meguri.dataspaces.node import node
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage import Database, Transaction

_NAMES = ("ExampleOne", "ExampleTwo")


def every_kind() -> list[Element]:
    """One element of each kind that a submodel may hold."""
    target = reference("urn:example:target")
    return [
        prop("Mass", "12.5", "xs:double", semantic="urn:example:mass"),
        texts("Name", ja="例", en="Example"),
        {"modelType": "Range", "idShort": "Temperature", "valueType": "xs:int", "min": "-20", "max": "60"},
        {"modelType": "File", "idShort": "Manual", "contentType": "application/pdf", "value": "/manual.pdf"},
        {"modelType": "Blob", "idShort": "Picture", "contentType": "image/png", "value": "iVBORw0KGgo="},
        {"modelType": "ReferenceElement", "idShort": "Successor", "value": target},
        {
            "modelType": "RelationshipElement",
            "idShort": "Belongs",
            "first": target,
            "second": reference("urn:example:other"),
        },
        {
            "modelType": "AnnotatedRelationshipElement",
            "idShort": "BelongsSince",
            "first": target,
            "second": reference("urn:example:other"),
            "annotations": [prop("Since", "2026", "xs:gYear")],
        },
        collection("Maker", prop("Name", "Example"), collection("Address", prop("City", "Tokyo"))),
        listed(
            "Cells",
            "SubmodelElementCollection",
            [collection("", prop("Serial", "A")), collection("", prop("Serial", "B"))],
        ),
        {
            "modelType": "Entity",
            "idShort": "Pack",
            "entityType": "SelfManagedEntity",
            "globalAssetId": "urn:example:pack",
            "statements": [prop("Position", "1", "xs:int")],
        },
        {
            "modelType": "BasicEventElement",
            "idShort": "Changed",
            "observed": {"type": "ModelReference", "keys": [{"type": "Submodel", "value": "urn:example:submodel"}]},
            "direction": "output",
            "state": "on",
        },
        {"modelType": "Capability", "idShort": "Storing"},
        {"modelType": "Operation", "idShort": "Measure"},
    ]


async def seed(db: Database) -> None:
    """Seed once; again changes nothing."""
    await db.run(OperatorScope(OPERATOR_ID, "system:conformance", Role.ADMIN), _seed)


async def _seed(tx: Transaction, scope: OperatorScope) -> None:
    shells, pairs = [], {}
    for name in _NAMES:
        shell_id = f"{node().url}/aas/{name}"
        record = uuid5(NAMESPACE_URL, f"urn:meguri:conformance:{name}")
        shells.append(
            Shell(
                shell_id=shell_id,
                id_short=name,
                global_asset_id=f"urn:meguri:conformance:{name}",
                asset_kind="Instance",
                asset_type=None,
                record_kind="document",
                record_id=record,
                created_at=clock.now(),
            )
        )
        pairs[shell_id] = [AssetId("serialNumber", name), AssetId("manufacturerPartId", "EXAMPLE")]
    await store.save_shells(tx, scope, shells)
    for audience in (OWN, PUBLIC):
        await store.show(tx, scope, audience, pairs)
    for shell in shells:
        body: dict[str, Any] = submodel(
            f"{node().url}/sm/{shell.id_short}/EveryKind", "EveryKind", "urn:meguri:conformance:EveryKind", every_kind()
        )
        await store.save_document(tx, scope, shell.shell_id, PUBLIC, body)

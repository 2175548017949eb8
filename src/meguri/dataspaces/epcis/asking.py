"""Queries: parameters of the standard's subset, pages, and what each viewer sees of an event."""

import hashlib
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.epcis import store
from meguri.dataspaces.epcis.faults import Fault
from meguri.dataspaces.epcis.mapping import CONTEXT
from meguri.dataspaces.epcis.schema import Event, is_moment
from meguri.dataspaces.epcis.store import BEGINNING, Kept
from meguri.dataspaces.rules import epcis
from meguri.kernel import clock
from meguri.kernel.clock import millis_z
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.proof.multibase import NotDecodable, base64url, from_base64url
from meguri.storage import Transaction

_LISTS = {
    "eventType": "types",
    "EQ_type": "types",
    "EQ_action": "actions",
    "EQ_bizStep": "steps",
    "EQ_disposition": "dispositions",
    "EQ_readPoint": "read_points",
    "WD_readPoint": "read_points",
    "EQ_bizLocation": "locations",
    "WD_bizLocation": "locations",
    "EQ_transformationID": "transformations",
    "EQ_eventID": "event_ids",
}
_TIMES = {
    "GE_eventTime": "event_from",
    "LT_eventTime": "event_to",
    "GE_recordTime": "record_from",
    "LT_recordTime": "record_to",
}
_MATCHES = {
    "MATCH_epc": ("epcList", "childEPCs"),
    "MATCH_parentID": ("parentID",),
    "MATCH_inputEPC": ("inputEPCList",),
    "MATCH_outputEPC": ("outputEPCList",),
    "MATCH_anyEPC": ("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList"),
    "MATCH_epcClass": ("quantityList", "childQuantityList"),
    "MATCH_inputEPCClass": ("inputQuantityList",),
    "MATCH_outputEPCClass": ("outputQuantityList",),
    "MATCH_anyEPCClass": ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
}
_AFTERWARDS = ("EQ_persistentDisposition_set", "EQ_persistentDisposition_unset", "EQ_errorReason", "EQ_correctiveEventID",
               "GE_errorDeclarationTime", "LT_errorDeclarationTime", "EQ_quantity", "GT_quantity", "GE_quantity", "LT_quantity",
               "LE_quantity")  # fmt: skip
_PAGING = (
    "perPage",
    "nextPageToken",
    "orderBy",
    "orderDirection",
    "eventCountLimit",
    "maxEventCount",
    "EXISTS_errorDeclaration",
)
NOTHING: dict[str, Any] = dict.fromkeys(
    (*dict.fromkeys(_LISTS.values()), *_TIMES.values(), "epcs", "corrections"),
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A query: what the database chooses by, what is looked at afterwards, and how much is wanted."""

    wanted: dict[str, Any]
    matches: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    afterwards: tuple[tuple[str, tuple[str, ...]], ...]
    per_page: int
    descending: bool
    by_record: bool
    limit: int | None
    most: int | None


def asked(pairs: list[tuple[str, str]]) -> Asked:
    """The query of these parameters. Raises Fault (QueryParameterException)."""
    wanted, said = dict(NOTHING), dict(pairs)
    matches: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    afterwards: list[tuple[str, tuple[str, ...]]] = []
    for name, text in said.items():
        values = tuple(one for one in text.split("|") if one)
        if name in _LISTS:
            before = wanted[_LISTS[name]]
            wanted[_LISTS[name]] = list(values) if before is None else sorted(set(values) & set(before))
        elif name in _TIMES:
            wanted[_TIMES[name]] = _moment(name, text)
        elif name in _MATCHES:
            matches.append((_MATCHES[name], values))
            wanted["epcs"] = list(values) if wanted["epcs"] is None else wanted["epcs"]
        elif name in _AFTERWARDS:
            afterwards.append((name, values))
        elif name not in _PAGING:
            raise Fault("QueryParameterException", f"{name} is not supported")
    if "EXISTS_errorDeclaration" in said:
        wanted["corrections"] = said["EXISTS_errorDeclaration"].lower() != "false"
    return _paged(said, wanted, tuple(matches), tuple(afterwards))


def _paged(said: dict[str, str], wanted: dict[str, Any], matches: Any, afterwards: Any) -> Asked:
    limit, most = _count(said, "eventCountLimit"), _count(said, "maxEventCount")
    if limit is not None and most is not None:
        raise Fault("QueryParameterException", "eventCountLimit and maxEventCount exclude each other")
    if said.get("orderBy", "eventTime") not in ("eventTime", "recordTime"):
        raise Fault("QueryParameterException", "orderBy is eventTime or recordTime")
    if said.get("orderDirection", "ASC") not in ("ASC", "DESC"):
        raise Fault("QueryParameterException", "orderDirection is ASC or DESC")
    return Asked(
        wanted=wanted,
        matches=matches,
        afterwards=afterwards,
        per_page=min(_count(said, "perPage") or epcis().page_size, epcis().page_size_most),
        descending=said.get("orderDirection") == "DESC",
        by_record=said.get("orderBy") == "recordTime",
        limit=limit,
        most=most,
    )


def _count(said: dict[str, str], name: str) -> int | None:
    text = said.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8) or int(text) < 1:
        raise Fault("QueryParameterException", f"{name} is a positive integer")
    return int(text)


def _moment(name: str, text: str) -> datetime:
    said = text.replace(" ", "+")
    if not is_moment(said):
        raise Fault("QueryParameterException", f"{name} is a time with zone")
    return datetime.fromisoformat(said)


def fits(event: Event, query: Asked) -> bool:
    """Whether an event fits what the database did not look at."""
    for fields, values in query.matches:
        if not any(_matches(one, pattern) for one in _named(event, fields) for pattern in values):
            return False
    return all(_fits(event, name, values) for name, values in query.afterwards)


def _named(event: Event, fields: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for field in fields:
        value = event.get(field, ())
        entries = [value] if isinstance(value, str) else value
        found += [one["epcClass"] if isinstance(one, dict) else one for one in entries]
    return found


def _matches(value: str, pattern: str) -> bool:
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def _fits(event: Event, name: str, values: tuple[str, ...]) -> bool:
    said, what = event.get("errorDeclaration", {}), name.partition("_")[2]
    if name.startswith("EQ_persistentDisposition"):
        return bool(set(event.get("persistentDisposition", {}).get(name.rpartition("_")[2], ())) & set(values))
    if what == "errorReason":
        return said.get("reason") in values
    if what == "correctiveEventID":
        return bool(set(said.get("correctiveEventIDs", ())) & set(values))
    if what == "errorDeclarationTime":
        if not is_moment(str(said.get("declarationTime", ""))):
            return False
        at, limit = datetime.fromisoformat(said["declarationTime"]), _moment(name, values[0])
        return at >= limit if name.startswith("GE") else at < limit
    amounts = [
        float(one["quantity"])
        for key in _MATCHES["MATCH_anyEPCClass"]
        for one in event.get(key, ())
        if "quantity" in one
    ]
    try:
        limit_ = float(values[0])
    except (ValueError, IndexError):
        raise Fault("QueryParameterException", f"{name} is a number") from None
    tests = {"EQ": lambda x: x == limit_, "GT": lambda x: x > limit_, "GE": lambda x: x >= limit_,
             "LT": lambda x: x < limit_, "LE": lambda x: x <= limit_}  # fmt: skip
    return any(tests[name[:2]](amount) for amount in amounts)


async def page(
    tx: Transaction, scope: OperatorScope, me: str | None, query: Asked, token: str | None, secret: bytes
) -> tuple[list[Event], str | None]:
    """A page of events as the viewer sees them, and the token of the next one. Raises Fault."""
    after = _place(token) if token else BEGINNING
    found: list[Kept] = []
    more = True
    goal = (query.most + 1 if query.most is not None else query.limit or query.per_page) + 1
    while more and len(found) < goal:
        rows = await store.events(tx, scope, me, query.wanted, after, 500)
        more = len(rows) == 500
        found += [one for one in rows if fits(one.body, query)]
        if rows:
            after = (rows[-1].event_time, rows[-1].row_id)
    if query.most is not None and len(found) > query.most:
        raise Fault("QueryTooLargeException")
    if query.by_record or query.descending:
        found.sort(
            key=lambda one: (one.record_time if query.by_record else one.event_time, one.row_id),
            reverse=query.descending,
        )
    size = min(query.per_page, query.limit or query.per_page)
    shown = found[:size]
    ended = query.limit is not None or len(found) <= size
    following = None if ended or query.by_record or query.descending else _token(shown[-1])
    return [seen_by(one, me, secret) for one in shown], following


def _token(last: Kept) -> str:
    return base64url(f"{last.event_time.isoformat()}|{last.row_id}".encode())


def _place(token: str) -> tuple[datetime, UUID]:
    try:
        time, _, row = from_base64url(token).decode().partition("|")
        row_id, at = parse_uuid(row), datetime.fromisoformat(time)
    except (NotDecodable, ValueError):
        raise Fault("QueryParameterException", "nextPageToken is not one of ours") from None
    if row_id is None or at.tzinfo is None:
        raise Fault("QueryParameterException", "nextPageToken is not one of ours")
    return at, row_id


def seen_by(kept: Kept, me: str | None, secret: bytes) -> Event:
    """The event as the viewer sees it: entries that name third parties are taken out, and an event that was changed so
    has another id for each viewer, lest the id betray by its hash what was taken out."""
    event = {**kept.body, "recordTime": millis_z(kept.record_time)}
    if me is None or kept.capturer == me:
        return event
    changed = False
    for key, name in (("sourceList", "source"), ("destinationList", "destination")):
        before = event.get(key)
        if before:
            kept_entries = [one for one in before if one.get(name) == me]
            changed = changed or len(kept_entries) != len(before)
            event[key] = kept_entries
    if event.pop("bizTransactionList", None):
        changed = True
    if changed:
        digest = hmac.digest(secret, f"{me}\n{kept.event_id}".encode(), hashlib.sha256)
        event["eventID"] = f"urn:uuid:{UUID(bytes=digest[:16], version=4)}"
    return {name: value for name, value in event.items() if value != []}


def results(events: list[Event], name: str) -> dict[str, Any]:
    """Events as the answer to a query."""
    return {
        "@context": [CONTEXT, {"meguri": epcis().extension_ns}],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": millis_z(clock.now()),
        "epcisBody": {"queryResults": {"queryName": name, "resultsBody": {"eventList": events}}},
    }

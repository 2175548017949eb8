"""Queries: parameters of the standard's subset, pages, and what each viewer sees of an event."""

import hashlib
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.epcis import store
from meguri.dataspaces.epcis.faults import Fault
from meguri.dataspaces.epcis.keys import fits as fits_key
from meguri.dataspaces.epcis.keys import key_of, pattern_of
from meguri.dataspaces.epcis.mapping import CONTEXT
from meguri.dataspaces.epcis.schema import Event, is_moment
from meguri.dataspaces.epcis.store import BEGINNING, END, Kept
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
    "EQ_bizLocation": "locations",
    "WD_readPoint": "read_points_below",
    "WD_bizLocation": "locations_below",
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
               "GE_errorDeclarationTime", "LT_errorDeclarationTime", "GE_errorDeclaration_Time", "LT_errorDeclaration_Time",
               "EQ_quantity", "GT_quantity", "GE_quantity", "LT_quantity", "LE_quantity")  # fmt: skip
_CLOSED = {"EQ_action": frozenset(("ADD", "OBSERVE", "DELETE"))}
_PLACES = ("EQ_readPoint", "EQ_bizLocation", "WD_readPoint", "WD_bizLocation")
_WORDS = {"EQ_bizStep": "BizStep-", "EQ_disposition": "Disp-"}
_CBV = "https://ref.gs1.org/cbv/"
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
    """A query: what the database chooses by, what is looked at afterwards, and how much is wanted.

    limit  how many events are wanted altogether (`eventCountLimit`), over as many pages as that takes
    most   more events than that are an error (`maxEventCount`)
    """

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
    for name, text in pairs:
        values = tuple(one for one in text.split("|") if one)
        if name in _LISTS:
            before, these = wanted[_LISTS[name]], _spelled(name, values)
            wanted[_LISTS[name]] = these if before is None else sorted(set(these) & set(before))
        elif name in _TIMES:
            wanted[_TIMES[name]] = _moment(name, text)
        elif name in _MATCHES:
            patterns = tuple(pattern_of(one) for one in values)
            matches.append((_MATCHES[name], patterns))
            if wanted["epcs"] is None and not any(one.endswith("*") for one in patterns):
                wanted["epcs"] = list(patterns)
        elif name in _AFTERWARDS:
            if name.endswith("_quantity"):
                _number(name, values)
            elif name.endswith("Time"):
                _moment(name, text)
            afterwards.append((name, values))
        elif name not in _PAGING:
            raise Fault("QueryParameterException", f"{name} is not supported")
    if "EXISTS_errorDeclaration" in said:
        wanted["corrections"] = said["EXISTS_errorDeclaration"].lower() != "false"
    return _paged(said, wanted, tuple(matches), tuple(afterwards))


def _spelled(name: str, values: tuple[str, ...]) -> list[str]:
    """The values as events may have them: a word of the vocabulary bare, or as its own address.

    Raises Fault (QueryParameterException) for a value that no event can have.
    """
    if not set(values) <= _CLOSED.get(name, frozenset(values)):
        raise Fault("QueryParameterException", f"{name} is one of {', '.join(sorted(_CLOSED[name]))}")
    if name in _PLACES:
        return [key_of(one) for one in values]
    if name not in _WORDS:
        return list(values)
    bare = [one.removeprefix(_CBV + _WORDS[name]) for one in values]
    return sorted({*bare, *(f"{_CBV}{_WORDS[name]}{one}" for one in bare if ":" not in one)})


def _number(name: str, values: tuple[str, ...]) -> float:
    try:
        return float(values[0])
    except (ValueError, IndexError):
        raise Fault("QueryParameterException", f"{name} is a number") from None


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
        descending=said.get("orderDirection", "DESC" if "orderBy" in said else "ASC") == "DESC",
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
        if not any(fits_key(key_of(one), pattern) for one in _named(event, fields) for pattern in values):
            return False
    return all(_fits(event, name, values) for name, values in query.afterwards)


def _named(event: Event, fields: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for field in fields:
        value = event.get(field, ())
        entries = [value] if isinstance(value, str) else value
        found += [one["epcClass"] if isinstance(one, dict) else one for one in entries]
    return found


def _fits(event: Event, name: str, values: tuple[str, ...]) -> bool:
    said, what = event.get("errorDeclaration", {}), name.partition("_")[2]
    if name.startswith("EQ_persistentDisposition"):
        return bool(set(event.get("persistentDisposition", {}).get(name.rpartition("_")[2], ())) & set(values))
    if what == "errorReason":
        return said.get("reason") in values
    if what == "correctiveEventID":
        return bool(set(said.get("correctiveEventIDs", ())) & set(values))
    if what in ("errorDeclarationTime", "errorDeclaration_Time"):
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
    limit_ = _number(name, values)
    tests = {"EQ": lambda x: x == limit_, "GT": lambda x: x > limit_, "GE": lambda x: x >= limit_,
             "LT": lambda x: x < limit_, "LE": lambda x: x <= limit_}  # fmt: skip
    return any(tests[name[:2]](amount) for amount in amounts)


async def page(
    tx: Transaction,
    scope: OperatorScope,
    me: str | None,
    query: Asked,
    token: str | None,
    secret: bytes,
    reach: tuple[str, ...] = (),
) -> tuple[list[Event], str | None]:
    """A page of events as the viewer sees them, and the token of the next one. `reach`: what an agreement opens besides.

    Raises Fault.
    """
    after, before = _place(token) if token else ((END if query.descending else BEGINNING), 0)
    left = None if query.limit is None else max(query.limit - before, 0)
    wanted, by_id = query.wanted, None
    if (
        me is not None and query.wanted["event_ids"] is not None
    ):  # by the id that the viewer sees: a guessed hash finds nothing
        wanted, by_id = {**query.wanted, "event_ids": None}, frozenset(query.wanted["event_ids"])
    found: list[tuple[Kept, Event]] = []
    size = query.per_page if left is None else min(query.per_page, left)
    goal = max(size + 1, query.most + 1 - before if query.most is not None else 0)
    more = size > 0
    while more and len(found) < goal:
        rows = await store.events(
            tx, scope, me, wanted, after, 500, by_record=query.by_record, descending=query.descending, reach=reach
        )
        more = len(rows) == 500
        seen = [(one, seen_by(one, me, secret)) for one in rows if fits(one.body, query)]
        found += [pair for pair in seen if by_id is None or pair[1]["eventID"] in by_id]
        if rows:
            after = (_time(rows[-1], query), rows[-1].row_id)
    if query.most is not None and before + len(found) > query.most:
        raise Fault("QueryTooLargeException")
    ended = len(found) <= size or (left is not None and left <= size)
    following = None if ended else _token(found[size - 1][0], query, before + size)
    return [event for _, event in found[:size]], following


def _time(kept: Kept, query: Asked) -> datetime:
    return kept.record_time if query.by_record else kept.event_time


def _token(last: Kept, query: Asked, shown: int) -> str:
    return base64url(f"{_time(last, query).isoformat()}|{last.row_id}|{shown}".encode())


def _place(token: str) -> tuple[tuple[datetime, UUID], int]:
    """Behind which event the page begins, and how many were shown before it."""
    try:
        time, row, shown = from_base64url(token).decode().split("|")
        row_id, at = parse_uuid(row), datetime.fromisoformat(time)
    except (NotDecodable, ValueError):
        raise Fault("QueryParameterException", "nextPageToken is not one of ours") from None
    if row_id is None or at.tzinfo is None or not (shown.isascii() and shown.isdigit() and len(shown) < 10):
        raise Fault("QueryParameterException", "nextPageToken is not one of ours")
    return (at, row_id), int(shown)


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


def pairs_of(query: dict[str, Any]) -> list[tuple[str, str]]:
    """The parameters of a named query, as they would stand in an address."""
    return [
        (name, "|".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in query.items()
        if name != "@context"
    ]

"""The filters of ListFootprints and of a request event: any of the values of one, all of the filters together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from meguri.dataspaces.pact.errors import BadRequest, NotImplementedHere
from meguri.dataspaces.pact.validity import moment
from meguri.kernel.errors import Invalid
from meguri.kernel.paging import decode_cursor

WITHIN = "x-meguri-geography-within"
MOST = 1000
_MOST_FIELDS = 1000
_WORDS = ("productId", "companyId", "geography", "classification", "status")
_DATES = ("validOn", "validAfter", "validBefore")
_KNOWN = {name.lower(): name for name in (*_WORDS, *_DATES, "limit", "cursor")}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Words are in lower case; empty: any. `within`: a country also finds its subdivisions."""

    product_ids: tuple[str, ...] = ()
    company_ids: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    valid_on: datetime | None = None
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    within: bool = False

    @property
    def asks_nothing(self) -> bool:
        """Whether no criterion is given at all."""
        return self == Filter()


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list: what, from where on, how many."""

    wanted: Filter
    after: tuple[datetime, str] | None
    limit: int


def listing_of(query: str) -> Listing:
    """What a query string asks for. Raises BadRequest, NotImplementedHere.

    Names are read in any case; an empty value is as good as absent; a plain name that is not known is ignored.
    """
    given: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadRequest(f"There are more than {_MOST_FIELDS} parameters.") from None
    for name, value in pairs:
        key = name.lower()
        if key.startswith("$"):
            raise NotImplementedHere(f"The parameter {name} is not supported; please use the filters of version 3.")
        if key.startswith("x-") and key != WITHIN:
            raise BadRequest(f"The parameter {name} is not known.")
        if value:
            given.setdefault(_KNOWN.get(key, key), []).append(value)
    return Listing(
        wanted=_filter(given, within=given.get(WITHIN, [""])[-1].lower() == "true"),
        after=_after(given["cursor"][-1]) if "cursor" in given else None,
        limit=_limit(given.get("limit", [str(MOST)])[-1]),
    )


def filter_of(data: Mapping[str, Any]) -> Filter:
    """What a request event asks for. Raises BadRequest if it is not in form or asks nothing."""
    given: dict[str, list[str]] = {}
    for name in (*_WORDS, *_DATES):
        value = data.get(name)
        values = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if not all(isinstance(each, str) for each in values):
            raise BadRequest(f"/data/{name} must hold strings.")
        if values:
            given[name] = values
    wanted = _filter(given)
    if wanted.asks_nothing:
        raise BadRequest("/data must name at least one criterion, such as productId.")
    return wanted


def _filter(given: Mapping[str, Sequence[str]], *, within: bool = False) -> Filter:
    return Filter(
        product_ids=_lower(given.get("productId", ())),
        company_ids=_lower(given.get("companyId", ())),
        geographies=_lower(given.get("geography", ())),
        classifications=_lower(given.get("classification", ())),
        statuses=_lower(given.get("status", ())),
        valid_on=_date("validOn", given),
        valid_after=_date("validAfter", given),
        valid_before=_date("validBefore", given),
        within=within,
    )


def _lower(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value.lower() for value in values)


def _date(name: str, given: Mapping[str, Sequence[str]]) -> datetime | None:
    if name not in given:
        return None
    found = moment(given[name][-1])
    if found is None:
        raise BadRequest(f"{name} must be a date and time of RFC 3339, such as 2026-01-31T00:00:00Z.")
    return found


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("limit must be a whole number of 0 or more.")
    return MOST if len(text) > 9 else min(int(text), MOST)


def _after(cursor: str) -> tuple[datetime, str]:
    try:
        created, last = decode_cursor(cursor, 2)
        return datetime.fromisoformat(created), last
    except (Invalid, ValueError):
        raise BadRequest("cursor is not one that a Link header gave.") from None

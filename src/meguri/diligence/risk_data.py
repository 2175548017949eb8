"""Country and region indicators and lists of conflict-affected areas: loaded by the user, versioned, nothing is shipped.

`risk_indicators.csv`: dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence
`cahra.csv`: list_id,version,as_of,iso2,admin1,from,to,basis
`measures.csv`: measure,item,country,from,status,decided_on,source
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import Literal, TypeVar

import msgspec
from babel import Locale

from meguri.diligence.data import rule_data
from meguri.diligence.measures import Measure, measure_of
from meguri.diligence.scoring import Input
from meguri.diligence.taxonomy import names
from meguri.kernel.numbers import ONE, ZERO
from meguri.kernel.text import Text


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one place. `category`: a risk category or `all`."""

    dataset: str
    version: str
    as_of: date
    iso2: str
    admin1: str
    indicator: str
    category: str
    value: Decimal
    scale_min: Decimal
    scale_max: Decimal
    direction: Literal["higher_is_worse", "higher_is_better"]
    source_url: str
    licence: str

    @property
    def risk(self) -> Decimal:
        """The value on a scale from 0 (good) to 1."""
        share = (self.value - self.scale_min) / (self.scale_max - self.scale_min)
        share = ONE - share if self.direction == "higher_is_better" else share
        return min(max(share, ZERO), ONE)


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A place that a list names as conflict-affected or high-risk, for a time."""

    list_id: str
    version: str
    as_of: date
    iso2: str
    admin1: str
    start: date | None
    end: date | None
    basis: str


class RowFault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row was not taken. `line`: in the file, the heading is line 1."""

    line: int
    say: Text


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a load brought. `activate`: whether so few rows were wrong that the good ones may be used."""

    indicators: tuple[Indicator, ...] = ()
    areas: tuple[Area, ...] = ()
    measures: tuple[Measure, ...] = ()
    faults: tuple[RowFault, ...] = ()
    rows: int = 0

    @property
    def activate(self) -> bool:
        """At most 1 % (rule data) of the rows were rejected, and there are some."""
        return self.rows > 0 and len(self.faults) <= self.rows * Decimal(rule_data("scoring")["data"]["reject_share"])


_COUNTRY = re.compile(r"[A-Z]{2}")


def _fault(line: int, ja: str, en: str) -> RowFault:
    return RowFault(line=line, say=Text(ja=ja, en=en))


def _known_country(code: str) -> bool:
    return bool(_COUNTRY.fullmatch(code)) and code in Locale("en").territories


Row = TypeVar("Row")


def _read(text: str, row_of: Callable[[int, dict[str, str]], Row | RowFault]) -> tuple[list[Row], list[RowFault], int]:
    """What the rows of a CSV are, those with a mistake by themselves, and how many rows there were."""
    found, faults, rows = list[Row](), list[RowFault](), 0
    for line, row in enumerate(csv.DictReader(StringIO(text)), 2):
        rows += 1
        one = row_of(line, row)
        if isinstance(one, RowFault):
            faults.append(one)
        else:
            found.append(one)
    return found, faults, rows


def read_indicators(text: str) -> Loaded:
    """Indicators of a CSV; rows with a mistake are named and left out."""
    found, faults, rows = _read(text, _indicator)
    return Loaded(indicators=tuple(found), faults=tuple(faults), rows=rows)


def _indicator(line: int, row: dict[str, str]) -> Indicator | RowFault:
    if not _known_country(row.get("iso2") or ""):
        return _fault(line, f"国コード「{row.get('iso2')}」がありません", f"unknown country “{row.get('iso2')}”")
    if not (row.get("licence") or "").strip():
        return _fault(line, "利用条件（licence）がありません", "the licence is missing")
    if row.get("category") != "all" and row.get("category") not in names("categories"):
        return _fault(line, f"区分「{row.get('category')}」がありません", f"unknown category “{row.get('category')}”")
    try:
        one = msgspec.convert({**row, "admin1": row.get("admin1") or ""}, Indicator, strict=False)
    except (msgspec.ValidationError, InvalidOperation) as error:
        return _fault(line, f"値を読めません（{error}）", f"a value cannot be read ({error})")
    if not one.scale_min < one.scale_max or not one.scale_min <= one.value <= one.scale_max:
        return _fault(line, "値が尺度の範囲外です", "the value is outside its scale")
    return one


def read_areas(text: str) -> Loaded:
    """Conflict-affected and high-risk areas of a CSV; rows with a mistake are named and left out."""
    found, faults, rows = _read(text, _area)
    return Loaded(areas=tuple(found), faults=tuple(faults), rows=rows)


def _area(line: int, row: dict[str, str]) -> Area | RowFault:
    if not _known_country(row.get("iso2") or ""):
        return _fault(line, f"国コード「{row.get('iso2')}」がありません", f"unknown country “{row.get('iso2')}”")
    try:
        return Area(
            list_id=row["list_id"],
            version=row["version"],
            as_of=date.fromisoformat(row["as_of"]),
            iso2=row["iso2"],
            admin1=row.get("admin1") or "",
            start=date.fromisoformat(row["from"]) if row.get("from") else None,
            end=date.fromisoformat(row["to"]) if row.get("to") else None,
            basis=row.get("basis") or "",
        )
    except (KeyError, ValueError) as error:
        return _fault(line, f"日付を読めません（{error}）", f"a day cannot be read ({error})")


def read_trade_measures(text: str) -> Loaded:
    """Trade measures of a CSV; rows with a mistake are named and left out."""
    found, faults, rows = _read(text, _measure)
    return Loaded(measures=tuple(found), faults=tuple(faults), rows=rows)


def _measure(line: int, row: dict[str, str]) -> Measure | RowFault:
    if not _known_country(row.get("country") or ""):
        return _fault(line, f"国コード「{row.get('country')}」がありません", f"unknown country “{row.get('country')}”")
    if row.get("item") not in names("materials"):
        known = ", ".join(names("materials"))
        return _fault(line, f"品目は次のいずれかです: {known}", f"the item is one of: {known}")
    if not (row.get("measure") or "").strip() or not (row.get("source") or "").strip():
        return _fault(line, "措置の名称（measure）と出典（source）が必要です", "measure and source are needed")
    try:
        return measure_of(row)
    except (KeyError, msgspec.ValidationError) as error:
        return _fault(line, f"値を読めません（{error}）", f"a value cannot be read ({error})")


def country_input(
    indicators: Iterable[Indicator], country: str | None, admin1: str | None, category: str, on: date
) -> Input:
    """g of a place for a category: the worst indicator; a region's beat its country's; unknown is 1."""
    fitting = [one for one in indicators if one.iso2 == country and one.category in (category, "all")]
    regional = [one for one in fitting if admin1 and one.admin1 == admin1]
    chosen = regional or [one for one in fitting if not one.admin1]
    if not chosen:
        return Input(name="g", value=ONE, dataset="", version="", flags=("unknown",))
    most = max(chosen, key=lambda one: (one.risk, one.dataset))
    stale = (on - most.as_of).days > int(rule_data("scoring")["data"]["max_age_days"])
    return Input(
        name="g", value=most.risk, dataset=most.dataset, version=most.version, flags=("stale",) if stale else ()
    )


def cahra_lists(areas: Sequence[Area], country: str | None, admin1: str | None, on: date) -> list[str]:
    """The lists that name a place on a day; any one of them makes it a CAHRA."""
    return sorted(
        {
            one.list_id
            for one in areas
            if one.iso2 == country
            and (not one.admin1 or one.admin1 == admin1)
            and (one.start is None or one.start <= on)
            and (one.end is None or on <= one.end)
        }
    )


def cahra_exposure(
    areas: Sequence[Area], places: Iterable[tuple[str | None, str | None]], on: date
) -> Literal["yes", "no", "unknown"]:
    """Whether any origin lies in a CAHRA; unknown where an origin is, or where no list is loaded."""
    known = list(places)
    if any(country and cahra_lists(areas, country, admin1, on) for country, admin1 in known):
        return "yes"
    if not areas or not known or any(country is None for country, _ in known):
        return "unknown"
    return "no"

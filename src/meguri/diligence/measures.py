"""Trade measures (export controls, bans, tariffs) as rule data: announced, in force or suspended — never guessed.

A measure is in force only if its entry says so. When the day of an announced or suspended measure has passed and nobody
has confirmed what became of it, it is `to_check`.
"""

import csv
from collections.abc import Iterable
from datetime import date
from io import StringIO
from typing import Literal

import msgspec

from meguri.diligence.data import rule_text
from meguri.diligence.errors import BadFile

Status = Literal["announced", "in_force", "suspended"]
Shown = Literal["announced", "in_force", "suspended", "to_check"]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `start`: the day from which it applies, or to which it was put off. `decided_on`: day of this state."""

    measure: str
    item: str
    country: str
    start: date
    status: Status
    source: str
    decided_on: date | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A measure as it stands on a day."""

    measure: Measure
    shown: Shown


def standing(measure: Measure, on: date) -> Shown:
    """How a measure is to be shown on a day."""
    if measure.status == "in_force":
        return "in_force" if on >= measure.start else "announced"
    return "to_check" if on >= measure.start else measure.status


def latest(measures: Iterable[Measure], on: date) -> list[Standing]:
    """The newest decision of each measure that was taken by `on`, as it stands."""
    newest: dict[tuple[str, str, str], Measure] = {}
    for one in measures:
        if one.decided_on is not None and one.decided_on > on:
            continue
        key = (one.measure, one.item, one.country)
        known = newest.get(key)
        if known is None or (one.decided_on or date.min) >= (known.decided_on or date.min):
            newest[key] = one
    return [Standing(measure=one, shown=standing(one, on)) for _, one in sorted(newest.items())]


def measure_of(row: dict[str, str]) -> Measure:
    """An entry of a row (measure,item,country,from,status,decided_on,source). Raises KeyError, ValidationError."""
    said: dict[str, object] = {**row, "start": row["from"], "decided_on": row.get("decided_on") or None}
    return msgspec.convert({key: said[key] for key in Measure.__struct_fields__}, Measure, strict=False)


def read_measures(text: str | None = None) -> list[Measure]:
    """Measures of a CSV; by default the rule data that is shipped. Raises BadFile."""
    found = []
    for number, row in enumerate(
        csv.DictReader(StringIO(rule_text("trade_measures.csv") if text is None else text)), 2
    ):
        try:
            found.append(measure_of(row))
        except (KeyError, msgspec.ValidationError) as error:
            raise BadFile(reason=f"{number} 行目: {error}", reason_en=f"line {number}: {error}") from error
    return found


def touching(standings: Iterable[Standing], item: str, countries: Iterable[str]) -> list[Standing]:
    """Those that concern an item from one of these countries."""
    places = set(countries)
    return [one for one in standings if one.measure.item == item and one.measure.country in places]

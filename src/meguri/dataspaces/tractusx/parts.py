"""Small forms that `battery_pass` uses again and again."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from meguri.dataspaces.exchange.lens import Both, Json, Way, at, put
from meguri.dataspaces.exchange.model import Incoming, Outgoing
from meguri.dataspaces.exchange.ways import link_of, linked, measured, number_of, sentence

PERCENT = "unit:percent"
_IN: Mapping[str, Mapping[str, Decimal]] = {
    PERCENT: {"unit:partPerMillion": Decimal("0.0001"), "unit:partPerThousand": Decimal("0.1")},
    "unit:kilogram": {
        "unit:gram": Decimal("0.001"),
        "unit:milligram": Decimal("0.000001"),
        "unit:tonneMetricTon": Decimal(1000),
        "unit:pound": Decimal("0.45359237"),
    },
    "unit:millimetre": {
        "unit:centimetre": Decimal(10),
        "unit:metre": Decimal(1000),
        "unit:inch": Decimal("25.4"),
        "unit:foot": Decimal("304.8"),
    },
}
"""The units that others write (SAMM unit catalogue), by the one that is ours."""


def in_unit(value: Any, said: Any, unit: str) -> float | int | None:
    """A number in our unit; None for a unit that is not of this kind."""
    name = str(said).strip()
    if name == unit:
        return value  # type: ignore[no-any-return]
    factor = _IN.get(unit, {}).get(name)
    return None if factor is None else float(Decimal(str(value)) * factor)


MOST_IN_HEADER = 100
"""Characters of a document's header (`HeaderTrait`)."""


def _header(one: Mapping[str, Any]) -> str:
    said = sentence(one.get("title", one.get("id", "")))
    return said if len(said) <= MOST_IN_HEADER else said[: MOST_IN_HEADER - 1] + "…"


def docs(documents: Any) -> list[dict[str, str]]:
    """Documents that have an address, as the format writes them."""
    listed = documents if isinstance(documents, list) else [documents]
    return [
        {"contentType": "URL", "header": _header(one), "content": str(link_of(one))}
        for one in listed
        if isinstance(one, Mapping) and link_of(one)
    ]


def documents(found: Any, doc_type: str) -> list[dict[str, Any]]:
    """The same, back."""
    return [linked(one["content"], doc_type, one.get("header")) for one in found or ()]


def doc_list(doc_type: str) -> Way:
    """A list of documents."""
    return Way(docs, lambda found: documents(found, doc_type) or None)


def one_doc(doc_type: str) -> Way:
    """One document as a list of one."""
    return Way(docs, lambda found: next(iter(documents(found, doc_type)), None))


def record(key: str, path: str, *, required: bool = True, out_as: Callable[[Any], Any] | None = None) -> Both:
    """A measured value as `{value, time}`."""

    def out(made: Json, out: Outgoing) -> None:
        value = out.take(key, required)
        if value is not None:
            number = value["value"] if out_as is None else out_as(value["value"])
            put(made, path, {"value": number, "time": value["measured_at"]})

    def back(document: Mapping[str, Any], into: Incoming) -> None:
        found = at(document, path)
        if found is not None:
            into.put(key, measured(found["value"], found["time"]))

    return Both(out, back)


def length(key: str, path: str, unit: str, *, required: bool = True) -> Both:
    """A number with its unit."""

    def out(made: Json, out: Outgoing) -> None:
        value = number_of(out.take(key, required))
        if value is not None:
            put(made, path, {"value": value, "unit": unit})

    def back(document: Mapping[str, Any], into: Incoming) -> None:
        found = at(document, path)
        if found is None:
            return
        value = in_unit(found["value"], found["unit"], unit)
        if value is None:
            into.warn(f"{path}: {found['unit']}")
        into.put(key, value)

    return Both(out, back)


def no_way_back(_: Mapping[str, Any], __: Incoming) -> None:
    """Nothing comes back."""

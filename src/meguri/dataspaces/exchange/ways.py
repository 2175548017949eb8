"""Ways between the catalogue's value types and those that other formats like."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from meguri.dataspaces.exchange.lens import Way, same


def sentence(value: Any) -> str:
    """A text in one language: English, else Japanese, else the first."""
    if isinstance(value, Mapping):
        return str(value.get("en") or value.get("ja") or next(iter(value.values()), ""))
    return str(value)


def _worded(value: Any) -> dict[str, str]:
    return {"en": str(value)}


def codes(table: Mapping[str, str]) -> Way:
    """A code by a table; a code that it lacks has no place."""
    back = {theirs: ours for ours, theirs in table.items()}
    return Way(lambda value: table.get(str(value)), lambda value: back[str(value).strip()])


def _month_start(value: Any) -> str:
    return f"{value}-01T00:00:00Z"


def months_of(duration: Any) -> int:
    """Whole months of an ISO 8601 duration of years, months, weeks and days (days rounded down to months)."""
    months, number = 0, ""
    for sign in str(duration).removeprefix("P").partition("T")[0]:
        if sign.isdigit():
            number += sign
            continue
        months += int(number or 0) * {"Y": 12, "M": 1}.get(sign, 0)
        months += int(number or 0) * {"W": 7, "D": 1}.get(sign, 0) // 30
        number = ""
    return months


def _gmonth(value: Any) -> str:
    return f"--{min(max(months_of(value), 1), 12):02d}"


def whole(value: Any) -> int:
    """The nearest whole number, halves to even."""
    return int(Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_EVEN))


def number_of(value: Any) -> Any:
    """The number within a plain, a ranged or a measured value."""
    return value.get("value") if isinstance(value, Mapping) else value


def scaled(factor: str) -> Way:
    """A number in another unit: ours × `factor`."""
    by = Decimal(factor)

    def out(value: Any) -> int | float | None:
        held = number_of(value)
        return None if held is None else _number(Decimal(str(held)) * by)

    return Way(out, lambda value: {"value": _number(Decimal(str(value)) / by)})


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def address_line(address: Mapping[str, Any]) -> str:
    """Street, city and region in one line."""
    parts = (address.get(name) for name in ("building", "street", "city", "region"))
    return ", ".join(str(part) for part in parts if part)


def measured(value: Any, at: Any) -> dict[str, Any] | None:
    """A measured value that came from outside; None without its moment."""
    return None if at is None else {"value": value, "measured_at": at, "source": "import"}


def latest(values: Sequence[Any]) -> str | None:
    """The latest moment among measured values."""
    moments = [str(value["measured_at"]) for value in values if isinstance(value, Mapping) and "measured_at" in value]
    return max(moments, default=None)


def link_of(document: Any) -> str | None:
    """The address of a document."""
    url = document.get("url") if isinstance(document, Mapping) else None
    return str(url) if url else None


def linked(
    url: Any, doc_type: str = "other", title: str | None = None, media_type: str = "application/pdf"
) -> dict[str, Any]:
    """A document of which an address is known, and little else."""
    name = title or str(url).rstrip("/").rpartition("/")[2] or "document"
    return {
        "id": name[:80],
        "title": {"en": name},
        "doc_type": doc_type,
        "media_type": media_type,
        "language": "en",
        "url": str(url),
    }


def document(doc_type: str) -> Way:
    """A document as its address."""
    return Way(link_of, lambda url: linked(url, doc_type))


def first_document(doc_type: str) -> Way:
    """A list of documents as the address of the first that has one."""
    return Way(
        lambda documents: next((url for one in documents if (url := link_of(one))), None),
        lambda url: [linked(url, doc_type)],
    )


TEXT = Way(sentence, _worded)
MONTH_START = Way(_month_start, lambda value: str(value)[:7])
G_MONTH = Way(_gmonth, lambda value: f"P{int(str(value)[2:4])}M")
QUANTITY = Way(number_of, lambda value: {"value": value})
DAY_ONE = Way(lambda value: f"{value}-01", lambda value: str(value)[:7])
PLAIN_TEXT = Way(str, same)

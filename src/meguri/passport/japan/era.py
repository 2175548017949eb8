"""The Japanese calendar (和暦): months as people write them, `令和9年2月` or `R9.2`, in the western calendar."""

import re

_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_MONTH = re.compile(r"(令和|平成|昭和|[RHS])\s*(元|[0-9]{1,2})\s*(?:年|[./-])\s*([0-9]{1,2})\s*月?\Z")
_FIRST = {"令和": "2019-05", "R": "2019-05", "平成": "1989-01", "H": "1989-01", "昭和": "1926-12", "S": "1926-12"}
_WESTERN = re.compile(r"([0-9]{4})\s*(?:年|/|\.)\s*([0-9]{1,2})\s*月?\Z")


def western_month(text: str) -> str | None:
    """`YYYY-MM` of a month in the Japanese calendar or written `2027年2月`; None for every other text."""
    found = _MONTH.match(text)
    if found is None:
        western = _WESTERN.match(text)
        return _written(int(western[1]), int(western[2])) if western else None
    year = _ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))
    month = _written(year, int(found[3]))
    return month if month is not None and month >= _FIRST[found[1]] else None


def _written(year: int, month: int) -> str | None:
    return f"{year:04d}-{month:02d}" if 1 <= month <= 12 else None

"""How long a footprint holds: as it says, or from the end of its reference period for three years."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

YEARS = 3
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?\s*([Zz]|[+-]\d{2}:?\d{2}| \d{2}:?\d{2})?)?\Z"
)


def moment(text: str) -> datetime | None:
    """A moment of RFC 3339, also without seconds or as a day alone (UTC), or None.

    A space before the offset was a plus sign that a URL decoded.
    """
    found = _MOMENT.match(text.strip())
    if not found:
        return None
    day, clock, seconds, offset = found.groups()
    offset = (offset or "Z").replace(" ", "+").upper().replace("Z", "+00:00")
    if len(offset) == 5:
        offset = f"{offset[:3]}:{offset[3:]}"
    try:
        leap = (seconds or "").startswith(":60")  # a leap second is read as the last one before it
        fraction = ":59.999999" if leap else (seconds or ":00")[:10]
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{fraction}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def plus_years(start: datetime, years: int = YEARS) -> datetime:
    """The same moment some years later; of 29 February in a common year, 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=3, day=1)


def validity_of(footprint: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """From and until when a valid footprint holds, defaults included."""
    end = moment(footprint["pcf"]["referencePeriodEnd"]) or datetime.min.replace(tzinfo=UTC)
    given = [footprint.get("validityPeriodStart"), footprint.get("validityPeriodEnd")]
    start = (moment(given[0]) if given[0] else None) or end
    return start, (moment(given[1]) if given[1] else None) or plus_years(end)

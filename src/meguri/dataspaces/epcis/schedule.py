"""When a subscribed query is due: the schedule of EPCIS 2.0, each part a number, a list or a range in brackets."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from meguri.dataspaces.epcis.faults import Fault

_PARTS = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
_RANGE = re.compile(r"\[(\d{1,2})-(\d{1,2})\]\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,2}\Z", re.ASCII)
_FURTHEST_DAYS = 366 * 8  # the 29th of February comes again


def checked(schedule: Any) -> dict[str, str]:
    """The schedule, if it is one that comes to pass. Raises Fault (SubscriptionControls)."""
    if not isinstance(schedule, dict) or not schedule or not set(schedule) <= set(_PARTS):
        raise _bad("schedule has second, minute, hour, dayOfMonth, month and dayOfWeek")
    for name, text in schedule.items():
        if not isinstance(text, str) or not _allowed(name, text):
            raise _bad(f"schedule/{name} is a number, a list, or a range in brackets")
    if following(schedule, datetime.now(UTC)) is None:
        raise _bad("schedule never comes to pass")
    return dict(schedule)


def following(schedule: Mapping[str, str], after: datetime) -> datetime | None:
    """The first minute after `after` (UTC) that the schedule names; None: there is none. Seconds are rounded up to minutes."""
    allowed = {name: _allowed(name, schedule[name]) if name in schedule else None for name in _PARTS}
    at = (after.astimezone(UTC) + timedelta(minutes=1)).replace(second=0, microsecond=0)
    last = at + timedelta(days=_FURTHEST_DAYS)
    while at < last:
        days = {"month": at.month, "dayOfMonth": at.day, "dayOfWeek": at.isoweekday()}
        if not all(_fits(allowed[name], value) for name, value in days.items()):
            at = at.replace(hour=0, minute=0) + timedelta(days=1)
        elif not _fits(allowed["hour"], at.hour):
            at = at.replace(minute=0) + timedelta(hours=1)
        elif not _fits(allowed["minute"], at.minute):
            at += timedelta(minutes=1)
        else:
            return at
    return None


def _fits(allowed: frozenset[int] | None, value: int) -> bool:
    return allowed is None or value in allowed


def _allowed(name: str, text: str) -> frozenset[int]:
    """The numbers that a part allows; none for a text that is no part."""
    low, high = _PARTS[name]
    found: set[int] = set()
    for one in text.split(","):
        within = _RANGE.match(one)
        if within:
            found |= set(range(int(within[1]), int(within[2]) + 1)) or {-1}
        else:
            found.add(int(one) if _NUMBER.match(one) else -1)
    return frozenset(found) if all(low <= value <= high for value in found) else frozenset()


def _bad(why: str) -> Fault:
    return Fault("SubscriptionControlsException", why)

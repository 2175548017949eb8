"""What a cell says (pure)."""

from datetime import date, datetime, time, timedelta
from typing import Any


def cell_text(value: Any) -> str:
    """A cell as text, a number with the fifteen digits that a spreadsheet shows. A date or time keeps its form, so that a
    column of figures refuses it by name."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return "" if value is None else str(value)


def is_moment(value: Any) -> bool:
    """Whether a spreadsheet holds a cell as a date, a time, or a span of time."""
    return isinstance(value, (date, time, timedelta))


_Kind = type[datetime] | type[date] | type[time]
_WRITTEN: tuple[tuple[str, _Kind], ...] = (("datetime", datetime), ("date", date), ("time", time))


def written(value: date | time | timedelta) -> dict[str, str]:
    """A moment for a pipe that knows texts, numbers and bools only."""
    if isinstance(value, timedelta):
        return {"span": str(value // timedelta(microseconds=1))}
    name = next(name for name, kind in _WRITTEN if isinstance(value, kind))
    return {name: value.isoformat()}


def understood(said: dict[str, str]) -> date | time | timedelta:
    """The moment that `written` wrote. Raises ValueError, KeyError for anything else."""
    (name, text), *_ = said.items()
    if name == "span":
        return timedelta(microseconds=int(text))
    return dict(_WRITTEN)[name].fromisoformat(text)

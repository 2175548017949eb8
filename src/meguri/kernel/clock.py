"""Time: UTC from one injectable clock. No other module reads the wall clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

_source: ContextVar[Callable[[], datetime] | None] = ContextVar("meguri_clock", default=None)


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    source = _source.get()
    return source() if source else datetime.now(UTC)


def today() -> date:
    """The present day in UTC."""
    return now().date()


@contextmanager
def fixed_clock(source: Callable[[], datetime]) -> Iterator[None]:
    """Within this context `now()` asks `source` (tests, replays)."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def seconds_z(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ` in UTC, fractions cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis_z(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ` in UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"

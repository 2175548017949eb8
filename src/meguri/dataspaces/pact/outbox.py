"""When a message that did not arrive is sent again: at least once, for 72 hours."""

from collections.abc import Iterator

FIRST_S, LONGEST_S, GIVE_UP_S = 30, 3600, 72 * 3600
FINAL_EXCEPT = frozenset({401, 408, 429})


def delay(attempt: int) -> int:
    """Seconds between try number `attempt` (from 0) and the next one: min(30 · 2^attempt, 3600)."""
    return min(FIRST_S << min(attempt, 16), LONGEST_S)


def retry_times() -> Iterator[int]:
    """Seconds after the first try at which it is tried again; none that would start after 72 hours."""
    at, attempt = 0, 0
    while (at := at + delay(attempt)) <= GIVE_UP_S:
        attempt += 1
        yield at


def is_final(status: int) -> bool:
    """Whether an answer of this status will not get better by asking again."""
    return 400 <= status < 500 and status not in FINAL_EXCEPT

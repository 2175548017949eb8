"""Identifiers: time-ordered UUIDs made here, because neither Python 3.11 nor PostgreSQL 15 makes them."""

import os
import re
import time
from uuid import UUID

_SHAPE = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
_last = (0, 0)


def new_id() -> UUID:
    """A new UUID version 7 (RFC 9562 §5.7), strictly increasing within this process.

    48 bits of Unix milliseconds, a 12-bit counter that orders ids of one millisecond, 62 random bits.
    """
    global _last
    millis, counter = time.time_ns() // 1_000_000, 0
    if millis <= _last[0]:
        millis, counter = _last[0], _last[1] + 1
        if counter > 0xFFF:
            millis, counter = millis + 1, 0
    _last = (millis, counter)
    tail = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(millis << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | tail)


def parse_uuid(text: str) -> UUID | None:
    """The UUID written as 36 characters `8-4-4-4-12` (any version, any case), or None for every other form."""
    return UUID(text) if _SHAPE.match(text) else None

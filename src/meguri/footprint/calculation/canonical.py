"""JSON in exactly one spelling (RFC 8785), and its hash: what a declaration, a statement or a rule pack is known by."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any

import msgspec

from meguri.footprint.calculation.errors import OutOfRange, ValueInvalid
from meguri.kernel.clock import millis_z
from meguri.kernel.numbers import plain

_SAFE = 2**53


def canonical_json(value: Any) -> bytes:
    """`value` as RFC 8785 writes it: no spaces, keys by UTF-16 code units.

    Decimals become plain strings and dates ISO 8601 first. Raises ValueInvalid for a float, whose spelling would depend
    on how it was computed, and OutOfRange for an integer that JavaScript could not hold.
    """
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def content_hash(value: Any) -> str:
    """SHA-256 of `canonical_json`, 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case Enum():
            return _plain(value.value)
        case str():
            return value
        case int():
            if abs(value) >= _SAFE:
                raise OutOfRange(field="integer", value=value, limits=f"± {_SAFE - 1}")
            return value
        case Decimal():
            return plain(value)
        case datetime():
            return millis_z(value)
        case date():
            return value.isoformat()
        case msgspec.Struct():
            return _plain(msgspec.structs.asdict(value))
        case Mapping():
            return {key: _plain(value[key]) for key in sorted(value, key=lambda key: str(key).encode("utf-16-be"))}
        case Sequence():
            return [_plain(item) for item in value]
    raise ValueInvalid(field="value", value=value)

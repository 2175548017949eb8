"""JSON in exactly one spelling (RFC 8785), and hashes of it."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import rfc8785

_SAFE = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no canonical form: not a number, an integer beyond ±(2⁵³ − 1), a lone surrogate, an unknown type."""


def canonical(value: Any) -> bytes:
    """`value` as RFC 8785 writes it. Raises NotCanonical.

    Decimals count as JSON numbers: of at most 15 significant digits, so that the double behind them is the same number.
    Structs, dates and UUIDs are written as msgspec writes them.
    """
    try:
        return rfc8785.dumps(_plain(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as wrong:
        raise NotCanonical(str(wrong)) from None


def sha256(value: Any) -> bytes:
    """SHA-256 of the canonical form, 32 bytes."""
    return hashlib.sha256(canonical(value)).digest()


def sha256_hex(value: Any) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return sha256(value).hex()


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | str() | int() | float():
            return value
        case Decimal():
            return _number(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_plain(item) for item in value]
    try:
        return _plain(msgspec.to_builtins(value, builtin_types=(Decimal,), str_keys=True))
    except (TypeError, RecursionError):
        raise NotCanonical(f"a {type(value).__name__} has no form in JSON") from None


def _number(value: Decimal) -> int | float:
    if not value.is_finite():
        raise NotCanonical("not a finite number")
    if value == value.to_integral_value() and abs(value) <= _SAFE:
        return int(value)
    return float(value)

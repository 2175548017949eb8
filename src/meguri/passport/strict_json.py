"""JSON as RFC 8259 and nothing more: a key twice, NaN, Infinity and what is beyond all numbers are mistakes, not values."""

import json
from math import isinf
from typing import Any

from meguri.kernel.surrogates import refuse_halves
from meguri.passport.errors import InvalidJson, PayloadTooLarge

MOST_BYTES = 5_000_000
_DEEPEST = 64


def decoded(body: bytes, most: int = MOST_BYTES) -> Any:
    """The value within `body`. Raises InvalidJson, PayloadTooLarge."""
    if len(body) > most:
        raise PayloadTooLarge(most=f"{most // 1_000_000} MB")
    try:
        text = body.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite)
        refuse_halves(text, found)
    except (ValueError, RecursionError):
        raise InvalidJson from None
    if _depth(found) > _DEEPEST:
        raise InvalidJson
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):  # 1e999: no number that anybody could mean
        raise ValueError(text)
    return number


def _refused(word: str) -> Any:
    raise ValueError(word)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(each) for each in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(each) for each in value), default=0)
    return 0


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396: `patch` into `target`; null removes a member."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found

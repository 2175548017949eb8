"""JSON from strangers, read strictly: what two readers could understand differently is refused.

Refused are doubled keys, NaN and Infinity, lone surrogates, more than 32 levels, more than 10 000 keys (I-JSON, RFC 7493).
"""

import json
import re
from typing import Any

from meguri.kernel.surrogates import refuse_halves

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]')
MOST_LEVELS = 32
MOST_KEYS = 10_000


class NotStrict(ValueError):
    """The bytes are no JSON that every reader understands in the same way; the message says why, without the content."""


def loads(raw: bytes, *, most_keys: int = MOST_KEYS) -> Any:
    """The value that `raw` (UTF-8) holds. Raises NotStrict."""
    count = 0

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal count
        count += len(found)
        if count > most_keys:
            raise NotStrict(f"more than {most_keys} keys")
        made = dict(found)
        if len(made) != len(found):
            raise NotStrict("a key stands twice in one object")
        return made

    try:
        text = raw.decode("utf-8")
        if _levels(text) > MOST_LEVELS:
            raise NotStrict("nested deeper than 32 levels")
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise NotStrict("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotStrict(f"not JSON at position {error.pos}") from None
    except (RecursionError, ValueError) as error:
        raise error if isinstance(error, NotStrict) else NotStrict("not JSON") from None
    try:
        refuse_halves(text, value)
    except UnicodeEncodeError:
        raise NotStrict("a lone surrogate in a string") from None
    return value


def _levels(text: str) -> int:
    """How deep brackets nest outside strings; counted before parsing, so that depth never costs a stack."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> None:
    raise NotStrict(f"{name} is not a JSON number")

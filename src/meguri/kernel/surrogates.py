"""Escapes of JSON that stand for half a character: no file, database or answer can hold the text that they make."""

import json
import re
from typing import Any

_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def refuse_halves(text: str, value: Any) -> None:
    """`value` was read from the JSON `text`. Raises ValueError when a string or name in it has a lone surrogate (RFC 8259 §8.2)."""
    if _ESCAPED_HALF.search(text):
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")

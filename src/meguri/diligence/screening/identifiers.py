"""Identifiers as people write them into a cell: with scheme, spaces, hyphens, wide digits, or several at once."""

import re
import unicodedata
from functools import lru_cache

_KINDS_OF_ID = (re.compile(r"[A-Z0-9]{18}\d{2}"), re.compile(r"\d{13}"), re.compile(r"CID\d{6}"), re.compile(r"\d{9}"))
_BETWEEN = re.compile(r"[;|,、；]")
_SCHEME = re.compile(
    r"^\s*(?!cid\b)(?:[^\W\d][^:：=]*[:：=]|(?:lei|duns|d-u-n-s|gln|vat|reg(?:istration)?|法人番号|corporate number|identifier|id)"
    r"(?:\s*(?:no|nr|number|code|コード))?\.?\s+(?=\S*\d))\s*",
    re.IGNORECASE,
)
_INVOICE = re.compile(r"T(\d{13})")  # a Japanese invoice registration number is T and the corporate number
_ROUNDED = re.compile(r"\s*\d(?:\.\d+)?E\+\d+\s*", re.IGNORECASE)  # what a spreadsheet makes of thirteen digits
_LEAST = 4


def plain_id(identifier: str) -> str:
    """One identifier without scheme, spaces and marks, in capitals; '' where it identifies nobody (n/a, -, 0000)."""
    text = _SCHEME.sub("", unicodedata.normalize("NFKC", identifier))
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    if invoice := _INVOICE.fullmatch(plain):
        plain = invoice[1]
    if (
        _ROUNDED.fullmatch(identifier)
        or len(plain) < _LEAST
        or not any(sign.isdigit() for sign in plain)
        or len(set(plain)) == 1
    ):
        return ""
    return plain


@lru_cache(maxsize=50_000)
def plain_ids(identifiers: str) -> tuple[str, ...]:
    """Every identifier of a cell; they are separated by `;`, `|` or a comma."""
    return tuple(dict.fromkeys(plain for part in _BETWEEN.split(identifiers) if (plain := plain_id(part))))


def ids_contradict(a: str, b: str) -> bool:
    """Two cells that both hold an identifier of one kind (LEI, corporate number, smelter id, DUNS), and none in common."""
    if not a or not b:
        return False
    here, there = plain_ids(a), plain_ids(b)
    if set(here) & set(there):
        return False
    return any(
        kind.fullmatch(one) and kind.fullmatch(other) for kind in _KINDS_OF_ID for one in here for other in there
    )

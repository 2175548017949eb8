"""What a scanned code names (pure): serial number, lot and product key of a GS1 code, in whichever spelling a scanner types.

Spellings: Digital Link URI, element string with brackets, and the bare data of a DataMatrix or GS1-128 symbol, where a
symbology identifier may lead and FNC1 (or the blank that it became) ends an element (GS1 General Specifications §7.8).
"""

import re
from itertools import pairwise
from urllib.parse import unquote

from meguri.kernel.addresses import parts_of

_SYMBOLOGY = re.compile(r"^\](?:C1|e0|d2|Q3|J1)")
_BRACKETS = re.compile(r"\((\d{2,4})\)\s*([^(]+)")
_BARE = re.compile(r"^01(\d{14})(.*)$", re.DOTALL)
_VARIABLE = re.compile(r"(21|10|22|240)([^\s\x1d]{1,20})")
_FIXED = re.compile(r"(?:11|13|15|17)\d{6}")  # dates stand between without a sign at their end
_NAMING = ("21", "10", "01")


def names_in(code: str) -> list[str]:
    """What the code may be known by, the most exact first; text that is no code names itself."""
    text = _SYMBOLOGY.sub("", code.strip())
    found = _of_address(text) if "://" in text else _of_brackets(text) or _of_bare(text)
    names = [found[key] for key in _NAMING if key in found]
    if "://" in text and not names:
        names = [unquote(parts_of(text).path.rstrip("/").rsplit("/", 1)[-1])]
    return [*dict.fromkeys(name for name in (*names, text) if name)]


def _of_address(text: str) -> dict[str, str]:
    parts = [unquote(part) for part in parts_of(text).path.split("/") if part]
    return {key: value for key, value in pairwise(parts) if key in _NAMING}


def _of_brackets(text: str) -> dict[str, str]:
    return {key: value.strip() for key, value in _BRACKETS.findall(text)}


def _of_bare(text: str) -> dict[str, str]:
    whole = _BARE.match(text)
    if whole is None:
        return {}
    found, rest = {"01": whole[1]}, whole[2].strip("\x1d ")
    while rest:
        fixed, variable = _FIXED.match(rest), _VARIABLE.match(rest)
        if fixed is not None:
            rest = rest[fixed.end() :]
        elif variable is not None:
            found[variable[1]] = variable[2]
            rest = rest[variable.end() :].strip("\x1d ")
        else:
            break
    return found

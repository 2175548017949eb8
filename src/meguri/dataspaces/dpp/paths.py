"""Element paths: RFC 9535 queries that name exactly one node, `$['section']['key'][0]` or `$.section.key`."""

import re
from typing import Any

from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.text import Text

_NAME = re.compile(r"\.([A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)")
_QUOTED = re.compile(r"""\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]""")
_INDEX = re.compile(r"\[\s*(0|[1-9][0-9]{0,8})\s*\]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
Step = str | int


class InvalidElementPath(Refusal):
    """Not a query of RFC 9535 that names exactly one node."""

    status, code = 400, "INVALID_ELEMENT_PATH"
    say = Text(
        ja="要素のパスが正しくありません。$['区分']['項目'] の形で 1 つの要素を指定してください。",
        en="This is not a path to exactly one element. Please write it as $['section']['key'].",
    )


class ElementNotFound(NotFound):
    """The document has no such element."""

    code = "ELEMENT_NOT_FOUND"
    say = Text(ja="この要素はありません。", en="The document has no such element.")


def steps_of(path: str) -> list[Step]:
    """The steps of a path below the root. Raises InvalidElementPath."""
    text = path.strip()
    if not text.startswith("$"):
        raise InvalidElementPath
    place, steps = 1, list[Step]()
    while place < len(text):
        found = _QUOTED.match(text, place) or _NAME.match(text, place) or _INDEX.match(text, place)
        if found is None:
            raise InvalidElementPath
        steps.append(_step(found))
        place = found.end()
    return steps


def _step(found: re.Match[str]) -> Step:
    if found.re is _INDEX:
        return int(found[1])
    word = found[1] if found[1] is not None else found[2]
    return _ESCAPE.sub(_unescaped, word) if found.re is _QUOTED else word


def _unescaped(found: re.Match[str]) -> str:
    sign = found[1]
    return chr(int(sign[1:], 16)) if sign[0] == "u" and len(sign) == 5 else _ESCAPES.get(sign, sign)


def node(value: Any, steps: list[Step]) -> Any:
    """What stands at the end of the steps. Raises ElementNotFound."""
    for step in steps:
        is_there = isinstance(step, str) and isinstance(value, dict) and step in value
        if not is_there and not (isinstance(step, int) and isinstance(value, list) and step < len(value)):
            raise ElementNotFound
        value = value[step]
    return value


def replaced(value: Any, steps: list[Step], new: Any) -> Any:
    """`value` with `new` at the end of the steps. Raises ElementNotFound when there is nothing on the way."""
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return [*value[:step], replaced(value[step], rest, new), *value[step + 1 :]]
    if isinstance(step, str) and isinstance(value, dict) and (step in value or not rest):
        return {**value, step: replaced(value.get(step), rest, new)}
    raise ElementNotFound

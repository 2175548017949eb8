"""What is wrong with a request's content, in the reader's words instead of the decoder's.

msgspec stops at the first broken rule and says it in English, as `Expected `int`, got `str``; each of its sentences has a
counterpart here, and a sentence that has none is told as "not valid".
"""

import re

import msgspec
from litestar.exceptions import ValidationException

from meguri.kernel.errors import FieldError
from meguri.kernel.text import Text
from meguri.web.finite import FINITE

_NAMES = {
    "str": Text(ja="文字列", en="a text"),
    "int": Text(ja="整数", en="a whole number"),
    "float": Text(ja="数値", en="a number"),
    "decimal": Text(ja="数値", en="a number"),
    "bool": Text(ja="true または false", en="true or false"),
    "array": Text(ja="配列", en="a list"),
    "object": Text(ja="オブジェクト", en="an object"),
    "null": Text(ja="null", en="null"),
    "uuid": Text(ja="UUID", en="a UUID"),
    "datetime": Text(ja="日時（RFC 3339）", en="a date and time (RFC 3339)"),
    "date": Text(ja="日付（YYYY-MM-DD）", en="a date (YYYY-MM-DD)"),
}
_OF = Text(ja="{kind}を指定してください。", en="This has to be {kind}.")
_LENGTH = Text(ja="{kind}の長さは{bound}にしてください。", en="The length of {kind} has to be {bound}.")
_RANGE = Text(ja="{bound}の値を指定してください。", en="The value has to be {bound}.")
_AT_LEAST = Text(ja="{n}以上", en="at least {n}")
_AT_MOST = Text(ja="{n}以下", en="at most {n}")
_ABOVE = Text(ja="{n}より大きい数", en="more than {n}")
_BELOW = Text(ja="{n}より小さい数", en="less than {n}")
_EXACTLY = Text(ja="{n}", en="exactly {n}")
_BOUNDS = {">=": _AT_LEAST, "<=": _AT_MOST, ">": _ABOVE, "<": _BELOW, "==": _EXACTLY}
_MISSING = Text(ja="この項目は必須です。", en="This is required.")
_UNKNOWN = Text(ja="この項目は指定できません。", en="This field is not known here.")
_CHOICE = Text(ja="選択肢にない値です。", en="This is not one of the allowed values.")
_FORM = Text(ja="形式が正しくありません。", en="This does not have the right form.")
_INVALID = Text(ja="値が正しくありません。", en="This value is not valid.")

_EXPECTED = re.compile(r"Expected `([^`]+)`")
_SIZED = re.compile(r"Expected `([^`]+)` of length (>=|<=|==) (\d+)")
_BOUNDED = re.compile(r"Expected `[^`]+` (>=|<=|>|<) (-?[\d.]+(?:e[+-]?\d+)?)")
_FIELD = re.compile(r"Object (missing required|contains unknown) field `([^`]*)`")
_IN_BODY = re.compile(r" - at `\$\.data\.?([^`]*)`\Z")
_PARAMETER = re.compile(r"Missing required \w+ parameter '([^']+)'")


def broken_rules(error: ValidationException) -> tuple[FieldError, ...]:
    """Each broken rule that the framework found, with its field; the whole body's field is empty."""
    extra = error.extra if isinstance(error.extra, list) else []
    found = [
        broken_rule(str(each.get("key", "")), str(each.get("message", ""))) for each in extra if isinstance(each, dict)
    ]
    if found:
        return tuple(found)
    parameter = _PARAMETER.search(error.detail)
    return (FieldError(parameter[1] if parameter else "", _MISSING if parameter else _INVALID, {}),)


def broken_body(error: BaseException | None) -> tuple[FieldError, ...]:
    """The broken rule of a body whose field has the name of something that handlers are given (`unit`, `version`).

    The framework takes it for a mistake of ours; the decoder's own sentence says that it is the body's.
    """
    place = _IN_BODY.search(str(error)) if isinstance(error, msgspec.ValidationError) else None
    return (broken_rule(place[1], str(error).split(" - ", 1)[0]),) if place else ()


def broken_rule(key: str, message: str) -> FieldError:
    """The decoder's `message` on the field `key`; what is missing or not known is named within it."""
    field = _field(key)
    named = _FIELD.search(message)
    if named:
        inner = f"{field}.{named[2]}" if field else named[2]
        return FieldError(inner, _MISSING if named[1].startswith("missing") else _UNKNOWN, {})
    return FieldError(field, sentence_of(message), {})


def _field(key: str) -> str:
    return "" if key == "data" else key.removeprefix("data.").removeprefix("$.")


def sentence_of(message: str) -> Text:
    """The decoder's sentence as ours."""
    sized, bounded, expected = _SIZED.match(message), _BOUNDED.match(message), _EXPECTED.match(message)
    if sized:
        return _both(_LENGTH, kind=_kind(sized[1]), bound=_bound(sized[2], sized[3]))
    if bounded and bounded[2].endswith("e+300"):  # the bounds of `numbers.Finite` say nothing to a reader
        return FINITE
    if bounded:
        return _both(_RANGE, bound=_bound(bounded[1], bounded[2]))
    if expected and "matching regex" not in message:
        return _both(_OF, kind=_kind(expected[1]))
    if message.startswith("Invalid enum value"):
        return _CHOICE
    if message.startswith(("Invalid", "Expected")):
        return _FORM
    return _INVALID


def _kind(named: str) -> Text:
    parts = [_NAMES.get(part.strip(), Text(ja=part.strip(), en=part.strip())) for part in named.split("|")]
    return Text(ja="または".join(part.ja for part in parts), en=" or ".join(part.en for part in parts))


def _bound(sign: str, number: str) -> Text:
    return _both(_BOUNDS[sign], n=Text(ja=number, en=number))


def _both(say: Text, **inner: Text) -> Text:
    return Text(
        ja=say.of("ja", **{name: part.ja for name, part in inner.items()}),
        en=say.of("en", **{name: part.en for name, part in inner.items()}),
    )

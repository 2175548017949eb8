"""One value against its attribute. All faults are found, each with its JSON pointer."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from meguri.kernel.text import Text
from meguri.passport.catalogue import Attribute
from meguri.passport.findings import Finding, pointer
from meguri.passport.japan.era import western_month
from meguri.passport.values.atoms import ATOMS, NUMBER, anything, folded
from meguri.passport.values.shapes import LISTS, MEASURED, SHAPES

_BOUND = re.compile(r"(decimal|integer)(?: (>?)(-?[\d.]*?)(?:\.\.(-?[\d.]*))?)?\Z")
_OBJECT = Text(ja="オブジェクトを指定してください。", en="This has to be an object.")
_LIST = Text(ja="配列を指定してください。", en="This has to be a list.")
_REQUIRED = Text(ja="この項目は必須です。", en="This field is required.")
_UNKNOWN = Text(ja="この項目は指定できません。", en="This field is not known here.")
_CHOICE = Text(ja="次から選んでください: {choices}", en="Please choose among: {choices}")
_RANGE = Text(ja="{bound} の範囲の値を指定してください（単位 {unit}）。", en="The value has to be {bound} ({unit}).")
_RANGE_ALONE = Text(ja="{bound} の範囲の値を指定してください。", en="The value has to be {bound}.")
_COUNT = Text(ja="要素は {least}〜{most} 個にしてください。", en="The list has to have {least} to {most} items.")
_INTERVAL = Text(
    ja="0 ≤ 下限 ≤ 値 ≤ 上限 になるように指定してください。", en="The interval has to hold: 0 ≤ low ≤ value ≤ high."
)
_BINS = Text(ja="区間は小さい順に隙間なく並べてください。", en="Bins have to be ascending, without gaps.")
_SHARES = Text(ja="割合の合計を 100 ± 0.1 % にしてください。", en="Shares have to add up to 100 ± 0.1 %.")
_SAME_COUNTRY = Text(
    ja="同じ国を 2 回指定しています。1 行にまとめてください。", en="A country stands here twice; please put it in one."
)
_SAME_POINT = Text(
    ja="同じ条件（SoC・時間・温度）の出力が 2 つあります。どちらか一方にしてください。",
    en="Two powers stand under the same conditions (state of charge, duration, temperature); please keep one.",
)
_UPSIDE_DOWN = Text(ja="{low} 以上の値を指定してください。", en="This may not lie below {low}.")
_SOURCE = Text(ja="url または file_id のどちらか一方を指定してください。", en="Give either url or file_id.")
_WARNING = Text(
    ja="outcome が warned のときは warning_to_hazard_s（警報から危険までの秒数）が必要です。",
    en="With outcome “warned”, warning_to_hazard_s (seconds from warning to hazard) is needed.",
)
_WIDE_AREA = Text(
    ja="広域認定の番号は 第331号 の形で指定してください。", en="A wide-area certification has a number such as 第331号."
)
_WIDE_AREA_NUMBER = re.compile(r"第[0-9]{1,4}号\Z")


def normalised(attribute: Attribute, value: Any) -> Any:
    """The value in its canonical spelling: codes without full-width signs, months from the Japanese calendar."""
    if isinstance(value, str):
        if attribute.type == "year_month":
            return western_month(folded(value)) or folded(value)
        if attribute.type in ("code", "date", "datetime", "duration", "uri") or attribute.key in _NUMBERS:
            return folded(value)
    if attribute.type == "codes" and isinstance(value, list):
        return [folded(each) if isinstance(each, str) else each for each in value]
    return value


_FORMS = {
    # NANDO gives every notified body four digits; Implementing Regulation (EU) 2026/1778 takes four to ten of a commodity code.
    "notified_body_number": (
        re.compile(r"[0-9]{4}\Z"),
        Text(ja="認証機関番号は数字 4 桁です。", en="The number of a notified body has four digits."),
    ),
    "commodity_code": (
        re.compile(r"[0-9]{4,10}\Z"),
        Text(
            ja="品目分類番号は数字 4〜10 桁です（空白や点なし）。",
            en="A commodity code has 4 to 10 digits, without dots or blanks.",
        ),
    ),
}
_NUMBERS = frozenset(
    {"gtin", "serial_number", "batch_id", "commodity_code", "notified_body_number", "battery_model_id"}
)


def check(attribute: Attribute, value: Any) -> Iterator[Finding]:
    """Every fault of a value; nothing when it is right."""
    for found in _value(attribute, attribute.type, value, (attribute.key,)):
        yield Finding(code=found[0], pointer=pointer(*found[1]), say=found[2], values=found[3], legal=attribute.legal)


_Place = tuple[Any, ...]
_Fault = tuple[str, _Place, Text, dict[str, Any]]


def _value(attribute: Attribute, kind: str, value: Any, at: _Place) -> Iterator[_Fault]:
    if kind in ("code", "codes"):
        yield from _codes(attribute, kind, value, at)
    elif kind in LISTS:
        yield from _listed(attribute, LISTS[kind], value, at, top=at == (attribute.key,))
    elif kind in MEASURED:
        yield from _measured(attribute, MEASURED[kind], value, at)
    elif kind in SHAPES:
        yield from _shape(attribute, kind, value, at)
    elif kind in ("object", "transfers"):
        if not isinstance(value, dict | list):
            yield _invalid(at, _OBJECT)
    elif attribute.most != 1 and isinstance(value, list):
        for place, each in enumerate(value):
            yield from _atom(attribute, kind, each, (*at, place))
    else:
        yield from _atom(attribute, kind, value, at)


def _invalid(at: _Place, say: Text, **values: Any) -> _Fault:
    return "INVALID_VALUE", at, say, values


def _atom(attribute: Attribute, kind: str, value: Any, at: _Place) -> Iterator[_Fault]:
    if attribute.key.endswith("_email"):
        kind = "email"
    broken = ATOMS[kind](value)
    form = _FORMS.get(attribute.key)
    if broken:
        yield "INVALID_VALUE", at, broken, {"n": 20_000}
    elif form is not None and not form[0].match(folded(value)):
        yield _invalid(at, form[1])
    elif kind in ("decimal", "integer"):
        yield from _within(attribute, value, at)


def _within(attribute: Attribute, value: float, at: _Place) -> Iterator[_Fault]:
    low, high = attribute.minimum, attribute.maximum
    under = low is not None and (value <= low if attribute.above else value < low)
    if under or (high is not None and value > high):
        bound = _bound_words(low, high, attribute.above)
        say = _RANGE if attribute.unit else _RANGE_ALONE
        yield "VALUE_OUT_OF_RANGE", at, say, {"bound": bound, "unit": attribute.unit}


def _bound_words(low: float | None, high: float | None, above: bool) -> str:
    least = "" if low is None else f"{'>' if above else '≥'} {low:g}"
    most = "" if high is None else f"≤ {high:g}"
    return ", ".join(part for part in (least, most) if part)


def _codes(attribute: Attribute, kind: str, value: Any, at: _Place) -> Iterator[_Fault]:
    if kind == "codes":
        if not isinstance(value, list):
            yield _invalid(at, _LIST)
            return
        yield from _counted(attribute, value, at)
        for place, each in enumerate(value):
            yield from _code(attribute.enum, each, (*at, place))
    else:
        yield from _code(attribute.enum, value, at)


def _code(choices: tuple[str, ...], value: Any, at: _Place) -> Iterator[_Fault]:
    if not isinstance(value, str) or value not in choices:
        yield "INVALID_ENUM", at, _CHOICE, {"choices": ", ".join(choices)}


def _counted(attribute: Attribute, value: list[Any], at: _Place) -> Iterator[_Fault]:
    most = attribute.most if attribute.most is not None else 10_000
    if not attribute.least <= len(value) <= most:
        yield _invalid(at, _COUNT, least=attribute.least, most=most)


def _listed(attribute: Attribute, shape: str, value: Any, at: _Place, *, top: bool = False) -> Iterator[_Fault]:
    if not isinstance(value, list):
        yield _invalid(at, _LIST)
        return
    if top:
        yield from _counted(attribute, value, at)
    for place, each in enumerate(value):
        yield from _shape(attribute, shape, each, (*at, place))
    if shape == "power_point" and _twice([_point(each) for each in value if isinstance(each, dict)]):
        yield _invalid(at, _SAME_POINT)
    if shape == "country_share" and not any(True for _ in _bad_shares(value)):
        if _twice([str(each.get("country")) for each in value]):
            yield _invalid(at, _SAME_COUNTRY)
        total = sum(each.get("share_pct", 0) for each in value)
        if value and abs(total - 100) > 0.1:
            yield _invalid(at, _SHARES)


def _twice(said: list[str]) -> bool:
    return len(set(said)) != len(said)


def _point(said: dict[str, Any]) -> str:
    """What a point of power is told by: two powers under the same conditions contradict each other."""
    return repr([said.get(name) for name in ("soc_pct", "duration_s", "temp_min", "temp_max")])


def _bad_shares(value: list[Any]) -> Iterator[None]:
    for each in value:
        if not isinstance(each, dict) or NUMBER is ATOMS["decimal"](each.get("share_pct")):
            yield None


def _measured(attribute: Attribute, inner: str, value: Any, at: _Place) -> Iterator[_Fault]:
    if not isinstance(value, dict):
        yield _invalid(at, _OBJECT)
        return
    if "value" not in value:
        yield _invalid((*at, "value"), _REQUIRED)
    else:
        yield from _value(attribute, inner, value["value"], (*at, "value"))
    rest = {name: each for name, each in value.items() if name != "value"}
    yield from _shape(attribute, "measured", rest, at)


def _shape(attribute: Attribute, shape: str, value: Any, at: _Place) -> Iterator[_Fault]:
    if not isinstance(value, dict):
        yield _invalid(at, _OBJECT)
        return
    fields = {name.rstrip("*"): (word, name.endswith("*")) for name, word in SHAPES[shape].items()}
    found = False
    for name, (word, required) in fields.items():
        if value.get(name) is None:
            if required:
                found = True
                yield _invalid((*at, name), _REQUIRED)
            continue
        for fault in _field(attribute, word, value[name], (*at, name)):
            found = True
            yield fault
    for name in value.keys() - fields.keys():
        yield _invalid((*at, name), _UNKNOWN)
    whole = _WHOLE.get(shape)
    if whole is not None and not found:
        yield from whole(attribute, value, at)


def _field(attribute: Attribute, word: str, value: Any, at: _Place) -> Iterator[_Fault]:
    if word == "any":
        broken = anything(value)
        if broken:
            yield _invalid(at, broken)
        return
    if word == "bounded":
        yield from _atom(attribute, "decimal", value, at)
    elif word.startswith("["):
        if not isinstance(value, list):
            yield _invalid(at, _LIST)
            return
        for place, each in enumerate(value):
            yield from _field(attribute, word[1:-1], each, (*at, place))
    elif word in SHAPES:
        yield from _shape(attribute, word, value, at)
    elif "|" in word:
        yield from _code(tuple(word.split("|")), value, at)
    else:
        yield from _bounded(word, value, at)


def _bounded(word: str, value: Any, at: _Place) -> Iterator[_Fault]:
    bound = _BOUND.match(word)
    broken = ATOMS[bound[1] if bound else word](value)
    if broken:
        yield "URL_NOT_ALLOWED" if word == "https" else "INVALID_VALUE", at, broken, {"n": 20_000}
        return
    if bound is None:
        return
    low, high = (float(part) if part else None for part in (bound[3], bound[4]))
    under = low is not None and (value <= low if bound[2] else value < low)
    if under or (high is not None and value > high):
        yield "VALUE_OUT_OF_RANGE", at, _RANGE_ALONE, {"bound": _bound_words(low, high, bool(bound[2]))}


def _whole_document(attribute: Attribute, value: dict[str, Any], at: _Place) -> Iterator[_Fault]:
    yield from _ends_before("issued", "valid_until")(attribute, value, at)
    if (value.get("url") is None) == (value.get("file_id") is None):
        yield _invalid(at, _SOURCE)


def _ends_before(early: str, late: str) -> Callable[[Attribute, dict[str, Any], _Place], Iterator[_Fault]]:
    """The later of two dates, or the higher of two temperatures, is not below the other."""

    def found(_: Attribute, value: dict[str, Any], at: _Place) -> Iterator[_Fault]:
        low, high = value.get(early), value.get(late)
        if low is not None and high is not None and high < low:
            yield _invalid((*at, late), _UPSIDE_DOWN, low=early)

    return found


def _whole_histogram(_: Attribute, value: dict[str, Any], at: _Place) -> Iterator[_Fault]:
    edges = [(each["from"], each["to"]) for each in value["bins"]]
    rising = all(low < high for low, high in edges)
    joined = all(edges[place][1] == edges[place + 1][0] for place in range(len(edges) - 1))
    if not edges or not rising or not joined:
        yield _invalid((*at, "bins"), _BINS)


def _whole_soh(_: Attribute, value: dict[str, Any], at: _Place) -> Iterator[_Fault]:
    low, high = value.get("interval_low", value["value"]), value.get("interval_high", value["value"])
    if not 0 <= low <= value["value"] <= high:
        yield _invalid(at, _INTERVAL)


def _whole_thermal(_: Attribute, value: dict[str, Any], at: _Place) -> Iterator[_Fault]:
    if value["outcome"] == "warned" and value.get("warning_to_hazard_s") is None:
        yield _invalid((*at, "warning_to_hazard_s"), _WARNING)


def _whole_certificate(attribute: Attribute, value: dict[str, Any], at: _Place) -> Iterator[_Fault]:
    yield from _ends_before("issued", "valid_until")(attribute, value, at)
    if attribute.key == "jp_wide_area_certification" and not _WIDE_AREA_NUMBER.match(folded(value["number"])):
        yield _invalid((*at, "number"), _WIDE_AREA)


_WHOLE: dict[str, Callable[[Attribute, dict[str, Any], _Place], Iterator[_Fault]]] = {
    "document": _whole_document,
    "quantity_t": _ends_before("temp_min", "temp_max"),
    "power_point": _ends_before("temp_min", "temp_max"),
    "histogram": _whole_histogram,
    "soh": _whole_soh,
    "thermal_test": _whole_thermal,
    "certificate": _whole_certificate,
}

"""How values are written on pages: figures with their unit, days, moments, money. A value that is missing says why.

Every function takes the language first; `render` binds it, so that templates write `{{ total|quantity("kg") }}`.
"""

import math
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from babel.numbers import format_currency, get_currency_precision
from jinja2 import Undefined
from markupsafe import Markup, escape

from meguri.kernel import clock
from meguri.kernel.numbers import plain
from meguri.kernel.text import Language, Text
from meguri.kernel.units import SYMBOLS, AmountUnit
from meguri.ui.words import say

Number = int | float | Decimal
Unit = str | AmountUnit | Text

JST = timezone(timedelta(hours=9), "JST")  # Japan has no summer time: a fixed offset needs no time-zone data

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LOCALES = {"ja": "ja_JP", "en": "en_GB", "de": "de_DE"}
_GERMAN = str.maketrans(",.", ".,")
_CLOSE_UNITS = ("%", "個", "件", "")
_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


class MissingWithoutReason(ValueError):
    """A value is missing and the page does not say why; a blank or a nought would be read as a fact."""


def exact(value: Number) -> Decimal:
    """`value` as a Decimal, floats by their shortest form. Raises ValueError for what is no finite number."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a figure")
    return number


def sensible(number: Decimal, digits: int = 3) -> str:
    """`number` in groups, with `digits` significant digits; digits before the decimal point are never rounded away.

    What was rounded keeps its last noughts (`65.0`), what is exact as it stands gets none (`65`).
    """
    places = max(digits - 1 - number.adjusted(), 0) if number else 0
    with localcontext() as context:
        context.prec = max(60, number.adjusted() + digits)  # all digits before the point stand, however many
        rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return grouped(number) if rounded == number else grouped(rounded, places)


def grouped(number: Decimal, places: int | None = None) -> str:
    """`number` in groups of three, with a true minus sign; with `places` always that many decimals."""
    text = f"{number:,.{places}f}" if places is not None else _grouped_plain(number)
    return text.replace("-", _MINUS) if number < 0 else text


def written(language: Language, figures: str) -> str:
    """A figure of `grouped` or `sensible` with the signs of its language: `1.234,5` in German."""
    return figures.translate(_GERMAN) if language == "de" else figures


def _grouped_plain(number: Decimal) -> str:
    whole, point, rest = plain(number).partition(".")
    return f"{Decimal(whole):,}{point}{rest}" if whole.lstrip("-") != "0" else f"{whole}{point}{rest}"


def unit_name(language: Language, unit: Unit) -> str:
    """The sign of `unit` as it is written after a figure."""
    if isinstance(unit, AmountUnit):
        unit = SYMBOLS[unit]
    return unit.of(language) if isinstance(unit, Text) else unit


def missing(language: Language, reason: str) -> Markup:
    """A dash and, beside it, why there is no value."""
    if not reason:
        raise MissingWithoutReason
    return Markup('<span class="missing">— <span class="missing-reason">{}</span></span>').format(reason)


def number(language: Language, value: Number, places: int | None = None) -> str:
    """A bare figure in groups of three, all its digits or `places` decimals."""
    return grouped(exact(value), places)


def quantity(
    language: Language,
    value: Number | None,
    unit: Unit = "",
    *,
    digits: int = 3,
    places: int | None = None,
    reason: str = "",
    low: Number | None = None,
    high: Number | None = None,
    focus: bool = True,
) -> Markup:
    """A figure with its unit, in sensible digits; the exact value shows on pointing and on focus.

    value      None = missing, then `reason` must say why
    digits     significant digits shown; or `places`, a fixed number of decimals
    low, high  the interval of an estimate, shown behind it
    focus      False in the cells of long tables, where every figure would be one more stop of the Tab key
    """
    if value is None:
        return missing(language, reason)
    true = exact(value)
    name = unit_name(language, unit)
    gap = "" if name in _CLOSE_UNITS else _NO_BREAK

    def shown(each: Decimal) -> str:
        return grouped(each, places) if places is not None else sensible(each, digits)

    text = Markup('<span class="figure-number">{}</span>{}<span class="unit">{}</span>').format(shown(true), gap, name)
    if low is not None and high is not None:
        text += Markup(' <span class="interval">({}–{}{}{})</span>').format(
            shown(exact(low)), shown(exact(high)), gap, name
        )
    full = f"{grouped(true)}{gap}{name}"
    if shown(true) == grouped(true):
        return Markup('<data class="quantity" value="{}">{}</data>').format(plain(true), text)
    stop = Markup(' tabindex="0"') if focus else ""
    return Markup('<data class="quantity" value="{}" title="{}" data-exact="{}"{}>{}</data>').format(
        plain(true), full, full, stop, text
    )


def money(language: Language, minor: int | None, currency: str = "JPY", *, reason: str = "") -> Markup:
    """An amount of money given in minor units (yen, cents) of the ISO 4217 `currency`, to the last unit.

    For what was agreed, billed or typed; what a model reckons is an `estimate`.
    """
    if minor is None:
        return missing(language, reason)
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return Markup('<data class="quantity money" value="{}">{}</data>').format(
        plain(amount), _currency(language, amount, currency)
    )


def estimate(
    language: Language,
    minor: int | None,
    currency: str = "JPY",
    *,
    digits: int = 3,
    reason: str = "",
    focus: bool = True,
) -> Markup:
    """An amount of money that a model reckons, in `digits` significant digits; the exact one shows as in `quantity`.

    Unlike a measured figure it is rounded before the decimal point too: 1,434,117 yen is 1,430,000 yen.
    """
    if minor is None:
        return missing(language, reason)
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    rounded = rounded_off(amount, digits)
    if rounded == amount:
        return money(language, minor, currency)
    full = _currency(language, amount, currency)
    stop = Markup(' tabindex="0"') if focus else ""
    return Markup('<data class="quantity money" value="{}" title="{}" data-exact="{}"{}>{}</data>').format(
        plain(amount), full, full, stop, _currency(language, rounded, currency, cents=rounded != rounded.to_integral())
    )


def rounded_off(amount: Decimal, digits: int) -> Decimal:
    """`amount` in `digits` significant digits, half to even; nought stays nought."""
    if not amount:
        return amount
    last = Decimal(1).scaleb(amount.adjusted() - digits + 1)
    with localcontext() as context:
        context.prec = 60
        return (amount / last).to_integral_value(ROUND_HALF_EVEN) * last


def _currency(language: Language, amount: Decimal, currency: str, *, cents: bool = True) -> str:
    """`amount` with the sign of its currency; without `cents` a whole amount, which claims none."""
    pattern = None if cents else "¤#,##0"
    text = format_currency(amount, currency, pattern, locale=_LOCALES[language], currency_digits=cents)
    return text.replace("-", _MINUS).replace("\uffe5", "¥")


def day_text(language: Language, value: date) -> str:
    """`2026年11月22日`, `22 Nov 2026` or `22.11.2026`."""
    if language == "ja":
        return f"{value.year}年{value.month}月{value.day}日"
    if language == "de":
        return f"{value.day}.{value.month}.{value.year}"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def day(language: Language, value: date | str | None, *, reason: str = "") -> Markup:
    """A day, also one kept as ISO 8601 text; of a moment, the day it was in Japan."""
    if value is None:
        return missing(language, reason)
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(JST).date()
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day_text(language, value))


def moment(language: Language, value: datetime | None, *, reason: str = "", relative: bool = False) -> Markup:
    """Day and time in Japan, `2026年11月22日 14:05 JST`; with `relative`, scripts turn it into 「3 時間前」.

    Raises ValueError for a time without zone.
    """
    if value is None:
        return missing(language, reason)
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    local = value.astimezone(JST)
    text = f"{day_text(language, local.date())} {local:%H:%M} JST"
    mark = Markup(" data-relative") if relative else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(value.isoformat(timespec="seconds"), mark, text)


def due(language: Language, value: date | None, *, reason: str = "", done: bool = False) -> Markup:
    """A due day, and in words how near it is (unless `done`), counted in days of Japan."""
    if value is None:
        return missing(language, reason)
    written = day(language, value)
    if done:
        return written
    left = (value - clock.now().astimezone(JST).date()).days
    nearness, word = _nearness(left)
    return Markup('<span class="due" data-near="{}">{} <span class="due-word">{}</span></span>').format(
        nearness, written, say(word, language, n=abs(left))
    )


def _nearness(left: int) -> tuple[str, str]:
    if left < 0:
        return "over", "ui.due.over"
    if left == 0:
        return "soon", "ui.due.today"
    return ("soon" if left <= 7 else "later"), "ui.due.left"


def file_size(language: Language, size: int) -> str:
    """The size of a file of `size` bytes, in decimal multiples."""
    if size < 1000:
        return f"{size} B"
    power = min(int(math.log10(size)) // 3, 3)
    return f"{sensible(Decimal(size).scaleb(-3 * power), 2)} {('kB', 'MB', 'GB')[power - 1]}"


def attributes(given: dict[str, object]) -> Markup:
    """HTML attributes of `given`: False, None and an `if` without `else` that does not hold are left out.

    True stands without a value; `_` is written `-`.
    """
    written = Markup("")
    for name, value in given.items():
        if value is None or value is False or isinstance(value, Undefined):
            continue
        name = name.rstrip("_").replace("_", "-")
        written += Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, escape(value))
    return written

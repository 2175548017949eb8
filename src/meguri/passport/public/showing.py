"""Catalogue values as people read them: each type has its way of being said."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from meguri.kernel.text import Language, Text
from meguri.passport.catalogue import Attribute
from meguri.passport.public.plan import Plan
from meguri.ui.formats import exact, sensible

UNITS = {"degC": "°C", "ohm": "Ω", "kgCO2e/kWh": "kgCO₂e/kWh", "kgCO2e": "kgCO₂e", "W/Wh": "W/Wh", "A/Ah": "A/Ah"}
_UNIT_WORDS = {
    "cycles": Text(ja="回", en="cycles"),
    "year": Text(ja="年", en="years"),
    "min": Text(ja="分", en="min"),
    "%/month": Text(ja="%/月", en="%/month"),
}


class Line(msgspec.Struct, frozen=True):
    """One line of a value: words, perhaps a link, perhaps in another language than the page."""

    text: str
    href: str | None = None
    lang: str | None = None


class Grid(msgspec.Struct, frozen=True):
    """A list of things as a table; `numbers` are the places of columns with figures."""

    headings: list[str]
    rows: list[list[str]]
    numbers: list[int] = []


class Shown(msgspec.Struct, frozen=True):
    """A value: lines, or a table."""

    lines: list[Line] = []
    grid: Grid | None = None


def unit_of(attribute: Attribute, language: Language) -> str:
    """The unit as it is written."""
    word = _UNIT_WORDS.get(attribute.unit)
    return word.of(language) if word else UNITS.get(attribute.unit, attribute.unit)


def figure(value: Any, unit: str = "", digits: int = 4) -> str:
    """A number with its unit."""
    number = sensible(exact(value), digits)
    return f"{number}{'' if unit in ('', '%', '回', '年', '分') else chr(0xA0)}{unit}"


def show(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    """A value in the reader's language."""
    says = _WAYS.get(attribute.type)
    if says is None:
        return Shown([Line(str(value))])
    return says(attribute, value, language, plan)


def words(value: Any, language: Language) -> Line:
    """A text: in the reader's language if there is one, else in another, which is then named."""
    if not isinstance(value, Mapping):
        return Line(str(value))
    if language in value:
        return Line(str(value[language]))
    other = next((tag for tag in ("en", "ja", *value) if tag in value), None)
    return Line(str(value[other]), lang=str(other)) if other else Line("")


def _plain(_: Attribute, value: Any, __: Language, ___: Plan) -> Shown:
    return Shown([Line(str(value))])


def _text(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    return Shown([words(value, language)])


def _uri(_: Attribute, value: Any, __: Language, ___: Plan) -> Shown:
    return Shown([Line(str(value), href=safe_link(value))])


def safe_link(value: Any) -> str | None:
    """An address that may stand in a link."""
    text = str(value)
    return text if text.startswith(("https://", "http://")) else None


def _boolean(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    yes, no = Text(ja="はい", en="yes"), Text(ja="いいえ", en="no")
    return Shown([Line((yes if value else no).of(language))])


def _number(attribute: Attribute, value: Any, language: Language, _: Plan) -> Shown:
    if isinstance(value, list):
        return Shown([Line(" / ".join(figure(one, unit_of(attribute, language)) for one in value))])
    if not attribute.unit and attribute.type == "integer":
        return Shown([Line(str(value))])  # years and the like: no grouping
    return Shown([Line(figure(value, unit_of(attribute, language)))])


def _code(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    return Shown([Line(plan.word(str(one)).of(language)) for one in _list(value)])


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _month(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    year, _dash, month = str(value)[:7].partition("-")
    return Shown([Line(f"{year}年{int(month)}月" if language == "ja" else f"{_MONTHS[int(month) - 1]} {year}")])


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    text = str(value)
    if len(text) < 10:
        return _month(attribute, value, language, plan)
    year, month, day = text[:10].split("-")
    said = f"{year}年{int(month)}月{int(day)}日" if language == "ja" else f"{int(day)} {_MONTHS[int(month) - 1]} {year}"
    return Shown([Line(said)])


def _duration(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    names = {"Y": ("年", "years"), "M": ("か月", "months"), "W": ("週間", "weeks"), "D": ("日", "days")}
    said, number = [], ""
    for sign in str(value).removeprefix("P"):
        if sign in names and number:
            said.append(f"{number}{names[sign][0]}" if language == "ja" else f"{number} {names[sign][1]}")
            number = ""
        elif sign.isdigit():
            number += sign
    return Shown([Line("".join(said) if language == "ja" else " ".join(said) or str(value))])


def _quantity(attribute: Attribute, value: Any, language: Language, _: Plan) -> Shown:
    unit = unit_of(attribute, language)
    said = figure(value["value"], unit)
    low, high = value.get("temp_min"), value.get("temp_max")
    if low is not None and high is not None:
        said += f" ({figure(low)}–{figure(high, '°C')})"
    return Shown([Line(said)])


def _measured(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    day = _day(attribute, value["measured_at"], language, plan).lines[0].text
    return Shown([Line(f"{figure(value['value'], unit_of(attribute, language))} ({day})")])


def address_lines(value: Mapping[str, Any], language: Language) -> Line:
    """An address in one line, in the order of its language."""
    parts = ["postal_code", "region", "city", "street", "building"]
    order = parts if language == "ja" else [*reversed(parts[1:]), "postal_code", "country"]
    return Line((" " if language == "ja" else ", ").join(str(value[part]) for part in order if value.get(part)))


def _address(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    return Shown([address_lines(value, language)])


def _organisation(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    lines = [words(value.get("name", ""), language)]
    if value.get("address"):
        lines.append(address_lines(value["address"], language))
    if value.get("web"):
        lines.append(Line(str(value["web"]), href=safe_link(value["web"])))
    lines += [Line(str(value[name])) for name in ("email", "phone") if value.get(name)]
    return Shown(lines)


def _document(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    lines = []
    for one in _list(value):
        title = words(one.get("title", one.get("id", "")), language)
        kind = str(one.get("media_type", "")).rpartition("/")[2].upper()
        said = f"{title.text} ({kind}, {one.get('language', '')})" if kind else title.text
        lines.append(Line(said, href=safe_link(one.get("url") or ""), lang=title.lang))
    return Shown(lines)


def _agents(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    classes = Text(ja="火災区分", en="fire classes").of(language)
    lines = []
    for one in value:
        said = words(one["agent"], language)
        found = ", ".join(one.get("fire_classes", ()))
        lines.append(Line(f"{said.text} ({classes}: {found})" if found else said.text, lang=said.lang))
    return Shown(lines)


def _certificate(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    until = Text(ja="有効期限", en="valid until").of(language)
    said = f"{value.get('standard', '')} {value.get('edition', '')} {value.get('number', value.get('registration_no', ''))}"
    if "level" in value:
        said = f"★{value['level']} {value.get('registration_no', '')}"
    return Shown([Line(said.strip() + (f" ({until}: {value['valid_until']})" if value.get("valid_until") else ""))])


def _grid(headings: Sequence[tuple[Text, str]], numbers: Sequence[int] = ()) -> Callable[..., Shown]:
    def show_rows(_: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
        rows = [[_cell(one.get(name), language, plan) for _heading, name in headings] for one in value]
        return Shown(grid=Grid([heading.of(language) for heading, _name in headings], rows, list(numbers)))

    return show_rows


def _cell(value: Any, language: Language, plan: Plan) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return Text(ja="該当", en="yes").of(language) if value else "—"
    if isinstance(value, list):
        return ", ".join(plan.word(str(one)).of(language) for one in value) or "—"
    if isinstance(value, int | float):
        return sensible(exact(value), 4)
    return words(value, language).text if isinstance(value, Mapping) else plan.word(str(value)).of(language)


_NAME, _CAS = Text(ja="物質", en="Substance"), Text(ja="CAS番号", en="CAS number")
_SHARE, _PLACE = Text(ja="質量割合 (%)", en="Share of mass (%)"), Text(ja="部位", en="Where")
_PART, _MASS = Text(ja="構成部品", en="Component"), Text(ja="質量 (g)", en="Mass (g)")
_materials = _grid(
    [(_NAME, "name"), (_PART, "component_name"), (_MASS, "mass_g"), (Text(ja="重要原材料", en="Critical"), "critical")],
    [2],
)
_WAYS: dict[str, Callable[[Attribute, Any, Language, Plan], Shown]] = {
    "string": _plain,
    "uri": _uri,
    "boolean": _boolean,
    "integer": _number,
    "decimal": _number,
    "text": _text,
    "code": _code,
    "codes": _code,
    "year_month": _month,
    "date": _day,
    "datetime": _day,
    "duration": _duration,
    "quantity_t": _quantity,
    "address": _address,
    "organisation": _organisation,
    "document": _document,
    "documents": _document,
    "agents": _agents,
    "certificate": _certificate,
    "jc_star": _certificate,
    "dyn_decimal": _measured,
    "dyn_integer": _measured,
    "soh": _measured,
    "materials": _materials,
    "crms": _grid([(_NAME, "name"), (_CAS, "cas"), (_SHARE, "mass_fraction_pct")], [2]),
    "heavy_metals": _grid([(_NAME, "metal"), (_SHARE, "concentration_pct"), (_PLACE, "location")], [1]),
    "hazardous": _grid(
        [
            (_NAME, "name"),
            (_CAS, "cas"),
            (Text(ja="有害性", en="Hazard"), "hazard_classes"),
            (_SHARE, "concentration_pct"),
            (_PLACE, "location"),
        ],
        [3],
    ),
    "impacts": _grid([(_NAME, "substance"), (Text(ja="影響", en="Effect"), "statement")]),
    "power_points": _grid(
        [
            (Text(ja="充電率 (%)", en="State of charge (%)"), "soc_pct"),
            (Text(ja="出力 (W)", en="Power (W)"), "power_w"),
        ],
        [0, 1],
    ),
    "parts": _grid([(Text(ja="部品", en="Part"), "part_name"), (Text(ja="部品番号", en="Part number"), "part_number")]),
    "spare_sources": _grid(
        [
            (Text(ja="供給者", en="Supplier"), "name"),
            (Text(ja="メール", en="E-mail"), "email"),
            (Text(ja="Web", en="Web"), "web"),
        ]
    ),
    "country_shares": _grid(
        [(Text(ja="国", en="Country"), "country"), (Text(ja="割合 (%)", en="Share (%)"), "share_pct")], [1]
    ),
    "indices": _grid(
        [
            (Text(ja="指標", en="Index"), "scheme"),
            (Text(ja="値", en="Value"), "value"),
            (Text(ja="年", en="Year"), "year"),
        ],
        [1],
    ),
    "events": _grid(
        [
            (Text(ja="日時", en="When"), "at"),
            (Text(ja="種類", en="Kind"), "type"),
            (Text(ja="内容", en="What"), "description"),
        ]
    ),
}

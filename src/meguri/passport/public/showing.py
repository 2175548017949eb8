"""Catalogue values as people read them: each type has its way of being said."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import msgspec
from babel import Locale

from meguri.kernel.text import Language, Text
from meguri.passport.catalogue import Attribute
from meguri.passport.public.plan import Plan
from meguri.ui.formats import day_text, exact, sensible, written

UNITS = {"degC": "°C", "ohm": "Ω", "kgCO2e/kWh": "kgCO₂e/kWh", "kgCO2e": "kgCO₂e", "W/Wh": "W/Wh", "A/Ah": "A/Ah"}
_UNIT_WORDS = {
    "cycles": Text(ja="回", en="cycles", de="Zyklen"),
    "year": Text(ja="年", en="years", de="Jahre"),
    "min": Text(ja="分", en="min", de="min"),
    "%/month": Text(ja="%/月", en="%/month", de="%/Monat"),
}


class Line(msgspec.Struct, frozen=True):
    """One line of a value: words, perhaps a link, perhaps in another language than the page.

    lang    of a text that was not translated: the page names it
    spoken  of names and the like, which nobody translates: only for whoever has the page read aloud
    """

    text: str
    href: str | None = None
    lang: str | None = None
    spoken: str | None = None


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


def figure(language: Language, value: Any, unit: str = "", digits: int = 4) -> str:
    """A number with its unit."""
    number = written(language, sensible(exact(value), digits))
    close = ("", "回", "年", "分") if language == "de" else ("", "%", "回", "年", "分")
    return f"{number}{'' if unit in close else chr(0xA0)}{unit}"


def show(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    """A value in the reader's language."""
    says = WAYS.get(attribute.type)
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


def _plain(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    return Shown([Line(str(value), spoken=tongue_in(str(value), language))])


def _text(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    return Shown([words(value, language)])


def _uri(_: Attribute, value: Any, __: Language, ___: Plan) -> Shown:
    return Shown([Line(str(value), href=safe_link(value))])


def safe_link(value: Any) -> str | None:
    """An address that may stand in a link."""
    text = str(value)
    return text if text.startswith(("https://", "http://", "/passport/")) else None


def _boolean(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    yes, no = Text(ja="はい", en="yes", de="ja"), Text(ja="いいえ", en="no", de="nein")
    return Shown([Line((yes if value else no).of(language))])


def _number(attribute: Attribute, value: Any, language: Language, _: Plan) -> Shown:
    if isinstance(value, list):
        return Shown([Line(" / ".join(figure(language, one, unit_of(attribute, language)) for one in value))])
    if not attribute.unit and attribute.type == "integer":
        return Shown([Line(str(value))])  # years and the like: no grouping
    return Shown([Line(figure(language, value, unit_of(attribute, language)))])


def _code(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    return Shown([Line(plan.word(str(one)).of(language)) for one in _list(value)])


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def month(value: str, language: Language) -> str:
    """A month, given as `YYYY-MM`, as it is written."""
    year, _dash, number = value[:7].partition("-")
    if language == "ja":
        return f"{year}年{int(number)}月"
    return f"{(_MONATE if language == 'de' else _MONTHS)[int(number) - 1]} {year}"


def _month(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    return Shown([Line(month(str(value), language))])


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONATE = ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.")


def _day(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    if len(str(value)) < 10:
        return _month(attribute, value, language, plan)
    return Shown([Line(_day_of(value, language))])


def _duration(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    names = {
        "Y": Text(ja="年", en="years", de="Jahre"),
        "M": Text(ja="か月", en="months", de="Monate"),
        "W": Text(ja="週間", en="weeks", de="Wochen"),
        "D": Text(ja="日", en="days", de="Tage"),
    }
    said, number = [], ""
    for sign in str(value).removeprefix("P"):
        if sign in names and number:
            said.append(f"{number}{'' if language == 'ja' else ' '}{names[sign].of(language)}")
            number = ""
        elif sign.isdigit():
            number += sign
    return Shown([Line("".join(said) if language == "ja" else " ".join(said) or str(value))])


def _quantity(attribute: Attribute, value: Any, language: Language, _: Plan) -> Shown:
    unit = unit_of(attribute, language)
    said = figure(language, value["value"], unit)
    low, high = value.get("temp_min"), value.get("temp_max")
    if low is not None and high is not None:
        said += f" ({figure(language, low)}–{figure(language, high, '°C')})"
    return Shown([Line(said)])


def _measured(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    day = _day(attribute, value["measured_at"], language, plan).lines[0].text
    return Shown([Line(f"{figure(language, value['value'], unit_of(attribute, language))} ({day})")])


@cache
def country(code: str, language: Language) -> str:
    """A country's name, for its code of ISO 3166-1; the code itself when it has none."""
    return str(Locale(language).territories.get(code, code))


@cache
def tongue_of(tag: str, language: Language) -> str:
    """A language's name, for its BCP 47 tag; the tag itself when it has none."""
    name = str(Locale(language).languages.get(tag.partition("-")[0].lower(), tag))
    return name if language == "de" else name[:1].upper() + name[1:]


def tongue_in(text: str, language: Language) -> str | None:
    """The language in which plain text is written, where its script tells that it is not the page's: for whoever hears it read."""
    return "ja" if language != "ja" and any(_is_japanese(sign) for sign in text) else None


def _is_japanese(sign: str) -> bool:
    return "\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff"


def address_lines(value: Mapping[str, Any], language: Language) -> Line:
    """An address in one line, in the order of its language."""
    parts = ["postal_code", "region", "city", "street", "building"]
    order = parts if language == "ja" else [*reversed(parts[1:]), "postal_code", "country"]
    if language == "de":  # Straße, Postleitzahl Ort, Region, Land
        town = " ".join(str(value[part]) for part in ("postal_code", "city") if value.get(part))
        value, order = {**value, "town": town}, ["building", "street", "town", "region", "country"]
    held = {**value, "country": country(str(value["country"]), language)} if value.get("country") else value
    said = (" " if language == "ja" else ", ").join(str(held[part]) for part in order if held.get(part))
    return Line(said, spoken=tongue_in(said, language))


def _address(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    return Shown([address_lines(value, language)])


def _organisation(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    lines = [words(value.get("name", ""), language)]
    if value.get("address"):
        lines.append(address_lines(value["address"], language))
    if value.get("web"):
        lines.append(Line(str(value["web"]), href=safe_link(value["web"])))
    lines += [Line(str(value[name]), href=f"{to}{value[name]}") for name, to in _REACHED if value.get(name)]
    return Shown(lines)


_REACHED = (("email", "mailto:"), ("phone", "tel:"))


def _document(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    lines = []
    for one in _list(value):
        title = words(one.get("title", one.get("id", "")), language)
        kind = str(one.get("media_type", "")).rpartition("/")[2].partition("+")[0].upper()
        tongue = tongue_of(str(one.get("language") or ""), language)
        beside = ", ".join(part for part in (kind, tongue) if part)
        said = f"{title.text} ({beside})" if beside else title.text
        lines.append(Line(said, href=safe_link(one.get("url") or ""), lang=title.lang))
    return Shown(lines)


def _agents(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    classes = Text(ja="火災区分", en="fire classes", de="Brandklassen").of(language)
    lines = []
    for one in value:
        said = words(one["agent"], language)
        found = ", ".join(one.get("fire_classes", ()))
        lines.append(Line(f"{said.text} ({classes}: {found})" if found else said.text, lang=said.lang))
    return Shown(lines)


def _certificate(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    until = Text(ja="有効期限", en="valid until", de="gültig bis").of(language)
    said = f"{value.get('standard', '')} {value.get('edition', '')} {value.get('number', value.get('registration_no', ''))}"
    if "level" in value:
        said = f"★{value['level']} {value.get('registration_no', '')}"
    return Shown([Line(said.strip() + (f" ({until}: {value['valid_until']})" if value.get("valid_until") else ""))])


def _thermal(_: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    """The test of thermal propagation: what happened, and how long there is to get out."""
    lines = [plan.word(str(value.get("outcome", ""))).of(language)]
    if value.get("warning_to_hazard_s") is not None:
        lines.append(
            _WARNED.of(language).format(seconds=written(language, sensible(exact(value["warning_to_hazard_s"]), 4)))
        )
    if value.get("method"):
        lines.append(str(value["method"]))
    day = _day_of(value.get("tested_on"), language)
    return Shown([Line(line + (f" ({day})" if day and line is lines[-1] else "")) for line in lines])


_WARNED = Text(
    ja="警報から危険な状態まで {seconds} 秒",
    en="{seconds} s from the warning to the hazard",
    de="{seconds} s von der Warnung bis zur Gefahr",
)


def _day_of(value: Any, language: Language) -> str:
    text = str(value or "")[:10]
    if len(text) < 10:
        return text
    year, month, day = text.split("-")
    return day_text(language, date(int(year), int(month), int(day)))


def _power(attribute: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    """Measured power at several states of charge."""
    return WAYS["power_points"](attribute, value["value"], language, plan)


def _histogram(_: Attribute, value: Any, language: Language, __: Plan) -> Shown:
    """How long at which value."""
    headings = [
        Text(ja="範囲", en="Range", de="Bereich").of(language),
        f"{Text(ja='値', en='Value').of(language)} ({value.get('unit', '')})",
    ]
    rows = [
        [f"{figure(language, one['from'])}–{figure(language, one['to'])}", figure(language, one["value"])]
        for one in value.get("bins", ())
    ]
    return Shown(grid=Grid(headings, rows, [1]))


def _links(_: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
    """Passports of the product's earlier or later life."""
    lines = []
    for one in value:
        share = f" ({figure(language, one['share'] * 100, '%')})" if isinstance(one.get("share"), int | float) else ""
        address = str(one.get("dpp_id", ""))
        lines.append(
            Line(
                f"{plan.word(str(one.get('operation', ''))).of(language)} {address}{share}".strip(),
                href=safe_link(address),
            )
        )
    return Shown(lines)


def _grid(headings: Sequence[tuple[Text, str]], numbers: Sequence[int] = ()) -> Callable[..., Shown]:
    def show_rows(_: Attribute, value: Any, language: Language, plan: Plan) -> Shown:
        rows = [
            [_cell(_in_words(one, name, language, plan), language, plan, name) for _, name in headings] for one in value
        ]
        return Shown(grid=Grid([heading.of(language) for heading, _name in headings], rows, list(numbers)))

    return show_rows


def _in_words(one: Mapping[str, Any], name: str, language: Language, plan: Plan) -> Any:
    """A cell's value; of a substance with a known CAS number its name in the reader's language, not the one that was typed."""
    known = plan.substances.get(str(one.get("cas", ""))) if name == "name" else None
    return known.of(language) if known else one.get(name)


def _cell(value: Any, language: Language, plan: Plan, name: str) -> str:
    if value is None:
        return "—"
    if name == "country":
        return country(str(value), language)
    if name == "year":
        return str(value)
    if name == "at":
        return _day_of(value, language)
    if isinstance(value, bool):
        return Text(ja="該当", en="yes", de="ja").of(language) if value else "—"
    if isinstance(value, list):
        return ", ".join(plan.word(str(one)).of(language) for one in value) or "—"
    if isinstance(value, int | float):
        return written(language, sensible(exact(value), 4))
    return words(value, language).text if isinstance(value, Mapping) else plan.word(str(value)).of(language)


_NAME, _CAS = Text(ja="物質", en="Substance", de="Stoff"), Text(ja="CAS番号", en="CAS number", de="CAS-Nummer")
_SHARE, _PLACE = (
    Text(ja="質量割合 (%)", en="Share of mass (%)", de="Massenanteil (%)"),
    Text(ja="部位", en="Where", de="Ort"),
)
_PART, _MASS = Text(ja="構成部品", en="Component", de="Bauteil"), Text(ja="質量 (g)", en="Mass (g)", de="Masse (g)")
_materials = _grid(
    [
        (_NAME, "name"),
        (_PART, "component_name"),
        (_MASS, "mass_g"),
        (Text(ja="重要原材料", en="Critical", de="Kritisch"), "critical"),
    ],
    [2],
)
WAYS: dict[str, Callable[[Attribute, Any, Language, Plan], Shown]] = {
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
    "thermal_test": _thermal,
    "dyn_power_points": _power,
    "predecessors": _links,
    "histogram": _histogram,
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
            (Text(ja="有害性", en="Hazard", de="Gefahr"), "hazard_classes"),
            (_SHARE, "concentration_pct"),
            (_PLACE, "location"),
        ],
        [3],
    ),
    "impacts": _grid([(_NAME, "substance"), (Text(ja="影響", en="Effect", de="Wirkung"), "statement")]),
    "power_points": _grid(
        [
            (Text(ja="充電率 (%)", en="State of charge (%)", de="Ladezustand (%)"), "soc_pct"),
            (Text(ja="出力 (W)", en="Power (W)", de="Leistung (W)"), "power_w"),
        ],
        [0, 1],
    ),
    "parts": _grid(
        [
            (Text(ja="部品", en="Part", de="Teil"), "part_name"),
            (Text(ja="部品番号", en="Part number", de="Teilenummer"), "part_number"),
        ]
    ),
    "spare_sources": _grid(
        [
            (Text(ja="供給者", en="Supplier", de="Lieferant"), "name"),
            (Text(ja="メール", en="E-mail", de="E-Mail"), "email"),
            (Text(ja="Web", en="Web", de="Web"), "web"),
        ]
    ),
    "country_shares": _grid(
        [
            (Text(ja="国", en="Country", de="Land"), "country"),
            (Text(ja="割合 (%)", en="Share (%)", de="Anteil (%)"), "share_pct"),
        ],
        [1],
    ),
    "indices": _grid(
        [
            (Text(ja="指標", en="Index", de="Index"), "scheme"),
            (Text(ja="値", en="Value", de="Wert"), "value"),
            (Text(ja="年", en="Year", de="Jahr"), "year"),
        ],
        [1],
    ),
    "transfers": _grid(
        [
            (Text(ja="日時", en="When", de="Wann"), "at"),
            (Text(ja="理由", en="Reason", de="Grund"), "reason"),
            (Text(ja="譲渡元", en="From", de="Von"), "outgoing_operator"),
            (Text(ja="譲渡先", en="To", de="An"), "incoming_operator"),
        ]
    ),
    "events": _grid(
        [
            (Text(ja="日時", en="When", de="Wann"), "at"),
            (Text(ja="種類", en="Kind", de="Art"), "type"),
            (Text(ja="内容", en="What", de="Was"), "description"),
        ]
    ),
}

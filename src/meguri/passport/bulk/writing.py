"""Files out: the template with its lists, the faults, what was issued. Nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from meguri.kernel.text import Language, Text
from meguri.passport.bulk.model import CellFault, Result
from meguri.passport.catalogue import Attribute, Flag
from meguri.passport.kinds import Kind
from meguri.passport.values.shapes import SHAPES

_LISTED = {"boolean": ("true", "false")}
_ITEM_FIRST = ("serial_number", "batch_id", "manufacturing_date", "placed_on_market_date")
_EXAMPLES = {
    "serial_number": "MG26A{000001..000010}",
    "batch_id": "LOT-1",
    "manufacturing_date": "2027-02",
    "placed_on_market_date": "2027-02-18",
    "gtin": "09521234567899",
}
_HEADINGS = {
    "row": Text(ja="行", en="Row"),
    "column": Text(ja="列", en="Column"),
    "value": Text(ja="値", en="Value"),
    "code": Text(ja="コード", en="Code"),
    "text": Text(ja="内容", en="What is wrong"),
    "outcome": Text(ja="結果", en="Outcome"),
    "dpp_id": Text(ja="パスポート識別子", en="Passport identifier"),
    "product_id": Text(ja="二次元コードの URI", en="Carrier URI"),
    "version_hash": Text(ja="版のハッシュ", en="Version hash"),
}


def safe(text: str) -> str:
    """A text that a spreadsheet takes for text: formula signs are escaped."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def faults_csv(faults: Iterable[CellFault], language: Language) -> bytes:
    """Faults by row and column, as CSV with a mark of UTF-8 for Excel."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([_HEADINGS[name].of(language) for name in ("row", "column", "value", "code", "text")])
    for each in faults:
        table.writerow([each.row, safe(each.column), safe(each.value), each.code, safe(each.text(language))])
    return out.getvalue().encode("utf-8-sig")


def results_xlsx(results: Iterable[Result], language: Language) -> bytes:
    """What was made, row by row."""
    names = ("row", "outcome", "dpp_id", "product_id", "version_hash")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("results")
        sheet.write_row(0, 0, [_HEADINGS[name].of(language) for name in names])
        sheet.set_column(2, 4, 48)
        for place, each in enumerate(results, start=1):
            sheet.write_number(place, 0, each.row)
            for column, name in enumerate(names[1:], start=1):
                sheet.write_string(place, column, safe(getattr(each, name)))
    return out.getvalue()


def template(kind: Kind, category: str) -> bytes:
    """An empty workbook for a category: mandatory columns first, a row of Japanese names, one of units, lists to choose from."""
    model = _ordered(kind, category, "model")
    items = _ordered(kind, category, "item")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        _sheet(book, "model", ["gtin", *[key for each in model for key in _columns(each)]], kind, category)
        first = [key for key in _ITEM_FIRST if key in kind.attributes]
        rest = [key for each in items if each.key not in first for key in _columns(each)]
        _sheet(book, "items", [*first, *rest], kind, category)
        _sheet(book, "example", first, kind, category, example=True)
    return out.getvalue()


def _ordered(kind: Kind, category: str, level: str) -> list[Attribute]:
    order = {Flag.MANDATORY: 0, Flag.ALTERNATIVE: 1, Flag.CONDITIONAL: 2, Flag.OPTIONAL: 3}
    found = [
        each
        for each in kind.attributes.values()
        if each.level == level
        and each.key not in kind.read_only
        and not each.dynamic
        and each.flag("ec", category) not in (Flag.NOT_TO_FILL, Flag.PENDING)
    ]
    return sorted(found, key=lambda each: (order.get(each.flag("ec", category), 4), each.place))


def _columns(attribute: Attribute) -> list[str]:
    """A structured value has a column for each of its simple fields; a list takes JSON."""
    if attribute.type in ("address", "organisation", "document", "certificate"):
        simple = [
            name.rstrip("*") for name, word in SHAPES[attribute.type].items() if word not in SHAPES and word[:1] != "["
        ]
        return [f"{attribute.key}.{name}" for name in simple]
    return [attribute.key]


def _sheet(
    book: xlsxwriter.Workbook, name: str, columns: Sequence[str], kind: Kind, category: str, *, example: bool = False
) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bg_color": "#E6F2EE"})
    note = book.add_format({"font_color": "#555555"})
    for place, column in enumerate(columns):
        attribute = kind.attributes.get(column.partition(".")[0])
        sheet.write_string(0, place, column, head)
        japanese = attribute.name.ja if attribute else column
        sheet.write_string(1, place, f"# {japanese}" if place == 0 else japanese, note)
        unit = attribute.unit if attribute else ""
        duty = attribute.flag("ec", category).value if attribute else ""
        shown = f"{unit} [{duty}]" if unit else f"[{duty}]"
        sheet.write_string(2, place, f"# {shown}" if place == 0 else shown, note)
        choices = (attribute.enum or _LISTED.get(attribute.type, ())) if attribute and "." not in column else ()
        if choices and len(",".join(choices)) < 255 and attribute and attribute.type != "codes":
            sheet.data_validation(3, place, 100_000, place, {"validate": "list", "source": list(choices)})
        if example:
            sheet.write_string(3, place, _EXAMPLES.get(column, ""))
    if name == "model":
        key = kind.head.category
        if key in columns:
            sheet.write_string(3, list(columns).index(key), category)
    sheet.set_column(0, max(len(columns) - 1, 0), 22)
    sheet.freeze_panes(3, 1)
    if example:
        sheet.protect()

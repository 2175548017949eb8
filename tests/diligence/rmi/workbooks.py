"""Synthetic workbooks with the sheets and anchors of the templates, made here; no text or list of the real ones is in them."""

import io
from typing import Any

import xlsxwriter

from meguri.diligence.rmi.maps import Map, maps, options

TITLES = {
    "CMRT": "Conflict Minerals Reporting Template (CMRT)",
    "EMRT": "Extended Minerals Reporting Template (EMRT)",
    "AMRT": "Additional Minerals Reporting Template (AMRT)",
    "CRT": "Cobalt Reporting Template (CRT)",
}
LISTED = [
    ("Cobalt", "Beispiel Oulu", "Beispiel Oulu Oy", "FINLAND", "CID900001"),
    ("Nickel", "Example Harjavalta", "Example Harjavalta Oy", "FINLAND", "CID900002"),
    ("Tin", "Contoh Bangka", "PT Contoh Bangka", "INDONESIA", "CID900003"),
]


def layout_of(family: str, version: str) -> Map:
    return next(one for one in maps().values() if one.family == family and version in one.versions)


def workbook(
    family: str,
    version: str,
    cells: dict[str, Any] | None = None,
    smelters: list[dict[str, Any]] | None = None,
    *,
    products: list[tuple[str, str]] | None = None,
    leave_out: tuple[str, ...] = (),
    revision: str | None = None,
    layout: Map | None = None,
    anchors: bool = True,
    texts: dict[str, tuple[str, str]] | None = None,
) -> bytes:
    """A template with these cells on its Declaration sheet and these rows (column → value) on its smelter list."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    unlocked, locked, dated = (
        book.add_format({"locked": False}),
        book.add_format({"bold": True}),
        book.add_format({"locked": False, "num_format": "dd-mmm-yyyy"}),
    )
    shape = layout or layout_of(family, version)
    names = [
        "Revision",
        "Instructions",
        "Definitions",
        "Declaration",
        "Smelter List",
        "Mine List",
        "Product List",
        "Smelter Look-up",
        "L",
        "C",
    ]
    if not shape.last_mine:
        names.remove("Mine List")
    sheets = {name: book.add_worksheet(name) for name in names if name not in leave_out}
    if "L" in sheets:
        sheets["L"].hide()
        for row, (cell, (english, japanese)) in enumerate((texts or {}).items()):
            sheets["L"].write_row(row, 0, [cell, "", "", english, "", japanese])
    if "Declaration" in sheets:
        _declaration(
            sheets["Declaration"], shape, family, version, revision, cells or {}, unlocked, locked, dated, anchors
        )
    if "Smelter Look-up" in sheets:
        for row, entry in enumerate(LISTED, 4):
            sheets["Smelter Look-up"].write_row(row, 0, entry)
    if "Smelter List" in sheets:
        _smelter_list(sheets["Smelter List"], shape, smelters or [], unlocked)
    if "Product List" in sheets:
        for row, product in enumerate(products or [], 5):
            sheets["Product List"].write_row(row, 1, product, unlocked)
        sheets["Product List"].set_column("B:F", 20, unlocked)
        sheets["Product List"].protect()
    if "Mine List" in sheets:
        sheets["Mine List"].set_column("A:M", 20, unlocked)
        sheets["Mine List"].protect()
    book.close()
    return made.getvalue()


def _declaration(
    sheet: Any,
    shape: Map,
    family: str,
    version: str,
    revision: str | None,
    cells: dict[str, Any],
    unlocked: Any,
    locked: Any,
    dated: Any,
    anchors: bool,
) -> None:
    sheet.write("D2", TITLES[family], locked)
    sheet.write("J3", revision if revision is not None else f"Revision {version}\nOctober 17, 2025", locked)
    if anchors:
        for column, text in zip("PQR", options()["scopes"], strict=True):
            sheet.write(f"{column}9", text, locked)
    for row in range(6, 145):
        sheet.write(f"B{row}", f"label {row}", locked)
        sheet.write_blank(f"D{row}", None, unlocked)
        sheet.write_blank(f"G{row}", None, unlocked)
    for cell in [*shape.cells, *shape.free]:
        sheet.write_blank(cell, None, unlocked)
    sheet.write_blank("D3", None, unlocked)
    for cell, value in cells.items():
        if cell == shape.fields["date"] and hasattr(value, "isoformat"):
            sheet.write_datetime(cell, value, dated)
        else:
            sheet.write(cell, value, unlocked)
    sheet.data_validation("D30", {"validate": "list", "source": ["Yes", "No"]})
    sheet.conditional_format("D8:D40", {"type": "blanks", "format": locked})
    sheet.protect("secret")


def _smelter_list(sheet: Any, shape: Map, rows: list[dict[str, Any]], unlocked: Any) -> None:
    sheet.set_column("A:Q", 18, unlocked)
    for number in range(5, 45):
        if shape.smelter_layout == "look_up":
            for column, source in zip("BCDEFGHIJ", "ABCDEFGHI", strict=True):
                sheet.write_formula(
                    f"{column}{number}", f"=IFERROR(INDEX('Smelter Look-up'!{source}:{source},5),\"\")", unlocked, ""
                )
    for number, row in enumerate(rows, 5):
        for column, value in row.items():
            sheet.write(f"{column}{number}", value, unlocked)
    sheet.protect()


def head(layout: Map, **more: Any) -> dict[str, Any]:
    """The fields that always must be there."""
    fields = layout.fields
    return {
        "D8": "Muster Zellen GmbH", "D9": options()["scopes"][0], fields["contact"]: "A. Person", fields["email"]: "a@example.com",
        fields["phone"]: "+49 1", fields["authoriser"]: "B. Person", fields["authoriser_email"]: "b@example.com",
        fields["date"]: "2026-02-01",
    } | more  # fmt: skip

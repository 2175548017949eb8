"""Filling in the user's own copy of a template: only input cells, text as text, everything else untouched."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from meguri.diligence.rmi.errors import CellLocked, FieldsNotCarried, TemplateRowLimit
from meguri.diligence.rmi.maps import (
    FIELDS,
    FIRST_MINE,
    FIRST_PRODUCT,
    FIRST_SMELTER,
    FROM_FORMULAS,
    LOOK_UP_COLUMNS,
    MINE_COLUMNS,
    Map,
    maps,
    plain,
)
from meguri.diligence.rmi.model import LookUpRow, MineralDeclaration, Read, Smelter
from meguri.diligence.rmi.opening import open_workbook
from meguri.diligence.rmi.patching import Locked, Put, patch
from meguri.diligence.rmi.reading import product_columns, read

_EPOCH = date(1899, 12, 30)
_NOT_LISTED = "Smelter not listed"


def fill_in(template: bytes, declaration: MineralDeclaration) -> bytes:
    """The template with the declaration in it. Raises TemplateUnsupported, TemplateRowLimit, FieldsNotCarried, CellLocked."""
    workbook = open_workbook(template)
    there = read(workbook)
    layout = maps()[there.layout]
    version = there.declaration.version
    if lost := list(_lost(layout, there, declaration)):
        raise FieldsNotCarried(lost=", ".join(lost))
    _count("Smelter List", len(declaration.smelters), FIRST_SMELTER, int(layout.at(layout.last_smelter, version)))
    _count("Product List", len(declaration.products), FIRST_PRODUCT, int(layout.at(layout.last_product, version)))
    if layout.last_mine:
        _count("Mine List", len(declaration.mines), FIRST_MINE, layout.last_mine)
    names = (
        [mineral.name for mineral in there.declaration.minerals]
        if layout.fixed
        else sorted(one.name for one in declaration.minerals)
    )
    sheets: dict[str, dict[str, Put]] = {
        "Declaration": dict(_declaration(layout, declaration, names)),
        "Smelter List": dict(_smelter_rows(layout, declaration, there)),
        "Product List": dict(_product_rows(layout, version, declaration)),
    }
    if layout.last_mine:
        sheets["Mine List"] = dict(_mine_rows(declaration))
    for sheet, puts in sheets.items():
        for cell in _governed(layout, version, sheet, workbook.sheets[sheet]):
            puts.setdefault(cell, Put(""))
    try:
        return patch(template, sheets).content
    except Locked as cell:
        raise CellLocked(cell=str(cell)) from cell


def file_name(company: str, on: date) -> str:
    """`company-YYYY-MM-DD.xlsx`, with nothing that a file system minds."""
    stem = re.sub(r"[^\w -]+", "", company).strip().replace(" ", "-")
    return f"{stem or 'declaration'}-{on.isoformat()}.xlsx"


def _lost(layout: Map, there: Read, declaration: MineralDeclaration) -> Iterator[str]:
    """What the template has no place for."""
    if layout.family != declaration.family:
        yield f"{declaration.family} → {layout.family}"
        return
    asked = {question for one in declaration.minerals for question, answer in one.answers.items() if answer.value}
    yield from sorted(asked - set(layout.questions) - ({"c"} if layout.company_c else set()))
    yield from sorted(set(declaration.company) - set(layout.company))
    allowed = set(layout.fixed) or set(layout.cells.values())
    yield from sorted(one.name for one in declaration.minerals if allowed and one.name not in allowed)
    if not allowed and len(declaration.minerals) > len(layout.free):
        yield f"{len(declaration.minerals)} minerals"
    if declaration.mines and not layout.last_mine:
        yield "Mine List"
    with_requester = any(product.requester_number or product.requester_name for product in declaration.products)
    if with_requester and not layout.at(layout.requester_columns, there.declaration.version):
        yield "requester's product number"


def _count(sheet: str, rows: int, first: int, last: int) -> None:
    most = last - first + 1
    if rows > most:
        raise TemplateRowLimit(sheet=sheet, rows=rows, most=most)


def _governed(layout: Map, version: str, sheet: str, cells: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Input cells that hold something now: what the declaration does not say is emptied."""
    filled = [cell for cell, (value, flags) in cells.items() if value and "f" not in flags]
    if sheet == "Declaration":
        ours = {cell for field, cell in (FIELDS | layout.fields).items() if field != "language"}
        rows = [row + place for row in layout.questions.values() for place in range(layout.rows_per_question)]
        rows += list(layout.company.values())
        rows += [layout.company_c + place for place in range(layout.rows_per_question)] if layout.company_c else []
        ours |= {f"{column}{row}" for row in rows for column in "DG"}
        yield from (cell for cell in filled if cell in ours)
        return
    columns, first, last = _list_of(layout, version, sheet)
    for cell in filled:
        column, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
        if column in columns and first <= int(row) <= last:
            yield cell


def _list_of(layout: Map, version: str, sheet: str) -> tuple[set[str], int, int]:
    if sheet == "Smelter List":
        return set(layout.columns.values()), FIRST_SMELTER, int(layout.at(layout.last_smelter, version))
    if sheet == "Mine List":
        return set(MINE_COLUMNS.values()), FIRST_MINE, layout.last_mine
    return set(product_columns(layout, version).values()), FIRST_PRODUCT, int(layout.at(layout.last_product, version))


def _declaration(layout: Map, declaration: MineralDeclaration, names: Sequence[str]) -> Iterator[tuple[str, Put]]:
    for field, cell in (FIELDS | layout.fields).items():
        if field == "language" or field not in declaration.respondent:
            continue
        yield cell, _dated(declaration.respondent[field]) if field == "date" else Put(declaration.respondent[field])
    if layout.cells:
        chosen = {mineral.name for mineral in declaration.minerals}
        yield from ((cell, Put(name if name in chosen else f"(Delete {name})")) for cell, name in layout.cells.items())
    elif layout.free:
        filled = [*names, *[""] * len(layout.free)]
        yield from ((cell, Put(filled[place])) for place, cell in enumerate(layout.free))
    by_name = {mineral.name: mineral for mineral in declaration.minerals}
    for place, name in enumerate(names):
        mineral = by_name.get(name)
        for question, row in {**layout.questions, **({"c": layout.company_c} if layout.company_c else {})}.items():
            answer = mineral.answers.get(question) if mineral and layout.asks(name, question) else None
            if answer is not None:
                yield f"D{row + place}", _percent(answer.value or "")
                if answer.comment:
                    yield f"G{row + place}", Put(answer.comment)
    for key, row in layout.company.items():
        if answer := declaration.company.get(key):
            yield f"D{row}", Put(answer.value or "")
            if answer.comment:
                yield f"G{row}", Put(answer.comment)


def _percent(value: str) -> Put:
    """`100%` is the number 1 in the templates' own lists."""
    return Put("1", number=True) if value == "100%" else Put(value)


def _dated(day: str) -> Put:
    try:
        return Put(str((date.fromisoformat(day) - _EPOCH).days), number=True)
    except ValueError:
        return Put(day)


def _smelter_rows(layout: Map, declaration: MineralDeclaration, there: Read) -> Iterator[tuple[str, Put]]:
    listed = {(plain(one.metal), one.cid): one for one in there.look_up}
    for place, row in enumerate(declaration.smelters):
        number = FIRST_SMELTER + place
        known = listed.get((plain(row.metal), row.cid or ""))
        if layout.smelter_layout == "look_up":
            yield from ((f"{column}{number}", put) for column, put in _by_look_up(row, known))
        else:
            said = msgspec.structs.asdict(row) | {"smelter_id": row.smelter_id or row.cid or ""}
            yield from (
                (f"{column}{number}", Put(str(said[name]))) for name, column in layout.columns.items() if said[name]
            )
    if layout.smelter_layout == "look_up":
        for number in range(FIRST_SMELTER + len(declaration.smelters), FIRST_SMELTER + len(there.declaration.smelters)):
            yield from ((f"{column}{number}", Put("", keep_formula=True)) for column in FROM_FORMULAS)


def _by_look_up(row: Smelter, known: LookUpRow | None) -> Iterator[tuple[str, Put]]:
    said = msgspec.structs.asdict(row)
    own = ("contact", "email", "next_steps", "mines", "mine_countries", "recycled", "comment")
    if row.cid and (known or not row.look_up or plain(row.look_up) != plain(_NOT_LISTED)):
        yield "A", Put(row.cid)
        saved = {
            "B": row.metal,
            "C": known.alias if known else row.look_up or row.name,
            "D": known.name if known else row.name,
            "E": known.country if known else row.country,
            "F": row.cid,
        }
        saved |= {LOOK_UP_COLUMNS[name]: said[name] for name in ("id_source", "street", "city", "state")}
        yield from ((column, Put(text, keep_formula=True)) for column, text in saved.items() if text)
    else:
        yield "B", Put(row.metal)
        yield "C", Put(row.look_up if "identified" in plain(row.look_up) else _NOT_LISTED)
        literal = ("name", "country", "smelter_id", "id_source", "street", "city", "state")
        yield from ((LOOK_UP_COLUMNS[name], Put(said[name])) for name in literal if said[name])
    yield from ((LOOK_UP_COLUMNS[name], Put(said[name])) for name in own if said[name])


def _mine_rows(declaration: MineralDeclaration) -> Iterator[tuple[str, Put]]:
    for place, row in enumerate(declaration.mines):
        said = msgspec.structs.asdict(row)
        yield from (
            (f"{column}{FIRST_MINE + place}", Put(said[name])) for name, column in MINE_COLUMNS.items() if said[name]
        )


def _product_rows(layout: Map, version: str, declaration: MineralDeclaration) -> Iterator[tuple[str, Put]]:
    for place, row in enumerate(declaration.products):
        said = msgspec.structs.asdict(row)
        columns = product_columns(layout, version)
        yield from (
            (f"{column}{FIRST_PRODUCT + place}", Put(said[name])) for name, column in columns.items() if said[name]
        )

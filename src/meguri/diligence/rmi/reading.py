"""From a workbook to a declaration: by cell addresses, never by labels (they are in the language of whoever filled it in)."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from meguri.diligence.rmi.errors import unsupported
from meguri.diligence.rmi.maps import (
    FIELDS,
    FIRST_MINE,
    FIRST_PRODUCT,
    FIRST_SMELTER,
    MINE_COLUMNS,
    PARTS,
    Map,
    maps,
    options,
    options_of,
    plain,
    understood,
    yes_or_no,
)
from meguri.diligence.rmi.model import (
    Answer,
    Asked,
    LookUpRow,
    Mine,
    Mineral,
    MineralDeclaration,
    Product,
    Read,
    Smelter,
    Warned,
)
from meguri.diligence.rmi.opening import Workbook
from meguri.diligence.smelters import normal_cid

_REVISION = re.compile(r"(?:Revision|Rev\.?|改訂|版)\s*(\d+(?:\.\d+)+)", re.IGNORECASE)
_FAMILIES = (
    ("CMRT", ("cmrt", "conflict minerals reporting template")),
    ("EMRT", ("emrt", "extended minerals reporting template")),
    ("AMRT", ("amrt", "additional minerals reporting template")),
    ("CRT", ("cobalt reporting template", "(crt)")),
)
_EPOCH = date(1899, 12, 30)
_NOT_LISTED, _NOT_IDENTIFIED = "smelter not listed", "smelter not yet identified"
LANGUAGES = {"English": "D", "中文": "E", "日本語": "F", "한국어": "G", "Français": "H", "Deutsch": "I"}


class Cells:
    """A sheet by absolute address; errors, lost formulas and text that looks like one are empty, with a warning."""

    def __init__(self, name: str, cells: dict[str, tuple[str, str]], warnings: list[Warned]) -> None:
        self.name, self.cells, self.warnings = name, cells, warnings
        self._warned: set[tuple[str, str]] = set()

    def __call__(self, cell: str) -> str:
        """The text of a cell, '' if empty."""
        value, flags = self.cells.get(cell, ("", ""))
        if "e" in flags:
            self._warn(
                "EMPTY_CACHED_VALUE", cell, "計算結果が保存されていません", "holds a formula without a saved value"
            )
            return ""
        text = value.strip()
        if "x" in flags or text.startswith("#"):
            self._warn("ERROR_VALUE", cell, "エラー値です", "holds an error value")
            return ""
        if text.startswith("=") and "f" not in flags:
            self._warn("FORMULA_TEXT", cell, "数式のような文字列です", "holds text that looks like a formula")
            return ""
        return text

    def holds(self, cell: str) -> bool:
        """Whether the cell shows anything; warns of nothing."""
        value, flags = self.cells.get(cell, ("", ""))
        return bool(value.strip()) and "x" not in flags

    def number(self, cell: str) -> bool:
        """Whether the cell holds a number."""
        return "n" in self.cells.get(cell, ("", ""))[1]

    def last_row(self) -> int:
        """The number of the last row that has anything."""
        return max((int(re.sub(r"\D", "", cell)) for cell in self.cells), default=0)

    def _warn(self, code: str, cell: str, ja: str, en: str) -> None:
        where = f"{self.name}!{cell}"
        if (code, where) not in self._warned:
            self._warned.add((code, where))
            self.warnings.append(Warned(code=code, where=where, ja=f"{where}: {ja}", en=f"{where} {en}"))


def read(workbook: Workbook) -> Read:
    """The declaration in a workbook. Raises TemplateUnsupported."""
    warnings: list[Warned] = []
    sheets = {
        name: Cells(name, workbook.sheets.get(name, {}), warnings) for name in (*PARTS, "Mine List", "Smelter Look-up")
    }
    layout, version = _detect(workbook, sheets["Declaration"], warnings)
    for name in (*PARTS, *(("Mine List",) if layout.last_mine else ())):
        if name not in workbook.names:
            raise unsupported("missing_sheet", name)
    declaration = sheets["Declaration"]
    minerals = _minerals(layout, declaration, warnings)
    found = MineralDeclaration(
        family=layout.family,  # type: ignore[arg-type]
        version=version,
        respondent=_respondent(layout, declaration, warnings),
        minerals=[
            _answers(layout, declaration, warnings, name, place, minerals) for place, name in enumerate(minerals)
        ],
        company={key: _answer(layout, declaration, warnings, key, row) for key, row in layout.company.items()},
        smelters=list(_smelters(layout, version, sheets["Smelter List"], minerals, warnings)),
        mines=list(_mines(layout, sheets["Mine List"])),
        products=list(_products(layout, version, sheets["Product List"])),
        language=declaration(FIELDS["language"]),
        sha256=workbook.sha256,
    )
    return Read(
        declaration=found,
        layout=layout.key,
        warnings=warnings,
        look_up=list(_look_up(sheets["Smelter Look-up"])),
        questions=_questions(layout, Cells("L", workbook.sheets.get("L", {}), [])),
    )


def _detect(workbook: Workbook, cells: Cells, warnings: list[Warned]) -> tuple[Map, str]:
    head = plain(" ".join(value for cell, (value, _) in cells.cells.items() if re.fullmatch(r"[A-L][1-5]", cell)))
    found = _REVISION.search(unicode_spaces(cells("J3"))) or _REVISION.search(head)
    version = found[1] if found else ""
    family = next((name for name, words in _FAMILIES if any(word in head for word in words)), "")
    if family == "CRT":
        raise unsupported("crt")
    if not family:
        family = _family_by_sheets(workbook, version)
    of_family = [one for one in maps().values() if one.family == family]
    for one in of_family:
        if version in one.versions:
            return one, version
    if not of_family or not version:
        raise unsupported("not_template" if not of_family else "version", version or "?")
    newest = max(of_family, key=lambda one: [_parts(text) for text in one.versions])
    if _parts(version) < min(_parts(text) for one in of_family for text in one.versions) or not _anchors(
        newest, workbook, cells
    ):
        raise unsupported("version", f"{family} {version}")
    warnings.append(
        Warned(
            code="TEMPLATE_VERSION_UNKNOWN",
            where="Declaration!J3",
            ja=f"版 {version} は未確認です。{family} {newest.versions[-1]} の配置で読みました",
            en=f"version {version} is not known yet; read like {family} {newest.versions[-1]}",
        )
    )
    return newest, version


def unicode_spaces(text: str) -> str:
    """Line breaks as spaces."""
    return re.sub(r"\s+", " ", text)


def _parts(version: str) -> tuple[int, ...]:
    """`6.31` as (6, 31); `6.4` as (6, 40): the templates count in hundredths."""
    first, _, rest = version.partition(".")
    return (int(first), *(int(part.ljust(2, "0")) for part in rest.split(".")))


def _family_by_sheets(workbook: Workbook, version: str) -> str:
    major = version.partition(".")[0]
    if major == "6" and "Mine List" not in workbook.names:
        return "CMRT"
    if major == "2" and "Mine List" in workbook.names:
        return "EMRT"
    return "EMRT" if major == "1" and "Mine List" not in workbook.names else ""


def _anchors(layout: Map, workbook: Workbook, cells: Cells) -> bool:
    """Whether a layout fits an unknown version: the scope texts stand where they should, and every cell that would be read
    as an answer is one that may be filled in. A row more or less moves the answers, which then would be those of others."""
    scopes = {plain(text) for text in options()["scopes"]}
    if {plain(cells(cell)) for cell in ("P9", "Q9", "R9")} != scopes:
        return False
    rows = [start + place for start in layout.questions.values() for place in range(layout.rows_per_question)]
    wanted = {f"D{row}" for row in (*rows, *layout.company.values())}
    return wanted | {*FIELDS.values(), *layout.fields.values()} <= workbook.unlocked


def _respondent(layout: Map, cells: Cells, warnings: list[Warned]) -> dict[str, str]:
    found = {name: cells(cell) for name, cell in (FIELDS | layout.fields).items() if name != "language"}
    found["date"] = _day(cells, layout.fields["date"])
    scope = understood(found["scope"], tuple(options()["scopes"]))
    if found["scope"] and scope is None:
        _unknown(warnings, "Declaration", FIELDS["scope"], found["scope"])
    found["scope"] = scope or ""
    return found


def _day(cells: Cells, cell: str) -> str:
    text = cells(cell)
    if text and cells.number(cell):
        try:
            return (_EPOCH + timedelta(days=int(float(text)))).isoformat()
        except (ValueError, OverflowError):
            return text
    return text[:10] if re.match(r"\d{4}-\d\d-\d\d", text) else text


def _minerals(layout: Map, cells: Cells, warnings: list[Warned]) -> list[str]:
    """Minerals in the order of their rows. In templates that let one choose: alphabetical by English name."""
    if layout.fixed:
        return list(layout.fixed)
    if layout.cells:
        found = set()
        for cell, usual in layout.cells.items():
            said = cells(cell)
            name = next((one for one in layout.cells.values() if plain(one) == plain(said)), None)
            if name and (name != usual or name in found):
                code = "MINERAL_TWICE" if name in found else "MINERAL_IN_WRONG_CELL"
                where = f"Declaration!{cell}"
                warnings.append(
                    Warned(
                        code=code,
                        where=where,
                        ja=f"{where}: 「{said}」の位置が違うか重複しています",
                        en=f"{where}: “{said}” is in another's place, or there twice",
                    )
                )
            found |= {name} if name else set()
        return sorted(found)
    return sorted(dict.fromkeys(_free(layout, cells)))


def _free(layout: Map, cells: Cells) -> Iterator[str]:
    for cell in layout.free:
        said = cells(cell)
        if not said or plain(said).startswith(("(delete", "(")):
            continue
        if layout.other_text_rows and plain(said) == plain("Other [specify below]"):
            column, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
            said = cells(f"{column}{int(row) + layout.other_text_rows}") or said
        yield said


def _answers(layout: Map, cells: Cells, warnings: list[Warned], name: str, place: int, minerals: list[str]) -> Mineral:
    found = {
        key: _answer(layout, cells, warnings, key, row + place)
        for key, row in layout.questions.items()
        if place < layout.rows_per_question and layout.asks(name, key)
    }
    if layout.company_c:
        found["c"] = _answer(layout, cells, warnings, "c", layout.company_c + place)
    return Mineral(name=name, answers=found)


def _answer(layout: Map, cells: Cells, warnings: list[Warned], question: str, row: int) -> Answer:
    said, comment = cells(f"D{row}"), cells(f"G{row}")
    if not said:
        return Answer(comment=comment)
    value = understood(said, options_of(layout.key, question))
    if value is None:
        _unknown(warnings, "Declaration", f"D{row}", said)
        comment = f"{comment} [{said}]".strip()
    return Answer(value=value, comment=comment)


def _unknown(warnings: list[Warned], sheet: str, cell: str, said: str) -> None:
    where = f"{sheet}!{cell}"
    warnings.append(
        Warned(
            code="UNKNOWN_OPTION",
            where=where,
            ja=f"{where}: 「{said}」は選択肢にありません。コメントとして残しました",
            en=f"{where}: “{said}” is not an option; kept as a comment",
        )
    )


def _smelters(
    layout: Map, version: str, cells: Cells, minerals: list[str], warnings: list[Warned]
) -> Iterator[Smelter]:
    columns = layout.columns
    for row in range(FIRST_SMELTER, min(int(layout.at(layout.last_smelter, version)), cells.last_row()) + 1):
        if not any(cells.holds(f"{column}{row}") for column in "ABCD"):
            continue
        said = {name: cells(f"{column}{row}") for name, column in columns.items()}
        look_up = plain(said.get("look_up", ""))
        given = said.pop("cid", "") or ""
        cid = normal_cid(given) or normal_cid(said["smelter_id"])
        if given and not normal_cid(given):
            where = f"{cells.name}!A{row}"
            warnings.append(
                Warned(
                    code="CID_UNCLEAR",
                    where=where,
                    ja=f"{where}: 「{given}」はCIDとして読めません",
                    en=f"{where}: “{given}” is no clear CID",
                )
            )
            said["name"] = said["name"] or given
        if look_up == _NOT_LISTED and not (said["name"] and said["country"]):
            where = f"{cells.name}!D{row}"
            warnings.append(
                Warned(
                    code="SMELTER_INCOMPLETE",
                    where=where,
                    ja=f"{where}: 一覧にない製錬所には名称と国が必要です",
                    en=f"{where}: a smelter that is not listed needs its name and country",
                )
            )
        metal = next((name for name in minerals if plain(name) == plain(said["metal"])), said["metal"])
        if metal and metal not in minerals:
            where = f"{cells.name}!{columns['metal']}{row}"
            warnings.append(
                Warned(
                    code="METAL_NOT_IN_SCOPE",
                    where=where,
                    ja=f"{where}: 「{metal}」は対象の鉱物に含まれていません",
                    en=f"{where}: “{metal}” is not among the minerals declared",
                )
            )
        recycled = yes_or_no(said["recycled"]) or said["recycled"]
        yield msgspec.convert(
            said | {"metal": metal, "recycled": recycled, "cid": None if look_up == _NOT_LISTED else cid}, Smelter
        )


def _mines(layout: Map, cells: Cells) -> Iterator[Mine]:
    for row in range(FIRST_MINE, min(layout.last_mine, cells.last_row()) + 1):
        said = {name: cells(f"{column}{row}") for name, column in MINE_COLUMNS.items()}
        if any(said.values()):
            yield Mine(**said)


def product_columns(layout: Map, version: str) -> dict[str, str]:
    """Columns of the product list."""
    plain_columns = {"number": "B", "name": "C"}
    if layout.at(layout.requester_columns, version):
        return plain_columns | {"requester_number": "D", "requester_name": "E", "comment": "F"}
    return plain_columns | {"comment": "D"}


def _products(layout: Map, version: str, cells: Cells) -> Iterator[Product]:
    columns = product_columns(layout, version)
    for row in range(FIRST_PRODUCT, min(int(layout.at(layout.last_product, version)), cells.last_row()) + 1):
        said = {name: cells(f"{column}{row}") for name, column in columns.items()}
        if said["number"] or said["name"]:
            yield Product(**said)


def _questions(layout: Map, cells: Cells) -> dict[str, Asked]:
    """The template's own words for its questions, from its hidden sheet of texts: column A names the cell that shows them.

    The heading of a question about minerals stands above its first mineral; a company's question in its own row.
    """
    rows = {cells(f"A{row}"): row for row in range(1, cells.last_row() + 1) if cells.holds(f"A{row}")}
    wanted = {key: row - 1 for key, row in layout.questions.items()} | dict(layout.company)
    if layout.company_c:
        wanted["c"] = layout.company_c - 1
    found = {}
    for key, place in wanted.items():
        row = rows.get(f"DeclarationB{place}")
        if row is not None:
            found[key] = Asked(ja=cells(f"{LANGUAGES['日本語']}{row}"), en=cells(f"{LANGUAGES['English']}{row}"))
    return found


def _look_up(cells: Cells) -> Iterator[LookUpRow]:
    for row in range(FIRST_SMELTER, cells.last_row() + 1):
        metal, alias, name, country, cid = (cells(f"{column}{row}") for column in "ABCDE")
        if metal and alias and normal_cid(cid):
            yield LookUpRow(metal=metal, alias=alias, name=name, country=country, cid=cid)

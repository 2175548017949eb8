"""Native REST of reporting templates: check, import, merge, fill in."""

import base64
from functools import partial
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, post

from meguri.diligence.api import download
from meguri.diligence.errors import NothingFound
from meguri.diligence.rmi import errors, writing
from meguri.diligence.rmi.checking import check
from meguri.diligence.rmi.maps import maps
from meguri.diligence.rmi.merging import merge
from meguri.diligence.rmi.model import Mineral, MineralDeclaration, Read, Smelter
from meguri.diligence.rmi.xml_mapping import XmlMapping, read_xml, write_xml
from meguri.diligence.service import records, workbooks
from meguri.diligence.service.workbooks import MOST_FILES, FileRead, FilesRead, Imported, imported
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.web import Json, Unit, editor, refusals, signed_in
from meguri.workbooks.running import aside


class Workbook(msgspec.Struct, frozen=True, kw_only=True):
    """A workbook in base 64."""

    file: Annotated[str, msgspec.Meta(max_length=70_000_000)]
    file_name: str = ""


class FillIn(Workbook, frozen=True, kw_only=True):
    """The user's own copy of a template, and what is to stand in it."""

    declaration: MineralDeclaration


class Workbooks(msgspec.Struct, frozen=True, kw_only=True):
    """Several workbooks at once. `keep_good`: keep those that can be read though others cannot; else all or none."""

    files: Annotated[list[Workbook], msgspec.Meta(min_length=1, max_length=MOST_FILES)]
    keep_good: bool = False


class MergeInput(msgspec.Struct, frozen=True, kw_only=True):
    """Suppliers' declarations of one family: given, or kept ones by their ids. `asked`: how many suppliers were asked."""

    family: str
    asked: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    declarations: list[MineralDeclaration] = []
    declaration_ids: Annotated[list[UUID], msgspec.Meta(max_length=1000)] = []


class MergedMinerals(msgspec.Struct, frozen=True, kw_only=True):
    """What suppliers say together."""

    minerals: list[Mineral]
    smelters: list[Smelter]


class XmlFile(Workbook, frozen=True, kw_only=True):
    """An XML file in base 64, and the mapping that says where in it what stands."""

    mapping: XmlMapping


class XmlOut(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration to be written as XML, and the mapping that says where."""

    declaration: MineralDeclaration
    mapping: XmlMapping


def content_of(said: Workbook) -> bytes:
    """The workbook's bytes. Raises TemplateUnsupported."""
    try:
        return base64.b64decode(said.file, validate=True)
    except ValueError as error:
        raise errors.unsupported("not_workbook") from error


@post("/api/v1/dd/rmi:check", guards=[signed_in], status_code=200, responses=refusals(errors.TemplateUnsupported))
async def check_workbook(unit: Unit, data: Json[Workbook]) -> Imported:
    """Reads a workbook and says what is missing; nothing is kept."""
    return await imported(content_of(data))


@post("/api/v1/dd/rmi:import", guards=[editor], responses=refusals(errors.TemplateUnsupported))
async def import_workbook(unit: Unit, data: Json[Workbook]) -> Imported:
    """Reads a workbook and keeps its declaration; the same file is kept once, and `twice` says that it was there."""
    return await unit(partial(workbooks.keep_one, found=await imported(content_of(data))))


@post("/api/v1/dd/rmi:check-many", guards=[signed_in], status_code=200, responses=refusals(errors.TemplateUnsupported))
async def check_workbooks(unit: Unit, data: Json[Workbooks]) -> FilesRead:
    """Reads several workbooks and says of each what is missing, or why it cannot be read; nothing is kept."""
    return FilesRead(kept=0, items=await _several(data))


@post("/api/v1/dd/rmi:import-many", guards=[editor], responses=refusals(errors.TemplateUnsupported))
async def import_workbooks(unit: Unit, data: Json[Workbooks]) -> FilesRead:
    """Reads several workbooks and keeps their declarations in one step; what is kept already is not kept twice."""
    items = await _several(data)
    return await unit(partial(workbooks.keep, items=items, keep_good=data.keep_good))


async def _several(data: Workbooks) -> list[FileRead]:
    return await workbooks.read([(one.file_name, _or_nothing(one)) for one in data.files])


def _or_nothing(said: Workbook) -> bytes:
    """The bytes; nothing where they are no base 64, which is then no workbook."""
    try:
        return content_of(said)
    except errors.TemplateUnsupported:
        return b""


@post(
    "/api/v1/dd/rmi:merge",
    guards=[signed_in],
    status_code=200,
    responses=refusals(errors.TemplateUnsupported, NothingFound),
)
async def merge_declarations(unit: Unit, data: Json[MergeInput]) -> MergedMinerals:
    """What suppliers say together, as the answers of one's own declaration."""
    if data.family not in {one.family for one in maps().values()}:
        raise errors.unsupported("not_template")

    async def of_ids(tx: Transaction, scope: OperatorScope) -> list[MineralDeclaration]:
        kept = [await records.get(tx, scope, "declaration", Read, one) for one in dict.fromkeys(data.declaration_ids)]
        return [one.content.declaration for one in kept]

    given = [*data.declarations, *(await unit(of_ids) if data.declaration_ids else [])]
    merged = merge(data.family, given, data.asked)
    return MergedMinerals(minerals=merged.minerals, smelters=merged.smelters)


@post(
    "/api/v1/dd/rmi:export",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.TemplateUnsupported, errors.TemplateRowLimit, errors.FieldsNotCarried, errors.CellLocked),
)
async def export_workbook(unit: Unit, data: Json[FillIn]) -> Response[bytes]:
    """The user's copy of a template with the declaration in it; every other part of the file is as it was."""
    filled = await aside(writing.fill_in, content_of(data), data.declaration)
    name = writing.file_name(data.declaration.respondent.get("company", ""), clock.today())
    return download(filled, name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


async def _xml(said: XmlFile) -> Imported:
    found = await aside(read_xml, content_of(said), said.mapping)
    return Imported(read=found, checked=check(found.declaration, found.layout))


@post(
    "/api/v1/dd/rmi:check-xml",
    guards=[signed_in],
    status_code=200,
    responses=refusals(errors.TemplateUnsupported, errors.BadMapping),
)
async def check_xml(data: Json[XmlFile]) -> Imported:
    """Reads an XML file (IPC-1755 and alike) by the mapping given and says what is missing; nothing is kept."""
    return await _xml(data)


@post("/api/v1/dd/rmi:import-xml", guards=[editor], responses=refusals(errors.TemplateUnsupported, errors.BadMapping))
async def import_xml(unit: Unit, data: Json[XmlFile]) -> Imported:
    """Reads an XML file by the mapping given and keeps its declaration; the same file is kept once."""
    return await unit(partial(workbooks.keep_one, found=await _xml(data)))


@post(
    "/api/v1/dd/rmi:export-xml",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FieldsNotCarried, errors.BadMapping),
)
async def export_xml(data: Json[XmlOut]) -> Response[bytes]:
    """A declaration as XML by the mapping given; what the mapping has no place for is named, and nothing is written."""
    made = await aside(write_xml, data.declaration, data.mapping)
    name = writing.file_name(data.declaration.respondent.get("company", ""), clock.today())
    return download(made, name.removesuffix(".xlsx") + ".xml", "application/xml")


handlers = [
    check_xml,
    import_xml,
    export_xml,
    check_workbook,
    import_workbook,
    check_workbooks,
    import_workbooks,
    merge_declarations,
    export_workbook,
]

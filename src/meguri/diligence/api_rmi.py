"""Native REST of reporting templates: check, import, merge, fill in."""

import asyncio
import base64
from typing import Annotated, Any

import msgspec
from litestar import Response, post

from meguri.diligence.api import download
from meguri.diligence.rmi import errors, opening, reading, writing
from meguri.diligence.rmi.checking import Checked, check
from meguri.diligence.rmi.maps import maps
from meguri.diligence.rmi.merging import merge
from meguri.diligence.rmi.model import Mineral, MineralDeclaration, Read, Smelter
from meguri.diligence.service import records
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.web import Json, Unit, editor, refusals, signed_in


class Workbook(msgspec.Struct, frozen=True, kw_only=True):
    """A workbook in base 64."""

    file: Annotated[str, msgspec.Meta(max_length=70_000_000)]
    file_name: str = ""


class FillIn(Workbook, frozen=True, kw_only=True):
    """The user's own copy of a template, and what is to stand in it."""

    declaration: MineralDeclaration


class MergeInput(msgspec.Struct, frozen=True, kw_only=True):
    """Suppliers' declarations of one family. `asked`: how many suppliers were asked."""

    family: str
    declarations: list[MineralDeclaration]
    asked: int


class MergedMinerals(msgspec.Struct, frozen=True, kw_only=True):
    """What suppliers say together."""

    minerals: list[Mineral]
    smelters: list[Smelter]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a workbook said, and what it lacks."""

    read: Read
    checked: Checked


def content_of(said: Workbook) -> bytes:
    """The workbook's bytes. Raises TemplateUnsupported."""
    try:
        return base64.b64decode(said.file, validate=True)
    except ValueError as error:
        raise errors.unsupported("not_workbook") from error


async def imported(content: bytes) -> Imported:
    """Reads and checks a workbook, away from the event loop. Raises TemplateUnsupported."""
    read = reading.read(await asyncio.to_thread(opening.open_workbook, content))
    return Imported(read=read, checked=check(read.declaration, read.layout))


@post("/api/v1/dd/rmi/check", guards=[signed_in], status_code=200, responses=refusals(errors.TemplateUnsupported))
async def check_workbook(unit: Unit, data: Json[Workbook]) -> Imported:
    """Reads a workbook and says what is missing; nothing is kept."""
    return await imported(content_of(data))


@post("/api/v1/dd/rmi/import", guards=[editor], responses=refusals(errors.TemplateUnsupported))
async def import_workbook(unit: Unit, data: Json[Workbook]) -> Imported:
    """Reads a workbook and keeps its declaration."""
    found = await imported(content_of(data))

    async def keep(tx: Transaction, scope: OperatorScope) -> Any:
        return await records.add(tx, scope, "declaration", found.read)

    await unit(keep)
    return found


@post("/api/v1/dd/rmi/merge", guards=[signed_in], status_code=200, responses=refusals(errors.TemplateUnsupported))
async def merge_declarations(unit: Unit, data: Json[MergeInput]) -> MergedMinerals:
    """What suppliers say together, as the answers of one's own declaration."""
    if data.family not in {one.family for one in maps().values()}:
        raise errors.unsupported("not_template")
    merged = merge(data.family, data.declarations, data.asked)
    return MergedMinerals(minerals=merged.minerals, smelters=merged.smelters)


@post(
    "/api/v1/dd/rmi/export",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.TemplateUnsupported, errors.TemplateRowLimit, errors.FieldsNotCarried, errors.CellLocked),
)
async def export_workbook(unit: Unit, data: Json[FillIn]) -> Response[bytes]:
    """The user's copy of a template with the declaration in it; every other part of the file is as it was."""
    filled = await asyncio.to_thread(writing.fill_in, content_of(data), data.declaration)
    name = writing.file_name(data.declaration.respondent.get("company", ""), clock.today())
    return download(filled, name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


handlers = [check_workbook, import_workbook, merge_declarations, export_workbook]

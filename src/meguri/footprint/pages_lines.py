"""The page of one line of a worksheet: what does not fit into its row."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import factors, forms_line, readings
from meguri.footprint.calculation.electricity import InstrumentKind
from meguri.footprint.calculation.factors import EmissionFactor
from meguri.footprint.calculation.gases import potentials
from meguri.footprint.forms_line import LineForm
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.by_hour import ByHour, grid_factors_of, line_by_hour
from meguri.footprint.worksheets.model import Line, Worksheet, WorksheetInput
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import decimal, text
from meguri.traceability.model import Part
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in
from meguri.workbooks.running import aside

AnyRequest = Request[Any, Any, Any]


class LinePage(msgspec.Struct, frozen=True, kw_only=True):
    """`worksheet_line.html`. `by_each_hour`: the grid has a factor for each hour, not one for all."""

    sheet: Worksheet
    part: Part
    line: Line
    given: LineForm
    errors: dict[str, str]
    factors: list[EmissionFactor]
    instrument_kinds: list[str]
    gases: list[str]
    meters: list[str]
    asked: dict[str, str]
    by_hour: ByHour | None
    by_each_hour: bool
    wrong: str
    may_edit: bool


@get("/worksheets/{worksheet_id:uuid}/line", guards=[signed_in], include_in_schema=False)
async def show(
    request: AnyRequest,
    unit: Unit,
    worksheet_id: FromPath[UUID],
    line: FromQuery[str] = "",
    generation: FromQuery[str] = "",
    contract: FromQuery[str] = "",
) -> Response[str]:
    """What the line has beside its row; with `generation` also what matching by the hour would make of it."""
    return await _show(request, unit, worksheet_id, line, asked={"generation": generation, "contract": contract})


@post("/worksheets/{worksheet_id:uuid}/line/by-hour", guards=[signed_in], include_in_schema=False, status_code=200)
async def ask_by_hour(request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID]) -> Response[str]:
    """What matching by the hour would make of the line, where a file is given with the grid's factor of each hour; not
    kept.
    """
    form = await request.form()
    asked = {name: text(form, name) for name in ("generation", "contract")}
    file = form.get("grid")
    content = await file.read() if file is not None and hasattr(file, "read") else b""
    grid, wrong = None, ""
    if content:
        try:
            grid = await aside(grid_factors_of, str(getattr(file, "filename", "") or ""), content)
        except Refusal as refusal:
            wrong = refusal.sentence(viewer_of(request).language)
    return await _show(request, unit, worksheet_id, text(form, "line"), asked=asked, grid=grid, wrong=wrong)


@post("/worksheets/{worksheet_id:uuid}/line", guards=[editor], include_in_schema=False, status_code=200)
async def save(request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID]) -> Response[Any]:
    """Keeps it with the worksheet."""
    language = viewer_of(request).language
    form = await request.form()
    name, given = text(form, "line"), forms_line.typed(form)
    if form.get("add_row"):
        blank = dict.fromkeys(forms_line.INSTRUMENT, "")
        more = msgspec.structs.replace(given, instruments=[*given.instruments, blank])
        return await _show(request, unit, worksheet_id, name, more)
    version = text(form, "version")

    async def keep(tx: Transaction, scope: OperatorScope) -> dict[str, str]:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        changed, wrong = forms_line.line_of(given, _line(sheet, name), language)
        if not wrong:
            lines = [changed if each.id == name else each for each in sheet.lines]
            told = {field: getattr(sheet, field) for field in WorksheetInput.__struct_fields__}
            found = WorksheetInput(**(told | {"lines": lines}))
            await service.change(tx, scope, worksheet_id, found, int(version) if version.isdecimal() else 0)
        return wrong

    try:
        wrong = await unit(keep)
    except NotFound:
        raise
    except Refusal as refusal:
        wrong = {"form": refusal.sentence(language)}
    if wrong:
        return await _show(request, unit, worksheet_id, name, given, wrong)
    return done(request, f"/worksheets/{worksheet_id}#lines", Flash(happened=say("footprint.sheet.saved", language)))


async def _show(
    request: AnyRequest,
    unit: Unit,
    worksheet_id: UUID,
    name: str,
    given: LineForm | None = None,
    errors: dict[str, str] | None = None,
    asked: dict[str, str] | None = None,
    grid: Mapping[datetime, Decimal] | None = None,
    wrong: str = "",
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> LinePage:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        line = _line(sheet, name)
        found, refused = (None, wrong) if wrong else await _by_hour(tx, scope, sheet, line, asked or {}, language, grid)
        return LinePage(
            sheet=sheet,
            part=await traceability.part(tx, scope, sheet.trace_id),
            line=line,
            given=given or forms_line.shown(line),
            errors=errors or {},
            factors=sorted((await factors.catalogue(tx, scope)).all(), key=lambda factor: factor.name),
            instrument_kinds=[str(kind) for kind in InstrumentKind],
            gases=list(potentials("AR6")),
            meters=[f"{one.source}/{one.meter}" for one in await readings.meters(tx, scope)],
            asked=asked or {},
            by_hour=found,
            by_each_hour=grid is not None,
            wrong=refused,
            may_edit=scope.may_edit,
        )

    return page(request, "worksheet_line.html", await unit(read), status_code=422 if errors else 200)


async def _by_hour(
    tx: Transaction,
    scope: OperatorScope,
    sheet: Worksheet,
    line: Line,
    asked: dict[str, str],
    language: Language,
    grid: Mapping[datetime, Decimal] | None,
) -> tuple[ByHour | None, str]:
    """What was asked for, or why it cannot be told."""
    if not asked.get("generation"):
        return None, ""
    source, _, meter = asked["generation"].partition("/")
    contract = decimal(asked.get("contract") or "0")
    if contract is None:
        return None, say("footprint.wrong.number", language)
    try:
        plant = (source.strip(), meter.strip())
        found = await line_by_hour(tx, scope, sheet.worksheet_id, line.id, plant, contract, grid)
    except Refusal as refusal:
        return None, refusal.sentence(language)
    return found, ""


def _line(sheet: Worksheet, name: str) -> Line:
    found = next((line for line in sheet.lines if line.id == name), None)
    if found is None:
        raise NotFound
    return found


handlers = [show, save, ask_by_hour]

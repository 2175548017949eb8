"""Pages of worksheets: write down, see line by line what comes of it, compare, find what drives it."""

from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import factors, forms_worksheet, readings
from meguri.footprint import packs as rule_packs
from meguri.footprint.calculation.factors import EmissionFactor
from meguri.footprint.calculation.flags import FLAGS
from meguri.footprint.calculation.packs import CHOICE_WORDS, OFFERED, SEVERAL, RulePack, pack_named
from meguri.footprint.calculation.units import UNITS
from meguri.footprint.calculation.worksheet import WorksheetInvalid
from meguri.footprint.forms_worksheet import KINDS, RowForm, SheetForm
from meguri.footprint.model import Footprint
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.analysis import Analysis, Uncertainty
from meguri.footprint.worksheets.model import Comparison, Figures, KeptResult, Line, Worksheet, WorksheetInput
from meguri.footprint.worksheets.scenario import LineOverride, Scenario
from meguri.kernel import clock
from meguri.kernel.errors import Conflict, Invalid, NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import ONE
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.kernel.units import SYMBOLS
from meguri.operators import plants
from meguri.operators.cautions import Cautioned, asking_first
from meguri.operators.model import Plant
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import decimal, text
from meguri.traceability.model import Part
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase, say
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
MOST_PARTS = 500
PER_PAGE = 50


class SheetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list."""

    sheet: Worksheet
    part: Part | None


class WorksheetsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`worksheets.html`."""

    rows: list[SheetRow]
    next_cursor: str | None
    may_edit: bool


class NewWorksheetPage(msgspec.Struct, frozen=True, kw_only=True):
    """`worksheet_new.html`."""

    parts: list[Part]
    plants: list[Plant]
    packs: list[RulePack]
    trace_id: str
    year: int
    errors: dict[str, str]


class WorksheetPage(msgspec.Struct, frozen=True, kw_only=True):
    """`worksheet.html`. `refused`: why there are no figures; `line_errors`: by row number."""

    sheet: Worksheet
    part: Part
    unit: str
    given: SheetForm
    figures: Figures | None
    refused: str
    line_errors: dict[int, str]
    errors: dict[str, str]
    results: list[KeptResult]
    packs: list[RulePack]
    open_choices: list[str]
    offered: dict[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: OFFERED)
    several: tuple[str, ...] = SEVERAL
    choice_words: dict[str, Text] = msgspec.field(default_factory=lambda: CHOICE_WORDS)
    plants: list[Plant]
    factors: list[EmissionFactor]
    children: list[str]
    units: list[str]
    kinds: list[str]
    processes: list[str]
    meters: list[str]
    line_ids: list[str]
    flags: list[str]
    flag_texts: dict[str, Text] = msgspec.field(default_factory=lambda: FLAGS)
    may_edit: bool


class AnalysisPage(msgspec.Struct, frozen=True, kw_only=True):
    """`worksheet_analysis.html`."""

    sheet: Worksheet
    part: Part
    figures: Figures
    analysis: Analysis
    uncertainty: Uncertainty
    comparison: Comparison | None
    factors: list[EmissionFactor]
    given: dict[str, str]
    wrong: str
    steps: list[Any]
    flows: list[Any]
    flag_texts: dict[str, Text] = msgspec.field(default_factory=lambda: FLAGS)


class PacksPage(msgspec.Struct, frozen=True, kw_only=True):
    """`worksheet_packs.html`."""

    sheet: Worksheet
    part: Part
    rows: list[Any]
    comparison: Comparison | None
    pack_id: str
    open_choices: list[str]
    choices: dict[str, str]
    asked: str
    offered: dict[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: OFFERED)
    several: tuple[str, ...] = SEVERAL
    choice_words: dict[str, Text] = msgspec.field(default_factory=lambda: CHOICE_WORDS)
    flag_texts: dict[str, Text] = msgspec.field(default_factory=lambda: FLAGS)


class ResultPage(msgspec.Struct, frozen=True, kw_only=True):
    """`result.html`."""

    kept: KeptResult
    part: Part
    comparison: Comparison | None
    flags: list[str]
    may_edit: bool


def flag_words(flags: list[str], language: Language) -> list[str]:
    """Flags as sentences."""
    return [FLAGS[flag].of(language) for flag in flags if flag in FLAGS]


@get("/worksheets", guards=[signed_in], include_in_schema=False)
async def worksheets(request: AnyRequest, unit: Unit, cursor: FromQuery[str | None] = None) -> Response[str]:
    """The list."""
    after = parse_uuid(cursor) if cursor else None
    if cursor and after is None:
        raise NotFound

    async def read(tx: Transaction, scope: OperatorScope) -> WorksheetsPage:
        found = await service.worksheets(tx, scope, limit=PER_PAGE + 1, after=after)
        parts = await traceability.parts_by_id(tx, scope, [sheet.trace_id for sheet in found])
        rows = [SheetRow(sheet=sheet, part=parts.get(sheet.trace_id)) for sheet in found[:PER_PAGE]]
        rest = str(found[PER_PAGE - 1].worksheet_id) if len(found) > PER_PAGE else None
        return WorksheetsPage(rows=rows, next_cursor=rest, may_edit=scope.may_edit)

    return page(request, "worksheets.html", await unit(read))


@get("/worksheets/new", guards=[editor], include_in_schema=False)
async def new_form(request: AnyRequest, unit: Unit, part: FromQuery[str] = "") -> Response[str]:
    """The beginning of a worksheet."""
    return await _new(request, unit, part, {})


@post("/worksheets/new", guards=[editor], include_in_schema=False, status_code=200)
async def create(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Makes it, with the components of the part as first lines."""
    language = viewer_of(request).language
    form = await request.form()
    trace_id, plant_id = text(form, "trace_id"), text(form, "plant_id")
    wrong = {
        name: phrase("footprint.sheet.choose").of(language, {})
        for name, value in (("trace_id", trace_id), ("plant_id", plant_id))
        if not _is_id(value)
    }
    output = decimal(text(form, "output") or "1")
    if output is None or output <= 0:
        wrong["output"] = phrase("footprint.wrong.number").of(language, {})
    dates = [forms_worksheet.day(name, text(form, name), wrong, language) for name in ("period_start", "period_end")]
    start, end = dates
    if wrong or start is None or end is None:
        return await _new(request, unit, trace_id, wrong)
    first, last = start, end

    async def make(tx: Transaction, scope: OperatorScope) -> Worksheet:
        lines: list[Line] = await service.suggested_lines(tx, scope, UUID(trace_id))
        if form.get("template"):
            lines += _template(language)
        given = WorksheetInput(
            plant_id=UUID(plant_id),
            period_start=first,
            period_end=last,
            output=output or ONE,
            title=text(form, "title"),
            pack_id=text(form, "pack_id") or "eu-draft-2024",
            lines=lines,
        )
        return await service.create(tx, scope, UUID(trace_id), given)

    try:
        made = await unit(make)
    except Invalid as refusal:
        return await _new(request, unit, trace_id, {"form": refusal.sentence(language)})
    return done(request, f"/worksheets/{made.worksheet_id}", _flash(language, "created"))


@get("/worksheets/{worksheet_id:uuid}", guards=[signed_in], include_in_schema=False)
async def show(request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID]) -> Response[str]:
    """The worksheet with what comes of it."""
    return await _show(request, unit, worksheet_id)


@post("/worksheets/{worksheet_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def save(request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID]) -> Response[Any]:
    """Keeps what was typed; lines that cannot be computed yet are kept too, and named."""
    language = viewer_of(request).language
    form = await request.form()
    given = forms_worksheet.typed(form)
    if form.get("add_row"):
        return await _show(
            request, unit, worksheet_id, msgspec.structs.replace(given, rows=[*given.rows, RowForm()]), {}
        )
    written = text(form, "version")
    version = int(written) if written.isdecimal() else 0

    async def keep(tx: Transaction, scope: OperatorScope) -> dict[str, str]:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        names = await _part_names(tx, scope)
        known = await factors.catalogue(tx, scope)
        found, wrong = forms_worksheet.worksheet_of(given, sheet, known, names, language)
        if found is not None:
            await service.change(tx, scope, worksheet_id, found, version)
        return wrong

    try:
        wrong = await unit(keep)
    except Refusal as refusal:
        wrong = {"form": refusal.sentence(language)}
    if wrong:
        return await _show(request, unit, worksheet_id, given, wrong)
    return done(request, f"/worksheets/{worksheet_id}", _flash(language, "saved"))


@post("/worksheets/{worksheet_id:uuid}/compute", guards=[editor], include_in_schema=False, status_code=200)
async def compute(request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID]) -> Response[Any]:
    """Keeps a result."""
    language = viewer_of(request).language
    try:
        kept = await unit(service.compute, worksheet_id)
    except WorksheetInvalid:
        return done(request, f"/worksheets/{worksheet_id}", _flash(language, "not_computed", kind="attention"))
    except Invalid as refusal:
        flash = Flash(happened=refusal.sentence(language), kind="attention")
        return done(request, f"/worksheets/{worksheet_id}", flash)
    return done(request, f"/results/{kept.result.result_id}", _flash(language, "computed"))


class FeedCautionPage(msgspec.Struct, frozen=True, kw_only=True):
    """`feed_caution.html`: what customers could work out if the figures were declared; they are not, until that is confirmed."""

    worksheet_id: UUID
    cautions: list[Text]


@post("/worksheets/{worksheet_id:uuid}/feed", guards=[editor], include_in_schema=False, status_code=200)
async def feed(request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID]) -> Response[Any]:
    """Declares the figures in the exchange. Where that gives a supplier's figure away, asks first."""
    language = viewer_of(request).language
    confirmed = bool((await request.form()).get("cautioned"))

    async def declare(tx: Transaction, scope: OperatorScope) -> Footprint:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        return await asking_first(
            tx, scope, sheet.trace_id, lambda: service.feed(tx, scope, worksheet_id), confirmed=confirmed
        )

    try:
        made = await unit(declare)
    except Cautioned as warned:
        messages = [one.message for one in warned.found]
        return page(request, "feed_caution.html", FeedCautionPage(worksheet_id=worksheet_id, cautions=messages))
    except (Invalid, Conflict) as refusal:
        flash = Flash(happened=refusal.sentence(language), kind="attention")
        return done(request, f"/worksheets/{worksheet_id}", flash)
    return done(request, f"/parts/{made.trace_id}/footprint", _flash(language, "fed", seen=True))


@get("/worksheets/{worksheet_id:uuid}/analysis", guards=[signed_in], include_in_schema=False)
async def analysis(
    request: AnyRequest,
    unit: Unit,
    worksheet_id: FromPath[UUID],
    line: FromQuery[str] = "",
    amount: FromQuery[str] = "",
    factor: FromQuery[str] = "",
) -> Response[Any]:
    """What drives the footprint, how far it may be off, and what a change of one line would do."""
    language = viewer_of(request).language
    wrong = ""
    wanted = decimal(amount) if amount else None
    if amount and wanted is None:
        wrong = phrase("footprint.wrong.number").of(language, {})

    async def read(tx: Transaction, scope: OperatorScope) -> AnalysisPage:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        figures = await service.figures(tx, scope, worksheet_id)
        found = await service.analysis(tx, scope, worksheet_id, most=20)
        comparison = None
        if line and not wrong and (wanted is not None or factor):
            override = LineOverride(line_id=line, amount=wanted, factor_id=factor or None)
            name = next((one.name for one in sheet.lines if one.id == line), line)
            (comparison,) = await service.what_if(tx, scope, worksheet_id, [Scenario(name=name, lines=[override])])
        return AnalysisPage(
            sheet=sheet,
            part=await traceability.part(tx, scope, sheet.trace_id),
            figures=figures,
            analysis=found,
            uncertainty=await service.uncertainty(tx, scope, worksheet_id, draws=5000),
            comparison=comparison,
            factors=await factors.find_factors(tx, scope),
            given={"line": line, "amount": amount, "factor": factor},
            wrong=wrong,
            steps=service.steps_of(figures),
            flows=_flows(figures),
        )

    try:
        return page(request, "worksheet_analysis.html", await unit(read))
    except Invalid as refusal:
        flash = Flash(happened=refusal.sentence(language), kind="attention")
        return done(request, f"/worksheets/{worksheet_id}", flash)


@get("/worksheets/{worksheet_id:uuid}/packs", guards=[signed_in], include_in_schema=False)
async def packs(
    request: AnyRequest, unit: Unit, worksheet_id: FromPath[UUID], other: FromQuery[str] = ""
) -> Response[Any]:
    """The same inputs under every rule pack, and the difference to one of them.

    What packs leave open is chosen here for looking only: nothing of the worksheet changes.
    """
    language = viewer_of(request).language
    typed = forms_worksheet.typed_choices(request.query_params)

    async def read(tx: Transaction, scope: OperatorScope) -> PacksPage:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        choices = forms_worksheet.choices_of(typed, sheet.choices)
        found = await service.under_all_packs(tx, scope, worksheet_id, choices)
        rows = [
            {
                "pack": pack,
                "name": pack.name.of(language),
                "figures": None if isinstance(each, Refusal) else each,
                "why": each.sentence(language) if isinstance(each, Refusal) else "",
            }
            for pack, each in found
        ]
        comparison = await service.compare_packs(tx, scope, worksheet_id, other, choices) if other else None
        part = await traceability.part(tx, scope, sheet.trace_id)
        asked = [(forms_worksheet.CHOICE + name, value) for name, value in typed.items()]
        return PacksPage(
            sheet=sheet,
            part=part,
            rows=rows,
            comparison=comparison,
            pack_id=other,
            open_choices=[name for name in OFFERED if any(name in pack.open_choices for pack, _ in found)],
            choices=forms_worksheet.choices_shown(choices),
            asked=urlencode(asked),
        )

    try:
        return page(request, "worksheet_packs.html", await unit(read))
    except Invalid as refusal:
        flash = Flash(happened=refusal.sentence(language), kind="attention")
        return done(request, f"/worksheets/{worksheet_id}", flash)


@get("/results/{result_id:uuid}", guards=[signed_in], include_in_schema=False)
async def result(request: AnyRequest, unit: Unit, result_id: FromPath[UUID]) -> Response[str]:
    """A kept result, with the difference to the one before."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> ResultPage:
        kept = await service.result(tx, scope, result_id)
        before = kept.result.preceding_id
        return ResultPage(
            kept=kept,
            part=await traceability.part(tx, scope, kept.result.trace_id),
            comparison=await service.compare_results(tx, scope, before, result_id) if before else None,
            flags=flag_words([*kept.result.flags, *(["stale"] if kept.stale else [])], language),
            may_edit=scope.may_edit,
        )

    return page(request, "result.html", await unit(read))


async def _new(request: AnyRequest, unit: Unit, trace_id: str, errors: dict[str, str]) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> NewWorksheetPage:
        parts, _ = await traceability.parts_page(tx, scope, limit=MOST_PARTS)
        return NewWorksheetPage(
            parts=parts,
            plants=await plants.all_plants(tx, scope),
            packs=await _packs(tx, scope),
            trace_id=trace_id,
            year=clock.today().year - 1,
            errors=errors,
        )

    return page(request, "worksheet_new.html", await unit(read), status_code=422 if errors else 200)


async def _show(
    request: AnyRequest,
    unit: Unit,
    worksheet_id: UUID,
    given: SheetForm | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> WorksheetPage:
        sheet = await service.worksheet(tx, scope, worksheet_id)
        names = await _part_names(tx, scope)
        known = await factors.catalogue(tx, scope)
        figures, refused, rows = await _figures(tx, scope, sheet, language)
        pack = await rule_packs.pack(tx, scope, sheet.pack_id)
        part = await traceability.part(tx, scope, sheet.trace_id)
        return WorksheetPage(
            sheet=sheet,
            part=part,
            unit=SYMBOLS[part.unit].of(language) if part.unit else say("footprint.one", language),
            given=given or forms_worksheet.shown(sheet, known, names),
            figures=figures,
            refused=refused,
            line_errors=rows,
            errors=errors or {},
            results=await service.results(tx, scope, worksheet_id),
            packs=await _packs(tx, scope, pack),
            open_choices=pack.open_choices,
            plants=await plants.all_plants(tx, scope),
            factors=sorted(known.all(), key=lambda factor: factor.name),
            children=[name for key, name in names.items() if key != str(sheet.trace_id)],
            units=list(UNITS),
            kinds=[str(kind) for kind in KINDS],
            processes=list(pack.content["required_company_specific"]),
            meters=[f"{one.source}/{one.meter}" for one in await readings.meters(tx, scope)],
            line_ids=[line.id for line in sheet.lines],
            flags=flag_words(list(figures.flags), language) if figures else [],
            may_edit=scope.may_edit,
        )

    return page(request, "worksheet.html", await unit(read), status_code=422 if errors else 200)


async def _figures(
    tx: Transaction, scope: OperatorScope, sheet: Worksheet, language: Language
) -> tuple[Figures | None, str, dict[int, str]]:
    """The figures, or why there are none, and what is wrong by row."""
    if not sheet.lines:
        return None, "", {}
    try:
        return await service.figures(tx, scope, sheet.worksheet_id), "", {}
    except Invalid as refusal:
        rows = {
            int(fault.field[6:-1]): fault.of(language)
            for fault in refusal.fields
            if fault.field.startswith("lines[") and fault.field[6:-1].isdigit()
        }
        return None, refusal.sentence(language), rows


async def _packs(tx: Transaction, scope: OperatorScope, present: RulePack | None = None) -> list[RulePack]:
    """Packs to choose from; the present one too where it is no longer offered."""
    offered = [one.pack for one in await rule_packs.packs(tx, scope)]
    return [*offered, *([present] if present and present.id not in {pack.id for pack in offered} else [])]


async def _part_names(tx: Transaction, scope: OperatorScope) -> dict[str, str]:
    parts, _ = await traceability.parts_page(tx, scope, limit=MOST_PARTS)
    return {str(part.trace_id): part.name for part in parts}


def _template(language: Language) -> list[Line]:
    """A row for every process for which law wants the company's own data."""
    processes = pack_named("eu-draft-2024").content["required_company_specific"]
    main = ("cell_assembly", "module_assembly", "pack_assembly")
    return [
        Line(
            id=process,
            name=say(f"footprint.process.{process}", language),
            kind=forms_worksheet.KINDS[0],
            stage="main" if process in main else "raw",
            process=process,
            primary=True,
        )
        for process in processes
    ]


def _flows(figures: Figures) -> list[tuple[str, str, float]]:
    """(from, to, kg): lines into stages, stages into the total; for the Sankey and the table beside it."""
    found = []
    for line in figures.lines:
        for stage, value in line.stages.items():
            if value > 0:
                found.append((line.name, stage, float(value)))
    return sorted(found, key=lambda flow: -flow[2])[:24]


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _flash(language: Language, what: str, *, kind: Literal["ok", "attention"] = "ok", seen: bool = False) -> Flash:
    return Flash(
        happened=say(f"footprint.sheet.{what}", language),
        kind=kind,
        seen_by=say("footprint.declare.seen", language) if seen else None,
    )


handlers = [worksheets, new_form, create, show, save, compute, feed, analysis, packs, result]

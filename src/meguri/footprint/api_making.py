"""Native REST of making footprints: worksheets, results, factors, readings. Words in, words out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import QueryParameter

from meguri.footprint import factors, readings
from meguri.footprint.calculation import errors as calculation
from meguri.footprint.calculation.factors import EmissionFactor, LicenceBlocksExport
from meguri.footprint.calculation.worksheet import WorksheetInvalid
from meguri.footprint.engine import CycleInStructure, PartUnknown
from meguri.footprint.errors import BadFigure
from meguri.footprint.factors.errors import ColumnsMissing, ImportUnreadable
from meguri.footprint.model import Footprint
from meguri.footprint.readings.errors import BadReading, ReadingsRefused
from meguri.footprint.readings.model import Meter
from meguri.footprint.received import Received, history
from meguri.footprint.worksheets import errors, service
from meguri.footprint.worksheets.analysis import Analysis, Uncertainty
from meguri.footprint.worksheets.model import Comparison, Figures, KeptResult, Reason, Worksheet, WorksheetInput
from meguri.footprint.worksheets.renewing import Renewed, renewed_by
from meguri.footprint.worksheets.scenario import Scenario
from meguri.kernel.errors import Needed, Refusal, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators.errors import PlantNotFound
from meguri.storage.transaction import Transaction
from meguri.traceability.errors import PartNotOwn
from meguri.ui import language_for
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, Version, editor, page_of, refusals, signed_in, versioned
from meguri.workbooks.errors import SheetTooDemanding, WorkbooksWaiting

_COMPUTING = (
    errors.WorksheetNotFound,
    errors.TooManyParts,
    WorksheetInvalid,
    CycleInStructure,
    calculation.PackUnknown,
    calculation.ChoiceMissing,
    calculation.ChoiceUnknown,
    calculation.GwpSetUnknown,
    calculation.OutOfRange,
    calculation.UnitIncompatible,
)
_WRITING = (
    PartNotOwn,
    PlantNotFound,
    errors.BadPeriod,
    errors.DuplicateLine,
    calculation.PackUnknown,
    calculation.ChoiceUnknown,
    calculation.GwpSetUnknown,
    PartUnknown,
    calculation.InstrumentExceeded,
)


class Under(msgspec.Struct, frozen=True, kw_only=True):
    """Figures under one pack, or why there are none."""

    pack_id: str
    figures: Figures | None = None
    code: str | None = None
    detail: str | None = None


class UnderPacks(msgspec.Struct, frozen=True, kw_only=True):
    """The same inputs under every pack; results of different packs are never averaged."""

    items: list[Under]
    flags: list[str]
    next_cursor: str | None = None


class Compute(msgspec.Struct, frozen=True, kw_only=True):
    """How to compute: why, and under which pack with which choices (left out: the worksheet's own)."""

    reason: Reason = "activity"
    pack_id: str | None = None
    choices: dict[str, Any] | None = None


class Scenarios(msgspec.Struct, frozen=True, kw_only=True):
    """Alternatives to compare with what is."""

    scenarios: Annotated[list[Scenario], msgspec.Meta(min_length=1, max_length=20)]


class Comparisons(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison for each scenario, in the order asked."""

    items: list[Comparison]
    next_cursor: str | None = None


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Results of a worksheet, newest first."""

    items: list[KeptResult]
    next_cursor: str | None = None


class Factors(msgspec.Struct, frozen=True, kw_only=True):
    """Emission factors."""

    items: list[EmissionFactor]
    next_cursor: str | None = None


class AffectedResults(msgspec.Struct, frozen=True, kw_only=True):
    """Results that rest on an older version of a factor."""

    items: list[Renewed]
    next_cursor: str | None = None


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """Imports of factors, newest first."""

    items: list[factors.FactorImport]
    next_cursor: str | None = None


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """Readings to take, all or none."""

    readings: Annotated[list[readings.Reading], msgspec.Meta(min_length=1, max_length=20_000)]


class Meters(msgspec.Struct, frozen=True, kw_only=True):
    """Meters that have readings."""

    items: list[Meter]
    next_cursor: str | None = None


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """What suppliers outside the exchange stated of a part, newest first."""

    items: list[Received]
    next_cursor: str | None = None


@post("/api/v1/parts/{trace_id:uuid}/worksheets", guards=[editor], responses=refusals(*_WRITING))
async def create_worksheet(unit: Unit, trace_id: FromPath[UUID], data: Json[WorksheetInput]) -> Response[Worksheet]:
    """A worksheet of an own part at one plant over one production period."""
    return await unit.answering(lambda sheet: versioned(sheet, sheet.version, status_code=201))(
        service.create, trace_id, data
    )


@get("/api/v1/footprint/worksheets", guards=[signed_in], responses=refusals(BadCursor))
async def list_worksheets(unit: Unit, paging: Paging, trace_id: FromQuery[UUID | None] = None) -> Page[Worksheet]:
    """Worksheets, newest first; of one part if asked."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    found = await unit(service.worksheets, limit=paging.limit + 1, after=after, trace_id=trace_id)
    return page_of(found, paging.limit, lambda sheet: (str(sheet.worksheet_id),))


@get(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}", guards=[signed_in], responses=refusals(errors.WorksheetNotFound)
)
async def get_worksheet(unit: Unit, worksheet_id: FromPath[UUID]) -> Response[Worksheet]:
    """One worksheet as it was written."""
    sheet = await unit(service.worksheet, worksheet_id)
    return versioned(sheet, sheet.version)


@put(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}",
    guards=[editor],
    responses=refusals(Needed, Stale, errors.WorksheetNotFound, *_WRITING),
)
async def put_worksheet(
    unit: Unit, worksheet_id: FromPath[UUID], data: Json[WorksheetInput], version: Version
) -> Response[Worksheet]:
    """Another content; results computed before are stale from now on."""
    return await unit.answering(lambda sheet: versioned(sheet, sheet.version))(
        service.change, worksheet_id, data, version
    )


@get("/api/v1/footprint/worksheets/{worksheet_id:uuid}/figures", guards=[signed_in], responses=refusals(*_COMPUTING))
async def get_figures(unit: Unit, worksheet_id: FromPath[UUID], pack_id: FromQuery[str | None] = None) -> Figures:
    """What the worksheet comes to now, line by line, under its pack or another; nothing is kept."""
    return await unit(service.figures, worksheet_id, pack_id=pack_id)


@get("/api/v1/footprint/worksheets/{worksheet_id:uuid}/packs", guards=[signed_in], responses=refusals(*_COMPUTING))
async def get_under_packs(unit: Unit, request: Request[Any, Any, Any], worksheet_id: FromPath[UUID]) -> UnderPacks:
    """The same inputs under every pack, in one call."""
    found = await unit(service.under_all_packs, worksheet_id)
    language = language_for(request)
    items = [
        Under(pack_id=pack.id, code=each.code, detail=each.sentence(language))
        if isinstance(each, Refusal)
        else Under(pack_id=pack.id, figures=each)
        for pack, each in found
    ]
    return UnderPacks(items=items, flags=["pack_mismatch"])


@get(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/compare",
    guards=[signed_in],
    responses=refusals(*_COMPUTING),
)
async def get_comparison(
    unit: Unit, worksheet_id: FromPath[UUID], pack_id: Annotated[str, QueryParameter(description="The other pack.")]
) -> Comparison:
    """The worksheet under its pack and under another, beside each other."""
    return await unit(service.compare_packs, worksheet_id, pack_id)


@post(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/what-if",
    guards=[signed_in],
    status_code=200,
    responses=refusals(*_COMPUTING, calculation.FactorUnknown, errors.PartNotBelow, PartUnknown),
)
async def post_what_if(unit: Unit, worksheet_id: FromPath[UUID], data: Json[Scenarios]) -> Comparisons:
    """Alternatives beside what is; nothing is kept, and none can be declared."""
    return Comparisons(items=await unit(service.what_if, worksheet_id, data.scenarios))


@get("/api/v1/footprint/worksheets/{worksheet_id:uuid}/hotspots", guards=[signed_in], responses=refusals(*_COMPUTING))
async def get_hotspots(
    unit: Unit,
    worksheet_id: FromPath[UUID],
    most: Annotated[int, QueryParameter(ge=1, le=500, description="How many paths.")] = 50,
) -> Analysis:
    """What drives the footprint: contributions and the greatest paths, with the share that they cover."""
    return await unit(service.analysis, worksheet_id, most=most)


@get(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/uncertainty", guards=[signed_in], responses=refusals(*_COMPUTING)
)
async def get_uncertainty(
    unit: Unit,
    worksheet_id: FromPath[UUID],
    draws: Annotated[int, QueryParameter(ge=100, le=100_000, description="How many draws.")] = 10_000,
) -> Uncertainty:
    """How far the total may be off, by drawing each factor within its spread."""
    return await unit(service.uncertainty, worksheet_id, draws=draws)


@post(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/results",
    guards=[editor],
    responses=refusals(*_COMPUTING, calculation.ProfileParameterMissing, calculation.ProfileUnknown),
)
async def post_result(unit: Unit, worksheet_id: FromPath[UUID], data: Json[Compute]) -> KeptResult:
    """Computes and keeps a result with everything that it stands on."""
    return await unit(service.compute, worksheet_id, reason=data.reason, pack_id=data.pack_id, choices=data.choices)


@get(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/results",
    guards=[signed_in],
    responses=refusals(errors.WorksheetNotFound),
)
async def list_results(unit: Unit, worksheet_id: FromPath[UUID]) -> Results:
    """Results, newest first; each names the one before it and why it was computed."""
    return Results(items=await unit(service.results, worksheet_id))


@get("/api/v1/footprint/results/{result_id:uuid}", guards=[signed_in], responses=refusals(errors.ResultNotFound))
async def get_result(unit: Unit, result_id: FromPath[UUID]) -> KeptResult:
    """One result with its hash."""
    return await unit(service.result, result_id)


@get(
    "/api/v1/footprint/results/{result_id:uuid}/compare/{other_id:uuid}",
    guards=[signed_in],
    responses=refusals(errors.ResultNotFound),
)
async def get_results_compared(unit: Unit, result_id: FromPath[UUID], other_id: FromPath[UUID]) -> Comparison:
    """Two results beside each other, exactly divided by line."""
    return await unit(service.compare_results, result_id, other_id)


@post(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/feed",
    guards=[editor],
    status_code=200,
    responses=refusals(*_COMPUTING, errors.OuranosValueOutOfRange, BadFigure),
)
async def post_feed(unit: Unit, worksheet_id: FromPath[UUID]) -> Footprint:
    """Declares the figures in the data exchange; everything downstream follows."""
    return await unit(service.feed, worksheet_id)


@get("/api/v1/footprint/factors", guards=[signed_in], responses=refusals())
async def list_factors(unit: Unit, contains: FromQuery[str] = "", per: FromQuery[str | None] = None) -> Factors:
    """Factors that the company may use, by id; values of its own stay its own."""
    return Factors(items=await unit(factors.find_factors, contains=contains, unit=per))


@post(
    "/api/v1/footprint/factors",
    guards=[editor],
    responses=refusals(
        calculation.ProvenanceMissing, calculation.UnitUnknown, calculation.GasUnknown, calculation.ValueInvalid
    ),
)
async def post_factor(unit: Unit, data: Json[factors.FactorInput]) -> EmissionFactor:
    """A factor of the company's own, or a new version of one."""
    return await unit(factors.add_factor, data)


@post(
    "/api/v1/footprint/factors/import",
    guards=[editor],
    status_code=200,
    responses=refusals(ImportUnreadable, ColumnsMissing, SheetTooDemanding, WorkbooksWaiting),
)
async def post_factor_file(
    unit: Unit,
    request: Request[Any, Any, Any],
    file_name: Annotated[str, QueryParameter(description="Its ending says the kind: csv, xlsx, spold, xml, zip.")],
) -> factors.ImportReport:
    """Factors of a file (the request's body). Columns of a table are named by `column.<field>=<column>`."""
    columns = {
        key.removeprefix("column."): value for key, value in request.query_params.items() if key.startswith("column.")
    }
    return await unit(factors.import_factors, file_name, await request.body(), columns)


@get("/api/v1/footprint/factors/imports", guards=[signed_in], responses=refusals())
async def list_imports(unit: Unit) -> Imports:
    """Imports of factors with their reports."""
    return Imports(items=await unit(factors.imports))


@get(
    "/api/v1/footprint/factors/export",
    guards=[editor],
    responses=refusals(calculation.FactorUnknown, LicenceBlocksExport),
)
async def get_factor_export(
    unit: Unit, factor_id: Annotated[list[str], QueryParameter(min_items=1, max_items=100)]
) -> Factors:
    """Factors with their values, as far as their licence lets them be passed on."""
    return Factors(items=await unit(factors.export_factors, factor_id))


@get(
    "/api/v1/footprint/factors/affected",
    guards=[signed_in],
    responses=refusals(calculation.FactorUnknown),
)
async def get_affected(
    unit: Unit, factor_id: Annotated[str, QueryParameter(description="A factor.")]
) -> AffectedResults:
    """Present results that rest on an older version of a factor than the newest, with their totals then and with it."""
    return AffectedResults(items=await unit(renewed_by, factor_id))


@post("/api/v1/footprint/readings", guards=[editor], status_code=200, responses=refusals(ReadingsRefused))
async def post_readings(unit: Unit, data: Json[Readings]) -> readings.ReadingsReport:
    """Readings of meters, systems and invoices; the same ones again change nothing."""
    return await unit(readings.take_readings, data.readings)


@post(
    "/api/v1/footprint/readings/import",
    guards=[editor],
    status_code=200,
    responses=refusals(ReadingsRefused, BadReading, SheetTooDemanding, WorkbooksWaiting),
)
async def post_readings_file(
    unit: Unit,
    request: Request[Any, Any, Any],
    file_name: Annotated[str, QueryParameter(description="Its ending says the kind: csv or xlsx.")],
) -> readings.ReadingsReport:
    """Readings of a file (the request's body) with the columns source, meter, from, to, amount, unit, evidence."""
    return await unit(readings.take_file, file_name, await request.body())


@get("/api/v1/footprint/meters", guards=[signed_in], responses=refusals())
async def list_meters(unit: Unit) -> Meters:
    """Meters that have readings."""
    return Meters(items=await unit(readings.meters))


@get("/api/v1/footprint/readings/total", guards=[signed_in], responses=refusals(calculation.UnitIncompatible))
async def get_total(
    unit: Unit,
    source: Annotated[str, QueryParameter()],
    meter: Annotated[str, QueryParameter()],
    starts: Annotated[datetime, QueryParameter(name="from")],
    ends: Annotated[datetime, QueryParameter(name="to")],
    per: Annotated[str, QueryParameter(name="unit")],
) -> readings.Total:
    """What a meter counted in a time, with the gaps."""
    return await unit(readings.total_over, source, meter, starts, ends, per)


@get("/api/v1/parts/{trace_id:uuid}/footprint/received", guards=[signed_in], responses=refusals(PartNotOwn))
async def list_received(unit: Unit, trace_id: FromPath[UUID]) -> Statements:
    """What suppliers outside the exchange stated of an own part, newest first; the first one counts."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[Received]:
        return await history(tx, scope, trace_id)

    return Statements(items=await unit(read))


handlers = [
    create_worksheet,
    list_worksheets,
    get_worksheet,
    put_worksheet,
    get_figures,
    get_under_packs,
    get_comparison,
    post_what_if,
    get_hotspots,
    get_uncertainty,
    post_result,
    list_results,
    get_result,
    get_results_compared,
    post_feed,
    list_factors,
    post_factor,
    post_factor_file,
    list_imports,
    get_factor_export,
    get_affected,
    post_readings,
    post_readings_file,
    list_meters,
    get_total,
    list_received,
]

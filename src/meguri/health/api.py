"""Native REST of health: files, assessments, predictions, models, what is known of a battery, firms, birth records."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from msgspec import Meta as Rule

from meguri.health import desk, errors, service
from meguri.health.assess.run import Assessment
from meguri.health.assess.subject import Meta
from meguri.health.estimate import NotAssessable
from meguri.health.prediction import Predicted, predict, table_of
from meguri.health.pulse.card import ModelCard, card_of
from meguri.health.pulse.rawtable import RawTable, read_table
from meguri.health.pulse.record import DEFAULT_MODEL, shipped_models
from meguri.health.views import (
    Birth,
    BirthsReport,
    Finding,
    Firm,
    FirmInput,
    LifeLeft,
    Options,
    Order,
    OrderInput,
    ProblemNote,
    Record,
    Standing,
    StoredAssessment,
    StoredResult,
    Upload,
)
from meguri.kernel import clock
from meguri.kernel.paging import Page, decode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry.bodies import body_as_file
from meguri.telemetry.errors import (
    BatteryUnknown,
    ChargerEfficiencyMissing,
    ClockWrong,
    ColumnsSwapped,
    LevelSuspect,
    ProfileUnknown,
    RecordTooLarge,
    SignSuspect,
)
from meguri.telemetry.ground import files
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, admin, editor, page_of, refusals, signed_in

AnyRequest = Request[Any, Any, Any]
_MOST_ROWS = 50_000
_SAFETY_NET = timedelta(minutes=2)
_TABLE = (
    errors.Unusable,
    errors.EmptyInput,
    errors.BadEncoding,
    errors.ColumnMissing,
    errors.ColumnDuplicate,
    errors.UnitSuspect,
)
_RECORD = (
    *_TABLE,
    SignSuspect,
    ClockWrong,
    LevelSuspect,
    ColumnsSwapped,
    ProfileUnknown,
    ChargerEfficiencyMissing,
    RecordTooLarge,
)


class AssessmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be assessed: a file, and whose measurements it holds: a battery of the company, or an item described."""

    upload_id: UUID
    battery_id: UUID | None = None
    item: Meta | None = None
    options: Options = Options()


class AssessmentView(msgspec.Struct, frozen=True, kw_only=True):
    """An assessment and how far it is: `assessment` when it is done, `error` when it failed."""

    assessment_id: UUID
    battery_id: UUID | None
    upload_id: UUID | None
    state: str
    progress: float
    assessment: Assessment | None
    error: ProblemNote | None
    created_at: datetime
    finished_at: datetime | None


class PredictionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Pulse tests as rows (the columns of the command line), or an upload that holds them."""

    rows: Annotated[list[dict[str, Any]], Rule(max_length=_MOST_ROWS)] | None = None
    upload_id: UUID | None = None
    confidence: float = 0.90
    model: str = DEFAULT_MODEL
    soc_unit: Literal["percent", "fraction"] | None = None


# Files and assessments


@post(
    "/api/v1/health/uploads", guards=[editor], responses=refusals(*_RECORD), request_max_body_size=None
)  # fmt: skip
async def add_upload(
    request: AnyRequest,
    unit: Unit,
    name: FromQuery[str] = "record.csv",
    profile: FromQuery[str | None] = None,
    current_sign: FromQuery[Literal["keep", "flip"]] = "keep",
    charger_efficiency: FromQuery[float | None] = None,
) -> Response[Upload]:
    """Hand in a file (the body itself, or the form's field `file`); the answer holds the report on its quality."""
    options = Options(profile=profile, current_sign=current_sign, charger_efficiency=charger_efficiency)
    async with body_as_file(request, name) as (path, file_name):
        upload = await desk.hand_in(unit.db, unit.scope, files(), path, file_name, options)
    return Response(upload, status_code=201)


@get("/api/v1/health/uploads", guards=[signed_in], responses=refusals())
async def list_uploads(unit: Unit, paging: Paging) -> Page[Upload]:
    """Files handed in, newest first."""
    found = await unit(service.uploads, paging.limit + 1, _after(paging.cursor))
    return page_of(found, paging.limit, lambda one: (str(one.upload_id),))


def _after(cursor: str | None) -> UUID | None:
    return UUID(decode_cursor(cursor, 1)[0]) if cursor else None


@get("/api/v1/health/uploads/{upload_id:uuid}", guards=[signed_in], responses=refusals(errors.UploadUnknown))
async def get_upload(unit: Unit, upload_id: FromPath[UUID]) -> Upload:
    """One file with its report."""
    return await unit(service.upload, upload_id)


@post(
    "/api/v1/health/assessments",
    guards=[editor],
    responses=refusals(errors.UploadUnknown, BatteryUnknown, errors.NoReferenceItem, errors.MetaInvalid, *_RECORD),
)
async def add_assessment(unit: Unit, data: Json[AssessmentRequest]) -> Response[AssessmentView]:
    """Assess a file: at once (201), or in the background (202) when it is large; then ask again for its state."""

    def shown(outcome: tuple[StoredAssessment, bool]) -> Response[AssessmentView]:
        return Response(_view(outcome[0]), status_code=202 if outcome[1] else 201)

    answer = await unit.answering(shown)(begin_assessment, data)
    if answer.status_code == 202:
        return answer
    done = await desk.assess(unit.db, unit.scope, files(), answer.content.assessment_id)
    return Response(_view(done), status_code=201)


async def begin_assessment(
    tx: Transaction, scope: OperatorScope, data: AssessmentRequest
) -> tuple[StoredAssessment, bool]:
    """Note the assessment, and whether a worker does it: a large one at once, a small one if this process dies."""
    upload = await service.upload(tx, scope, data.upload_id)
    begun, _ = await service.begin(tx, scope, data.upload_id, data.battery_id, data.item, data.options)
    later = upload.size > desk.AT_ONCE_BYTES
    at = None if later else clock.now() + _SAFETY_NET
    await tx.defer("health.assess", run_at=at, operator_id=scope.operator_id, assessment_id=begun.assessment_id)
    return begun, later


def _view(stored: StoredAssessment) -> AssessmentView:
    return AssessmentView(
        assessment_id=stored.assessment_id,
        battery_id=stored.battery_id,
        upload_id=stored.upload_id,
        state=stored.state,
        progress=stored.progress,
        assessment=None if stored.body is None else msgspec.convert(stored.body, Assessment),
        error=stored.error,
        created_at=stored.created_at,
        finished_at=stored.finished_at,
    )


@get("/api/v1/health/assessments", guards=[signed_in], responses=refusals())
async def list_assessments(
    unit: Unit, paging: Paging, battery_id: FromQuery[UUID | None] = None
) -> Page[AssessmentView]:  # fmt: skip
    """Assessments, newest first."""
    found = await unit(service.assessments, battery_id, paging.limit + 1, _after(paging.cursor))
    return page_of([_view(one) for one in found], paging.limit, lambda one: (str(one.assessment_id),))


@get(
    "/api/v1/health/assessments/{assessment_id:uuid}",
    guards=[signed_in],
    responses=refusals(errors.AssessmentUnknown),
)
async def get_assessment(unit: Unit, assessment_id: FromPath[UUID]) -> AssessmentView:
    """One assessment with its results, or how far it is."""
    return _view(await unit(service.assessment, assessment_id))


# Predictions and models


@post(
    "/api/v1/health/predictions",
    guards=[editor],
    responses=refusals(
        errors.UploadUnknown,
        errors.ModelUnknown,
        errors.ModelUntrusted,
        errors.IntervalInvalid,
        RecordTooLarge,
        *_TABLE,
    ),
    status_code=200,
)  # fmt: skip
async def add_prediction(unit: Unit, data: Json[PredictionRequest]) -> Predicted:
    """State of health of each row of pulse tests, as `meguri health predict` says it."""
    raw = await _raw(unit, data)
    if data.model.endswith(".json"):
        raise errors.ModelUnknown(model=data.model, choices=", ".join(shipped_models()))
    engine = await asyncio.to_thread(desk.predictor, data.model)
    return await asyncio.to_thread(predict, engine, raw, data.confidence, data.soc_unit)


async def _raw(unit: Unit, data: PredictionRequest) -> RawTable:
    if data.rows is not None:
        return table_of(data.rows)
    if data.upload_id is None:
        raise errors.EmptyInput
    upload = await unit.db.run(unit.scope, service.upload, data.upload_id)
    async with desk.on_disk(files(), unit.scope, upload.sha256, upload.file_name) as path:
        return await asyncio.to_thread(read_table, path)


@get("/api/v1/health/models", guards=[signed_in], responses=refusals())
async def list_models() -> Page[ModelCard]:
    """The cards of the shipped models."""
    return Page([card_of(desk.predictor(name).model) for name in shipped_models()])


@get("/api/v1/health/models/{model_id:str}", guards=[signed_in], responses=refusals(errors.ModelNotFound))
async def get_model(model_id: FromPath[str]) -> ModelCard:
    """The card of a model: data, errors, limits."""
    return card(model_id)


@get("/api/v1/health/models/{model_id:str}/record", guards=[signed_in], responses=refusals(errors.ModelNotFound))
async def get_model_record(unit: Unit, model_id: FromPath[str]) -> Record:
    """How the model's estimates compared with full tests that came later, in this company."""
    card(model_id)
    return await unit(service.track_record, model_id)


def card(model_id: str) -> ModelCard:
    """The card of a shipped model. Raises ModelNotFound."""
    if model_id not in shipped_models():
        raise errors.ModelNotFound
    return card_of(desk.predictor(model_id).model)


# What is known of a battery


@get(
    "/api/v1/health/batteries/{battery_id:uuid}/standing", guards=[signed_in], responses=refusals(BatteryUnknown)
)  # fmt: skip
async def get_standing(unit: Unit, battery_id: FromPath[UUID]) -> Standing:
    """What all methods say together, and each of them."""
    return await unit(service.standing, battery_id)


@get(
    "/api/v1/health/batteries/{battery_id:uuid}/history", guards=[signed_in], responses=refusals(BatteryUnknown)
)  # fmt: skip
async def get_history(
    unit: Unit, battery_id: FromPath[UUID], quantity: FromQuery[str] = "soh_capacity"
) -> Page[StoredResult]:
    """Good results of one quantity, oldest first."""
    return Page(await unit(service.history, battery_id, quantity))


@get(
    "/api/v1/health/batteries/{battery_id:uuid}/findings", guards=[signed_in], responses=refusals(BatteryUnknown)
)  # fmt: skip
async def get_findings(unit: Unit, battery_id: FromPath[UUID]) -> Page[Finding]:
    """What was found for the safety gate, oldest first."""
    return Page(await unit(service.evidence, battery_id))


Percent = Annotated[float, Rule(gt=0, lt=100)]


@get(
    "/api/v1/health/batteries/{battery_id:uuid}/life-left",
    guards=[signed_in],
    responses=refusals(BatteryUnknown, errors.NothingToProject),
)
async def get_life_left(
    unit: Unit,
    battery_id: FromPath[UUID],
    end_of_life_pct: FromQuery[Percent] = 60.0,
    cycles_per_day: FromQuery[Annotated[float, Rule(ge=0, le=20)]] = 0.5,
    temperature_c: FromQuery[Annotated[float, Rule(ge=-30, le=60)]] = 25.0,
) -> LifeLeft:
    """Life left under a use, from the battery's own history."""

    async def ahead(tx: Transaction, scope: OperatorScope) -> LifeLeft:
        try:
            return await service.life_left(
                tx, scope, battery_id, end_of_life_pct=end_of_life_pct, cycles_per_day=cycles_per_day,
                temperature_c=temperature_c,
            )  # fmt: skip
        except NotAssessable as why:
            raise errors.NothingToProject(reason=why.reason) from None

    return await unit(ahead)


@get(
    "/api/v1/health/batteries/{battery_id:uuid}/scenarios",
    guards=[signed_in],
    responses=refusals(BatteryUnknown, errors.NothingToProject),
)
async def get_scenarios(unit: Unit, battery_id: FromPath[UUID]) -> Page[service.Scenario]:
    """Life left in each next use of the rule data."""

    async def ahead(tx: Transaction, scope: OperatorScope) -> list[service.Scenario]:
        try:
            return await service.scenarios(tx, scope, battery_id)
        except NotAssessable as why:
            raise errors.NothingToProject(reason=why.reason) from None

    return Page(await unit(ahead))


# Diagnosis firms


@get("/api/v1/health/firms", guards=[signed_in], responses=refusals())
async def list_firms(unit: Unit) -> Page[Firm]:
    """Registered diagnosis firms."""
    return Page(await unit(service.firms))


@post("/api/v1/health/firms", guards=[admin], responses=refusals(errors.KeyInvalid))
async def add_firm(unit: Unit, data: Json[FirmInput]) -> Response[Firm]:
    """Register a diagnosis firm with the key that it signs with."""
    return await unit.answering(lambda made: Response(made, status_code=201))(service.register_firm, data)


@delete(
    "/api/v1/health/firms/{firm_id:uuid}", guards=[admin], responses=refusals(errors.FirmUnknown), status_code=204
)  # fmt: skip
async def revoke_firm(unit: Unit, firm_id: FromPath[UUID]) -> None:
    """Revoke a firm's key: nothing that it signs is taken in any more."""
    await unit(service.revoke_firm, firm_id)


@get("/api/v1/health/firms/{firm_id:uuid}/record", guards=[signed_in], responses=refusals(errors.FirmUnknown))
async def get_firm_record(unit: Unit, firm_id: FromPath[UUID]) -> Record:
    """How the firm's results compared with full tests that came later."""

    async def read(tx: Transaction, scope: OperatorScope) -> Record:
        await service.firm(tx, scope, firm_id)
        return await service.track_record(tx, scope, f"firm:{firm_id}")

    return await unit(read)


@get("/api/v1/health/orders", guards=[signed_in], responses=refusals())
async def list_orders(unit: Unit, battery_id: FromQuery[UUID | None] = None) -> Page[Order]:
    """Diagnoses ordered, newest first."""
    return Page(await unit(service.orders, battery_id))


@post(
    "/api/v1/health/orders",
    guards=[editor],
    responses=refusals(BatteryUnknown, errors.FirmUnknown, errors.FirmRevokedError),
)
async def add_order(unit: Unit, data: Json[OrderInput]) -> Response[Order]:
    """Order a diagnosis from a registered firm."""
    return await unit.answering(lambda made: Response(made, status_code=201))(service.place_order, data)


@post(
    "/api/v1/health/orders/{order_id:uuid}/result",
    guards=[editor],
    responses=refusals(
        errors.OrderUnknown,
        errors.OrderAnswered,
        errors.FirmRevokedError,
        errors.SignatureInvalid,
        errors.DocumentInvalid,
        errors.IntervalInvalid,
    ),
    status_code=200,
)
async def deliver_order(unit: Unit, order_id: FromPath[UUID], data: Json[dict[str, Any]]) -> Standing:
    """Hand in the firm's signed document; the answer is what the battery stands at now."""
    return await unit(service.deliver, order_id, data)


# Birth records


@post(
    "/api/v1/health/births",
    guards=[editor],
    responses=refusals(errors.EmptyInput, errors.BadEncoding, errors.ColumnMissing),
    status_code=200,
)
async def add_births(
    request: AnyRequest, unit: Unit, keep_good_rows: FromQuery[bool] = False
) -> BirthsReport:  # fmt: skip
    """Import end-of-line measurements (CSV): serial, level, capacity_ah, measured_on, resistance_ohm, ocv_volt."""
    async with body_as_file(request, "births.csv", 100_000_000) as (path, _):
        content = path.read_bytes()
    return await unit.db.run(unit.scope, service.import_births, content, keep_good_rows=keep_good_rows)


@get("/api/v1/health/births", guards=[signed_in], responses=refusals())
async def list_births(unit: Unit, paging: Paging) -> Page[Birth]:
    """End-of-line measurements by serial."""
    after = decode_cursor(paging.cursor, 1)[0] if paging.cursor else None
    found = await unit(service.births, paging.limit + 1, after)
    return page_of(found, paging.limit, lambda one: (one.serial,))


handlers = [
    add_upload,
    list_uploads,
    get_upload,
    add_assessment,
    list_assessments,
    get_assessment,
    add_prediction,
    list_models,
    get_model,
    get_model_record,
    get_standing,
    get_history,
    get_findings,
    get_life_left,
    get_scenarios,
    list_firms,
    add_firm,
    revoke_firm,
    get_firm_record,
    list_orders,
    add_order,
    deliver_order,
    add_births,
    list_births,
]

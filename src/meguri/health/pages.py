"""Pages of health: batteries and what is known of them, assessments, models, diagnosis firms."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.health import api, desk, service
from meguri.health.assess.run import Assessment
from meguri.health.estimate import NotAssessable
from meguri.health.model import Chemistry, Level, Result
from meguri.health.pageviews import (
    KIND,
    FlagLine,
    Line,
    MethodLine,
    band,
    flags,
    interval_words,
    lines,
    measured_at,
    methods,
    reasons,
    years,
)
from meguri.health.pulse.card import ModelCard
from meguri.health.views import Firm, FirmInput, LifeLeft, Options, Record, StoredAssessment
from meguri.kernel.errors import Refusal
from meguri.kernel.paging import decode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry
from meguri.telemetry.bodies import body_as_file
from meguri.telemetry.ground import files
from meguri.telemetry.model import Battery, BatteryInput, NamePlate, Quality
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import FromPath, FromQuery, Unit, admin, editor, page_of, signed_in

AnyRequest = Request[Any, Any, Any]
PER_PAGE = 20
END_OF_LIFE_PCT, CYCLES_PER_DAY = 60.0, 0.5
_NUMBERS = {
    "rated_capacity_ah": float,
    "rated_energy_kwh": float,
    "cell_voltage_min": float,
    "cell_voltage_max": float,
    "cells_in_series": int,
    "initial_resistance_ohm": float,
}


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One battery in the list."""

    battery: Battery
    level: str
    soh: Result
    badge: str
    status: str
    note: str
    measured: Any


class BatteriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`batteries.html`."""

    rows: list[ListRow]
    next_cursor: str | None
    may_edit: bool


class PlatePage(msgspec.Struct, frozen=True, kw_only=True):
    """`plate.html`."""

    given: Mapping[str, str]
    errors: dict[str, str]
    levels: list[Choice]
    chemistries: list[Choice]


class UseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Life left in one next use, in years; None: beyond a hundred."""

    name: str
    end_of_life_pct: float
    p10: float | None
    p50: float | None
    p90: float | None
    note: str


class BatteryPage(msgspec.Struct, frozen=True, kw_only=True):
    """`battery.html`."""

    battery: Battery
    soh: Result
    note: str
    badge: str
    status: str
    lines: list[Line]
    history: list[tuple[Any, float, float, float]]
    life: LifeLeft | None
    life_years: tuple[float | None, float | None, float | None]
    uses: list[UseLine]
    assessments: list[StoredAssessment]
    may_edit: bool
    signs: list[Choice]
    errors: dict[str, str]


class AssessmentPage(msgspec.Struct, frozen=True, kw_only=True):
    """`assessment.html`."""

    stored: StoredAssessment
    name: str
    found: Assessment | None
    quality: Quality | None
    lines: list[Line]
    flags: list[FlagLine]
    methods: list[MethodLine]
    bridged: int
    bms: str
    failure: str | None


class ModelPage(msgspec.Struct, frozen=True, kw_only=True):
    """`model.html`."""

    model: ModelCard
    record: Record
    japanese: bool
    chart: list[tuple[str, float]]


class FirmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One firm with how it did."""

    firm: Firm
    record: Record


class FirmsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`firms.html`."""

    rows: list[FirmRow]
    given: Mapping[str, str]
    errors: dict[str, str]
    may_administer: bool


@get("/health", guards=[signed_in], include_in_schema=False)
async def batteries_page(request: AnyRequest, unit: Unit, cursor: FromQuery[str | None] = None) -> Response[str]:
    """Batteries of the company and their state of health."""
    language = viewer_of(request).language
    after = UUID(decode_cursor(cursor, 1)[0]) if cursor else None

    async def read(tx: Transaction, scope: OperatorScope) -> BatteriesPage:
        found = page_of(
            await telemetry.batteries(tx, scope, PER_PAGE + 1, after), PER_PAGE, lambda one: (str(one.battery_id),)
        )
        rows = []
        for battery in found.items:
            soh = (await service.standing(tx, scope, battery.battery_id)).soh
            rows.append(
                ListRow(
                    battery=battery,
                    level=_of(language, f"health.level.{battery.plate.level}"),
                    soh=soh,
                    badge=KIND[soh.status],
                    status=_of(language, f"health.status.{soh.status}"),
                    note=interval_words(language, soh),
                    measured=measured_at(soh),
                )
            )
        return BatteriesPage(rows=rows, next_cursor=found.next_cursor, may_edit=scope.may_edit)

    return page(request, "batteries.html", await unit(read))


def _of(language: Any, key: str) -> str:
    return phrase(key).of(language, {})


def _plate_page(request: AnyRequest, given: Mapping[str, str], errors: dict[str, str]) -> Response[str]:
    language = viewer_of(request).language
    context = PlatePage(
        given=given,
        errors=errors,
        levels=[Choice(level.value, _of(language, f"health.level.{level}")) for level in Level],
        chemistries=[Choice(one.value, one.value) for one in Chemistry],
    )
    return page(request, "plate.html", context, status_code=422 if errors else 200)


@get("/health/batteries/new", guards=[editor], include_in_schema=False)
async def plate_form(request: AnyRequest) -> Response[str]:
    """The form of a new battery."""
    return _plate_page(request, {"level": "pack", "chemistry": "NMC"}, {})


@post("/health/batteries/new", guards=[editor], include_in_schema=False, status_code=200)
async def plate_sent(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Registers a battery."""
    language = viewer_of(request).language
    given = {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}
    new, errors = _read_plate(given, language)
    if new is None:
        return _plate_page(request, given, errors)
    try:
        made = await unit(telemetry.add, new)
    except Refusal as refusal:
        return _plate_page(request, given, {"label": refusal.sentence(language)})
    happened = _of(language, "health.plate.done").format(name=made.label)
    flash = Flash(happened=happened, seen_by=_of(language, "health.plate.seen"))
    return done(request, f"/health/batteries/{made.battery_id}", flash)


def _read_plate(given: Mapping[str, str], language: Any) -> tuple[BatteryInput | None, dict[str, str]]:
    errors: dict[str, str] = {}
    facts: dict[str, Any] = {
        name: given.get(name) or None for name in ("maker", "model", "level", "chemistry", "in_service", "dpp_id")
    }
    for name, kind in _NUMBERS.items():
        text = given.get(name, "")
        if not text:
            continue
        try:
            facts[name] = kind(text)
            if not 0 < facts[name] < 1e9:
                raise ValueError
        except ValueError:
            errors[name] = _of(language, "health.plate.wrong_number")
    if facts["in_service"] and not _is_date(facts["in_service"]):
        errors["in_service"] = _of(language, "health.plate.wrong_date")
    label = given.get("label", "")[:200]
    if not label:
        errors["label"] = _of(language, "health.plate.wrong_name")
    if errors:
        return None, errors
    known = {name: value for name, value in facts.items() if value is not None}
    try:
        return BatteryInput(label=label, plate=msgspec.convert(known, NamePlate)), {}
    except msgspec.ValidationError:
        return None, {"level": _of(language, "health.plate.wrong_name")}


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


async def _battery_page(
    request: AnyRequest, unit: Unit, battery_id: UUID, errors: dict[str, str] | None = None
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> BatteryPage:
        standing = await service.standing(tx, scope, battery_id)
        life, uses = None, []
        with suppress(NotAssessable):
            uses = [_use_line(one, language) for one in await service.scenarios(tx, scope, battery_id)]
            life = await service.life_left(
                tx, scope, battery_id, end_of_life_pct=END_OF_LIFE_PCT, cycles_per_day=CYCLES_PER_DAY
            )
        p10, p50, p90 = life.remaining_days if life else (None, None, None)
        soh = standing.soh
        return BatteryPage(
            battery=await telemetry.battery(tx, scope, battery_id),
            soh=soh,
            note=interval_words(language, soh),
            badge=KIND[soh.status],
            status=_of(language, f"health.status.{soh.status}"),
            lines=lines(language, standing.results),
            history=band(await service.history(tx, scope, battery_id)),
            life=life,
            life_years=(years(p10), years(p50), years(p90)),
            uses=uses,
            assessments=await service.assessments(tx, scope, battery_id, 20),
            may_edit=scope.may_edit,
            signs=[
                Choice("keep", _of(language, "health.battery.sign_keep")),
                Choice("flip", _of(language, "health.battery.sign_flip")),
            ],
            errors=errors or {},
        )

    return page(request, "battery.html", await unit(read), status_code=422 if errors else 200)


def _use_line(one: service.Scenario, language: Any) -> UseLine:
    p10, p50, p90 = one.life.remaining_days
    return UseLine(
        name=one.use.name_ja if language == "ja" else one.use.name_en,
        end_of_life_pct=one.use.end_of_life_pct,
        p10=years(p10),
        p50=years(p50),
        p90=years(p90),
        note=reasons(language, one.life.flags),
    )


@get("/health/batteries/{battery_id:uuid}", guards=[signed_in], include_in_schema=False)
async def battery_page(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """What is known of a battery."""
    return await _battery_page(request, unit, battery_id)


@post(
    "/health/batteries/{battery_id:uuid}/assess",
    guards=[editor],
    include_in_schema=False,
    status_code=200,
    request_max_body_size=None,
)
async def assess_sent(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[Any]:
    """Takes in a file and assesses it."""
    language = viewer_of(request).language
    battery = await unit(telemetry.battery, battery_id)
    form = await request.form()
    options = Options(current_sign="flip" if form.get("sign") == "flip" else "keep")
    try:
        async with body_as_file(request, "record.csv") as (path, name):
            upload = await desk.hand_in(unit.db, unit.scope, files(), path, name, options)
        wanted = api.AssessmentRequest(upload_id=upload.upload_id, battery_id=battery_id, options=options)
        begun, later = await unit(api.begin_assessment, wanted)
        stored = begun if later else await desk.assess(unit.db, unit.scope, files(), begun.assessment_id)
    except Refusal as refusal:
        return await _battery_page(request, unit, battery_id, {"file": refusal.sentence(language)})
    words = "health.battery.waiting" if later else "health.battery.assessed"
    happened = _of(language, words).format(name=battery.label) if not later else _of(language, words)
    return done(request, f"/health/assessments/{stored.assessment_id}", Flash(happened=happened))


@get("/health/assessments/{assessment_id:uuid}", guards=[signed_in], include_in_schema=False)
async def assessment_page(request: AnyRequest, unit: Unit, assessment_id: FromPath[UUID]) -> Response[str]:
    """One assessment: results, quality of the data, which methods could be used."""
    language = viewer_of(request).language
    stored = await unit(service.assessment, assessment_id)
    found = None if stored.body is None else msgspec.convert(stored.body, Assessment)
    failure = None
    if stored.error is not None:
        failure = stored.error.text_ja if language == "ja" else stored.error.text_en
    context = AssessmentPage(
        stored=stored,
        name=str(stored.meta.get("item_id", "")),
        found=found,
        quality=found.quality if found else None,
        lines=lines(language, found.results) if found else [],
        flags=flags(language, found.quality) if found else [],
        methods=methods(language, found) if found else [],
        bridged=sum(gap.bridged for gap in found.quality.gaps) if found else 0,
        bms=reasons(language, found.bms_check.reasons) if found else "",
        failure=failure,
    )
    return page(request, "assessment.html", context)


@get("/health/models/{model_id:str}", guards=[signed_in], include_in_schema=False)
async def model_page(request: AnyRequest, unit: Unit, model_id: FromPath[str]) -> Response[str]:
    """The card of a model."""
    card = api.card(model_id)
    context = ModelPage(
        model=card,
        record=await unit(service.track_record, model_id),
        japanese=viewer_of(request).language == "ja",
        chart=[(design.design, design.metrics[0].mae) for design in card.designs],
    )
    return page(request, "model.html", context)


async def _firms_page(
    request: AnyRequest, unit: Unit, given: Mapping[str, str], errors: dict[str, str]
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> FirmsPage:
        rows = [
            FirmRow(firm=firm, record=await service.track_record(tx, scope, f"firm:{firm.firm_id}"))
            for firm in await service.firms(tx, scope)
        ]
        return FirmsPage(rows=rows, given=given, errors=errors, may_administer=scope.may_administer)

    return page(request, "firms.html", await unit(read), status_code=422 if errors else 200)


@get("/health/firms", guards=[signed_in], include_in_schema=False)
async def firms_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Diagnosis firms and how they did."""
    return await _firms_page(request, unit, {}, {})


@post("/health/firms", guards=[admin], include_in_schema=False, status_code=200)
async def firm_sent(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Registers a firm."""
    language = viewer_of(request).language
    given = {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        new = msgspec.convert({"name": given.get("name"), "public_key": given.get("public_key")}, FirmInput)
        made = await unit(service.register_firm, new)
    except msgspec.ValidationError:
        return await _firms_page(request, unit, given, {"name": _of(language, "health.plate.wrong_name")})
    except Refusal as refusal:
        return await _firms_page(request, unit, given, {"public_key": refusal.sentence(language)})
    happened = _of(language, "health.firms.done").format(name=made.name)
    return done(request, "/health/firms", Flash(happened=happened))


@post("/health/firms/{firm_id:uuid}/revoke", guards=[admin], include_in_schema=False, status_code=200)
async def firm_revoked(request: AnyRequest, unit: Unit, firm_id: FromPath[UUID]) -> Response[Any]:
    """Revokes a firm's key."""
    await unit(service.revoke_firm, firm_id)
    return done(request, "/health/firms", Flash(happened=_of(viewer_of(request).language, "health.firms.gone")))


handlers = [
    batteries_page,
    plate_form,
    plate_sent,
    battery_page,
    assess_sent,
    assessment_page,
    model_page,
    firms_page,
    firm_sent,
    firm_revoked,
]

"""Pages of what footprints are made from: emission factors and readings; and of reduction requests."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import factors, readings, reductions
from meguri.footprint.calculation.factors import EmissionFactor, Licence, Source
from meguri.footprint.calculation.units import UNITS
from meguri.footprint.reductions.model import Alternative, Alternatives, Driver, Reduction, ReductionInput
from meguri.footprint.worksheets.renewing import Renewed, renewed_by
from meguri.kernel import clock
from meguri.kernel.errors import Conflict, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import decimal, text
from meguri.traceability.model import Part
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
MOST = 200


class FactorsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`factors.html`."""

    rows: list[EmissionFactor]
    more: bool
    contains: str
    given: dict[str, str]
    units: list[str]
    errors: dict[str, str]
    report: factors.ImportReport | None
    imports: list[factors.FactorImport]
    today: date
    may_edit: bool


class AffectedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One result that rests on an older version; `why`: why the total with the newest is not told."""

    found: Renewed
    part: str
    why: str


class AffectedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`factors_affected.html`."""

    factor_id: str
    rows: list[AffectedRow]


class ReadingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`readings.html`."""

    meters: list[Any]
    errors: list[str]
    report: readings.ReadingsReport | None
    may_edit: bool


class ReductionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`reductions.html`."""

    rows: list[Reduction]
    names: dict[UUID, str]
    may_edit: bool


class DriversPage(msgspec.Struct, frozen=True, kw_only=True):
    """`drivers.html`."""

    part: Part
    drivers: list[Driver]
    alternatives: Alternatives | None
    given: dict[str, str]
    errors: dict[str, str]
    may_edit: bool


@get("/factors", guards=[signed_in], include_in_schema=False)
async def factor_list(request: AnyRequest, unit: Unit, contains: FromQuery[str] = "") -> Response[str]:
    """The catalogue."""
    return await _factors(request, unit, contains=contains)


@get("/factors/affected", guards=[signed_in], include_in_schema=False)
async def affected(request: AnyRequest, unit: Unit, factor: FromQuery[str]) -> Response[str]:
    """What a newer version of a factor does to results that rest on an older one."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> AffectedPage:
        found = await renewed_by(tx, scope, factor)
        parts = await traceability.parts_by_id(tx, scope, [one.trace_id for one in found])
        later = say("footprint.factors.not_computed", language)
        return AffectedPage(
            factor_id=factor,
            rows=[
                AffectedRow(found=one, part=parts[one.trace_id].name if one.trace_id in parts else "–", why=later)
                for one in found
            ],
        )

    return page(request, "factors_affected.html", await unit(read))


@post("/factors", guards=[editor], include_in_schema=False, status_code=200)
async def add_factor(request: AnyRequest, unit: Unit) -> Response[Any]:
    """A factor of the company's own."""
    form, language = await request.form(), viewer_of(request).language
    names = (
        "id",
        "version",
        "name",
        "unit",
        "value",
        "source",
        "licence",
        "valid_to",
        "gwp_set",
        "geography",
        "primary",
    )
    given = {name: text(form, name) for name in names}
    value = decimal(given["value"])
    if value is None:
        return await _factors(request, unit, given=given, errors={"value": say("footprint.wrong.number", language)})
    try:
        until = date.fromisoformat(given["valid_to"]) if given["valid_to"] else None
        told = factors.FactorInput(
            id=given["id"] or given["name"],
            version=given["version"] or "1",
            name=given["name"] or given["id"],
            unit=given["unit"],
            value=value,
            gwp_set=given["gwp_set"] or None,
            geography=given["geography"] or "GLO",
            valid_to=until,
            primary=bool(given["primary"]),
            source=Source(name=given["source"], version=given["version"] or "1"),
            licence=Licence(code=given["licence"], redistribute="no"),
        )
        await unit(factors.add_factor, told)
    except Refusal as refusal:
        return await _factors(request, unit, given=given, errors={"id": refusal.sentence(language)})
    except ValueError:
        return await _factors(request, unit, given=given, errors={"valid_to": say("footprint.sheet.no_date", language)})
    return done(request, "/factors", Flash(happened=say("footprint.factors.added", language)))


@post("/factors/import", guards=[editor], include_in_schema=False, status_code=200)
async def import_factors(request: AnyRequest, unit: Unit) -> Response[str]:
    """Factors of a file, with a report."""
    form, language = await request.form(), viewer_of(request).language
    file: Any = form.get("file")
    content = await file.read() if hasattr(file, "read") else b""
    name = str(getattr(file, "filename", "") or "")
    columns = {
        key.removeprefix("column-"): text(form, key) for key in form if key.startswith("column-") and text(form, key)
    }
    try:
        report = await unit(factors.import_factors, name, content, columns)
    except Refusal as refusal:
        return await _factors(request, unit, errors={"file": refusal.sentence(language)})
    return await _factors(request, unit, report=report)


@get("/readings", guards=[signed_in], include_in_schema=False)
async def reading_list(request: AnyRequest, unit: Unit) -> Response[str]:
    """Meters that have readings."""
    return await _readings(request, unit, [], None)


@post("/readings", guards=[editor], include_in_schema=False, status_code=200)
async def import_readings(request: AnyRequest, unit: Unit) -> Response[str]:
    """Readings of a file, all or none."""
    form, language = await request.form(), viewer_of(request).language
    file: Any = form.get("file")
    content = await file.read() if hasattr(file, "read") else b""
    try:
        report = await unit(readings.take_file, str(getattr(file, "filename", "") or ""), content)
    except Refusal as refusal:
        words = [refusal.sentence(language), *(f"{one.field}: {one.of(language)}" for one in refusal.fields[:50])]
        return await _readings(request, unit, words, None)
    return await _readings(request, unit, [], report)


@get("/reductions", guards=[signed_in], include_in_schema=False)
async def reduction_list(request: AnyRequest, unit: Unit) -> Response[str]:
    """Reduction requests, asked and received."""

    async def read(tx: Transaction, scope: OperatorScope) -> ReductionsPage:
        rows = await reductions.reductions(tx, scope)
        names = await operators.names_of(tx, scope, {row.partner_id for row in rows})
        return ReductionsPage(rows=rows, names=dict(names), may_edit=scope.may_edit)

    return page(request, "reductions.html", await unit(read))


@post("/reductions/{reduction_id:uuid}/answer", guards=[editor], include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, unit: Unit, reduction_id: FromPath[UUID]) -> Response[Any]:
    """The supplier says yes or no."""
    form, language = await request.form(), viewer_of(request).language
    accept = text(form, "answer") == "accept"
    try:
        await unit(reductions.answer, reduction_id, accept=accept, reply=text(form, "reply") or None)
    except Conflict as refusal:
        return done(request, "/reductions", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(request, "/reductions", Flash(happened=say("footprint.reduce.answered", language)))


@post("/reductions/{reduction_id:uuid}/withdraw", guards=[editor], include_in_schema=False, status_code=200)
async def withdraw(request: AnyRequest, unit: Unit, reduction_id: FromPath[UUID]) -> Response[Any]:
    """The customer takes a request back."""
    language = viewer_of(request).language
    try:
        await unit(reductions.withdraw, reduction_id)
    except Conflict as refusal:
        return done(request, "/reductions", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(request, "/reductions", Flash(happened=say("footprint.reduce.withdrawn", language)))


@get("/parts/{trace_id:uuid}/drivers", guards=[signed_in], include_in_schema=False)
async def drivers(
    request: AnyRequest,
    unit: Unit,
    trace_id: FromPath[UUID],
    component: FromQuery[str] = "",
    name: FromQuery[str] = "",
    per_unit: FromQuery[str] = "",
    ratio: FromQuery[str] = "",
) -> Response[str]:
    """What drives a product, and what another supplier or part would do."""
    given = {"component": component, "name": name, "per_unit": per_unit, "ratio": ratio}
    return await _drivers(request, unit, trace_id, given, {})


@post("/parts/{trace_id:uuid}/drivers", guards=[editor], include_in_schema=False, status_code=200)
async def ask(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[Any]:
    """Asks a supplier for a reduction."""
    form, language = await request.form(), viewer_of(request).language
    trade, percent = parse_uuid(text(form, "trade_id")), decimal(text(form, "percent"))
    try:
        due = date.fromisoformat(text(form, "due"))
    except ValueError:
        return await _drivers(request, unit, trace_id, {}, {"due": say("footprint.sheet.no_date", language)})
    if trade is None or percent is None:
        return await _drivers(request, unit, trace_id, {}, {"percent": say("footprint.wrong.number", language)})
    said = ReductionInput(trade_id=trade, due=due, percent=percent, message=text(form, "message") or None)
    try:
        await unit(reductions.ask, said)
    except Refusal as refusal:
        return await _drivers(request, unit, trace_id, {}, {"percent": refusal.sentence(language)})
    flash = Flash(happened=say("footprint.reduce.asked", language), seen_by=say("footprint.reduce.seen", language))
    return done(request, "/reductions", flash)


async def _drivers(
    request: AnyRequest, unit: Unit, trace_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    component, value = parse_uuid(given.get("component", "")), decimal(given.get("per_unit", "") or "x")

    async def read(tx: Transaction, scope: OperatorScope) -> DriversPage:
        found = await reductions.drivers(tx, scope, trace_id)
        alternatives = None
        if component is not None and value is not None:
            ratio = decimal(given.get("ratio", "")) or Decimal(1)
            option = Alternative(name=given.get("name") or "–", per_unit=value, ratio=ratio)
            alternatives = await reductions.compare_alternatives(tx, scope, trace_id, component, [option])
        return DriversPage(
            part=await traceability.part(tx, scope, trace_id),
            drivers=found,
            alternatives=alternatives,
            given={name: given.get(name, "") for name in ("component", "name", "per_unit", "ratio")},
            errors=errors,
            may_edit=scope.may_edit,
        )

    return page(request, "drivers.html", await unit(read), status_code=422 if errors else 200)


async def _factors(
    request: AnyRequest,
    unit: Unit,
    *,
    contains: str = "",
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    report: factors.ImportReport | None = None,
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> FactorsPage:
        rows = await factors.find_factors(tx, scope, contains=contains)
        names = (
            "id",
            "version",
            "name",
            "unit",
            "value",
            "source",
            "licence",
            "valid_to",
            "gwp_set",
            "geography",
            "primary",
        )
        return FactorsPage(
            rows=rows[:MOST],
            more=len(rows) > MOST,
            contains=contains,
            given={name: (given or {}).get(name, "") for name in names},
            units=list(UNITS),
            errors=errors or {},
            report=report,
            imports=await factors.imports(tx, scope),
            today=clock.today(),
            may_edit=scope.may_edit,
        )

    return page(request, "factors.html", await unit(read), status_code=422 if errors else 200)


async def _readings(
    request: AnyRequest, unit: Unit, errors: list[str], report: readings.ReadingsReport | None
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> ReadingsPage:
        meters = await readings.meters(tx, scope)
        return ReadingsPage(meters=list(meters), errors=errors, report=report, may_edit=scope.may_edit)

    return page(request, "readings.html", await unit(read), status_code=422 if errors else 200)


handlers = [
    affected,
    factor_list,
    add_factor,
    import_factors,
    reading_list,
    import_readings,
    reduction_list,
    answer,
    withdraw,
    drivers,
    ask,
]

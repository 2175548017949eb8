"""Native REST of batteries on their way: waste units, whereabouts, journeys, pick-up tours."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from meguri.kernel.errors import Forbidden, Invalid, Needed, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.passport.errors import DppNotFound
from meguri.recycling import errors, sheet
from meguri.recycling.records import Run
from meguri.recycling.service import importing, journey, lots, passports, shipments, touring, units, whereabouts
from meguri.recycling.service.importing import Imported
from meguri.recycling.service.journey import Journey
from meguri.recycling.service.shipments import ShipmentInput
from meguri.recycling.service.touring import KeptPlan, TourInput
from meguri.recycling.service.units import UnitStep
from meguri.recycling.service.whereabouts import Sighting
from meguri.recycling.store_units import Battery, WasteUnit
from meguri.recycling.tours import Plan
from meguri.recycling.whereabouts import Account, Place
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, editor, page_of, refusals, signed_in, versioned
from meguri.web.etag import IfMatch, expected_version

Year = Annotated[int | None, QueryParameter(ge=1990, le=2999)]


class ContentInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which passport gets which study of recycled content."""

    passport: str
    battery_model_id: str
    manufacturing_plant_id: str
    year: int


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the last step is taken back."""

    reason: str


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """The passport that states the content now."""

    dpp_id: str
    version: int


def _unit(found: WasteUnit) -> Response[WasteUnit]:
    return versioned(found, found.version)


def _after(cursor: str | None) -> UUID | None:
    found = parse_uuid(decode_cursor(cursor, 1)[0]) if cursor else None
    if cursor and found is None:
        raise BadCursor
    return found


@get("/api/v1/waste-units", guards=[signed_in], responses=refusals(BadCursor))
async def list_units(unit: Unit, paging: Paging, in_state: FromQuery[str | None] = None) -> Page[WasteUnit]:
    """Waste batteries on their way, newest first."""
    found = await unit(units.page, limit=paging.limit, after=_after(paging.cursor), state=in_state)
    return page_of(found, paging.limit, lambda one: (str(one.unit_id),))


@get("/api/v1/waste-units/{unit_id:uuid}", guards=[signed_in], responses=refusals(errors.LotNotFound))
async def get_unit(unit: Unit, unit_id: FromPath[UUID]) -> Response[WasteUnit]:
    """One waste battery with its history."""
    return await unit.answering(_unit)(units.get, unit_id)


@post(
    "/api/v1/waste-units",
    guards=[editor],
    responses=refusals(errors.StateTransition, errors.DocumentsMissing, Stale, Needed),
)
async def step_unit(unit: Unit, data: Json[UnitStep], if_match: IfMatch = None) -> Response[WasteUnit]:
    """One step of one battery; with If-Match only if nobody was faster."""
    version = expected_version(if_match) if if_match else None
    return await unit.answering(_unit)(units.step, data, version)


@post(
    "/api/v1/waste-units/{unit_id:uuid}/correct",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.LotNotFound, errors.StateTransition, Stale),
)
async def correct_unit(unit: Unit, unit_id: FromPath[UUID], data: Json[Correction]) -> Response[WasteUnit]:
    """Take the last step back by an event that names it."""
    return await unit.answering(_unit)(units.correct, unit_id, data.reason)


@get("/api/v1/recycling/whereabouts", guards=[signed_in], responses=refusals())
async def get_whereabouts(unit: Unit, model: FromQuery[str | None] = None, year: Year = None) -> Account:
    """Where your batteries are, with both rates."""
    return await unit(whereabouts.of, model, year)


@get("/api/v1/recycling/whereabouts/{place:str}", guards=[signed_in], responses=refusals(BadCursor))
async def list_whereabouts(
    unit: Unit,
    place: FromPath[str],
    paging: Paging,
    model: FromQuery[str | None] = None,
    year: Year = None,
) -> Page[Battery]:
    """The batteries behind one figure."""
    if place not in {each.value for each in Place}:
        return Page(items=[])
    after = decode_cursor(paging.cursor, 1)[0] if paging.cursor else ""
    found = await unit(whereabouts.batteries_at, Place(place), model, year, limit=paging.limit, after=after)
    return page_of(found, paging.limit, lambda one: (one.passport,))


@post("/api/v1/recycling/whereabouts", guards=[editor], responses=refusals())
async def report_whereabouts(unit: Unit, data: Json[Sighting]) -> Account:
    """Say where a battery is: placed, exported with its report, lost, or met again."""
    if data.place is Place.UNKNOWN:
        raise Invalid
    return await unit(whereabouts.report, data)


@get("/api/v1/recycling/journey", guards=[signed_in], responses=refusals())
async def get_journey(unit: Unit, passport: FromQuery[str]) -> Journey:
    """A battery's journey, as far as your company may see it."""
    return await unit(journey.of, passport[:300])


@post(
    "/api/v1/recycling/passport-content",
    guards=[editor],
    status_code=200,
    responses=refusals(DppNotFound, errors.OverClaim),
    include_in_schema=False,
)
async def state_content(unit: Unit, data: Json[ContentInput]) -> Stated:
    """Write a model's recycled content into a passport of yours, with its provenance."""
    done: Any = await unit(
        passports.state_content, data.passport, data.battery_model_id, data.manufacturing_plant_id, data.year
    )
    return Stated(dpp_id=done.dpp_id, version=done.version)


@post("/api/v1/recycling/tours", guards=[editor], responses=refusals(errors.CannotRoute, errors.TransportForbidden))
async def plan_tours(unit: Unit, data: Json[TourInput]) -> KeptPlan:
    """Plan a day's pick-ups under load, opening hours, shifts and the rules of transport."""
    found = await touring.compute(data)
    return await unit(touring.keep, data, found)


@get("/api/v1/recycling/tours/{plan_id:uuid}", guards=[signed_in], responses=refusals(errors.LotNotFound))
async def get_tours(unit: Unit, plan_id: FromPath[UUID]) -> Plan:
    """A plan that was kept."""
    found: Plan = await unit(touring.kept, plan_id)
    return found


@get("/api/v1/recycling/lots.csv", guards=[signed_in], include_in_schema=False)
async def lots_file(unit: Unit) -> Response[bytes]:
    """Your newest lots (10,000 at most) as a table of text."""
    found = await unit(lots.page, limit=sheet.MOST_WRITTEN)
    body = sheet.written(found[: sheet.MOST_WRITTEN])
    headers = {"content-disposition": 'attachment; filename="lots.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


@post("/api/v1/recycling/lots.csv", guards=[editor], status_code=200, include_in_schema=False)
async def import_lots(unit: Unit, request: Request[Any, Any, Any], dry_run: FromQuery[bool] = True) -> Imported:
    """Deliveries from a table of text: a dry run unless `dry_run=false`; all of it or nothing."""
    return await unit(importing.lots_from, await request.body(), dry_run=dry_run)


@post(
    "/api/v1/shipments",
    guards=[editor],
    responses=refusals(
        errors.LotNotFound,
        errors.DocumentsMissing,
        errors.PermitExpired,
        errors.ExportBan,
        errors.TransportForbidden,
        errors.NegativeStock,
        errors.PeriodClosed,
        errors.SiteNotFound,
        Forbidden,
    ),
)
async def ship_lot(unit: Unit, data: Json[ShipmentInput]) -> Run:
    """Ship a lot; documents, permits, transport and destination are checked first."""
    return await unit(shipments.ship, data)


handlers = [
    ship_lot,
    lots_file,
    import_lots,
    list_units,
    get_unit,
    step_unit,
    correct_unit,
    get_whereabouts,
    list_whereabouts,
    report_whereabouts,
    get_journey,
    state_content,
    plan_tours,
    get_tours,
]

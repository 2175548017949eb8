"""Native REST of Art. 14: who else may read the health of a battery, who did, and what others let us read."""

from uuid import UUID

from litestar import Response, get, post

from meguri.health import errors, service
from meguri.health.views import Reader, ReaderInput, Reading, ReadingRight, SharedHealth
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.operators.errors import OperatorUnknown
from meguri.telemetry.errors import BatteryUnknown
from meguri.web import FromPath, Json, Paging, Unit, editor, page_of, refusals, signed_in


@get("/api/v1/health/batteries/{battery_id:uuid}/readers", guards=[signed_in], responses=refusals(BatteryUnknown))
async def list_readers(unit: Unit, battery_id: FromPath[UUID]) -> Page[Reader]:
    """Who else may read; ended rights stay listed."""
    return Page(await unit(service.readers, battery_id))


@post(
    "/api/v1/health/batteries/{battery_id:uuid}/readers",
    guards=[editor],
    responses=refusals(BatteryUnknown, OperatorUnknown, errors.ReaderIsSelf, errors.RightPast),
)
async def add_reader(unit: Unit, battery_id: FromPath[UUID], data: Json[ReaderInput]) -> Response[Reader]:
    """Let a company read: the buyer, whoever acts for the buyer, an aggregator."""
    made = await unit(service.add_reader, battery_id, data)
    return Response(made, status_code=201)


@post(
    "/api/v1/health/readers/{reader_id:uuid}/end",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ReaderUnknown),
)
async def end_reader(unit: Unit, reader_id: FromPath[UUID]) -> Reader:
    """End a right to read."""
    return await unit(service.end_reader, reader_id)


@get(
    "/api/v1/health/batteries/{battery_id:uuid}/readings",
    guards=[signed_in],
    responses=refusals(BatteryUnknown, BadCursor),
)
async def list_readings(unit: Unit, battery_id: FromPath[UUID], paging: Paging) -> Page[Reading]:
    """Who read, by which right, newest first."""
    after = UUID(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    rows = await unit(service.readings, battery_id, paging.limit + 1, after)
    return page_of(rows, paging.limit, lambda row: (str(row.reading_id),))


@get("/api/v1/health/shared", guards=[signed_in], responses=refusals())
async def list_readable(unit: Unit) -> Page[ReadingRight]:
    """Batteries of others that your company may read today."""
    return Page(await unit(service.readable))


@get("/api/v1/health/shared/{battery_id:uuid}", guards=[signed_in], responses=refusals(BatteryUnknown))
async def read_shared(unit: Unit, battery_id: FromPath[UUID]) -> SharedHealth:
    """Another's battery by a right in force; each reading is kept with the holder."""
    return await unit(service.read_shared, battery_id)


handlers = [list_readers, add_reader, end_reader, list_readings, list_readable, read_shared]

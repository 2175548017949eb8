"""Native REST of telemetry: batteries, files of measurements, points of a stream, months, gateways."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put

from meguri.kernel.errors import Needed, Stale
from meguri.kernel.paging import Page, decode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import errors, service
from meguri.telemetry.bodies import body_as_file
from meguri.telemetry.gateways import PREFIX, scope_named
from meguri.telemetry.ground import files
from meguri.telemetry.model import (
    Battery,
    BatteryInput,
    Gateway,
    GatewayInput,
    GatewayIssued,
    Ingested,
    Month,
    Point,
    Quality,
)
from meguri.telemetry.records import How
from meguri.telemetry.store import RecordRow
from meguri.web import (
    PUBLIC,
    FromPath,
    FromQuery,
    Json,
    Paging,
    Unit,
    Version,
    admin,
    editor,
    page_of,
    refusals,
    signed_in,
    versioned,
)

AnyRequest = Request[Any, Any, Any]
_BATCH = 5_000
_LONGEST_LINE = 10_000
_UNREADABLE = (
    errors.BatteryUnknown,
    errors.Unusable,
    errors.EmptyInput,
    errors.BadEncoding,
    errors.ColumnMissing,
    errors.ColumnDuplicate,
    errors.UnitSuspect,
    errors.SignSuspect,
    errors.ClockWrong,
    errors.LevelSuspect,
    errors.ColumnsSwapped,
    errors.ProfileUnknown,
    errors.ChargerEfficiencyMissing,
    errors.RecordTooLarge,
)


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that brought measurements, with the report on it."""

    record_id: UUID
    sha256: str
    source: str
    rows: int
    stored: int
    first_at: datetime | None
    last_at: datetime | None
    quality: Quality
    created_at: datetime


class SentPoint(Point, frozen=True, kw_only=True):
    """One measurement of a stream."""

    battery_id: UUID


class Streamed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a stream: lines read, measurements kept anew, and reports per battery and batch."""

    lines: int
    stored: int
    batches: list[Ingested]


@get("/api/v1/telemetry/batteries", guards=[signed_in], responses=refusals())
async def list_batteries(unit: Unit, paging: Paging) -> Page[Battery]:
    """Batteries of the company, newest first."""
    after = UUID(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    found = await unit(service.batteries, paging.limit + 1, after)
    return page_of(found, paging.limit, lambda one: (str(one.battery_id),))


@post("/api/v1/telemetry/batteries", guards=[editor], responses=refusals(errors.LabelTaken))
async def add_battery(unit: Unit, data: Json[BatteryInput]) -> Response[Battery]:
    """Register a battery that is to be watched or diagnosed."""

    def shown(made: Battery) -> Response[Battery]:
        response = versioned(made, made.version)
        response.status_code = 201
        return response

    return await unit.answering(shown)(service.add, data)


@get("/api/v1/telemetry/batteries/{battery_id:uuid}", guards=[signed_in], responses=refusals(errors.BatteryUnknown))
async def get_battery(unit: Unit, battery_id: FromPath[UUID]) -> Response[Battery]:
    """One battery."""
    return await unit.answering(lambda found: versioned(found, found.version))(service.battery, battery_id)


@put(
    "/api/v1/telemetry/batteries/{battery_id:uuid}",
    guards=[editor],
    responses=refusals(errors.BatteryUnknown, errors.LabelTaken, Needed, Stale),
)
async def change_battery(
    unit: Unit, battery_id: FromPath[UUID], data: Json[BatteryInput], version: Version
) -> Response[Battery]:
    """Correct a battery's label or name plate."""
    return await unit.answering(lambda found: versioned(found, found.version))(
        service.change, battery_id, data, version
    )


@post(
    "/api/v1/telemetry/batteries/{battery_id:uuid}/records",
    guards=[editor],
    responses=refusals(*_UNREADABLE),
    request_max_body_size=None,
)
async def add_record(
    request: AnyRequest,
    unit: Unit,
    battery_id: FromPath[UUID],
    name: FromQuery[str] = "record.csv",
    profile: FromQuery[str | None] = None,
    current_sign: FromQuery[str] = "keep",
    charger_efficiency: FromQuery[float | None] = None,
    start: FromQuery[datetime | None] = None,
) -> Response[Ingested]:
    """Keep the measurements of a file (the body itself, or the form's field `file`): CSV, CSV.GZ, Parquet, XLSX.

    `start` is the moment of the first sample where the file has no clock. All of the file is kept, or nothing.
    """
    how = How(profile, (), current_sign == "flip", charger_efficiency)
    async with body_as_file(request, name) as (path, file_name):
        done = await unit.db.run(unit.scope, service.pour, battery_id, path, file_name[:200], how, _utc(start))
    return Response(done, status_code=201)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


@get(
    "/api/v1/telemetry/batteries/{battery_id:uuid}/records",
    guards=[signed_in],
    responses=refusals(errors.BatteryUnknown),
)
async def list_records(unit: Unit, battery_id: FromPath[UUID], paging: Paging) -> Page[RecordView]:
    """Files that brought measurements of a battery, newest first."""
    after = UUID(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    found = await unit(service.records, battery_id, paging.limit + 1, after)
    return page_of([_view(row) for row in found], paging.limit, lambda one: (str(one.record_id),))


def _view(row: RecordRow) -> RecordView:
    return msgspec.convert(row, RecordView, from_attributes=True)


@get(
    "/api/v1/telemetry/batteries/{battery_id:uuid}/months",
    guards=[signed_in],
    responses=refusals(errors.BatteryUnknown),
)
async def list_months(unit: Unit, battery_id: FromPath[UUID]) -> Page[Month]:
    """Months of a battery, and which of them are closed into a file."""
    return Page(await unit(service.months, battery_id))


@get(
    "/api/v1/telemetry/batteries/{battery_id:uuid}/points",
    guards=[signed_in],
    responses=refusals(errors.BatteryUnknown),
)
async def list_points(
    unit: Unit,
    battery_id: FromPath[UUID],
    paging: Paging,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> Page[Point]:
    """Measurements between two moments, in order of time, closed months included."""
    after = datetime.fromisoformat(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    begin = after + timedelta(microseconds=1) if after else _utc(since)

    async def read(tx: Transaction, scope: OperatorScope) -> list[Point]:
        series = await service.series_of(tx, scope, files(), battery_id, begin, _utc(until))
        return service.points_of(series, paging.limit + 1)

    return page_of(await unit(read), paging.limit, lambda one: (one.at.isoformat(),))


@post(
    "/api/v1/telemetry/points",
    opt=PUBLIC,
    responses=refusals(errors.GatewayRefused, errors.BadPoint, *_UNREADABLE),
    request_max_body_size=None,
    status_code=200,
)
async def stream_points(request: AnyRequest, unit: Unit) -> Streamed:
    """Measurements line by line (application/x-ndjson), from a gateway's token or an editor of the company.

    Lines are kept in batches of 5,000, each in a transaction of its own; a line that cannot be read ends the stream
    with its number, and what stood in full batches before it is kept.
    """
    run = _sender(request, unit)
    lines, stored, batches = 0, 0, []
    async for batch in _batches(request.stream()):
        done = await run(batch)
        lines += len(batch)
        stored += sum(one.stored for one in done)
        batches += done
    if not lines:
        raise errors.EmptyInput
    return Streamed(lines=lines, stored=stored, batches=batches[-100:])


def _sender(request: AnyRequest, unit: Unit) -> Callable[[list[SentPoint]], Awaitable[list[Ingested]]]:
    """Who may send: a gateway for its batteries, or a person or key of the company that may edit."""
    authorization = request.headers.get("authorization", "")
    token = authorization.partition(" ")[2].strip()
    if token.startswith(PREFIX):
        gateway = scope_named(token)

        async def by_gateway(batch: list[SentPoint]) -> list[Ingested]:
            return await unit.db.run(gateway, _keep, batch, token)

        return by_gateway
    scope = unit.scope
    if not scope.may_edit:
        raise errors.GatewayRefused

    async def by_person(batch: list[SentPoint]) -> list[Ingested]:
        return await unit.db.run(scope, _keep, batch, None)

    return by_person


async def _keep(tx: Transaction, scope: OperatorScope, batch: list[SentPoint], token: str | None) -> list[Ingested]:
    if token is not None:
        await service.of_token(tx, scope, token, {point.battery_id for point in batch})
    ordered = sorted(batch, key=lambda point: str(point.battery_id))  # stable: the order of arrival stays within each
    return [
        await service.keep_points(tx, scope, battery_id, list(points), "stream")
        for battery_id, points in groupby(ordered, key=lambda point: point.battery_id)
    ]


async def _batches(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[SentPoint]]:
    decode, rest, number = msgspec.json.Decoder(SentPoint).decode, b"", 0
    batch: list[SentPoint] = []
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise errors.BadPoint(line=number + len(lines) + 1, detail="too long")
        for line in lines:
            number += 1
            _add(batch, line, number, decode)
            if len(batch) >= _BATCH:
                yield batch
                batch = []
    _add(batch, rest, number + 1, decode)
    if batch:
        yield batch


def _add(batch: list[SentPoint], line: bytes, number: int, decode: Callable[[bytes], SentPoint]) -> None:
    if not line.strip():
        return
    try:
        point = decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise errors.BadPoint(line=number, detail=str(problem)[:120]) from None
    if point.at.tzinfo is None:
        raise errors.BadPoint(line=number, detail="at: no time zone")
    batch.append(point)


@get("/api/v1/telemetry/gateways", guards=[signed_in], responses=refusals())
async def list_gateways(unit: Unit) -> Page[Gateway]:
    """Gateways of the company; their tokens are never shown again."""
    return Page(await unit(service.gateways))


@post("/api/v1/telemetry/gateways", guards=[admin], responses=refusals(errors.BatteryUnknown))
async def add_gateway(unit: Unit, data: Json[GatewayInput]) -> Response[GatewayIssued]:
    """A token for a device: for the batteries named, or for the whole fleet. It is shown this once."""
    return await unit.answering(lambda made: Response(made, status_code=201))(service.issue, data)


@delete(
    "/api/v1/telemetry/gateways/{gateway_id:uuid}",
    guards=[admin],
    responses=refusals(errors.GatewayUnknown),
    status_code=204,
)
async def revoke_gateway(unit: Unit, gateway_id: FromPath[UUID]) -> None:
    """Take a token back; the next request with it is refused."""
    await unit(service.revoke, gateway_id)


handlers = [
    list_batteries,
    add_battery,
    get_battery,
    change_battery,
    add_record,
    list_records,
    list_months,
    list_points,
    stream_points,
    list_gateways,
    add_gateway,
    revoke_gateway,
]

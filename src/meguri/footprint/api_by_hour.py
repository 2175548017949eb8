"""Native REST of electricity by the hour: what-if, nothing is kept."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post

from meguri.footprint.calculation.errors import OutOfRange
from meguri.footprint.worksheets.by_hour import ByHour, by_hour, line_by_hour
from meguri.footprint.worksheets.errors import GridFactorsUneven, NotByTheHour, WorksheetNotFound
from meguri.web import FromPath, Json, Unit, refusals, signed_in

_Figures = Annotated[list[Decimal], msgspec.Meta(min_length=1, max_length=10_000)]
_HOURLY = (NotByTheHour, GridFactorsUneven, OutOfRange)


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Loads and contracted generation of equally many hours [kWh], and the factors [kg CO2e/kWh]."""

    load: _Figures
    generation: _Figures
    contract_factor: Decimal
    grid_factors: _Figures


class MetersByHour(msgspec.Struct, frozen=True, kw_only=True):
    """A line of electricity against the meter of a contracted plant; grid factors: of each hour with a load."""

    line_id: str
    generation_source: str
    generation_meter: str
    contract_factor: Decimal
    grid_factors: _Figures | None = None


@post("/api/v1/footprint/electricity/by-hour", guards=[signed_in], status_code=200, responses=refusals(*_HOURLY))
async def post_by_hour(data: Json[Hours]) -> ByHour:
    """Contracted electricity that counts only in its hour, beside matching over the whole time."""
    return by_hour(data.load, data.generation, data.contract_factor, data.grid_factors)


@post(
    "/api/v1/footprint/worksheets/{worksheet_id:uuid}/electricity-by-hour",
    guards=[signed_in],
    status_code=200,
    responses=refusals(WorksheetNotFound, *_HOURLY),
)
async def post_line_by_hour(unit: Unit, worksheet_id: FromPath[UUID], data: Json[MetersByHour]) -> ByHour:
    """What if the electricity of a line was matched by the hour, from readings of two meters."""
    generation = (data.generation_source, data.generation_meter)
    return await unit(line_by_hour, worksheet_id, data.line_id, generation, data.contract_factor, data.grid_factors)


handlers = [post_by_hour, post_line_by_hour]

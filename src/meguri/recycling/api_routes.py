"""Native REST of routes and methods side by side, and of the floor that a plant's year gives used batteries."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from meguri.recycling import errors
from meguri.recycling.routes import Compared, MethodRow
from meguri.recycling.service import comparing
from meguri.recycling.service.comparing import Floor
from meguri.web import FromQuery, Json, Unit, editor, refusals, signed_in

Year = Annotated[int, QueryParameter(ge=2025, le=2200)]


class SideBySide(msgspec.Struct, frozen=True, kw_only=True):
    """Routes of a year, cheapest per kWh first, and dismantling methods by model."""

    routes: list[Compared]
    methods: list[MethodRow]


class FloorInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose year shall stand behind the floor."""

    site_id: UUID
    year: Annotated[int, msgspec.Meta(ge=2025, le=2200)]


@get("/api/v1/recycling/routes", guards=[signed_in], responses=refusals(errors.SiteNotFound, errors.RuleSetNotValid))
async def compare_routes(unit: Unit, year: Year, site: FromQuery[UUID | None] = None) -> SideBySide:
    """Cost per kWh, time, recovery, footprint and safety of each route, and minutes and hazards of dismantling."""
    return SideBySide(routes=await unit(comparing.routes, site, year), methods=await unit(comparing.methods))


@post(
    "/api/v1/recycling/floor",
    guards=[editor],
    responses=refusals(errors.SiteNotFound, errors.RuleSetNotValid, errors.UnusableInput),
)
async def feed_floor(unit: Unit, data: Json[FloorInput]) -> Floor:
    """Put a plant's own recovery and cost into your prices of used batteries."""
    return await unit(comparing.feed_floor, data.site_id, data.year)


handlers = [compare_routes, feed_floor]

"""Native REST of footprints in Catena-X form: out of what we published, and in from suppliers."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from meguri.dataspaces.catenax.pcf import errors, taking
from meguri.dataspaces.catenax.pcf.giving import ComponentInput, result_as_component
from meguri.dataspaces.pact.errors import FootprintNotFound, ResultStale
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.errors import UnitMismatch
from meguri.footprint.service import Received
from meguri.footprint.worksheets.errors import ResultNotFound
from meguri.traceability.errors import PartNotOwn
from meguri.web import FromPath, Json, Unit, editor, refusals, signed_in

Stages = Annotated[
    Literal["amounts", "percent"],
    QueryParameter(description="What a component's stage values are: amounts, or percentages of its total."),
]
_encoder = msgspec.json.Encoder(decimal_format="number")


@get(
    "/api/v1/pact/footprints/{footprint_id:uuid}/catenax",
    guards=[signed_in],
    responses=refusals(
        FootprintNotFound,
        errors.UnitUnsupported,
        errors.NegativeTotal,
        errors.OverTenPercent,
        errors.AspectInvalid,
    ),
)
async def get_aspect(unit: Unit, footprint_id: FromPath[UUID]) -> Response[bytes]:
    """A published footprint as `io.catenax.pcf` 9.0.0; the header `warning` says what that form could not carry."""
    mapped = await unit(taking.own_as_aspect, footprint_id)
    told = {"warning": ", ".join(f'199 - "{each}"' for each in mapped.warnings)} if mapped.warnings else {}
    return Response(_encoder.encode(mapped.body), media_type="application/json", headers=told)


@post(
    "/api/v1/parts/{trace_id:uuid}/footprint/received/catenax",
    guards=[editor],
    responses=refusals(PartNotOwn, errors.NotAnAspect, errors.AspectInvalid, UnitIncompatible, UnitMismatch),
)
async def take_aspect(
    unit: Unit, trace_id: FromPath[UUID], request: Request[Any, Any, Any], stages: Stages = "amounts"
) -> Received:
    """A supplier's PCF 9.0.0 or battery component footprint 1.0.0 (the request's body) counts for an own part."""
    aspect = taking.aspect_of(await request.body())
    return await unit(taking.take, trace_id, aspect, in_percent=stages == "percent")


@post(
    "/api/v1/pact/results/{result_id:uuid}/catenax-component",
    guards=[signed_in],
    status_code=200,
    responses=refusals(ResultNotFound, ResultStale, errors.UnitUnsupported, errors.NegativeStage, errors.AspectInvalid),
)
async def give_component(unit: Unit, result_id: FromPath[UUID], data: Json[ComponentInput]) -> Response[bytes]:
    """A kept result as `io.catenax.pcf_for_battery_component_supplier` 1.0.0, stage by stage; nothing is kept."""
    body = await unit(result_as_component, result_id, data)
    return Response(_encoder.encode(body), media_type="application/json", status_code=200)


handlers = [get_aspect, take_aspect, give_component]

"""Native REST of footprints in Catena-X form: out of what we published, and in from suppliers."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.catenax.pcf import errors, taking
from meguri.dataspaces.pact.errors import FootprintNotFound
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.errors import UnitMismatch
from meguri.footprint.service import Received
from meguri.traceability.errors import PartNotOwn
from meguri.web import FromPath, Unit, editor, refusals, signed_in

_encoder = msgspec.json.Encoder(decimal_format="number")


@get(
    "/api/v1/pact/footprints/{footprint_id:uuid}/catenax",
    guards=[signed_in],
    responses=refusals(FootprintNotFound, errors.UnitUnsupported, errors.NegativeTotal, errors.OverTenPercent),
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
async def take_aspect(unit: Unit, trace_id: FromPath[UUID], request: Request[Any, Any, Any]) -> Received:
    """A supplier's PCF 9.0.0 or battery component footprint 1.0.0 (the request's body) counts for an own part."""
    return await unit(taking.take, trace_id, taking.aspect_of(await request.body()))


handlers = [get_aspect, take_aspect]

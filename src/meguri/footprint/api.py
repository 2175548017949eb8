"""Native REST of footprints: words in, words out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.params import QueryParameter

from meguri.footprint import errors, service
from meguri.footprint.model import Footprint, FootprintInput, Statement, Why
from meguri.kernel.errors import Needed, Stale
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.errors import PartNotOwn
from meguri.web import FromPath, Json, Paging, Unit, Version, editor, refusals, signed_in, versioned


class FootprintVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration as it was from `at` on, and who made it."""

    version: int
    at: datetime
    actor: str
    body: Any


class FootprintHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Declarations of one part, newest first."""

    items: list[FootprintVersion]
    next_cursor: str | None = None


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of each part that was asked for; parts of others are left out."""

    items: list[Statement]
    next_cursor: str | None = None


@get("/api/v1/parts/{trace_id:uuid}/footprint", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_footprint(unit: Unit, trace_id: FromPath[UUID]) -> Response[Statement]:
    """The declared footprint of an own part with its totals, or the answer of its supplier."""

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[Statement, int]:
        declared = await service.footprint(tx, scope, trace_id)
        statement = (await service.statements(tx, scope, [trace_id]))[0]
        if statement.own is not None and declared is not None:
            statement = msgspec.structs.replace(statement, own=declared)
        return statement, declared.version if declared else 0

    statement, version = await unit(read)
    return versioned(statement, version)


@put(
    "/api/v1/parts/{trace_id:uuid}/footprint",
    guards=[editor],
    responses=refusals(Needed, Stale, PartNotOwn, errors.UnitMismatch, errors.BadFigure, errors.RatingWithoutEmission),
)
async def put_footprint(
    unit: Unit, trace_id: FromPath[UUID], data: Json[FootprintInput], version: Version
) -> Response[Footprint]:
    """Declares the footprint of an own part; If-Match "v0" where there is none yet. Everything downstream follows."""

    async def declare(tx: Transaction, scope: OperatorScope) -> Footprint:
        present = await service.footprint(tx, scope, trace_id)
        replaces = present.footprint_id if present else None
        return await service.record(tx, scope, trace_id, data, footprint_id=replaces, if_version=version)

    kept = await unit(declare)
    return versioned(kept, kept.version)


@get("/api/v1/parts/{trace_id:uuid}/footprint/why", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_why(unit: Unit, trace_id: FromPath[UUID]) -> Why:
    """How the totals of an own part come about: own figures, components, and what direct suppliers disclosed."""
    return await unit(service.why, trace_id)


@get("/api/v1/parts/{trace_id:uuid}/footprint/history", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_history(unit: Unit, trace_id: FromPath[UUID], paging: Paging) -> FootprintHistory:
    """Every declaration of an own part, newest first; also of a deleted part."""
    rows = await unit(service.history, trace_id, limit=paging.limit)
    return FootprintHistory(
        items=[FootprintVersion(version=row[0], at=row[1], actor=row[2], body=row[3]) for row in rows]
    )


@get("/api/v1/footprints", guards=[signed_in], responses=refusals())
async def get_statements(
    unit: Unit,
    trace_id: Annotated[list[UUID], QueryParameter(description="Parts, 1 to 50.", min_items=1, max_items=50)],
) -> Statements:
    """Footprints of many own parts at once, in the order asked."""
    return Statements(items=await unit(service.statements, trace_id))


handlers = [get_footprint, put_footprint, get_why, get_history, get_statements]

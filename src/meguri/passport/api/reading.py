"""Reading: the passport as the caller may see it, its history, what it lacks, who read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, register, service
from meguri.passport.api.asking import moment_of, named, number_of
from meguri.passport.completeness import Report
from meguri.passport.document import compressed
from meguri.passport.findings import FindingOut
from meguri.passport.kinds import kind_of
from meguri.passport.model import LifeEvent, VersionOut, View
from meguri.passport.store import Ancestor
from meguri.storage.transaction import Transaction
from meguri.web import FromPath, FromQuery, Paging, Unit, refusals, signed_in, versioned


class PassportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A passport as the caller sees it.

    audiences, classes  as whom he reads, and what that opens
    values              by catalogue key; `document` is the same as EN 18223 has it
    """

    passport_id: UUID
    operator_id: UUID
    dpp_id: str
    product_id: str
    kind: str
    granularity: str
    category: str | None
    state: str
    version: int
    changed_at: datetime
    version_hash: str
    slices: dict[str, str]
    audiences: list[str]
    classes: list[str]
    values: dict[str, Any]
    document: dict[str, Any]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Versions, newest first."""

    items: list[VersionOut]
    next_cursor: str | None = None


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """What a passport lacks, and whether law demands it."""

    scope_status: str
    report: Report
    findings: list[FindingOut]


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that there is; there is no next page."""

    items: list[Any]
    next_cursor: str | None = None


def shown(view: View) -> PassportOut:
    """A view as programs read it."""
    record = view.record
    return PassportOut(
        passport_id=record.passport_id,
        operator_id=record.operator_id,
        dpp_id=record.dpp_id,
        product_id=record.product_id,
        kind=record.kind,
        granularity=record.granularity,
        category=record.category,
        state=record.state,
        version=view.version,
        changed_at=view.changed_at,
        version_hash=view.version_hash,
        slices=view.slices,
        audiences=sorted(view.standing.audiences),
        classes=sorted(view.standing.classes),
        values=view.values,
        document=compressed(kind_of(record.kind), view.values),
    )


READING = (errors.DppNotFound, errors.PassportCeased)


@get(
    "/api/v1/passports/{identifier:str}",
    guards=[signed_in],
    responses=refusals(*READING, errors.InvalidDate, errors.NoVersionAtDate),
)
async def get_passport(
    unit: Unit, identifier: FromPath[str], at: FromQuery[str | None] = None
) -> Response[PassportOut]:
    """The passport as the caller may see it, now or (`at`) as of a moment."""
    moment = moment_of(at)
    view = await (unit(service.read_at, named(identifier), moment) if moment else unit(service.read, named(identifier)))
    return versioned(shown(view), view.version)


@get(
    "/api/v1/passports/{identifier:str}/elements/{key:str}",
    guards=[signed_in],
    responses=refusals(*READING, errors.AccessClassDenied, errors.UnknownAttribute),
)
async def get_element(unit: Unit, identifier: FromPath[str], key: FromPath[str]) -> Response[Any]:
    """One attribute's value, null when it is empty. What one may not see is refused, empty or not."""
    view, value = await unit(service.element, named(identifier), key)
    return versioned({"key": key, "value": value}, view.version)


@get(
    "/api/v1/passports/{identifier:str}/versions",
    guards=[signed_in],
    responses=refusals(*READING, errors.InvalidCursor),
)
async def list_versions(unit: Unit, paging: Paging, identifier: FromPath[str]) -> History:
    """Every version, newest first."""
    from meguri.kernel.paging import encode_cursor

    below = number_of(paging.cursor, 2**31 - 1)
    versions, _ = await unit(service.history, named(identifier), below=below, limit=paging.limit)
    more = len(versions) == paging.limit and versions[-1].version > 1
    return History(items=versions, next_cursor=encode_cursor(str(versions[-1].version)) if more else None)


@get(
    "/api/v1/passports/{identifier:str}/versions/{number:int}",
    guards=[signed_in],
    responses=refusals(*READING, errors.NoVersionAtDate),
)
async def get_version(unit: Unit, identifier: FromPath[str], number: FromPath[int]) -> Response[PassportOut]:
    """One version."""
    view = await unit(service.read_version, named(identifier), number)
    return versioned(shown(view), view.version)


@get(
    "/api/v1/passports/{identifier:str}/completeness",
    guards=[signed_in],
    responses=refusals(*READING, errors.NotResponsibleOperator, errors.ProfileUnknown),
)
async def get_completeness(
    unit: Unit, identifier: FromPath[str], profile: FromQuery[str | None] = None
) -> Completeness:
    """What is missing, which law asks for it, and who has it."""
    report, findings, status = await unit(service.completeness, named(identifier), profile)
    return Completeness(scope_status=status, report=report, findings=findings)


@get(
    "/api/v1/passports/{identifier:str}/events",
    guards=[signed_in],
    responses=refusals(*READING, errors.AccessClassDenied),
)
async def list_events(unit: Unit, identifier: FromPath[str]) -> Items:
    """What happened to the product, in order."""
    found: list[LifeEvent] = await unit(service.events, named(identifier))
    return Items(items=found)


@get(
    "/api/v1/passports/{identifier:str}/ancestry",
    guards=[signed_in],
    responses=refusals(*READING, errors.AccessClassDenied),
)
async def get_ancestry(unit: Unit, identifier: FromPath[str]) -> Items:
    """All predecessors, at most 50 levels."""
    found: list[Ancestor] = await unit(service.ancestry, named(identifier))
    return Items(items=found)


@get(
    ["/api/v1/passports/{identifier:str}/audit", "/api/v1/passports/{identifier:str}/access-log"],
    guards=[signed_in],
    responses=refusals(*READING, errors.NotResponsibleOperator),
)
async def list_accesses(unit: Unit, paging: Paging, identifier: FromPath[str]) -> Items:
    """Who read or changed this passport, newest first: for its owner. Each entry holds the hash of the one before."""
    return await _register(unit, paging.cursor, paging.limit, named(identifier))


@get(["/api/v1/audit", "/api/v1/access-log"], guards=[signed_in], responses=refusals(errors.InvalidCursor))
async def list_all_accesses(unit: Unit, paging: Paging) -> Items:
    """The operator's whole register, newest first."""
    return await _register(unit, paging.cursor, paging.limit, None)


async def _register(unit: Unit, cursor: str | None, limit: int, identifier: str | None) -> Items:
    from meguri.kernel.paging import encode_cursor

    below = number_of(cursor, register.NEVER)

    async def page(tx: Transaction, scope: OperatorScope) -> list[register.Line]:
        record = (await service.owned(tx, scope, identifier))[0] if identifier else None
        if record is None:
            return await register.page(tx, scope.operator_id, None, below=below, count=limit)
        async with tx.across():
            return await register.page(tx, record.operator_id, record.passport_id, below=below, count=limit)

    lines = await unit(page)
    more = encode_cursor(str(lines[-1].seq)) if len(lines) == limit else None
    return Items(items=[line.entry for line in lines], next_cursor=more)


handlers = [
    get_passport,
    get_element,
    list_versions,
    get_version,
    get_completeness,
    list_events,
    get_ancestry,
    list_accesses,
    list_all_accesses,
]

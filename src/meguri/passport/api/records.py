"""Passports and models: made, listed, changed, published."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import QueryParameter

from meguri.kernel.errors import Needed
from meguri.passport import errors, service
from meguri.passport.api.asking import AnyRequest, body_of, cursor_of, moment_of, named, place_of
from meguri.passport.identifiers import GranularityMismatch, InvalidIdentifier
from meguri.passport.model import Brief, Issued, NewPassport
from meguri.passport.service.searching import plain_filters
from meguri.web import FromPath, FromQuery, Paging, Unit, Version, editor, refusals, signed_in, versioned
from meguri.web.openapi import takes


class PassportPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of passports.

    total           exact; null beyond 10,000, and where only reading all of them would tell
    total_estimate  never less than there are, up to 10,000
    """

    items: list[Brief]
    next_cursor: str | None
    total_estimate: int
    total: int | None


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values to write (null empties one), reasons for values that are the model's, and why."""

    values: dict[str, Any]
    overrides: dict[str, str] = {}
    reason: str | None = None
    source: str = "manual"
    reference: str | None = None


class Propagate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether only to count, which items, and why. A dry run is the default."""

    dry_run: bool = True
    only: list[UUID] | None = None
    reason: str | None = None


class Redact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which personal attributes are to be erased; all of the kind's when left out."""

    keys: tuple[str, ...] | None = None


WRITING = (
    errors.PassportInvalid,
    errors.InvalidEnum,
    errors.ValueOutOfRange,
    errors.UnknownAttribute,
    errors.ReadOnlyField,
    errors.OverrideNotDeclared,
    errors.UrlNotAllowed,
    errors.CrossCheckFailed,
    errors.InvalidJson,
    errors.UnsupportedMediaType,
    errors.PayloadTooLarge,
)
OWNING = (
    errors.DppNotFound,
    errors.NotResponsibleOperator,
    errors.VersionConflict,
    errors.IllegalTransition,
    Needed,
)
_EXACT = 10_000


@get(
    "/api/v1/passports",
    guards=[signed_in],
    responses=refusals(errors.InvalidCursor, errors.ForbiddenFilter, errors.UnknownAttribute),
)
async def list_passports(
    unit: Unit,
    paging: Paging,
    q: FromQuery[str | None] = None,
    category: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    battery_status: FromQuery[str | None] = None,
    model: FromQuery[UUID | None] = None,
    kind: FromQuery[str | None] = None,
    granularity: FromQuery[str | None] = None,
    updated_since: FromQuery[str | None] = None,
    score_lt: FromQuery[float | None] = None,
    operator_id: FromQuery[UUID | None] = None,
    filters: Annotated[
        list[str] | None, QueryParameter(name="filter", description="`attribute:value`; may be repeated.")
    ] = None,
) -> PassportPage:
    """Own passports, the latest change first; of another operator those that a grant or an office opens."""
    wanted = service.Wanted(
        q=q,
        category=category,
        state=status,
        life=battery_status,
        model=model,
        kind=kind,
        granularity=granularity,
        updated_since=moment_of(updated_since),
        score_lt=score_lt,
        filters=plain_filters(dict(_pair(each) for each in filters or [])),
    )
    return await _page(unit, wanted, paging.cursor, paging.limit, operator_id)


async def _page(unit: Unit, wanted: service.Wanted, cursor: str | None, limit: int, of: UUID | None) -> PassportPage:
    found = await unit(service.search, wanted, of=of, after=place_of(cursor), limit=limit)
    exact = found.total if found.exact and found.total < _EXACT else None
    return PassportPage(items=found.items, next_cursor=cursor_of(found.rest), total_estimate=found.total, total=exact)


def _pair(said: str) -> tuple[str, str]:
    key, _, value = said.partition(":")
    return key, value


@post(
    "/api/v1/passports",
    guards=[editor],
    opt=takes(NewPassport),
    responses=refusals(
        *WRITING,
        InvalidIdentifier,
        GranularityMismatch,
        errors.DuplicateProductId,
        errors.ModelMismatch,
        errors.PublishIncomplete,
    ),
)
async def issue_passport(unit: Unit, request: AnyRequest) -> Response[Issued]:
    """Makes a passport: a draft, or published when `publish` is true and nothing is missing."""
    new = await body_of(request, NewPassport)
    return await unit.answering(_made)(service.issue, new)


def _made(done: Issued) -> Response[Issued]:
    return versioned(done, done.version, status_code=201)


def _shown(done: Issued) -> Response[Issued]:
    return versioned(done, done.version)


@patch(
    "/api/v1/passports/{identifier:str}",
    guards=[editor],
    opt=takes(Changes),
    responses=refusals(
        *OWNING, *WRITING, errors.MandatoryValue, errors.InheritedValue, errors.CategoryFixed, errors.CellOriginLocked
    ),
)
async def change_passport(
    unit: Unit, request: AnyRequest, identifier: FromPath[str], version: Version
) -> Response[Issued]:
    """Writes values as a new version (RFC 7396: null empties one). A changed model changes no item that was issued."""
    said = await body_of(request, Changes)
    return await unit.answering(_shown)(
        service.change,
        named(identifier),
        said.values,
        expected_version=version,
        reason=said.reason,
        overrides=said.overrides,
        source=said.source,
        reference=said.reference,
    )


@delete("/api/v1/passports/{identifier:str}", guards=[editor], responses=refusals(*OWNING, errors.DeletionRestricted))
async def delete_passport(unit: Unit, identifier: FromPath[str], version: Version) -> None:
    """Throws a draft away. What was ever published stays for ever."""
    await unit(service.delete, named(identifier), expected_version=version)


@post(
    "/api/v1/passports/{identifier:str}/publish",
    guards=[editor],
    status_code=200,
    responses=refusals(*OWNING, errors.PublishIncomplete),
)
async def publish_passport(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> Response[Issued]:
    """Draft becomes active: from now on everyone reads the public part."""
    said = request.headers.get("if-match")
    return await unit.answering(_shown)(service.publish, named(identifier), expected_version=_optional(said))


def _optional(if_match: str | None) -> int | None:
    from meguri.web import expected_version

    return expected_version(if_match) if if_match and if_match.strip() != "*" else None


@post(
    "/api/v1/passports/{identifier:str}/redact",
    guards=[editor],
    opt=takes(Redact),
    status_code=200,
    responses=refusals(*OWNING, errors.NotPersonal),
)
async def redact_passport(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> Response[Issued]:
    """Takes personal data (the vehicle's numbers) out of every version, leaving the mark that they were there.

    `{"keys": […]}` names some of the kind's personal attributes; without it all of them go.
    """
    said = await body_of(request, Redact)
    return await unit.answering(_shown)(service.erase_personal, named(identifier), said.keys)


@get("/api/v1/models", guards=[signed_in], responses=refusals(errors.InvalidCursor))
async def list_models(
    unit: Unit, paging: Paging, q: FromQuery[str | None] = None, kind: FromQuery[str | None] = None
) -> PassportPage:
    """Own model records, the latest change first."""
    return await _page(unit, service.Wanted(granularity="model", q=q, kind=kind), paging.cursor, paging.limit, None)


@post(
    "/api/v1/models",
    guards=[editor],
    opt=takes(NewPassport),
    responses=refusals(*WRITING, InvalidIdentifier, errors.DuplicateProductId, errors.PublishIncomplete),
)
async def make_model(unit: Unit, request: AnyRequest) -> Response[Issued]:
    """Makes a model record: the values that all items of a GTIN have in common."""
    new = msgspec.structs.replace(await body_of(request, NewPassport), granularity="model")
    return await unit.answering(_made)(service.issue, new)


@post(
    "/api/v1/models/{identifier:str}/propagate",
    guards=[editor],
    opt=takes(Propagate),
    status_code=200,
    responses=refusals(*OWNING, errors.ModelMismatch, errors.EvidenceRequired),
)
async def propagate_model(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> service.Propagation:
    """Carries a corrected model to its issued items: first, as a dry run, only counted."""
    said = await body_of(request, Propagate)
    return await unit(service.propagate, named(identifier), dry_run=said.dry_run, only=said.only, reason=said.reason)


handlers = [
    list_passports,
    issue_passport,
    change_passport,
    delete_passport,
    publish_passport,
    redact_passport,
    list_models,
    make_model,
    propagate_model,
]

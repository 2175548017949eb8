"""Exports, imports and credentials of passports over the native API. What a stranger may not see is refused, never faked."""

import io
import zipfile
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.aas.battery.environment import unpacked
from meguri.dataspaces.exchange import errors, exporting, formats
from meguri.dataspaces.exchange.model import Exported, Imported, Loss
from meguri.dataspaces.tractusx.formats import read_voluntary
from meguri.kernel.scope import OperatorScope
from meguri.passport import credentials, service
from meguri.passport.api.asking import named
from meguri.passport.credentials.errors import CredentialNotAvailable, SliceAltered
from meguri.passport.errors import DppNotFound, PassportCeased
from meguri.passport.kinds import battery
from meguri.passport.model import Issued, NewPassport
from meguri.web import Asking, Db, FromPath, FromQuery, Unit, editor, refusals
from meguri.web.auth import PUBLIC

AnyRequest = Request[Any, Any, Any]
READING = (DppNotFound, PassportCeased)
ZIP = "application/zip"


class ExportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A document with its report: what does not come back as it was, and what is missing."""

    format: str
    document: Any
    losses: list[Loss]
    missing: list[str]


class ImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: values by attribute, members without a place (kept in `extras`), doubts; and the passport made of it."""

    format: str
    imported: dict[str, Any]
    ignored: list[str]
    warnings: list[str]
    extras: dict[str, Any]
    issued: Issued | None = None


def _who(principal: Any) -> OperatorScope:
    return principal.scope if principal.scope is not None else service.ANONYMOUS


@get(
    "/api/v1/passports/{identifier:str}/exports/{format_name:str}",
    opt=PUBLIC,
    responses=refusals(
        *READING, errors.UnknownFormat, errors.RepresentationNotAvailable, errors.ExportIncomplete, errors.MissingBpn
    ),
)
async def export_passport(
    request: AnyRequest,
    db: Db,
    principal: Asking,
    identifier: FromPath[str],
    format_name: FromPath[str],
    partial: FromQuery[bool] = False,
    report: FromQuery[bool] = False,
    profile: FromQuery[Literal["ec-guidance-1.0", "longlist-1.2"] | None] = None,
) -> Response[Any]:
    """A passport in an exchange format (or `en18223`), as the caller may see it.

    `report=true` puts the report of losses beside it; `profile=longlist-1.2` also carries what law does not yet ask for.
    """
    made = await db.run(
        _who(principal), exporting.export, named(identifier), format_name, partial=partial, profile=profile
    )
    if report:
        body = ExportOut(format=made.format, document=made.document, losses=made.losses, missing=made.missing)
        return Response(msgspec.json.encode(body), media_type="application/json")
    content, media_type = _content(made, request.headers.get("accept", ""))
    headers = {
        "cache-control": "no-store",
        "x-meguri-losses": str(len(made.losses)),
        "link": f'<{request.url.path}?report=true>; rel="describedby"',
    }
    if made.missing:
        headers["x-meguri-missing"] = ", ".join(made.missing)[:2000]
    return Response(content, media_type=media_type, headers=headers)


def _content(made: Exported, accept: str) -> tuple[bytes, str]:
    if made.format == "batterypass" and ZIP in accept:
        return _zipped(made.document), ZIP
    return exporting.encoded(made), made.media_type


def _zipped(document: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, aspect in document.items():
            archive.writestr(f"{name}.json", msgspec.json.format(msgspec.json.encode(aspect), indent=2))
    return packed.getvalue()


@post(
    "/api/v1/passports/imports/{format_name:str}",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.NotReadable, errors.UnknownFormat, errors.CategoryOutOfScope, errors.DocumentMisshapen),
)
async def import_passport(
    request: AnyRequest,
    unit: Unit,
    format_name: FromPath[str],
    issue: FromQuery[bool] = False,
    voluntary: FromQuery[bool] = False,
) -> ImportOut:
    """Read a document of a format. `issue=true` makes a draft of it; `voluntary=true` takes batteries out of scope as well."""
    content = await request.body()
    name = formats.detect_name(_document(content)) if format_name == "auto" else format_name
    found = _read(name, _document(content), voluntary=voluntary)
    issued = None
    if issue:
        kind = battery()
        values = {key: value for key, value in found.values.items() if key not in kind.read_only}
        product = found.values.get("unique_product_identifier")
        issued = await unit(
            service.issue, NewPassport(product_id=product, values=values, source="import", extras=found.extras)
        )
    return ImportOut(
        format=found.format,
        imported=found.values,
        ignored=found.ignored,
        warnings=found.warnings,
        extras=found.extras,
        issued=issued,
    )


def _document(content: bytes) -> Any:
    if content[:2] == b"PK":
        inner = unpacked(content)
        if inner is None:
            raise errors.NotReadable
        return formats.decoded(inner)
    return formats.decoded(content)


def _read(name: str, document: Any, *, voluntary: bool) -> Imported:
    if voluntary and formats.format_named(name).name == "tractusx":
        return formats.read(name, document, with_reader=read_voluntary)
    return formats.read(name, document)


@get(
    "/api/v1/passports/{identifier:str}/credentials/{slice_name:str}",
    opt=PUBLIC,
    responses=refusals(*READING, CredentialNotAvailable, SliceAltered),
)
async def passport_credential(
    db: Db, principal: Asking, identifier: FromPath[str], slice_name: FromPath[str]
) -> Response[Any]:
    """The credential of one class (P1 … P4, OWN), or `sd-jwt` for everything that the caller may see, attribute by attribute."""
    scope = _who(principal)
    headers = {"cache-control": "no-store"}
    if slice_name == "sd-jwt":
        token = await db.run(scope, credentials.presentation_for, named(identifier))
        return Response(token.encode(), media_type="application/dc+sd-jwt", headers=headers)
    made = await db.run(scope, credentials.credential_for, named(identifier), slice_name.upper())
    return Response(msgspec.json.encode(made), media_type="application/vc", headers=headers)


class CredentialsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials of all classes that the caller may see."""

    items: list[dict[str, Any]]


@get("/api/v1/passports/{identifier:str}/credentials", opt=PUBLIC, responses=refusals(*READING, SliceAltered))
async def passport_credentials(db: Db, principal: Asking, identifier: FromPath[str]) -> CredentialsOut:
    """All credentials that the caller may see."""
    scope = _who(principal)
    view = await db.run(scope, service.read, named(identifier))
    names = sorted(one.value for one in view.standing.classes)
    return CredentialsOut(
        items=[await db.run(scope, credentials.credential_for, named(identifier), name) for name in names]
    )


handlers: list[HTTPRouteHandler] = [
    export_passport,
    import_passport,
    passport_credential,
    passport_credentials,
]

"""Native REST of the files beside verification statements: a verifier's certificate and report."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post

from meguri.footprint import auditing
from meguri.footprint.auditing.errors import EngagementNotFound, NotConcluded
from meguri.footprint.declarations import errors, statement_files
from meguri.footprint.declarations.model import StatementFile
from meguri.storage.files import FileTooLarge, WrongFileKind
from meguri.web import Db, FromPath, FromQuery, Unit, editor, refusals, signed_in

_TAKING = (
    errors.StatementOver,
    errors.TooManyStatementFiles,
    errors.FileNameUnusable,
    FileTooLarge,
    WrongFileKind,
)
_MEDIA = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}


async def download(found: StatementFile, pieces: AsyncIterator[bytes]) -> Response[bytes]:
    """A file to keep, never to be opened within a page of ours."""
    kind = found.file_name.rpartition(".")[2].lower()
    plain = "".join(sign for sign in found.file_name if sign.isascii() and (sign.isalnum() or sign in "._-"))
    plain = f"file{plain}" if plain.startswith(".") or not plain else plain  # nothing is left of a Japanese name
    name = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.file_name, safe='')}"
    headers = {"content-disposition": name, "x-content-type-options": "nosniff", "cache-control": "no-store"}
    content = b"".join([piece async for piece in pieces])
    return Response(content, media_type=_MEDIA.get(kind, "application/octet-stream"), headers=headers)


@post(
    "/api/v1/footprint/verifications/{verification_id:uuid}/files",
    guards=[editor],
    responses=refusals(errors.VerificationNotFound, *_TAKING),
)
async def add_file(
    unit: Unit, db: Db, request: Request[Any, Any, Any], verification_id: FromPath[UUID], name: FromQuery[str]
) -> StatementFile:
    """A file beside an own verification statement: the request's body; PDF, PNG or JPEG, 20 MB. The same content is kept once."""
    return await statement_files.add_file(db, unit.scope, verification_id, name, request.stream())


@get(
    "/api/v1/footprint/verifications/{verification_id:uuid}/files/{file_id:uuid}",
    guards=[signed_in],
    responses=refusals(errors.StatementFileNotFound),
)
async def get_file(unit: Unit, db: Db, verification_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response[bytes]:
    """A file of an own verification statement."""
    return await download(*await statement_files.read_file(db, unit.scope, verification_id, file_id))


@post(
    "/api/v1/footprint/verifying/{engagement_id:uuid}/files",
    guards=[editor],
    responses=refusals(EngagementNotFound, NotConcluded, *_TAKING),
)
async def add_paper(
    unit: Unit, db: Db, request: Request[Any, Any, Any], engagement_id: FromPath[UUID], name: FromQuery[str]
) -> StatementFile:
    """The verifier's certificate or report beside its own conclusion: the request's body; PDF, PNG or JPEG, 20 MB."""
    return await auditing.add_paper(db, unit.scope, engagement_id, name, request.stream())


@get(
    "/api/v1/footprint/verifying/{engagement_id:uuid}/files/{file_id:uuid}",
    guards=[signed_in],
    responses=refusals(EngagementNotFound, errors.StatementFileNotFound),
)
async def get_paper(unit: Unit, db: Db, engagement_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response[bytes]:
    """A file of a statement about the result under examination."""
    return await download(*await auditing.read_paper(db, unit.scope, engagement_id, file_id))


handlers = [add_file, get_file, add_paper, get_paper]

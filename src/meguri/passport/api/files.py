"""Files that hang on an attribute of a passport; the attribute's class is theirs."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, service
from meguri.passport.api.asking import AnyRequest, named
from meguri.passport.api.reading import READING, Items
from meguri.passport.api.records import OWNING
from meguri.passport.readings_store import Attachment
from meguri.passport.service import attaching
from meguri.storage.files import FileStore, StoredFile
from meguri.web import FromPath, FromQuery, Unit, editor, refusals, signed_in


def files_of(request: AnyRequest) -> FileStore:
    """Where the installation keeps files."""
    found: FileStore = request.app.state["files"]
    return found


@post(
    "/api/v1/passports/{identifier:str}/attachments",
    guards=[editor],
    status_code=201,
    responses=refusals(*OWNING, errors.FileRejected),
)
async def attach(
    unit: Unit, request: AnyRequest, identifier: FromPath[str], name: FromQuery[str] = "file.pdf"
) -> Attachment:
    """Stores a file (the request's body, or the form's field `file`) and gives its `file_id` for a document value."""
    content, called = await _content(request, name)
    record = (await unit(service.owned, named(identifier)))[0]
    owner = OperatorScope(record.operator_id, unit.scope.actor, unit.scope.role)
    stored: StoredFile = await attaching.store_file(files_of(request), owner, called, content)
    return await unit(attaching.attach, named(identifier), called, stored)


async def _content(request: AnyRequest, name: str) -> tuple[bytes, str]:
    if request.headers.get("content-type", "").startswith("multipart/"):
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile):
            raise errors.FileRejected
        return await file.read(), file.filename or name
    return await request.body(), name


@get("/api/v1/passports/{identifier:str}/attachments", guards=[signed_in], responses=refusals(*READING))
async def list_attachments(unit: Unit, identifier: FromPath[str]) -> Items:
    """The files that the caller may read."""
    return Items(items=await unit(attaching.attachments, named(identifier)))


@get(
    "/api/v1/passports/{identifier:str}/attachments/{file_id:uuid}",
    guards=[signed_in],
    responses=refusals(*READING, errors.FileUnknown, errors.AccessClassDenied),
)
async def get_attachment(
    unit: Unit, request: AnyRequest, identifier: FromPath[str], file_id: FromPath[UUID]
) -> Response[Any]:
    """One file, if the caller sees an attribute that names it."""
    return await sent(request, await unit(attaching.attachment, named(identifier), file_id))


async def sent(request: AnyRequest, found: Attachment) -> Response[Any]:
    """The bytes of a file, so that no browser runs them."""
    owner = OperatorScope(found.kept_by or found.operator_id, "system:passport")
    pieces: AsyncIterator[bytes] = await files_of(request).get(owner, found.sha256)
    content = b"".join([piece async for piece in pieces])
    headers = {
        "content-disposition": f'attachment; filename="{found.file_id}.{found.name.rpartition(".")[2]}"',
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=found.media_type, headers=headers)


handlers = [attach, list_attachments, get_attachment]

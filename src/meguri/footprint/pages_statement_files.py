"""Files beside verification statements on pages: added by whom the page belongs to, kept by either side."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import auditing
from meguri.footprint.api_statement_files import download
from meguri.footprint.declarations import statement_files
from meguri.kernel.errors import NotFound, Refusal
from meguri.ui.answer import done
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import Db, FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]


@post(
    "/declarations/{declaration_id:uuid}/verification/{verification_id:uuid}/files",
    guards=[editor],
    include_in_schema=False,
    status_code=200,
)
async def add_file(
    request: AnyRequest, unit: Unit, db: Db, declaration_id: FromPath[UUID], verification_id: FromPath[UUID]
) -> Response[Any]:
    """Keeps a file beside an own statement."""
    name, content = await _sent(request)
    try:
        await statement_files.add_file(db, unit.scope, verification_id, name, content)
    except NotFound:
        raise
    except Refusal as refusal:
        return done(request, f"/declarations/{declaration_id}", _refused(request, refusal))
    return done(request, f"/declarations/{declaration_id}", _kept(request))


@get(
    "/declarations/{declaration_id:uuid}/verification/{verification_id:uuid}/files/{file_id:uuid}",
    guards=[signed_in],
    include_in_schema=False,
)
async def get_file(
    unit: Unit, db: Db, declaration_id: FromPath[UUID], verification_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """A file of an own statement."""
    return await download(*await statement_files.read_file(db, unit.scope, verification_id, file_id))


@post("/verifying/{engagement_id:uuid}/files", guards=[editor], include_in_schema=False, status_code=200)
async def add_paper(request: AnyRequest, unit: Unit, db: Db, engagement_id: FromPath[UUID]) -> Response[Any]:
    """Keeps the verifier's certificate or report."""
    name, content = await _sent(request)
    try:
        await auditing.add_paper(db, unit.scope, engagement_id, name, content)
    except NotFound:
        raise
    except Refusal as refusal:
        return done(request, f"/verifying/{engagement_id}", _refused(request, refusal))
    return done(request, f"/verifying/{engagement_id}", _kept(request))


@get("/verifying/{engagement_id:uuid}/files/{file_id:uuid}", guards=[signed_in], include_in_schema=False)
async def get_paper(unit: Unit, db: Db, engagement_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response[bytes]:
    """A file of a statement about the result under examination."""
    return await download(*await auditing.read_paper(db, unit.scope, engagement_id, file_id))


async def _sent(request: AnyRequest) -> tuple[str, AsyncIterator[bytes]]:
    """Name and content of the file that the form brought; an empty one has no name."""
    form = await request.form()
    file: Any = form.get("file")
    content: bytes = await file.read() if hasattr(file, "read") else b""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return str(getattr(file, "filename", "") or ""), pieces()


def _kept(request: AnyRequest) -> Flash:
    return Flash(happened=say("footprint.decl.file_kept", viewer_of(request).language))


def _refused(request: AnyRequest, refusal: Refusal) -> Flash:
    return Flash(happened=refusal.sentence(viewer_of(request).language), kind="attention")


handlers = [add_file, get_file, add_paper, get_paper]

"""The page where anyone verifies a credential: drop a file, or paste its content."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.did.api import gatherer_of
from meguri.dataspaces.did.verification import Answered, pretty, verify_content
from meguri.dataspaces.exchange.errors import NotReadable
from meguri.passport.public.pages import in_public_languages
from meguri.ui import page
from meguri.ui.words import say
from meguri.web import Db
from meguri.web.auth import PUBLIC

AnyRequest = Request[Any, Any, Any]
MOST = 2 << 20


class VerifyPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page, with a result after a verification."""

    result: Answered | None = None
    signed: str = ""
    error: str | None = None


@get("/verify", opt=PUBLIC, include_in_schema=False)
async def verify_form(request: AnyRequest) -> Response[str]:
    """Choose what to verify."""
    in_public_languages(request)
    return page(request, "passport/verify.html", VerifyPage())


@post("/verify", opt=PUBLIC, include_in_schema=False, status_code=200)
async def verify_file(request: AnyRequest, db: Db) -> Response[str]:
    """Verify it and say what came of it. Nothing is kept."""
    form, language = await request.form(), in_public_languages(request)
    file, text = form.get("file"), str(form.get("text") or "")
    content = await file.read() if isinstance(file, UploadFile) and file.filename else text.encode()
    if not content.strip() or len(content) > MOST:
        context = VerifyPage(error=say("passport.verify.nothing", language))
        return page(request, "passport/verify.html", context, status_code=422)
    try:
        result = await verify_content(gatherer_of(request, db), content, language)
    except NotReadable as refusal:
        return page(request, "passport/verify.html", VerifyPage(error=refusal.sentence(language)), status_code=422)
    return page(
        request,
        "passport/verify.html",
        VerifyPage(result=result, signed=pretty(result.subject) if result.subject else ""),
    )


handlers: list[HTTPRouteHandler] = [verify_form, verify_file]

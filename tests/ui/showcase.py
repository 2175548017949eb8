"""A small application that shows the shell alone: the page of components, a page that fails, a form that answers.

Who looks is said by cookies, because signing in belongs to another room: `as=admin|editor|viewer|stranger`.
"""

from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import Role
from meguri.ui import Flash, Place, Shell, Undo, Viewer, done, language_for
from meguri.ui.failures import failure
from meguri.ui.headers import with_security_headers
from meguri.ui.routes import handlers

SECRET = b"the secret of the one session 32"
PLACES = (
    Place("home", "/", also=("/ui",)),
    Place("parts", "/parts"),
    Place("exchange", "/requests"),
    Place("footprint", "/footprint"),
    Place("passports", "/passports"),
    Place("health", "/health"),
    Place("recycling", "/recycling"),
    Place("diligence", "/diligence"),
    Place("company", "/company"),
    Place("people", "/people", needs=Role.ADMIN),
    Place("keys", "/keys", needs=Role.ADMIN),
    Place("audit", "/audit", needs=Role.EDITOR),
)


def viewer_for(request: Request[Any, Any, Any]) -> Viewer:
    language, role = language_for(request), request.cookies.get("as", "admin")
    if role == "stranger":
        return Viewer(language=language)
    return Viewer(
        language=language,
        name="佐藤 美咲" if language == "ja" else "Misaki Sato",
        company_name="めぐり電池株式会社" if language == "ja" else "Meguri Batteries",
        corporate_number="1180301018771",
        role=Role(role),
        unread=3,
        csrf_secret=SECRET,
    )


def with_viewer(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["viewer"] = viewer_for(Request(scope))
        await app(scope, receive, send)

    return wrapped


@get("/fail/{status:int}", sync_to_thread=False)
def fail(request: Request[Any, Any, Any], status: FromPath[int]) -> Response[str]:
    return failure(request, status, tracking_id="01890a5d-ac96-774b-bcce-b302099a8057")


@post("/answer", sync_to_thread=False)
def answer(request: Request[Any, Any, Any]) -> Response[None]:
    return done(
        request,
        "/ui",
        Flash(
            happened="北浜マテリアルへの回答を送りました。",
            seen_by="北浜マテリアルの担当者が合計値だけを見られます。",
            undo=Undo("/answer", "取り消す"),
        ),
    )


def refuse(request: Request[Any, Any, Any], refusal: Refusal) -> Response[str]:
    return failure(request, refusal)


def not_there(request: Request[Any, Any, Any], _: Exception) -> Response[str]:
    return failure(request, NotFound())


def build() -> ASGIApp:
    shell = Shell(
        places=PLACES,
        profile="demo",
        search_href="/search",
        notifications_href="/notifications",
        account_href="/account",
    )
    app = Litestar(
        route_handlers=[*handlers("demo"), fail, answer],
        middleware=[with_viewer],
        state=State({"shell": shell}),
        exception_handlers={Refusal: refuse, 404: not_there},
        openapi_config=None,
    )
    return with_security_headers(app, https=False)


app = build()
